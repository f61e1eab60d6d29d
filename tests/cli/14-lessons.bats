#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Faults of other tools that need a test of their own: tests/LESSONS.md.
load common

@test "a key that cannot be read fails closed: missing, empty, unreadable, malformed, a folder" {
	fixture
	signed
	: >empty.pub
	head -c 100 k.pub >cut.pub
	mkdir folder.pub
	sed 's/ed25519/ed25518/' k.pub >scheme.pub
	cp k.pub mode.pub && chmod 000 mode.pub
	for key in missing empty cut folder scheme mode; do
		[ $key != mode ] || [ "$(id -u)" != 0 ] || continue
		run "$OTATOOL" verify p.otap --key $key.pub
		[ "$status" != 0 ]
		run "$OTATOOL" extract p.otap --component rootfs --key $key.pub -o out.img
		[ "$status" != 0 ]
		[ ! -e out.img ]
		cp old.img a.img
		run "$OTATOOL" apply-sim p.otap --key $key.pub --slot-a a.img --slot-b b.img
		[ "$status" != 0 ]
		cmp a.img old.img
		[ ! -e b.img ]
	done
	"$OTATOOL" verify p.otap --key k.pub
}

@test "names in a manifest are never paths: the wrong ones do not pack, and nothing is written elsewhere" {
	fixture
	mkdir in && cd in
	for name in ../x /x a/../../x .x -o "$(printf 'a%.0s' $(seq 256))" 'a b' con:; do
		sed "s|name: rootfs|name: \"$name\"|; s|new.img|../new.img|" ../m.yaml >m.yaml
		run "$OTATOOL" pack m.yaml -o p.otap
		[ "$status" = 1 ]
		[[ "$output" == *'[lint.failed]'* ]]
	done
	[ "$(ls)" = m.yaml ]
	[ "$(ls ..)" = "$(printf '%s\n' in m.yaml new.img old.img)" ]
}

@test "a host without room for temporary files: what needs none works, pack says so and leaves nothing" {
	fixture
	signed
	export TMPDIR=$PWD/nowhere
	"$OTATOOL" verify p.otap --key k.pub
	"$OTATOOL" verify - --key k.pub <p.otap
	"$OTATOOL" extract p.otap --component rootfs --key k.pub -o out.img
	cmp out.img new.img
	"$OTATOOL" sign p.otap -k k.key --replace
	run "$OTATOOL" pack m.yaml -o q.otap
	if [ "$status" != 0 ]; then
		[ "$status" = 4 ]
		[[ "$output" == *'[io.system]'* ]]
		[ ! -e q.otap ]
	fi
}
