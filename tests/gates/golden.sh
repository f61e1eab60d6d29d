#!/bin/sh
# SPDX-License-Identifier: MIT
# Same inputs, same bytes: from another folder, locale, time zone, umask, day and number of jobs,
# and from every program given (gcc's and clang's, say): golden.sh [OTATOOL…]
set -u
. "$(dirname "$0")/../lib.sh"
[ $# -gt 0 ] || set -- "$OTATOOL"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
failed=0 first=
bad() { echo "not ok golden: $*"; failed=1; }

pack() # NAME FOLDER PROGRAM ENV…: one package; its bytes must be those of the first
{
	name=$1 dir=$2 program=$3
	shift 3
	mkdir -p "$dir" && cp images/* "$dir" || exit 1
	rm -f "$dir/p.otap"
	(cd "$dir" && env "$@" "$program" pack m.yaml -o p.otap --jobs "${jobs:-1}" >/dev/null &&
		env "$@" "$program" sign p.otap -k "$w/k.key" --comment golden >/dev/null) ||
		{ bad "$name: fails"; return; }
	[ -n "$first" ] || first=$(sha "$dir/p.otap")
	[ "$(sha "$dir/p.otap")" = "$first" ] || bad "$name: other bytes"
}

mkdir images && (cd images && fixture xz '{ kind: full, compression: zstd }' '{ kind: delta, from: old.img }')
# Large enough for several chunks, with a hole in it.
(cd images && cat new.img new.img new.img >x && truncate -s 5M x && cat x new.img >new.img.2 &&
	mv new.img.2 new.img && rm x)
"$OTATOOL" keygen -o k --no-passphrase >/dev/null || bad "keygen"

for program; do
	jobs=1 pack "$program" a "$program" A=1
	jobs=2 pack "2 jobs" a "$program" A=1
	jobs=7 pack "7 jobs" a "$program" A=1
	jobs=2 pack "other folder" "other folder/ä" "$program" A=1
	pack "locale, time zone" a "$program" LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu
	umask 077
	pack "umask 077" b "$program" HOME=/nonexistent USER=nobody
	umask 022
done
[ $failed = 0 ] && echo "ok golden"
exit $failed
