#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# HTTP/2, certificates and their reload, as curl, nghttp and h2load meet them.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

# certificate NAME SUBJECT-ALTERNATIVES [ISSUER] : $scratch/NAME.pem and .key
certificate() {
	issuer=
	[ -z "${3-}" ] || issuer="-CA $scratch/$3.pem -CAkey $scratch/$3.key"
	# shellcheck disable=SC2086
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=$2" \
		$issuer -keyout "$scratch/$1.key" -out "$scratch/$1.pem" 2>/dev/null
}

configure() { # CERTIFICATE [LINE...]
	printf 'api:\n  access_log: true\nnet:\n  certificate: %s.pem\n  private_key: %s.key\n' "$1" "$1" >"$scratch/cannula.yaml"
	shift
	for line in "$@"; do printf '  %s\n' "$line" >>"$scratch/cannula.yaml"; done
}

logged() { grep -q -e "$1" "$scratch/server.log"; }

certificate one DNS:localhost,IP:127.0.0.1
certificate two DNS:localhost,IP:127.0.0.1
certificate named DNS:named.example
certificate client DNS:ehr.example
certificate stranger DNS:ehr.example
"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records" 2>"$scratch/err" || cat "$scratch/err"
configure one "certificates:" "  - { certificate: named.pem, private_key: named.key }" \
	"client_certificates: optional" "client_ca: client.pem"
# A service manager that notes what it is told (sd_notify(3)).
manager=
: >"$scratch/notified"
if command -v python3 >/dev/null; then
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    with open(sys.argv[2], "a") as f:
        f.write(s.recv(4096).decode() + "\n")' "$scratch/notify" "$scratch/notified" &
	manager=$!
	wait_until [ -S "$scratch/notify" ]
	export NOTIFY_SOCKET="$scratch/notify"
fi
notified() { [ -z "$manager" ] || wait_until grep -q "$1" "$scratch/notified"; }
start_server "$scratch/data" --config "$scratch/cannula.yaml" || cat "$scratch/server.log"
port=${base##*:}
plan=/fhir/r4/PlanDefinition/cpt-45378

ok "the service manager is told that all is ready" notified "^READY=1"

# ---- HTTP/2 ----

version_is() { [ "$("$CURL" -sk -o "$scratch/body" -w '%{http_version}' "$@" "$base$plan")" = "$wanted_version" ]; }
wanted_version=2
ok "curl speaks HTTP/2 when it may" version_is --http2
wanted_version=1.1
ok "and HTTP/1.1 when it must" version_is --http1.1
"$CURL" -sk --http1.1 "$base$plan" >"$scratch/by1"
"$CURL" -sk --http2 "$base$plan" >"$scratch/by2"
ok "both get the same bytes" cmp "$scratch/by1" "$scratch/by2"
ok "HTTP/2: an ETag that matches gives 304" answers 304 "$plan" --http2 -H 'If-None-Match: W/"1"'
ok "HTTP/2: HEAD" answers 200 "$plan" --http2 -I
ok "HTTP/2: what is unknown is 404" answers 404 /fhir/r4/PlanDefinition/cpt-00000 --http2
ok "HTTP/2: with an outcome" body OperationOutcome
head -c 20000000 /dev/zero >"$scratch/zeros"
ok "HTTP/2: a body over the limit is 413" answers 413 "$plan" --http2 -X POST --data-binary "@$scratch/zeros"
ok "HTTP/1.1: a body over the limit is 413" answers 413 "$plan" --http1.1 -X POST --data-binary "@$scratch/zeros"
"$CURL" -sk --compressed "$base/fhir/r4/PlanDefinition?_count=5" >"$scratch/packed"
"$CURL" -sk "$base/fhir/r4/PlanDefinition?_count=5" >"$scratch/plain"
ok "a search page comes as gzip when that is accepted" answers 200 "/fhir/r4/PlanDefinition?_count=5" -H 'Accept-Encoding: gzip'
ok "which it says" header '^content-encoding: gzip'
ok "and caches are told" header '^vary: .*accept-encoding'
for time in first second; do # from the store or from memory, and packed by a worker or before
	ok "a read comes as gzip for the $time time" answers 200 "$plan" -H 'Accept-Encoding: gzip'
	ok "which it says, with the tag of the version" header '^content-encoding: gzip'
	ok "a weak one" header '^etag: W/"1"'
	ok "unpacked it is the same" sh -c 'gzip -dc <"$1" | cmp - "$2"' - "$scratch/body" "$scratch/by1"
done
ok "who has it is told so" answers 304 "$plan" -H 'Accept-Encoding: gzip' -H 'If-None-Match: W/"1"'
ok "others get it as it is" answers 200 "$plan"
ok "and nothing else" cmp "$scratch/body" "$scratch/by1"
ok "the statement comes as gzip too" answers 200 /fhir/r4/metadata -H 'Accept-Encoding: gzip'
ok "and says so" header '^content-encoding: gzip'
same_page() { sed 's/"lastUpdated":"[^"]*"//g; s/"id":"[0-9a-f-]*"//g' "$1" | wc -c; }
ok "unpacked it is the same page" [ "$(same_page "$scratch/packed")" = "$(same_page "$scratch/plain")" ]
if command -v nghttp >/dev/null; then
	ok "nghttp reads a plan" sh -c 'nghttp --no-verify-peer "$1" >"$2" && cmp "$2" "$3"' - "$base$plan" "$scratch/by3" "$scratch/by2"
	ok "nghttp with continuations and padding" sh -c 'nghttp --no-verify-peer --continuation -b 100 -n -s "$1" | grep -q " 200 "' - "$base$plan"
fi
if command -v h2load >/dev/null; then
	all_good() { h2load "$@" "$base$plan" >"$scratch/h2load" 2>&1 && grep -q 'requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed' "$scratch/h2load"; }
	ok "h2load: 2000 requests over HTTP/2, none fails" all_good -n 2000 -c 10 -m 20
	ok "h2load: 2000 requests over HTTP/1.1, none fails" all_good --h1 -n 2000 -c 10 -m 1
fi

# ---- certificates ----

shown() { # NAME : the subject of the certificate that the server shows
	openssl s_client -connect "127.0.0.1:$port" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -subject
}
shows() { [ "$(shown "$1")" = "subject=CN = $2" ]; }
ok "the first certificate is shown" shows localhost one
ok "a client that asks for another name gets that" shows named.example named
ok "TLS 1.1 is refused" sh -c '! "$CURL" -sk --tls-max 1.1 -o /dev/null "$1"' - "$base/health"
ok "without ECDHE TLS 1.2 is refused" sh -c '! openssl s_client -connect "$1" -tls1_2 -cipher AES128-GCM-SHA256 </dev/null' - "127.0.0.1:$port"
resumed() { openssl s_client -connect "127.0.0.1:$port" -tls1_2 -sess_in "$scratch/session" </dev/null 2>/dev/null | grep -q '^Reused'; }
openssl s_client -connect "127.0.0.1:$port" -tls1_2 -sess_out "$scratch/session" </dev/null >/dev/null 2>&1
ok "a session is resumed" resumed
ok "a client certificate that is trusted is served" answers 200 /health --cert "$scratch/client.pem" --key "$scratch/client.key"
ok "one that is not is turned away" sh -c '! "$CURL" -sk --cert "$1.pem" --key "$1.key" -o /dev/null "$2"' - "$scratch/stranger" "$base/health"

# ---- reload: requests run all the while ----

steady() {
	while [ ! -e "$scratch/enough" ]; do
		"$CURL" -skf "$base$plan" "$base$plan" >/dev/null || echo "failed" >>"$scratch/failures"
	done
}
steady &
requests=$!
configure two "client_certificates: required" "client_ca: client.pem" "max_headers: 50"
kill -HUP "$server"
ok "SIGHUP is told" wait_until logged 'info reloaded'
ok "and to the service manager" notified "^RELOADING=1"
ok "what needs a restart is named" logged 'net.max_headers has changed'
ok "what does not is not" sh -c '! grep -q "net.certificate has changed\|store.path has" "$1"' - "$scratch/server.log"
ok "the new certificate is shown" shows localhost two
ok "clients without certificate are turned away now" sh -c '! "$CURL" -sk -o /dev/null "$1"' - "$base/health"
configure two "client_certificates: none"
kill -HUP "$server"
ok "and served again" wait_until answers 200 /health
rm -f "$scratch/failures" # those that were turned away
configure one
kill -HUP "$server"
ok "one more reload" wait_until shows localhost one
configure nothing
kill -HUP "$server"
ok "a reload that cannot be is told" wait_until logged 'nothing was changed'
ok "with the file" logged 'nothing.pem'
ok "and the old certificate stays" shows localhost one
: >"$scratch/enough"
wait "$requests"
ok "no request failed meanwhile" [ ! -e "$scratch/failures" ]
ok "the server stops cleanly" stop_server
ok "which the service manager was told" notified "^STOPPING=1"
[ -z "$manager" ] || kill "$manager"
done_testing
