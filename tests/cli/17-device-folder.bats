#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A device in a folder: apply-sim init, status.
# shellcheck disable=SC2119
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	signed
	cat >d.yaml <<-YAML
		format: otap-device
		spec: "1.0"
		product: test-board
		version: 1.0.0
		slots: [ { component: rootfs, size: 200000 } ]
		flash: { erase_size: 4096, program_size: 256, erased: 255 }
		policy: { unsigned_chain: true }
	YAML
}

sim() { "$OTATOOL" apply-sim "$@"; }
init() { sim init dev --device d.yaml --from old.img; }
holds() { cmp -n "$(stat -c %s "$2")" "$1" "$2"; }
absent() { [ -z "$(find . -name 'dev*' -o -name '.dev*')" ]; }

@test "init: a device with its file, its flash and its state; slot a runs" {
	needs_jq
	run init
	is 0 test-board 1.0.0
	[ "$(stat -c %a dev)" = 700 ]
	[ "$(stat -c %s dev/a-rootfs.img)" = 200704 ]
	holds dev/a-rootfs.img old.img
	[ "$(tr -d '\377' <dev/b-rootfs.img | wc -c)" = 0 ]
	[ "$(stat -c %s dev/b-rootfs.img)" = 200704 ]
	[ "$(cat dev/device.json)" = '{"flash":{"erased":255,"program_size":256},"format":"otap-device","policy":{"unsigned_chain":true},"product":"test-board","slots":[{"component":"rootfs","size":200000}],"spec":"1.0","version":"1.0.0"}' ]
	run sim status dev --json
	[ "$status" = 0 ]
	[ "$(json '"\(.product) \(.on) \(.running) \(.trial) \(.floor) \(.journal.state) \(.journal.ended)"')" = "test-board true a false 0 idle ok" ]
	[ "$(json '.slots | map("\(.slot) \(.version) \(.successful)") | join(", ")')" = "a 1.0.0 true, b  false" ]
	run sim status dev
	is 0 "Runs             a" "Counter floor    0"
}

@test "init: DEV must be absent, and stays so when it cannot be complete" {
	mkdir dev
	no 2 usage.exists apply-sim init dev --device d.yaml --from old.img
	hasnt -- --force
	[ -z "$(ls -A dev)" ]
	rmdir dev
	seq 1 40000 >large.img
	no 1 resource.slot apply-sim init dev --device d.yaml --from large.img
	no 4 io.system apply-sim init dev --device d.yaml --from none.img
	no 2 usage.argument apply-sim init dev --device d.yaml --from p.otap
	no 2 usage.argument apply-sim init dev --from old.img
	no 2 usage.argument apply-sim init dev --device d.yaml
	no 2 usage.argument apply-sim init dev --device d.yaml --from old.img --from new.img
	sed '/^slots/d' d.yaml >none.yaml
	no 2 usage.argument apply-sim init dev --device none.yaml --from old.img
	absent
	yes apply-sim init dev/ --device d.yaml --from old.img
	[ "$(find . -maxdepth 1 -name 'dev*' | wc -l)" = 1 ]
}

@test "init: several components, an image for each" {
	sed 's/^slots:.*/slots: [ { component: rootfs }, { component: boot, size: 9000 } ]/' d.yaml >two.yaml
	seq 1 100 >boot.img
	no 2 usage.argument apply-sim init dev --device two.yaml --from rootfs=old.img --from bot=boot.img
	has '--from boot=IMG'
	yes apply-sim init dev --device two.yaml --from boot=boot.img --from rootfs=old.img
	holds dev/a-rootfs.img old.img
	holds dev/a-boot.img boot.img
	[ "$(stat -c %s dev/b-boot.img dev/b-rootfs.img | tr '\n' ' ')" = "12288 110592 " ]
	yes apply-sim status dev
}

@test "what is no device folder is said to be none, and is left alone" {
	mkdir empty
	no 3 device.none apply-sim status empty
	no 3 device.none apply-sim status nothing
	no 3 device.none apply-sim status p.otap
	[ -z "$(ls -A empty)" ] && [ ! -e nothing ]
	init
	rm dev/booted
	no 3 device.state apply-sim status dev
	rm -r dev
	init
	truncate -s 5 dev/device.json
	no 3 malformed.json apply-sim status dev
	has dev/device.json
}

@test "one process at a time" {
	init
	exec 9<dev
	flock 9
	no 3 device.state apply-sim status dev
	has 'another process'
	flock -u 9
	flock -s 9
	yes apply-sim status dev
	exec 9<&-
}

@test "status writes nothing" {
	init
	find dev -type f -exec sha256sum {} + | sort >before
	yes apply-sim status dev
	chmod -R a-w dev
	yes apply-sim status dev
	chmod -R u+w dev
	find dev -type f -exec sha256sum {} + | sort >after
	cmp before after
}
