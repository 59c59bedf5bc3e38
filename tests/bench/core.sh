#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the FHIR core costs: instructions counted by callgrind beside processor time, with the bound that each is held to. A part
# of `make bench`; asserts nothing. Environment: CANNULA, CANNULA_TOP, CANNULA_SHARED, BENCH_BIN, JSON_REFORMAT,
# VALGRIND.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
core=$BENCH_BIN/core

# The reference page where it is; else the fixture nearest to it.
page=$CANNULA_SHARED/records/kyphoplasty-22513.txt
[ -r "$page" ] || page=$CANNULA_TOP/fixtures/records/lumbar-augmentation/lumbar-balloon-augmentation-22514.txt

# callgrind NAME ARGUMENT... -- COMMAND... : instructions of the command; the profile stays in $work/NAME.
callgrind() {
	name=$1
	shift
	"$VALGRIND" --tool=callgrind --callgrind-out-file="$work/$name" "$@" 2>"$work/valgrind.log" >"$work/$name.out" <"$work/bundle.json"
	sed -n 's/^.*Collected : *\([0-9]*\).*/\1/p' "$work/valgrind.log"
}

measured() { # NAME ARGUMENT... : what is below the function `measured`
	callgrind "$1" --collect-atstart=no --toggle-collect=measured "$core" "$@"
}

row() { # WHAT INSTRUCTIONS BOUND REMARK
	printf '  %-42s %14s  %-12s %s\n' "$1" "$2" "$3" "$4"
}

# allocations NAME : which sources called malloc, calloc and realloc in a profile; arenas and buffers alone may.
allocations() {
	callgrind_annotate --tree=caller --threshold=100 --show-percs=no "$work/$1" 2>/dev/null | awk '
		/^ *[0-9,]+ +< / { caller[++count] = $0; next }
		/^ *[0-9,]+ +\* .*:(malloc|calloc|realloc) / {
			for (i = 1; i <= count; i++) {
				split(caller[i], word, " ")
				who = word[3] ~ /^\?/ ? word[5] : word[3] # without a source: the library
				sub(/:.*/, "", who); sub(/.*\//, "", who); sub(/\]/, "", who)
				gsub(/[^0-9]/, "", word[4])
				if (who != "malloc.c") calls[who] += word[4]
			}
		}
		{ count = 0 }
		END {
			printf "blocks of memory:"
			for (who in calls) printf " %s %d", who, calls[who]
			if (length(calls) == 0) printf " none"
		}'
}

"$core" bundle $(find "$CANNULA_TOP/fixtures/records" -name '*[0-9].txt' ! -path '*/expected/*' | LC_ALL=C sort) >"$work/bundle.json"
bytes=$(wc -c <"$work/bundle.json")


echo
echo "the FHIR core: what it does, instructions, bound"
tables=$("$core" tables)
if [ "$VALGRIND" = no ]; then
	row "tables of R4 and R5, at start" - "10 ms, 8 MiB" "$tables"
	echo "bench: valgrind is missing: instructions are not counted"
	exit 0
fi
row "tables of R4 and R5, at start" "$(measured tables)" "10 ms, 8 MiB" "$tables"
row "a page to $("$core" map "$page"), as JSON" "$(measured map "$page")" 4000000 "$(allocations map)"
row "$("$core" search "$page") of its PlanDefinition" "$(measured search "$page")" 100000 "$(allocations search)"

if [ "$JSON_REFORMAT" = no ]; then
	echo "bench: json_reformat is missing (yajl-tools): reading and writing JSON is compared with nothing"
	exit 0
fi
bytes=$(wc -c <"$work/bundle.json")
theirs=$(callgrind reformat "$JSON_REFORMAT" -m)
ours=$(callgrind convert --collect-atstart=no --toggle-collect=fhir_json_read --toggle-collect=fhir_json_write "$CANNULA" convert --to json --compact -)
times=$(echo "$ours $theirs" | awk '{ printf "%.1f times", $1 / $2 }')
row "json_reformat on $bytes bytes of resources" "$theirs" - "$("$core" time "$work/bundle.json" "$JSON_REFORMAT" -m) ms"
row "the same to a tree and back" "$ours" "3 times" "$times; $("$core" time "$work/bundle.json" "$CANNULA" convert --to json --compact -) ms; $(allocations convert)"
