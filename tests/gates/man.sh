#!/bin/sh
# SPDX-License-Identifier: MIT
# Every verb has its page, every option of --help stands in it, every option in it is one of
# --help's, every error id is in otatool-errors(7), and mandoc finds nothing to warn about.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=../lib.sh
. tests/lib.sh
failed=0
bad() { echo "not ok man: $*"; failed=1; }
long_options() { grep -oE -e '--[a-z][a-z-]+' | LC_ALL=C sort -u; }
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT

for f in cli/verbs/*.c; do
	verb=$(basename "$f" .c | tr _ -)
	page=man/otatool-$verb.1
	"$OTATOOL" "$verb" --help >"$w/help" || { bad "otatool $verb --help fails"; continue; }
	[ -f "$page" ] || { bad "$page is missing"; continue; }
	long_options <"$w/help" >"$w/have"
	mandoc -T ascii "$page" | col -b | long_options >"$w/page"
	sed -n 's/^\.It Fl \(Fl \|-\)\([a-z][a-z-]*\).*/--\2/p; s/^\.It Fl [a-zA-Z] ,* *Fl \(Fl \|-\)\([a-z][a-z-]*\).*/--\2/p' \
		"$page" | LC_ALL=C sort -u >"$w/listed"
	LC_ALL=C comm -23 "$w/have" "$w/page" >"$w/d"
	[ -s "$w/d" ] && bad "$page lacks" "$(tr '\n' ' ' <"$w/d")"
	LC_ALL=C comm -13 "$w/have" "$w/listed" >"$w/d"
	[ -s "$w/d" ] && bad "$page has what --help has not:" "$(tr '\n' ' ' <"$w/d")"
	for section in 'EXIT STATUS' EXAMPLES; do
		grep -qi "^\.Sh \"*$section" "$page" || bad "$page has no $section"
	done
done

sed -n 's/^X([^"]*"\([a-z_.]*\)".*/\1/p' libota/include/ota/ids.h | LC_ALL=C sort >"$w/ids"
sed -n 's/^\.It Sy \([a-z_.]*\).*/\1/p' man/otatool-errors.7 | LC_ALL=C sort >"$w/listed"
[ -s "$w/ids" ] || bad "no ids found in ids.h"
diff "$w/ids" "$w/listed" || bad "otatool-errors(7) and ids.h differ"

mandoc -T lint -W warning man/*.[1-8] || bad "mandoc warns"
[ $failed = 0 ] && echo "ok man"
exit $failed
