#!/bin/sh
# SPDX-License-Identifier: MIT
# The diagram of the client in the manual is that of its table: client.sh PROGRAM [--update]
# PROGRAM is made of client.c; the diagram stands between two marks.
set -u
program=$(realpath "${1:?the program}")
cd "$(dirname "$0")/../.." || exit 1
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
failed=0
"$program" diagram >"$w/diagram" || exit 1
for page in formats/device.md man/otatool-device.5; do
	awk -v diagram="$w/diagram" '
		/end of make client/ { inside = 0; n++ }
		!inside { print }
		/begin of make client/ { inside = 1; n++; while ((getline line <diagram) > 0) print line }
		END { exit n != 2 }' "$page" >"$w/page" || { echo "not ok client: $page lacks the marks"; failed=1; }
	[ "${2:-}" = --update ] && cat "$w/page" >"$page"
	diff -u "$page" "$w/page" || { echo "not ok client: $page; make client"; failed=1; }
done
[ $failed = 0 ] && echo "ok client"
exit $failed
