#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# BSDIFF40 both ways with Debian's bsdiff and bspatch, on real firmware and a real kernel.
load lib

both_ways() # OLD NEW
{
	"$OTATOOL" diff "$1" "$2" -o ours.patch --codec bsdiff >/dev/null
	bspatch "$1" out.theirs ours.patch
	cmp out.theirs "$2"
	bsdiff "$1" "$2" theirs.patch
	"$OTATOOL" patch "$1" theirs.patch -o out.ours >/dev/null
	cmp out.ours "$2"
	[ "$(stat -c %s ours.patch)" -le $(($(stat -c %s theirs.patch) * 102 / 100 + 64)) ]
	rm -f out.ours out.theirs ours.patch theirs.patch
}

firmware() # OLD-VERSION NEW-VERSION HUB…
{
	need bsdiff
	local old=$1 new=$2
	shift 2
	for hub; do
		have "$CORPUS/firmware-$old/$hub.bin" "$CORPUS/firmware-$new/$hub.bin"
		both_ways "$CORPUS/firmware-$old/$hub.bin" "$CORPUS/firmware-$new/$hub.bin"
	done
}

@test "firmware 7.22.0 to 7.28.0, three hubs" { firmware 7.22.0 7.28.0 primehub movehub technichub; }
@test "firmware 7.27.0 to 7.28.0, three hubs" { firmware 7.27.0 7.28.0 primehub cityhub essentialhub; }
@test "firmware 7.28.0 back to 7.22.0" { firmware 7.28.0 7.22.0 primehub movehub; }

@test "firmware to another hub's firmware" {
	need bsdiff
	have "$CORPUS/firmware-7.28.0/primehub.bin" "$CORPUS/firmware-7.28.0/movehub.bin"
	both_ways "$CORPUS/firmware-7.28.0/primehub.bin" "$CORPUS/firmware-7.28.0/movehub.bin"
}

@test "tiny files" {
	need bsdiff
	printf a >one
	seq 1 100 >some
	for a in one some; do
		for b in one some; do both_ways "$a" "$b"; done
	done
}

@test "12 MiB of a kernel: our patch through bspatch" {
	need bspatch
	have "$CORPUS/vmlinuz-old" "$CORPUS/vmlinuz-new"
	head -c 12M "$CORPUS/vmlinuz-old" >old
	head -c 12M "$CORPUS/vmlinuz-new" >new
	"$OTATOOL" diff old new -o k.patch --codec bsdiff >/dev/null
	bspatch old out k.patch
	cmp out new
}
