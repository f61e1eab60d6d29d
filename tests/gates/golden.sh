#!/bin/sh
# SPDX-License-Identifier: MIT
# Same inputs, same bytes: from another folder, locale, time zone, umask, day and number of jobs,
# and from every program given (gcc's and clang's, say): golden.sh [OTATOOL…]
# ONLY=jobs leaves all but the number of jobs out.
set -u
. "$(dirname "$0")/../lib.sh"
[ $# -gt 0 ] || set -- "$OTATOOL"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
failed=0
bad() { echo "not ok golden: $*"; failed=1; }

pack() # NAME FOLDER PROGRAM ENV…: each manifest; its bytes must be those of the first time
{
	name=$1 dir=$2 program=$3
	shift 3
	mkdir -p "$dir" && cp images/* "$dir" || exit 1
	for m in deltas chunks; do
		rm -f "$dir/p.otap"
		(cd "$dir" && env "$@" "$program" pack $m.yaml -o p.otap --jobs "${jobs:-1}" >/dev/null 2>"$w/err" &&
			env "$@" "$program" sign p.otap -k "$w/k.key" --comment golden >/dev/null &&
			"$program" verify p.otap --key "$w/k.pub" --jobs "${jobs:-1}" >/dev/null) ||
			{ bad "$name: $m fails: $(cat "$w/err")"; continue; }
		sha=$(sha "$dir/p.otap")
		[ -f $m.sha ] || echo "$sha" >$m.sha
		[ "$sha" = "$(cat $m.sha)" ] || bad "$name: $m: other bytes"
	done
}

# Every way to make a delta on the small pair, and an image of several chunks with a hole in it.
mkdir images && (cd images && fixture xz && mv m.yaml chunks.yaml && mv new.img small.img &&
	fixture none '{ kind: full, compression: zstd }' '{ kind: delta, from: old.img, codec: otad, profile: tiny }' \
		'{ kind: delta, from: old.img, codec: otad, profile: std }' \
		'{ kind: delta, from: old.img, codec: otad, profile: max }' \
		'{ kind: delta, from: old.img, codec: bsdiff }' '{ kind: delta, from: old.img, codec: vcdiff }' \
		'{ kind: delta, from: old.img, codec: zstd }' && sed 's/new.img/small.img/' m.yaml >deltas.yaml &&
	cat new.img new.img new.img >x && truncate -s 5M x && cat x small.img >new.img && rm x m.yaml)
"$OTATOOL" keygen -o k --no-passphrase >/dev/null || bad "keygen"

for program; do
	[ "${ONLY:-}" = jobs ] || jobs=1 pack "$program" a "$program" A=1
	jobs=2 pack "2 jobs" a "$program" A=1
	jobs=7 pack "7 jobs" a "$program" A=1
	[ "${ONLY:-}" != jobs ] || continue
	jobs=2 pack "other folder" "other folder/ä" "$program" A=1
	pack "locale, time zone" a "$program" LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu
	umask 077
	pack "umask 077" b "$program" HOME=/nonexistent USER=nobody
	umask 022
done
[ $failed = 0 ] && echo "ok golden"
exit $failed
