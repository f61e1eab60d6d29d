#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# formats/otap-verify.sh, written from the specification alone, agrees with `otatool verify`.
load lib

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	fixture xz '{ kind: full, compression: none }' '{ kind: delta, from: old.img }'
	signed
}

agree() # VERDICT FILE KEY: both say yes, or both say no
{
	local a=no b=no
	"$OTATOOL" verify "$2" --key "$3" >out.a 2>&1 && a=yes
	"$VERIFIER" "$2" "$3" >out.b 2>&1 && b=yes
	[ "$a $b" = "$1 $1" ] && return
	echo "otatool: $a: $(cat out.a); otap-verify.sh: $b: $(cat out.b)"
	return 1
}

@test "good, unsigned, foreign key, two signatures" {
	agree yes p.otap k.pub
	"$OTATOOL" pack m.yaml -o u.otap
	agree no u.otap k.pub
	"$OTATOOL" keygen -o other --no-passphrase
	agree no p.otap other.pub
	"$OTATOOL" sign p.otap -k other.key --append --comment "the second one" --time 1767225600
	agree yes p.otap k.pub
	agree yes p.otap other.pub
}

@test "every scheme: signed, by another key, and with one bit of the signature flipped" {
	"$OTATOOL" sign p.otap --strip
	for s in ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512; do
		"$OTATOOL" keygen -o $s --no-passphrase --scheme $s
		"$OTATOOL" sign p.otap -k $s.key --append --comment "by $s"
	done
	for s in ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512; do
		agree yes p.otap $s.pub
		sed '/^public/d' $s.pub >no.pub
		run "$VERIFIER" p.otap no.pub
		[ "$status" = 1 ]
		at=$(grep -abo "otap-sig-v1 $s " p.otap | head -n 1 | cut -d : -f 1)
		flip p.otap $((at + 130)) 1
		agree no p.otap $s.pub
		flip p.otap $((at + 130)) 1
	done
	agree no p.otap k.pub
}

@test "flipped bits in every region" {
	size=$(stat -c %s p.otap)
	for i in $(seq 0 11); do
		case $((i % 4)) in
		0) at=$((i * 10 % 128)) ;;
		1) at=$((128 + i * 37 % 1200)) ;;
		2) at=$((1000 + i * 631 % 12000)) ;;
		*) at=$((size - 1 - i * 1977 % 40000)) ;;
		esac
		flip p.otap $at $((i % 8))
		agree no p.otap k.pub
		flip p.otap $at $((i % 8))
	done
	agree yes p.otap k.pub
}

@test "slices: as cut, flipped in every region, cut and lengthened" {
	"$OTATOOL" slice p.otap --for old.img -o s.otap
	"$OTATOOL" slice p.otap --for new.img -o n.otap
	"$OTATOOL" keygen -o other --no-passphrase
	agree yes s.otap k.pub
	agree yes n.otap k.pub
	agree no s.otap other.pub
	size=$(stat -c %s s.otap)
	for at in 2 9 12 16 20 50 61 64 70 192 300 1200 $((size - 1)); do
		cp s.otap t.otap
		flip t.otap "$at" $((at % 8))
		agree no t.otap k.pub
	done
	for n in 60 100 1000 $((size - 1)); do
		head -c "$n" s.otap >t.otap
		agree no t.otap k.pub
	done
	{ cat s.otap && printf '\0'; } >t.otap
	agree no t.otap k.pub
}

@test "cut and lengthened" {
	size=$(stat -c %s p.otap)
	for n in 7 1000 $((size - 1)); do
		head -c "$n" p.otap >t.otap
		agree no t.otap k.pub
	done
	{ cat p.otap && printf '\0'; } >t.otap
	agree no t.otap k.pub
}

@test "every hash, attachments, a package without sections" {
	printf '%s\n' 'attachments:' '  - { name: bom, role: sbom, file: old.img }' \
		'  - { name: pre.sh, role: hook, file: m.yaml }' >>m.yaml
	sed '/payloads:/,$d' m.yaml >present.yaml && echo '    payloads: [ { kind: present } ]' >>present.yaml
	for hash in sha256 sha512 sha3-256; do
		for yaml in m present; do
			{ cat $yaml.yaml && echo "hash: $hash"; } >h.yaml
			"$OTATOOL" pack h.yaml -o h.otap --force
			"$OTATOOL" sign h.otap -k k.key
			agree yes h.otap k.pub
			flip h.otap $(($(stat -c %s h.otap) - 1)) 3
			agree no h.otap k.pub
			flip h.otap $(($(stat -c %s h.otap) - 1)) 3
			flip h.otap 300 3
			agree no h.otap k.pub
		done
	done
}
