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

# A verb of two words stands on the page of its first: apply_sim_init.c, otatool-apply-sim(1).
page_of() # VERB-WITH-DASHES
{
	p=$1
	while [ ! -f "man/otatool-$p.1" ] && [ "$p" != "${p%-*}" ]; do p=${p%-*}; done
	echo "$p"
}
for f in cli/verbs/*.c; do
	name=$(basename "$f" .c | tr _ -)
	first=$(page_of "$name")
	sub=${name#"$first"}
	[ -f "man/otatool-$first.1" ] || { bad "man/otatool-$name.1 is missing"; continue; }
	"$OTATOOL" "$first" ${sub:+"${sub#-}"} --help >"$w/help" || { bad "$first ${sub#-} --help fails"; continue; }
	grep -q "^Usage  *otatool $first${sub:+ ${sub#-}} " "$w/help" || bad "$first ${sub#-} is no verb"
	long_options <"$w/help" >>"$w/$first.have"
	for section in 'EXIT STATUS' EXAMPLES; do
		grep -qi "^\.Sh \"*$section" "man/otatool-$first.1" || bad "otatool-$first.1 has no $section"
	done
done
for have in "$w"/*.have; do
	verb=$(basename "$have" .have)
	page=man/otatool-$verb.1
	LC_ALL=C sort -u -o "$have" "$have"
	mandoc -T ascii "$page" | col -b | long_options >"$w/page"
	sed -n 's/^\.It Fl \(Fl \|-\)\([a-z][a-z-]*\).*/--\2/p; s/^\.It Fl [a-zA-Z] ,* *Fl \(Fl \|-\)\([a-z][a-z-]*\).*/--\2/p' \
		"$page" | LC_ALL=C sort -u >"$w/listed"
	LC_ALL=C comm -23 "$have" "$w/page" >"$w/d"
	[ -s "$w/d" ] && bad "$page lacks" "$(tr '\n' ' ' <"$w/d")"
	LC_ALL=C comm -13 "$have" "$w/listed" >"$w/d"
	[ -s "$w/d" ] && bad "$page has what --help has not:" "$(tr '\n' ' ' <"$w/d")"
done

sed -n 's/^X([^"]*"\([a-z_.]*\)".*/\1/p' libota/include/ota/ids.h | LC_ALL=C sort >"$w/ids"
sed -n 's/^\.It Sy \([a-z_.]*\).*/\1/p' man/otatool-errors.7 | LC_ALL=C sort >"$w/listed"
[ -s "$w/ids" ] || bad "no ids found in ids.h"
diff "$w/ids" "$w/listed" || bad "otatool-errors(7) and ids.h differ"

mandoc -T lint -W warning man/*.[1-8] || bad "mandoc warns"
[ $failed = 0 ] && echo "ok man"
exit $failed
