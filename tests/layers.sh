#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# TAP: every room includes only what gateway/LAYERS lets it. One case a room.
set -eu
cd "${CANNULA_TOP:-.}"

rooms=$(sed -n 's/^\([a-z0-9]*\):.*/\1/p' gateway/LAYERS)
echo "1..$(($(echo "$rooms" | wc -w) + 1))"
number=0
result() { # STATUS TITLE
	number=$((number + 1))
	echo "$1 $number - $2"
}

for room in $rooms; do
	allowed=" $room $(sed -n "s/^$room:\(.*\)/\1/p" gateway/LAYERS) "
	bad=
	for used in $(sed -n 's|^#include "\(cannula/\)\{0,1\}\([a-z0-9]*\)[./].*|\2|p' gateway/"$room"/*.[ch] | sort -u); do
		case "$allowed" in
		*" * "* | *" $used "*) ;;
		*) bad="$bad $used" ;;
		esac
	done
	if [ -z "$bad" ]; then
		result ok "$room includes only what lies below it"
	else
		result "not ok" "$room includes only what lies below it"
		echo "# $room includes:$bad"
	fi
done

unlisted=
for folder in gateway/*/; do
	name=$(basename "$folder")
	echo "$rooms" | grep -qx "$name" || unlisted="$unlisted $name"
done
if [ -z "$unlisted" ]; then
	result ok "every room is listed in LAYERS"
else
	result "not ok" "every room is listed in LAYERS:$unlisted"
fi
