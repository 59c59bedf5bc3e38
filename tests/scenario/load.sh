#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Pages go into the store once, and only what changed makes a new version.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

pages=$CANNULA_TOP/fixtures/records
data=$scratch/data

digest() {
	sqlite_digest=$(cat "$data"/*.db "$data"/*.db-wal 2>/dev/null | cksum)
	echo "$sqlite_digest"
}

loads() { # PATTERN PATH...
	wanted_summary=$1
	shift
	"$CANNULA" load --data "$data" "$@" 2>"$scratch/err"
	[ $? -le 1 ] && says "$wanted_summary"
}

ok "the fixture pages load" loads '[1-9][0-9]* loaded, 0 refused: [1-9][0-9]* resources created, 0 updated, 0 unchanged' "$pages"
before=$(digest)
ok "loading them again writes nothing" loads 'loaded, 0 refused: 0 resources created, 0 updated, [1-9][0-9]* unchanged' "$pages"
after=$(digest)
ok "the files of the store stay as they were" [ "$before" = "$after" ]

page=$(find "$pages" -name '*-45378.txt' | head -n 1)
mkdir "$scratch/pages"
cp "$page" "$scratch/pages/colonoscopy-45378.txt"
ok "the page alone is known already" loads '1 loaded, 0 refused: 0 resources created, 0 updated, 6 unchanged' "$scratch/pages"
printf '\n\nPreparation\n\n  \342\200\242 Bring a list of your medicines\n' >>"$scratch/pages/colonoscopy-45378.txt"
ok "a changed page makes new versions" loads '0 resources created, [1-6] updated' "$scratch/pages"

cp "$page" "$scratch/unnamed.txt"
ok "a page without a code loads with an issue" loads '1 loaded' "$scratch/unnamed.txt"
ok "the issue says that the code is missing" says 'code'
ok "no code is invented" sh -c '"$CANNULA" map "$1" 2>/dev/null | grep -c "45378" | grep -qx 0' - "$scratch/unnamed.txt"
ok "--code says the code outright" sh -c '"$CANNULA" map --code cpt:45378 "$1" 2>/dev/null | grep -q "\"code\":\"45378\""' - "$scratch/unnamed.txt"

printf 'file,system,code\r\n"unnamed.txt",cpt,45378\r\n' >"$scratch/manifest.csv"
ok "a manifest gives the code" loads '1 loaded, 0 refused: 0 resources created' --manifest "$scratch/manifest.csv"
ok "standard input is a page too" sh -c '"$CANNULA" load --data "$2" --code cpt:45378 - <"$1"' - "$scratch/unnamed.txt" "$data"
done_testing
