#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The example agent: the client's states over a port of files, and the slot services.
# shellcheck disable=SC2154
load common

agent=$(dirname "$OTATOOL")/example-agent

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz
	signed
	mv p.otap 2.otap
	seq 2 20001 >third.img
	sed -i -e 's/new.img/third.img/' -e 's/^version: .*/version: 3.0.0/' m.yaml
	signed
	mv p.otap 3.otap
	mkdir dev
	cp old.img dev/slot-0.img && truncate -s 256K dev/slot-0.img dev/slot-1.img
	device provision
}

device() { "$agent" dev test-board k.pub "$@"; }
holds() { cmp -n "$(stat -c %s "$1")" "$1" "dev/slot-$2.img"; }

update()
{
	device update "$1" && device boot && device restarted good
}

@test "an update goes through the states: what is told, what runs" {
	run update 2.otap
	is 0 "ota1 E0000 ok"
	[ "$(grep -o '^Update[A-Za-z]*' <<<"$output" | xargs)" = "UpdateAvailable UpdateDownloaded UpdateApplied" ]
	run device active
	is 0 "slot 1"
	holds new.img 1
	run device update 2.otap
	is 0 UpdateApplied
	hasnt restart
}

@test "a package that does not verify is never applied" {
	flip 2.otap $(($(stat -c %s 2.otap) - 9)) 0
	before=$(sha dev/slot-1.img)
	run device update 2.otap
	is 1 UpdateDownloaded UpdateFailed hash.chunk
	hasnt written
	[ "$(sha dev/slot-1.img)" = "$before" ]
	run device update none.otap
	is 1 UpdateFailed
	hasnt UpdateAvailable
}

@test "bad health: the old slot runs, and a restart without a trial is told as a failure" {
	device update 2.otap
	device boot
	run device restarted bad
	is 1 UpdateFailed health.failed
	run device boot
	is 0 "slot 0"
	run device restarted good
	is 1 UpdateFailed rolled_back
	hasnt UpdateApplied
}

@test "slot services: verify, switch back, and what is refused by id" {
	run device switch 1
	is 1 slot.closed
	update 2.otap
	run device verify 0
	is 1 device.state
	run device switch 0
	is 1 device.state
	update 3.otap
	holds third.img 0
	device verify 0
	device switch 1
	run device boot
	is 0 "slot 1 on trial"
	device restarted good
	run device active
	is 0 "slot 1"
	hasnt trial
	holds new.img 1
	flip dev/slot-0.img 5000 3
	run device verify 0
	is 1 hash.target
	run device switch 0
	is 1 hash.target
}
