#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# h2spec's cases, the strict ones among them: a client that breaks the rules of HTTP/2 and HPACK one by one. Only go can install it.
. "${CANNULA_TOP:-.}/tests/clients/lib.sh"
skip_without go

module=github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
h2spec=$build/h2spec/h2spec
go_install() { # what it was built of and with is not kept
	mkdir -p "$build/h2spec"
	env GOBIN="$build/h2spec" GOPATH="$scratch/go" GOCACHE="$scratch/go/cache" GOFLAGS=-modcacherw timeout 300 go install "$module"
}
echo "$module" >"$scratch/h2spec"
[ -x "$h2spec" ] || rm -f "$build/h2spec.installed"
installed "$scratch/h2spec" go_install

# cases : those of the report, as lines of TAP; what was expected and what came stands behind one that failed.
cases() {
	awk '
		function decoded(s) { gsub(/&#34;/, "\"", s); gsub(/&#39;/, "\047", s); gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&amp;/, "\\&", s)
			gsub(/#/, "", s); return s }
		function told() { if (title) printf "%sok - %s%s\n%s", (why ? "not " : ""), title, skipped, why; title = why = skipped = "" }
		/<testcase / { told(); split($0, part, "\""); title = decoded(part[2] ": " part[4]) }
		/<skipped/ { skipped = " # SKIP h2spec left it out" }
		/<error>/, /<\/error>/ { why = why "# " decoded($0) "\n" }
		END { told() }' "$scratch/report.xml"
}
run() {
	"$h2spec" -h 127.0.0.1 -p "${base##*:}" -t -k -S -o 10 -j "$scratch/report.xml" >"$scratch/h2spec.out"
	[ $? -le 1 ] && cases
}
ran_all() { # version 2.2.1 has 146
	count=$(grep -c '<testcase ' "$scratch/report.xml")
	[ "$count" -ge 146 ] || ! echo "only $count cases"
}

serve
client h2spec run
ok "h2spec ran all its cases" ran_all
ok "the server stops cleanly" stop_server
done_testing
