#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `diff` of two files: what it prints in both formats, and its exit codes.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

echo '{"resourceType":"Patient","active":true,"name":[{"family":"B"}]}' >"$scratch/a.json"
echo '{"name":[{"family":"B"}],"active":true,"resourceType":"Patient"}' >"$scratch/same.json"
echo '{"resourceType":"Patient","active":false,"name":[{"family":"A"},{"family":"B"}]}' >"$scratch/b.json"
echo '{"resourceType":"Patient","colour":"red"}' >"$scratch/wrong.json"

# prints CODE EXPECTED COMMAND...
prints() {
	code=$1
	printf '%s' "$2" >"$scratch/expected"
	shift 2
	exits "$code" "$@" && diff "$scratch/expected" "$scratch/out"
}

ok "equal resources: nothing printed, exit code 0" prints 0 '' "$CANNULA" diff "$scratch/a.json" "$scratch/same.json"
ok "different ones: a line a change, exit code 1" prints 1 'changed Patient.active: true -> false
added   Patient.name[0]: {"family":"A"}
' "$CANNULA" diff "$scratch/a.json" "$scratch/b.json"
ok "the same as JSON lines" prints 1 '{"change":"changed","path":"Patient.active","before":true,"after":false}
{"change":"added","path":"Patient.name[0]","after":{"family":"A"}}
' "$CANNULA" diff --version r5 --format json "$scratch/a.json" "$scratch/b.json"
ok "what is no resource cannot be compared: exit code 3" refuses 3 'wrong.json:1:27.*no such element' "$CANNULA" diff "$scratch/a.json" "$scratch/wrong.json"
ok "an unknown format is wrong usage" refuses 2 'takes text or json' "$CANNULA" diff --format xml "$scratch/a.json" "$scratch/b.json"
done_testing
