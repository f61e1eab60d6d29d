#!/bin/sh
# SPDX-License-Identifier: MIT
# Every test that tests/LESSONS.md names is there; every row names one, or the issue it waits for.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0 n=0
bad() { echo "not ok lessons: $*"; failed=1; }

there() # FILE NAME
{
	case $1 in
	*.c) grep -qE "START_TEST\($2\)|(^|[^a-z_])$2\(" "$1" ;;
	*.bats) grep -qF "@test \"$2\"" "$1" ;;
	*.tsv) cut -f 3 "$1" | grep -qxF "$2" ;;
	*) grep -qF "$2" "$1" ;;
	esac
}

w=$(mktemp) && trap 'rm -f "$w"' EXIT
grep -o '`tests/[^`]*`' tests/LESSONS.md | tr -d '`' >"$w"
while IFS='#' read -r file name; do
	n=$((n + 1))
	[ -f "$file" ] && there "$file" "$name" || bad "no test $name in $file"
done <"$w"
bare=$(grep -E '^\| [0-9]+ \|' tests/LESSONS.md | grep -vE '`tests/|issue [0-9]+:')
[ -z "$bare" ] || bad "no test: $bare"
rows=$(grep -cE '^\| [0-9]+ \|' tests/LESSONS.md)
[ "$rows" = 64 ] || bad "$rows lessons of 47 + 17"
[ $failed = 0 ] && echo "ok lessons ($n tests)"
exit $failed
