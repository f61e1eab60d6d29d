#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 of the real process at random moments of an update: kill.sh [COUNT]
# Half of the kills hit an update of two image files, which one command makes, half the commands over
# a device folder. An update is killed one to three times, then goes on to its end. `make check` kills
# a few times, `make campaign` a thousand times.
set -u
. "$(dirname "$0")/../lib.sh"
count=${1:-20}
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
RANDOM=5
fail() { echo "not ok kill: $*"; exit 1; }
same() { cmp -n "$size" "$1" "$2" || fail "$1 is not $2"; }

# Run COMMAND…, and kill it at a moment of its $took microseconds; a kill is counted.
hit()
{
	"$@" >out 2>&1 &
	pid=$!
	sleep "$(printf '0.%06d' $((took * RANDOM / 30000)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ $? != 137 ] || killed=$((killed + 1))
}

# How long a whole update takes, in microseconds.
measure()
{
	local start=${EPOCHREALTIME/./}
	ended
	took=$((${EPOCHREALTIME/./} - start))
}

# kills NAME COUNT: `update` killed so often; fresh, ended and intact are the device's
kills()
{
	local i updates=0
	killed=0
	fresh && measure && fresh
	for ((i = 1; killed < $2; i++)); do
		[ "$i" -lt $((20 * $2)) ] || fail "$1: it always ends before it is killed"
		update
		intact
		[ $((RANDOM % 3)) = 0 ] || continue
		ended
		updates=$((updates + 1))
		fresh
	done
	echo "ok kill $1: $killed times, $updates updates went on to their end"
}

fixture none
size=500000
openssl enc -aes-128-ctr -K 01 -iv 00 -in /dev/zero 2>/dev/null | head -c $size >new.img
signed || fail "pack and sign"

whole=("$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img)
fresh() { rm -rf a.img* b.img* && cp old.img a.img; }
update() { hit "${whole[@]}"; }
intact() { cmp a.img old.img || fail "the running slot changed"; }
ended()
{
	"${whole[@]}" >out 2>&1 || fail "it does not end: $(cat out)"
	same b.img new.img
}
kills "image files" $((count / 2))

printf '%s\n' 'format: otap-device' 'spec: "1.0"' 'product: test-board' \
	"slots: [ { component: rootfs, size: $size } ]" 'flash: { erased: 255 }' \
	'policy: { unsigned_chain: true }' >d.yaml
sim() { "$OTATOOL" apply-sim "$1" dev "${@:2}"; }
install=(install dev p.otap --key k.pub --retry-failed)
fresh() { rm -rf dev && sim init --device d.yaml --from old.img >out || fail "init: $(cat out)"; }
update()
{
	if [ $((RANDOM % 3)) = 0 ]; then
		took=$((took / 4)) hit "$OTATOOL" apply-sim boot dev
	else
		hit "$OTATOOL" apply-sim "${install[@]}"
	fi
}
# What runs is committed, or on trial; the old image is as it was.
intact()
{
	sim status >out 2>&1 || fail "no status: $(cat out)"
	cmp -n "$(stat -c %s old.img)" dev/a-rootfs.img old.img || fail "the old slot changed"
}
# A trial whose tries the kills used up begins anew.
ended()
{
	local rc try
	for try in 1 2 3 4 5 6; do
		"$OTATOOL" apply-sim "${install[@]}" >out 2>&1
		rc=$?
		[ $rc = 0 ] || [ $rc = 5 ] || fail "install: exit $rc, $(cat out)"
		sim boot >out 2>&1
		rc=$?
		[ $rc = 0 ] || grep -q rolled_back out || fail "boot: exit $rc, $(cat out)"
		sim status >out || fail "no status: $(cat out)"
		grep -q '^  b .*yes' out && break
	done
	[ "$try" -lt 6 ] || fail "it does not end: $(cat out)"
	same dev/b-rootfs.img new.img
}
kills "device folder" $((count - count / 2))
