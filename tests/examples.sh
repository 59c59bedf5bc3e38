#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# TAP: the example in the opening comment of each header compiles against the built library and prints what the comment says.
# CANNULA_COMPILE is how to compile one file, CANNULA_LINK what to link it with; set by make check.
set -u
: "${CANNULA_COMPILE:?is set by make check}" "${CANNULA_LINK:?}" "${CANNULA_TOP:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# part HEADING HEADER : the indented lines below the line of the opening comment that begins so.
part() {
	awk -v heading="$1" '
		/^ \*\// { exit }
		index($0, " * " heading) == 1 { inside = 1; next }
		inside && /^ \*$/ { print ""; next }
		inside && /^ \*     / { print substr($0, 8); next }
		inside { exit }' "$2"
}

# works HEADER-NAME : in words what went wrong, when it does not.
works() {
	header=$CANNULA_TOP/include/cannula/$1.h
	part "Example" "$header" >"$scratch/$1.c"
	part "It prints:" "$header" | sed '/^$/d' >"$scratch/$1.expected"
	grep -q 'int main' "$scratch/$1.c" || { echo "the comment has no example"; return 1; }
	[ -s "$scratch/$1.expected" ] || { echo "the comment does not say what it prints"; return 1; }
	# shellcheck disable=SC2086
	$CANNULA_COMPILE -Wall -Wextra -Werror -o "$scratch/$1" "$scratch/$1.c" $CANNULA_LINK && "$scratch/$1" >"$scratch/$1.out" &&
		diff "$scratch/$1.expected" "$scratch/$1.out"
}

number=0
for name in fhir fhirpath map; do
	number=$((number + 1))
	if works $name >"$scratch/log" 2>&1; then
		echo "ok $number - the example in $name.h does what it says"
	else
		echo "not ok $number - the example in $name.h does what it says"
		sed 's/^/# /' "$scratch/log"
	fi
done
echo "1..$number"
