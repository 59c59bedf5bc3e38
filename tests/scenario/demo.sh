#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `./autogen.sh run` does and the lines it prints, without installing and building: pages in, demonstration payers synced, links served.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

conf=$CANNULA_TOP/conf/demo.yaml
data=$scratch/data
ok "the fixtures load" exits 0 "$CANNULA" load --config "$conf" --data "$data" "$CANNULA_TOP/fixtures/records"
ok "the demonstration payers sync from files" exits 0 "$CANNULA" sync --config "$conf" --data "$data"
ok "every source is fresh" sh -c '[ "$(grep -c ": fresh: " "$1")" = 3 ]' - "$scratch/err"
ok "a second sync finds nothing to write" exits 0 "$CANNULA" sync --config "$conf" --data "$data"
ok "all three say so" sh -c '[ "$(grep -c " 0 fetched, .* 0 resources written" "$1")" = 3 ]' - "$scratch/err"

start_server "$data" --config "$conf" || cat "$scratch/server.log"
sed -n "s|^  curl -k '\{0,1\}https://localhost:8443\([^']*\)'\{0,1\}$|\1|p" "$CANNULA_TOP/autogen.sh" >"$scratch/lines"
ok "autogen.sh prints three lines to try" [ "$(wc -l <"$scratch/lines")" = 3 ]
while read -r line; do
	ok "$line answers" answers 200 "$line"
	ok "with what it asked for" body '"code":"22514"'
done <"$scratch/lines"
ok "README.md names the same lines" sh -c '
	while read -r line; do grep -qF "$line" "$1" || exit 1; done <"$2"' - "$CANNULA_TOP/README.md" "$scratch/lines"

related() { # the policies that a plan names, as canonical|version
	answers 200 "/fhir/$1/PlanDefinition/$2" || return 1
	grep -o '"resource":"[^"]*/Library/[^"]*"' "$scratch/body" | sort -u >"$scratch/related"
	cat "$scratch/related"
	[ "$(wc -l <"$scratch/related")" -ge "$3" ]
}
ok "the plan names the policies that cover its code by range" related r4 cpt-22514 1
ok "each with its version" sh -c '! grep -v "|" "$1"' - "$scratch/related"
ok "the R5 plan does too" related r5 cpt-22514 1
ok "a policy that only mentions a look-alike is not among them" sh -c '! grep -i travel "$1"' - "$scratch/body"
resolves() { # every canonical|version named is a Library that is found
	related r4 cpt-22514 1 || return 1
	while read -r named; do
		url=$(echo "$named" | sed 's/.*"resource":"\([^|]*\)|.*/\1/') version=$(echo "$named" | sed 's/.*|\([^"]*\)".*/\1/')
		answers 200 "/fhir/r4/Library?url=$url&version=$version" && body '"total":1[,}]' || return 1
	done <"$scratch/related"
}
ok "each named version is served" resolves
done_testing
