#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 in the middle of a load: nothing is half-written, and the next load completes.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

page=$(find "$CANNULA_TOP/fixtures/records" -name '*-45378.txt' | head -n 1)
mkdir "$scratch/pages"
number=10000
while [ $number -lt 12000 ]; do
	cp "$page" "$scratch/pages/page-$number.txt"
	number=$((number + 1))
done

# The load is killed as soon as the store has grown past its first commits: an event, not a moment.
grown() {
	[ "$(cat "$scratch/data"/*.db-wal 2>/dev/null | wc -c)" -gt "$1" ]
}

killed_past() { # BYTES
	"$CANNULA" load --data "$scratch/data" "$scratch/pages" 2>"$scratch/load.log" &
	loader=$!
	while kill -0 $loader 2>/dev/null && ! grown "$1"; do :; done
	kill -9 $loader 2>/dev/null
	wait $loader 2>/dev/null
	[ $? = 137 ] || { cat "$scratch/load.log"; return 1; }
}

total() { # BASE TYPE
	get "/fhir/$1/$2?_summary=count" >/dev/null
	sed -n 's/.*"total": *\([0-9]*\).*/\1/p' "$scratch/body"
}

same_counts() {
	plans=$(total r4 PlanDefinition)
	echo "R4 plans: $plans, R5 plans: $(total r5 PlanDefinition), R4 activities: $(total r4 ActivityDefinition)"
	[ "$(total r5 PlanDefinition)" = "$plans" ] && [ "$(total r4 ActivityDefinition)" = "$plans" ] && [ "$plans" -ge "$1" ]
}

ok "a load is killed early" killed_past 100000
ok "a second one is killed later" killed_past 900000
start_server "$scratch/data" || cat "$scratch/server.log"
ok "what is there is whole: each record has all its resources" same_counts 0
ok "the next load completes beside the running server" exits 0 "$CANNULA" load --data "$scratch/data" "$scratch/pages"
ok "every record is there" same_counts 2000
done_testing
