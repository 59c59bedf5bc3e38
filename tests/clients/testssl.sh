#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What testssl.sh finds in our TLS: nothing above LOW, but for the trust of a certificate that the gateway made itself. Each of its findings is a
# case here; client simulations, which are none, are left out.
. "${CANNULA_TOP:-.}/tests/clients/lib.sh"
skip_without testssl

# findings : those of the report as cases. What is no severity but a failure to look (WARN, FATAL) is as bad.
findings() {
	awk -F'"' '
		BEGIN {
			expected["cert_chain_of_trust CRITICAL"] = "nobody but itself signed a development certificate"
			expected["cert_revocation HIGH"] = "and nobody revokes it"
			expected["engine_problem WARN"] = "the openssl that it looks with has no GOST; ours offers none"
			expected["sessionresumption_ticket WARN"] = "its client left before the ticket came; tests/net/tls resumes"
		}
		$2 == "id" { id = $4 }
		$2 == "severity" { severity = $4 }
		$2 == "finding" {
			text = substr($0, index($0, $4))
			sub(/"[^"]*$/, "", text)
			gsub(/#/, "", text)
			why = expected[id " " severity]
			is_good = severity ~ /^(OK|INFO|LOW)$/ || why
			printf "%sok - %s: %s: %s%s\n", is_good ? "" : "not ", id, severity, text, why ? " (" why ")" : ""
		}' "$scratch/report.json"
}
run() { # protocols, ciphers, forward secrecy, what the server prefers, certificate, fields, vulnerabilities
	set -- --protocols --std --pfs --server-preference --server-defaults --headers --vulnerable
	testssl --quiet --color 0 --warnings off --nodns none --ip 127.0.0.1 --jsonfile "$scratch/report.json" "$@" \
		"https://localhost:${base##*:}/health" >"$scratch/testssl.out" 2>&1
	findings
}
# saw ID SEVERITY TEXT : a finding of that kind, which shows that it looked
saw() {
	printf '%s\n' "$(findings)" | grep -q "ok - $1: $2: $3" && return
	tail -n 20 "$scratch/testssl.out"
	return 1
}

serve
client testssl run
ok "it saw TLS 1.3" saw TLS1_3 OK offered
ok "it saw HTTP/2" saw ALPN_HTTP2 OK h2
ok "it looked for the last of its vulnerabilities" saw RC4 OK "not vulnerable"
ok "the server stops cleanly" stop_server
done_testing
