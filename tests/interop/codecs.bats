#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Both ways with Debian's bsdiff, xdelta3 and zstd: generated pairs, then real firmware.
# PAIRS=10000 tests thousands (`make check-long`).
load lib

pairs() # CODEC FIRST COUNT [PROGRAM-OPTION]
{
	local maker=$BATS_TEST_DIRNAME/../../${B:-build/release}/pairs
	[ -x "$maker" ] || skip "make check builds the program that makes pairs"
	"$maker" "$1" "$2" "${PAIRS:-$3}" "${4:-}"
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

@test "xdelta3 -S none, 150 pairs" {
	need xdelta3
	pairs vcdiff 1 150 none
}

@test "xdelta3 -S lzma, 150 pairs" {
	need xdelta3
	pairs vcdiff 100001 150 lzma
}

@test "xdelta3, firmware: each level, each secondary compression, each profile" {
	need xdelta3
	local old=$CORPUS/firmware-7.27.0/movehub.bin new=$CORPUS/firmware-7.28.0/movehub.bin
	have "$old" "$new"
	for level in 0 1 2 3 4 5 6 7 8 9; do
		for second in none lzma; do
			xdelta3 -q -f -e -$level -S $second -s "$old" "$new" theirs.patch
			"$OTATOOL" patch "$old" theirs.patch -o out --force >/dev/null
			cmp out "$new"
		done
	done
	for profile in tiny std max; do
		"$OTATOOL" diff "$old" "$new" -o ours.patch --force --codec vcdiff --profile $profile >/dev/null
		xdelta3 -q -f -d -s "$old" ours.patch out
		cmp out "$new"
	done
	[ "$(stat -c %s ours.patch)" -le "$(stat -c %s theirs.patch)" ]
}

@test "xdelta3: other secondary compressions are named" {
	need xdelta3
	seq 1 9000 >old
	seq 1 9000 | sed 's/7/x/;s/3/yy/' >new
	for second in djw fgk; do
		xdelta3 -q -f -e -9 -S $second -s old new p
		run "$OTATOOL" patch old p -o out
		[ "$status" = 3 ]
		[[ "$output" = *unsupported.codec*${second^^}* ]]
	done
}

@test "xdelta3: several windows, small and large ones" {
	need xdelta3
	seq 1 400000 >old
	seq 1 400000 | sed 's/77/7x7/' >new
	for window in 16384 1048576; do
		xdelta3 -q -f -e -W $window -S lzma -s old new p
		"$OTATOOL" patch old p -o out --force >/dev/null
		cmp out new
	done
	"$OTATOOL" diff old new -o ours --codec vcdiff >/dev/null
	rm out
	xdelta3 -q -d -s old ours out
	cmp out new
}

@test "zstd, firmware" {
	need zstd
	for hub in primehub movehub; do
		zstd_both_ways "$CORPUS/firmware-7.27.0/$hub.bin" "$CORPUS/firmware-7.28.0/$hub.bin"
	done
	zstd_both_ways "$CORPUS/firmware-7.22.0/primehub.bin" "$CORPUS/firmware-7.28.0/primehub.bin"
}
