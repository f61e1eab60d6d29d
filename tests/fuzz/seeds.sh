#!/bin/bash
# SPDX-License-Identifier: MIT
# Make a seed folder per fuzz target with otatool: seeds.sh DIR
set -eu
out=$(mkdir -p "$1" && realpath "$1")
. "$(dirname "$0")/../lib.sh"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w"
for t in package manifest json yaml key patch sigarea state env root; do mkdir -p "$out/$t"; done
u32() { od -An --endian=little -tu4 -j "$2" -N 4 "$1" | tr -d ' '; }

for kind in none xz zstd delta; do
	case $kind in
	delta) fixture xz '{ kind: delta, from: old.img }' ;;
	*) fixture $kind ;;
	esac
	seq 1 300 >old.img
	seq 1 300 | sed 's/77/7x7/' >new.img
	rm -f p.otap
	signed
	cp p.otap "$out/package/$kind"
	"$OTATOOL" slice p.otap --for old.img --force -o s.otap >log
	cp s.otap "$out/package/slice-$kind"
	cp m.yaml "$out/yaml/$kind"
	mlen=$(u32 p.otap 24) cap=$(u32 p.otap 28)
	tail -c +129 p.otap | head -c "$mlen" >"$out/manifest/$kind"
	cp "$out/manifest/$kind" "$out/json/$kind"
	tail -c +$((128 + mlen + 1)) p.otap | tr -d '\0' | head -c "$cap" | grep -a '^otap-sig' >"$out/sigarea/$kind"
done
"$OTATOOL" init old.img new.img --product test-board --version 2.0.0 -o i.yaml >log
cp i.yaml ./*.device.yaml "$out/yaml/"
cp k.key k.pub "$out/key/"
[ -f "$out/key/pem" ] || "$OTATOOL" keygen export k.pub -o "$out/key/pem" >log
[ -f "$out/key/p8" ] || "$OTATOOL" keygen export k.key --no-passphrase -o "$out/key/p8" >log
printf '%s\n' 'format: otap-sign-policy' 'spec: "1.0"' 'rules:' '- { channels: [ a*, b ], schemes: [ ed25519 ], expires_min_days: 3 }' \
	'- { attachments: [ sbom ], builders: [ "https://x/*" ], min_counter: 4 }' >"$out/yaml/policy"
echo secret >pass
"$OTATOOL" keygen -o rel --no-passphrase >log
"$OTATOOL" trust init --root-key k.pub --role release=rel.pub --grant 't-*:rootfs=release+hooks' --min-counter t-1=3 \
	--max-counter-step 16 --expires 2030-01-01T00:00:00Z --force -o r.json >log
"$OTATOOL" trust sign r.json -k k.key >log
"$OTATOOL" trust stop p.otap -k k.key --force -o stop.json >log
cp r.json stop.json "$out/root/"
[ -f "$out/key/locked" ] || { "$OTATOOL" keygen -o l --passphrase-file pass >log && cp l.key "$out/key/locked"; }
for codec in bsdiff otad vcdiff vcdiff-lzma zstd; do
	case $codec in
	vcdiff-lzma) "$OTATOOL" diff old.img new.img -o $codec.patch --codec vcdiff >log ;;
	*) "$OTATOOL" diff old.img new.img -o $codec.patch --codec $codec --profile tiny >log ;;
	esac
	{
		printf '%b' "\\0$(printf %o $(($(stat -c %s old.img) / 256)))\\0$(printf %o $(($(stat -c %s old.img) % 256)))"
		cat old.img $codec.patch
	} >"$out/patch/$codec"
done
for kind in gzip zstd; do
	case $kind in
	gzip) python3 -c 'import gzip,sys; [open(f"{n}.z", "wb").write(gzip.compress(open(f"{n}.img", "rb").read(), 6, mtime=0)) for n in ("old", "new")]' ;;
	*) zstd -q -f -3 old.img -o old.z && zstd -q -f -3 new.img -o new.z ;;
	esac
	"$OTATOOL" diff old.z new.z -o deep.patch --force --deep --profile tiny >log
	{
		printf '%b' "\\0$(printf %o $(($(stat -c %s old.z) / 256)))\\0$(printf %o $(($(stat -c %s old.z) % 256)))"
		cat old.z deep.patch
	} >"$out/patch/deep-$kind"
done
cp old.img a.img
"$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img >log
head -c 262144 a.img.state/boot* >"$out/state/boot"
cat a.img.state/boot* a.img.state/journal* | head -c 262144 >"$out/state/both"
rm -rf a.img.state
"$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --boot-control uboot-env >log
{
	printf '\0'
	tail -c +6 a.img.state/bootctl.bin | head -c 2048
} >"$out/env/two"
