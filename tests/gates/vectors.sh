#!/bin/sh
# SPDX-License-Identifier: MIT
# formats/vectors: what the forger writes today, byte for byte; of each the verdict and the id that
# index.tsv states, by otatool and (authentic or not) by otap-verify.sh; what is refused leaves no file.
set -u
cd "$(dirname "$0")/../.." || exit 1
v=formats/vectors
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
failed=0 n=0
bad() { echo "not ok vectors: $*"; failed=1; }

mkdir "$w/fresh" && "$v/make.sh" "$B/vectors" "$w/fresh" || bad "make.sh fails"
diff -r -x README.md -x index.tsv -x make.sh "$v" "$w/fresh" >"$w/diff" ||
	bad "other bytes than tests/forge makes: $(head -n 3 "$w/diff")"
[ "$(du -bc "$v"/* | tail -n 1 | cut -f 1)" -le 307200 ] || bad "more than 300 KiB"

tab=$(printf '\t')
while IFS=$tab read -r name id authentic why; do
	case $name in '#'* | '') continue ;; esac
	n=$((n + 1))
	[ -n "$why" ] || bad "$name: no reason"
	sed 's/#.*//' "$v/$name.hex" | tr -d ' \n' | basenc --base16 -d >"$w/p" || bad "$name: not hex"
	"$OTATOOL" verify "$w/p" --key "$v/test.pub" --allow-test-keys --deep >"$w/out" 2>&1
	rc=$?
	found=$(sed -n 's/^otatool: error\[\([^]]*\)\].*/\1/p' "$w/out")
	[ "${found:-ok}" = "$id" ] || bad "$name: otatool says ${found:-ok}, not $id"
	[ $rc = 0 ] && said=ok || said=no
	[ $said = ok ] && [ "$id" != ok ] && bad "$name: exit 0"
	formats/otap-verify.sh "$w/p" "$v/test.pub" >"$w/out" 2>&1 && said=yes || said=no
	[ $said = "$authentic" ] || bad "$name: otap-verify.sh says $said: $(cat "$w/out")"
	[ "$id" = ok ] && continue
	"$OTATOOL" extract "$w/p" --component rootfs --key "$v/test.pub" --allow-test-keys \
		-o "$w/image" >"$w/out" 2>&1 && bad "$name: extracted"
	[ -e "$w/image" ] && bad "$name: left a file"
done <"$v/index.tsv"
[ $failed = 0 ] && echo "ok vectors ($n)"
exit $failed
