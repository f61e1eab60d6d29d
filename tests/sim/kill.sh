#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 of the real process at random moments of an update of a device folder: kill.sh [COUNT]
# An update is killed one to three times, then goes on to its end. `make check` kills a few times,
# `make campaign` a thousand times.
set -u
. "$(dirname "$0")/../lib.sh"
count=${1:-20}
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
RANDOM=5
killed=0 updates=0
fail() { echo "not ok kill: $*"; exit 1; }

update=("$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img)
fresh() { rm -rf a.img* b.img* && cp old.img a.img; }
ended()
{
	"${update[@]}" >out 2>&1 || fail "it does not end: $(cat out)"
	cmp -n "$size" b.img new.img || fail "the new slot holds something else"
}

fixture none
size=500000
openssl enc -aes-128-ctr -K 01 -iv 00 -in /dev/zero 2>/dev/null | head -c $size >new.img
signed || fail "pack and sign"
fresh
start=${EPOCHREALTIME/./}
ended
took=$((${EPOCHREALTIME/./} - start))
fresh
for ((i = 1; killed < count; i++)); do
	[ "$i" -lt $((20 * count)) ] || fail "it always ends before it is killed"
	"${update[@]}" >out 2>&1 &
	pid=$!
	sleep "$(printf '0.%06d' $((took * RANDOM / 30000)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ $? != 137 ] || killed=$((killed + 1))
	cmp a.img old.img || fail "the running slot changed"
	[ $((RANDOM % 3)) = 0 ] || continue
	ended
	updates=$((updates + 1))
	fresh
done
echo "ok kill: $killed times, $updates updates went on to their end"
