#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zstd --patch-from both ways with Debian's program: generated pairs, then real firmware.
# PAIRS=10000 tests thousands (`make check-long`).
load lib

pairs() # CODEC FIRST COUNT [PROGRAM-OPTION]
{
	local root=$BATS_TEST_DIRNAME/../.. b=${B:-build/release}
	make -s -C "$root" "B=$b" "$b/pairs"
	"$root/$b/pairs" "$1" "$2" "${PAIRS:-$3}" "${4:-}"
}

zstd_both_ways() # OLD NEW
{
	have "$1" "$2"
	"$OTATOOL" diff "$1" "$2" -o ours.patch --codec zstd >/dev/null
	zstd -q -d --long=31 --patch-from="$1" ours.patch -o out.theirs
	cmp out.theirs "$2"
	zstd -q -19 --patch-from="$1" "$2" -o theirs.patch
	"$OTATOOL" patch "$1" theirs.patch -o out.ours >/dev/null
	cmp out.ours "$2"
	[ "$(stat -c %s ours.patch)" -le $(($(stat -c %s theirs.patch) * 102 / 100 + 64)) ]
	rm -f out.ours out.theirs ours.patch theirs.patch
}

@test "bsdiff, 100 pairs" {
	need bsdiff
	pairs bsdiff 1 100
}

@test "zstd -19, 150 pairs" {
	need zstd
	pairs zstd 1 150 -19
}

@test "zstd -1, 150 pairs" {
	need zstd
	pairs zstd 100001 150 -1
}

@test "zstd -3 with long-distance matches, 50 pairs" {
	need zstd
	pairs zstd 200001 50 --long=20
}

@test "zstd, firmware" {
	need zstd
	for hub in primehub movehub; do
		zstd_both_ways "$CORPUS/firmware-7.27.0/$hub.bin" "$CORPUS/firmware-7.28.0/$hub.bin"
	done
	zstd_both_ways "$CORPUS/firmware-7.22.0/primehub.bin" "$CORPUS/firmware-7.28.0/primehub.bin"
}
