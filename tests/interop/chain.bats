#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The main job on real images: init, pack, sign, verify, extract, apply-sim; and the shell verifier.
load lib

chain() # OLD NEW
{
	cp "$1" old.img
	cp "$2" new.img
	"$OTATOOL" keygen -o k --no-passphrase
	"$OTATOOL" init old.img new.img --product test-board --version 2.0.0 -o u.yaml
	"$OTATOOL" lint u.yaml
	"$OTATOOL" pack u.yaml -o u.otap
	"$OTATOOL" sign u.otap -k k.key
	"$OTATOOL" verify u.otap --key k.pub --deep
	"$OTATOOL" verify - --key k.pub <u.otap
	"$VERIFIER" u.otap k.pub
	component=$("$OTATOOL" inspect u.otap --field components.0.name)
	"$OTATOOL" extract u.otap --component "$component" --key k.pub -o full.img
	cmp full.img new.img
	"$OTATOOL" extract u.otap --component "$component" --key k.pub --source old.img -o delta.img
	cmp delta.img new.img
	cp old.img a.img
	"$OTATOOL" apply-sim u.otap --key k.pub --slot-a a.img --slot-b b.img
	cmp a.img old.img
	cmp -n "$(stat -c %s new.img)" b.img new.img
	rm -rf ./*
}

@test "firmware 7.27.0 to 7.28.0" {
	have "$CORPUS/firmware-7.27.0/primehub.bin" "$CORPUS/firmware-7.28.0/primehub.bin"
	chain "$CORPUS/firmware-7.27.0/primehub.bin" "$CORPUS/firmware-7.28.0/primehub.bin"
}

@test "firmware 7.22.0 to 7.28.0" {
	have "$CORPUS/firmware-7.22.0/movehub.bin" "$CORPUS/firmware-7.28.0/movehub.bin"
	chain "$CORPUS/firmware-7.22.0/movehub.bin" "$CORPUS/firmware-7.28.0/movehub.bin"
}

# The first 12 MiB of 34; all of them with KERNEL=34M.
@test "a kernel to the next" {
	have "$CORPUS/vmlinuz-old" "$CORPUS/vmlinuz-new"
	head -c "${KERNEL:-12M}" "$CORPUS/vmlinuz-old" >a.part
	head -c "${KERNEL:-12M}" "$CORPUS/vmlinuz-new" >b.part
	chain a.part b.part
}

@test "xz chunks are what xz(1) reads, zstd chunks what zstd(1) reads" {
	need xz
	need zstd
	for c in xz zstd; do
		fixture $c
		signed
		len=$(u32 "$(offset tables)" 4)
		tail -c +$(($(offset data) + 1)) p.otap | head -c "$len" | $c -dc >out
		cmp out new.img
		rm p.otap
	done
}

u32() { od -An --endian=little -tu"$2" -j "$1" -N "$2" p.otap | tr -d ' '; }
offset() # tables | data
{
	local align=$((1 << $(u32 48 1))) end
	end=$((128 + $(u32 24 4)))
	end=$(((end + align - 1) / align * align + $(u32 28 4)))
	[ "$1" = tables ] || end=$(((end + $(u32 32 8) + align - 1) / align * align))
	echo $end
}
