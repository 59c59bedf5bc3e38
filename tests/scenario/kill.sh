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

# A client writes while the server is killed: what was acknowledged is there afterwards.
writer() {
	n=0
	while [ ! -e "$scratch/stop" ]; do
		n=$((n + 1))
		printf '{"resourceType":"Library","id":"w%s","status":"draft","type":{"text":"t"}}' $n >"$scratch/w.json"
		[ "$("$CURL" -sk -o /dev/null -w '%{http_code}' -X PUT -H 'Content-Type: application/fhir+json' --data-binary "@$scratch/w.json" \
			"$base/fhir/r4/Library/w$n")" = 201 ] || break
		echo w$n >>"$scratch/acknowledged"
	done
}

acknowledged() {
	[ "$(cat "$scratch/acknowledged" 2>/dev/null | wc -l)" -ge 20 ]
}

killed_while_written() {
	writer &
	writing=$!
	wait_until acknowledged
	kill -9 "$server"
	wait "$server" 2>/dev/null
	touch "$scratch/stop"
	wait $writing
	server=
	acknowledged
}

nothing_lost() {
	while read -r id; do
		answers 200 "/fhir/r4/Library/$id" || return 1
	done <"$scratch/acknowledged"
}

ok "the server is killed while a client writes" killed_while_written
start_server "$scratch/data" || cat "$scratch/server.log"
ok "nothing that was acknowledged is lost" nothing_lost
ok "and it goes on" answers 201 /fhir/r4/Library/after -X PUT -H 'Content-Type: application/fhir+json' \
	--data-binary '{"resourceType":"Library","id":"after","status":"draft","type":{"text":"t"}}'
done_testing
