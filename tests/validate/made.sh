#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the gateway makes from the fixtures has no errors: each resource of each page, in both versions.
CANNULA=${CANNULA:-./cannula}
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
number=0

for page in "${CANNULA_TOP:-.}"/fixtures/records/*/*.txt; do
	for version in r4 r5; do
		number=$((number + 1))
		verdict=ok
		"$CANNULA" map --to $version "$page" >"$scratch/made" 2>"$scratch/log" || verdict='not ok'
		[ -s "$scratch/made" ] || verdict='not ok'
		while IFS= read -r resource; do
			printf '%s\n' "$resource" | "$CANNULA" validate --version $version - >"$scratch/log" 2>&1 || {
				verdict='not ok'
				grep 'error' "$scratch/log" | sed 's/^/# /'
			}
		done <"$scratch/made"
		echo "$verdict $number - $(basename "$(dirname "$page")") as $version"
	done
done
echo "1..$number"
