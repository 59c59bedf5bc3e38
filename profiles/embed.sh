#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh SRCDIR profiles/FILE... : C source that carries the files inside the program, sorted by name.
set -eu
srcdir=$1
shift
files=$(printf '%s\n' "$@" | LC_ALL=C sort)
printf '/* Made by profiles/embed.sh. */\n/* clang-format off */\n#include "base/asset.h"\n\n'
index=0
for file in $files; do
	[ -r "$srcdir/$file" ] || { echo "embed.sh: $srcdir/$file is missing" >&2; exit 1; }
	printf '__asm__(".section .rodata\\n.balign 16\\nasset_%d:\\n.incbin \\"%s\\"\\nasset_%d_end:\\n.byte 0\\n.previous\\n");\n' \
		$index "$srcdir/$file" $index
	printf 'extern const char asset_%d[], asset_%d_end[];\n' $index $index
	index=$((index + 1))
done
printf '\nconst struct asset asset_embedded[] = {\n'
index=0
for file in $files; do
	printf '\t{ "%s", asset_%d, asset_%d_end },\n' "${file#profiles/}" $index $index
	index=$((index + 1))
done
printf '\t{ 0, 0, 0 },\n};\nconst size_t asset_embedded_count = %d;\n' $index
