#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target for FUZZ_SECONDS (60). Called by `make fuzz` in the directory of a build with --enable-fuzzers.
# New inputs stay in corpus/NAME there, crashes in crashes/; a crash that was fixed belongs into tests/fuzz/corpus/NAME, small.
#   fuzz.sh SOURCE-TREE TARGET...
set -eu
source=$1
shift
failed=
mkdir -p crashes
for target in "$@"; do
	name=${target##*/}
	mkdir -p "corpus/$name"
	echo "== $name, ${FUZZ_SECONDS:-60} s"
	"./$target" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 -max_len="${FUZZ_MAX_LEN:-16384}" \
		-print_final_stats=1 -verbosity=0 -artifact_prefix="crashes/$name-" \
		"corpus/$name" "$source/tests/fuzz/corpus/$name" 2>"crashes/$name.log" || failed="$failed $name"
	grep -E '^(SUMMARY|stat::number_of_executed_units|stat::new_units_added|cannula: bug)' "crashes/$name.log" || true
done
if [ -n "$failed" ]; then
	echo "fuzz: these targets found something (see $(pwd)/crashes):$failed"
	exit 1
fi
echo "fuzz: nothing found"
