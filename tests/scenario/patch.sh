#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `patch` on files and standard input: what it prints, and how it ends.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

cat >"$scratch/a.json" <<'END'
{"resourceType":"Patient","active":true,"birthDate":"1920-01-01"}
END
cat >"$scratch/json-patch" <<'END'
[{"op":"replace","path":"/birthDate","value":"1921-01-01"}]
END
cat >"$scratch/fhirpath-patch" <<'END'
{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},
{"name":"path","valueString":"Patient.birthDate"},{"name":"value","valueDate":"1921-01-01"}]}]}
END
cat >"$scratch/no-date" <<'END'
[{"op":"replace","path":"/birthDate","value":"soon"}]
END
cat >"$scratch/wrong" <<'END'
[{"op":"add","path":"/colour","value":"red"}]
END

prints() {
	exits "$@" && grep -q '"birthDate": "1921-01-01"' "$scratch/out"
}

from_input() {
	"$CANNULA" patch "$scratch/json-patch" - <"$scratch/a.json" >"$scratch/out" && grep -q 1921 "$scratch/out"
}

ok "a JSON Patch is carried out" prints 0 "$CANNULA" patch "$scratch/json-patch" "$scratch/a.json"
ok "a FHIRPath Patch is carried out" prints 0 "$CANNULA" patch --version r5 "$scratch/fhirpath-patch" "$scratch/a.json"
ok "the resource may come from standard input" from_input
ok "a patch that makes no resource is refused with its place" refuses 1 'wrong:1:31.*no such element.*Patient' "$CANNULA" patch "$scratch/wrong" "$scratch/a.json"
ok "a result that is not valid is refused with its path" refuses 1 'Patient.birthDate' "$CANNULA" patch "$scratch/no-date" "$scratch/a.json"
ok "a file that is not there is told" refuses 3 'nowhere' "$CANNULA" patch "$scratch/nowhere" "$scratch/a.json"
ok "both cannot be standard input" refuses 2 'only one' "$CANNULA" patch - -
done_testing
