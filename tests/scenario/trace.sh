#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `map --trace` accounts for every non-blank line: furniture, a heading, or text that stands in some resource. One case a page and version.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

# accounted VERSION PAGE : as many lines traced as there are, and none of them without a place.
accounted() {
	"$CANNULA" map --to "$1" --trace "$2" >"$scratch/trace" 2>"$scratch/err" || return 1
	traced=$(grep -c '^ *[0-9][0-9]*  ' "$scratch/trace") lines=$(tr -d '\r' <"$2" | grep -c '[^[:space:]]')
	echo "$traced lines traced, $lines on the page"
	[ "$traced" = "$lines" ] || return 1
	awk '/^ *[0-9]+  / { if (open != "") print open; open = $0 }
	     /^        (->|\(heading\)|\(page furniture\))/ { open = "" }
	     END { if (open != "") print open }' "$scratch/trace" >"$scratch/lost"
	[ ! -s "$scratch/lost" ] || { echo "went nowhere:"; cat "$scratch/lost"; return 1; }
}

for page in "$CANNULA_TOP"/fixtures/records/*/*.txt "${CANNULA_SHARED:-/none}"/records/*.txt; do
	[ -f "$page" ] || continue
	for version in r4 r5; do
		ok "$(basename "$page"): every line is accounted for in $version" accounted $version "$page"
	done
done
done_testing
