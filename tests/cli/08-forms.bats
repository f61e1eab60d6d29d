#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Head, prefix, slice.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	signed
	"$OTATOOL" head p.otap -d .
	"$OTATOOL" slice p.otap --for old.img -o s.otap
}

@test "head: the front of the package, one file each" {
	mkdir d
	cp p.otap q.otap
	yes head p.otap q.otap -d d
	cmp d/p.head <(head -c "$(stat -c %s d/p.head)" p.otap)
	cmp d/p.head d/q.head
	no 2 usage.exists head p.otap -d d
	yes head p.otap -d d --force
	no 2 usage.argument head p.otap
	no 2 usage.form head s.otap -d d
	no 3 malformed.magic head new.img -d d
	no_leftovers
}

@test "verify --head: authentic, and no more than that" {
	needs_jq
	no 3 malformed.truncated verify p.head --key k.pub
	has "--head"
	yes verify p.head --key k.pub --head
	has "authentic, payload not checked"
	yes verify p.head --key k.pub --head --json
	[ "$(json '"\(.authentic) \(.signed) \(.form)"')" = "false true head" ]
	yes verify p.otap --key k.pub --head
	has "payload not checked"
	flip p.head 200 1
	no 1 signature.bad verify p.head --key k.pub --head
}

@test "verify --partial: never an authentic package" {
	needs_jq
	data=$(stat -c %s p.head)
	delta=$("$OTATOOL" inspect p.otap --field sections.0.stored_size)
	head -c "$((data + delta))" p.otap >part
	yes verify part --key k.pub --partial
	has "NOT A WHOLE PACKAGE"
	hasnt "authentic and whole"
	yes verify part --key k.pub --partial --json
	[ "$(json '"\(.authentic) \(.verified)"')" = "false $((data + delta))" ]
	run bash -c "'$OTATOOL' verify - --key k.pub --partial <part"
	is 0 "NOT A WHOLE PACKAGE"
	no 3 malformed.truncated verify part --key k.pub
	no 3 malformed.truncated extract part --component rootfs --key k.pub -o out
	head -c "$((data + delta - 1))" p.otap >part
	no 3 malformed.truncated verify part --key k.pub --partial
	has "the last one is byte"
	no 2 usage.option verify part --key k.pub --partial --head
	yes verify p.otap --key k.pub --partial
	has "authentic and whole"
}

@test "slice: what takes a package takes it" {
	needs_jq
	yes verify s.otap --key k.pub --deep --explain
	has "not in this slice"
	run bash -c "cat s.otap | '$OTATOOL' verify - --key k.pub"
	is 0 "authentic and whole"
	yes inspect s.otap --json
	[ "$(json '"\(.form) \([.here[].section])"')" = "slice [0]" ]
	yes extract s.otap --component rootfs --key k.pub --source old.img -o out
	cmp out new.img
	no 1 payload.not_in_slice extract s.otap --component rootfs --key k.pub -o out2
	[ ! -e out2 ]
	cp old.img a.img
	yes apply-sim s.otap --key k.pub --slot-a a.img --slot-b b.img
	cmp <(head -c "$(stat -c %s new.img)" b.img) new.img
}

@test "slice: for an image, a package, a hash" {
	yes slice p.otap --for "sha256:$(sha old.img)" -o t.otap
	cmp s.otap t.otap
	sed 's/new.img/old.img/; s/2.0.0/1.0.0/; /kind: delta/d' m.yaml >old.yaml
	yes pack old.yaml -o old.otap
	yes slice p.otap --for old.otap -o u.otap
	cmp s.otap u.otap
	yes slice p.otap --for new.img -o full.otap
	has "Full images      1"
	yes verify full.otap --key k.pub --deep
	no 2 usage.argument slice p.otap -o v.otap
	no 2 usage.argument slice p.otap --for sha256:12 -o v.otap
	no 1 payload.not_in_slice slice s.otap --for new.img -o v.otap
	flip p.otap $(($(stat -c %s p.otap) - 1)) 0
	no 1 hash.chunk slice p.otap --for new.img -o v.otap
	[ ! -e v.otap ]
	no_leftovers
}

@test "sign: heads into one file, and back into the packages" {
	needs_jq
	sed 's/2.0.0/2.0.1/' m.yaml >n.yaml
	"$OTATOOL" pack n.yaml -o n.otap
	cp p.otap bare.otap
	"$OTATOOL" sign bare.otap --strip
	mkdir d
	yes head bare.otap n.otap -d d
	yes sign d/bare.head d/n.head -k k.key -o rel.otsig
	[ "$(wc -l <rel.otsig)" = 2 ]
	has 2.0.1
	has "$(cut -d ' ' -f 1 rel.otsig | head -n 1)"
	no 2 usage.argument sign d/bare.head -k k.key
	no 2 usage.exists sign d/bare.head -k k.key -o rel.otsig
	no 2 usage.option sign d/bare.head -k k.key -o x.otsig --append
	no 2 usage.form sign d/bare.head n.otap -k k.key -o x.otsig
	no 2 usage.form sign s.otap -k k.key --append
	no 1 unsigned verify n.otap --key k.pub
	yes verify n.otap --key k.pub --sig rel.otsig
	yes verify d/n.head --key k.pub --sig rel.otsig --head
	yes sign --attach rel.otsig bare.otap n.otap -k k.pub
	cmp bare.otap p.otap
	yes verify n.otap --key k.pub
	yes sign --attach rel.otsig n.otap -k k.pub --json
	[ "$(json '.packages[0] | "\(.added) \(.there)"')" = "0 1" ]
	"$OTATOOL" keygen -o other --no-passphrase
	no 1 signature.no_line sign --attach rel.otsig n.otap -k other.pub
	no 2 usage.key_kind sign --attach rel.otsig n.otap -k k.key
	no 2 usage.argument sign --attach n.otap -k k.pub
	no 2 usage.argument sign --attach rel.otsig -k k.pub
	no 2 usage.option sign --attach rel.otsig n.otap -k k.pub --strip
	head -n 1 rel.otsig >one.otsig
	no 1 signature.no_line sign --attach one.otsig n.otap -k k.pub
	no_leftovers
}

@test "verify --source: the deltas are applied, or it is said which were not" {
	needs_jq
	sed 's/new.img/old.img/; s/2.0.0/1.0.0/; /kind: delta/d' m.yaml >old.yaml
	"$OTATOOL" pack old.yaml -o old.otap
	for base in old.img old.otap; do
		yes verify p.otap --key k.pub --source $base --json
		[ "$(json '"\(.applied) \(.authentic)"')" = "1 true" ]
	done
	run bash -c "'$OTATOOL' verify - --key k.pub --source old.img <s.otap"
	is 0 "Deltas applied   1"
	no 1 source.mismatch verify p.otap --key k.pub --source new.img --explain
	has "it starts from another image"
	no 2 usage.option verify p.head --key k.pub --head --source old.img
	no 3 malformed.truncated verify p.otap --key k.pub --source p.head
	no_leftovers
}

@test "a slice with one small delta and one signature: 1.3 KiB beside the patch" {
	needs_jq
	mkdir small
	cd small
	fixture xz '{ kind: delta, from: old.img }'
	sed -i '/kind: full/d; s/slot: ab/slot: ab\n    delta_only: true/' m.yaml
	printf '%s\n' 'signatures: compact' 'created: 2026-01-01T00:00:00Z' >>m.yaml
	signed
	yes slice p.otap --for old.img -o s.otap --json
	[ "$(json .beside)" -le 1331 ]
}
