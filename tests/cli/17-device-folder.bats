#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A device in a folder: apply-sim init, install, boot, status, history.
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
status() { run sim status dev --json && [ "$status" = 0 ]; }
init() { sim init dev --device d.yaml --from old.img; }
holds() { cmp -n "$(stat -c %s "$2")" "$1" "$2"; }
absent() { [ -z "$(find . -name 'dev*' -o -name '.dev*')" ]; }

@test "init: a device with its file, its flash and its state; slot a runs" {
	needs_jq
	run sim init dev --device d.yaml --from old.img --json
	[ "$(json '"\(.schema) \(.version) \(.folder) \(.product) \(.runs_version) \(.running)"')" = "otatool.apply-sim.init 1 dev test-board 1.0.0 a" ]
	[ "$(stat -c %a dev)" = 700 ]
	[ "$(stat -c %s dev/a-rootfs.img)" = 200704 ]
	holds dev/a-rootfs.img old.img
	[ "$(tr -d '\377' <dev/b-rootfs.img | wc -c)" = 0 ]
	[ "$(stat -c %s dev/b-rootfs.img)" = 200704 ]
	[ "$(cat dev/device.json)" = '{"flash":{"erased":255,"program_size":256},"format":"otap-device","policy":{"unsigned_chain":true},"product":"test-board","slots":[{"component":"rootfs","size":200000}],"spec":"1.0","version":"1.0.0"}' ]
	status
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

# next VERSION COUNTER: p2.otap, the package after p.otap
next()
{
	sed -i -e "s/^version: .*/version: $1/" -e "s/^security_counter: .*/security_counter: $2/" m.yaml
	"$OTATOOL" pack m.yaml -o p2.otap && "$OTATOOL" sign p2.otap -k k.key
}

# stands FILTER VALUE: what status says
stands()
{
	status
	echo "$output"
	[ "$(json "$1")" = "$2" ]
}

@test "install, boot: on trial, committed; the next one goes the other way" {
	needs_jq
	init
	cp dev/a-rootfs.img before.img
	run sim install dev p.otap --key k.pub
	is 0 "read back, switched" "on trial at the next boot"
	holds dev/b-rootfs.img new.img
	cmp dev/a-rootfs.img before.img
	stands '"\(.running) \(.trial) \(.journal.state) \(.journal.slot) \(.slots[1].tries)"' "a true trial b 3"
	run sim boot dev
	is 0 "health check" commit running
	stands '"\(.running) \(.trial) \(.journal.state) \(.slots[1].successful) \(.slots[1].version)"' "b false idle true 2.0.0"
	[ "$(json '.slots[1].digest')" = "$("$OTATOOL" verify p.otap --key k.pub --json | jq -r '.package.digest' | cut -d : -f 2)" ]
	yes apply-sim install dev p.otap --key k.pub
	has "nothing to do"
	yes apply-sim boot dev
	hasnt 'health check'
	next 3.0.0 3
	yes apply-sim install dev p2.otap --key k.pub
	yes apply-sim boot dev
	# The floor: the lower counter of the two.
	stands '"\(.running) \(.floor)"' "a 2"
	no 1 rollback.version apply-sim install dev p.otap --key k.pub
	has unchanged
	stands '"\(.running) \(.on)"' "a true"
}

@test "bad health: given up at once, refused from then on, the old system runs" {
	needs_jq
	init
	yes apply-sim install dev p.otap --key k.pub
	no 1 health.failed apply-sim boot dev --health bad
	has "rolled back"
	[[ "$output" =~ "ota1 E0507 health.failed d="[0-9a-f]{8} ]]
	stands '"\(.on) \(.running) \(.journal.ended) \(.journal.failed) \(.slots[1].priority)"' "false b health.failed 1 0"
	# It starts before it installs.
	no 1 refused.failed_before apply-sim install dev p.otap --key k.pub
	has "power on"
	stands '"\(.on) \(.running)"' "true a"
	yes apply-sim install dev p.otap --key k.pub --retry-failed
	yes apply-sim boot dev
}

@test "a hang costs a try a boot, until the old system runs again" {
	needs_jq
	init
	yes apply-sim install dev p.otap --key k.pub
	for left in 2 1 0; do
		no 1 health.no_answer apply-sim boot dev --health hang
		has "on trial"
		stands '"\(.on) \(.slots[1].tries)"' "false $left"
	done
	no 1 rolled_back apply-sim boot dev
	has "slot a runs again"
	stands '"\(.on) \(.running) \(.journal.ended) \(.journal.failed)"' "true a rolled_back 1"
	yes apply-sim boot dev
	holds dev/a-rootfs.img old.img
}

@test "what runs on trial takes no update" {
	init
	yes apply-sim install dev p.otap --key k.pub
	no 1 health.no_answer apply-sim boot dev --health hang
	next 3.0.0 3
	no 5 deferred.trial apply-sim install dev p2.otap --key k.pub
	yes apply-sim boot dev
	yes apply-sim install dev p2.otap --key k.pub
}

@test "refused before anything is written: no key, another product, too large, damaged" {
	init
	find dev -type f ! -name history -exec sha256sum {} + | sort >before
	no 2 usage.no_trust apply-sim install dev p.otap
	no 2 usage.argument apply-sim install dev --key k.pub
	"$OTATOOL" keygen -o other --no-passphrase
	no 1 signature.unknown apply-sim install dev p.otap --key other.pub
	no 3 device.none apply-sim install nothing p.otap --key k.pub
	[ ! -e nothing ]
	sed 's/^product:.*/product: another/' m.yaml >o.yaml
	"$OTATOOL" pack o.yaml -o o.otap && "$OTATOOL" sign o.otap -k k.key
	no 1 incompatible.product apply-sim install dev o.otap --key k.pub
	seq 1 40000 >large.img
	sed -e 's/new.img/large.img/' -e /delta/d m.yaml >l.yaml
	"$OTATOOL" pack l.yaml -o l.otap && "$OTATOOL" sign l.otap -k k.key
	no 1 resource.slot apply-sim install dev l.otap --key k.pub
	no 2 usage.option apply-sim boot dev --health fine
	exec 9<dev
	flock 9
	no 3 device.state apply-sim install dev p.otap --key k.pub
	no 3 device.state apply-sim boot dev
	exec 9<&-
	find dev -type f ! -name history -exec sha256sum {} + | sort >after
	cmp before after
}

@test "a slot without a size grows; several components are switched as one" {
	needs_jq
	seq 1 30000 >large.img
	seq 1 100 >boot.img
	seq 2 101 >boot2.img
	sed 's/^slots:.*/slots: [ { component: rootfs }, { component: boot, size: 9000 } ]/' d.yaml >two.yaml
	sed -e 's/new.img/large.img/' -e /delta/d m.yaml >l.yaml
	printf '  - { name: boot, slot: ab, image: boot2.img, payloads: [ { kind: full, compression: none } ] }\n' >>l.yaml
	"$OTATOOL" pack l.yaml -o l.otap && "$OTATOOL" sign l.otap -k k.key
	yes apply-sim init dev --device two.yaml --from boot=boot.img --from rootfs=old.img
	no 1 incompatible.components apply-sim install dev p.otap --key k.pub
	yes apply-sim install dev l.otap --key k.pub
	yes apply-sim boot dev
	holds dev/b-rootfs.img large.img
	holds dev/b-boot.img boot2.img
	holds dev/a-boot.img boot.img
	stands .running b
}

# happened: what history says, a word or two an event
happened()
{
	run sim history dev --json
	echo "$output"
	[ "$status" = 0 ]
	[ "$(json '[.events[] | .what + (.slot // "")] | join(" ")')" = "$*" ]
}

@test "history: each event with its record, which explain reads; nothing is lost from it" {
	needs_jq
	init
	happened madea
	yes apply-sim install dev p.otap --key k.pub
	no 1 health.no_answer apply-sim boot dev --health hang
	no 1 health.failed apply-sim boot dev --health bad
	no 1 refused.failed_before apply-sim install dev p.otap --key k.pub
	yes apply-sim install dev p.otap --key k.pub --retry-failed
	yes apply-sim boot dev
	yes apply-sim install dev p.otap --key k.pub
	happened madea installb bootb hangb bootb rollbackb boota install installb bootb commitb
	[ "$(json '[.events[].number] == [range(1; 12)]')" = true ]
	[ "$(json '.events[1] | "\(.version) \(.seq)"')" = "2.0.0 3" ]
	record=$(json '.events[5].record')
	[[ "$record" =~ ^"ota1 E0507 health.failed d="[0-9a-f]{8}$ ]]
	yes apply-sim history dev
	yes explain - <<<"$output"
	has health.no_answer
	has refused.failed_before
	cp dev/history before
	rm dev/on
	printf '{"what":"bo' >>dev/history
	yes apply-sim boot dev
	# The line that was cut is skipped, and what came before is as it was.
	happened madea installb bootb hangb bootb rollbackb boota install installb bootb commitb power-cut bootb
	head -c "$(stat -c %s before)" dev/history | cmp - before
}

@test "history: tries that run out" {
	needs_jq
	init
	yes apply-sim install dev p.otap --key k.pub
	for tries in 2 1 0; do
		no 1 health.no_answer apply-sim boot dev --health hang
		has "tries left: $tries"
	done
	no 1 rolled_back apply-sim boot dev
	happened madea installb bootb hangb bootb hangb bootb hangb rollbackb boota
	[ "$(json '.events[8] | "\(.version) \(.record[0:19])"')" = "2.0.0 ota1 E0513 rolled_b" ]
}

@test "a U-Boot environment as boot control" {
	needs_jq
	sed 's/^version/boot_control: uboot-env\n&/' d.yaml >u.yaml
	yes apply-sim init dev --device u.yaml --from old.img
	yes apply-sim install dev p.otap --key k.pub
	grep -qa 'BOOT_ORDER=B A' dev/bootctl.bin
	yes apply-sim boot dev
	stands '"\(.running) \(.trial) \(.slots[1].successful)"' "b false true"
	[ "$(json .floor_enforced)" != null ]
	happened madea installb bootb commitb
	yes apply-sim boot dev
	stands .running b
}

# told FILE TYPES…: the events of a log, each a CloudEvent whose id is the digest of the rest
told()
{
	local log=$1
	shift
	[ "$(jq -r '.type | ltrimstr("otatool.")' "$log" | tr '\n' ' ')" = "$* " ] || { cat "$log"; return 1; }
	[ "$(jq -r '"\(.specversion) \(.source) \(.datacontenttype)"' "$log" | sort -u)" = "1.0 otatool:apply-sim application/json" ] || return 1
	[ "$(jq -r .id "$log" | sort -u | wc -l)" = "$(wc -l <"$log")" ] || return 1
	while read -r line; do
		[ "$(jq -r .id <<<"$line")" = "$(jq -jcS 'del(.id)' <<<"$line" | sha256sum | head -c 32)" ] || return 1
	done <"$log"
}

@test "--events: what the agent tells of a device folder, each event at its time" {
	needs_jq
	init
	yes apply-sim install dev p.otap --key k.pub --events log --at 2026-01-01T00:00:00Z
	told log UpdateAvailable UpdateDownloaded
	[ "$(jq -r .time log | sort -u)" = 2026-01-01T00:00:00Z ]
	no 1 health.no_answer apply-sim boot dev --health hang --events log
	told log UpdateAvailable UpdateDownloaded
	no 1 health.failed apply-sim boot dev --health bad --events log
	told log UpdateAvailable UpdateDownloaded UpdateFailed
	yes apply-sim boot dev --events log
	no 1 refused.failed_before apply-sim install dev p.otap --key k.pub --events log2
	yes apply-sim install dev p.otap --key k.pub --retry-failed --events log2
	yes apply-sim boot dev --events log2
	yes apply-sim boot dev --events log2
	told log UpdateAvailable UpdateDownloaded UpdateFailed
	told log2 UpdateAvailable UpdateDownloaded UpdateFailed UpdateAvailable UpdateDownloaded UpdateApplied
	[ "$(jq -r 'select(.data.error) | .data.error.id' log log2 | tr '\n' ' ')" = "health.failed refused.failed_before " ]
	digest=$("$OTATOOL" verify p.otap --key k.pub --json | jq -r .package.digest | cut -d : -f 2)
	[ "$(tail -n 1 log2 | jq -r '.data | "\(.product) \(.version) \(.digest)"')" = "test-board 2.0.0 $digest" ]
}

@test "--events: one command on image files, what is not authentic, tries that run out" {
	needs_jq
	cp old.img a.img
	plain() { sim "${1:-p.otap}" --key k.pub --slot-a a.img --slot-b b.img --events log "${@:2}"; }
	plain
	plain
	told log UpdateAvailable UpdateDownloaded UpdateApplied UpdateAvailable UpdateDownloaded UpdateApplied
	rm log
	"$OTATOOL" sign p.otap --strip -o u.otap
	run plain u.otap
	is 1 'error[unsigned]'
	told log UpdateAvailable UpdateDownloaded UpdateFailed
	rm log
	run plain none.otap
	is 4 'error[io.system]'
	told log UpdateFailed
	rm log
	next 3.0.0 3
	truncate -s 1M a.img
	run plain p2.otap --health hang
	is 1 'error[rolled_back]'
	told log UpdateAvailable UpdateDownloaded UpdateFailed
	init
	yes apply-sim install dev p.otap --key k.pub
	for tries in 2 1 0; do
		no 1 health.no_answer apply-sim boot dev --health hang --events log3
		has "tries left: $tries"
	done
	no 1 rolled_back apply-sim boot dev --events log3
	told log3 UpdateFailed
	[ "$(jq -r '"\(.data.version) \(.data.error.id)"' log3)" = "2.0.0 rolled_back" ]
}

@test "--events: what waits is not told, a line that was cut ends, no input and no stdout is written" {
	needs_jq
	init
	yes apply-sim install dev p.otap --key k.pub
	no 1 health.no_answer apply-sim boot dev --health hang
	printf '{"type":"otatool.Up' >log
	next 3.0.0 3
	no 5 deferred.trial apply-sim install dev p2.otap --key k.pub --events log
	[ "$(head -n 1 log)" = '{"type":"otatool.Up' ]
	tail -n +2 log >rest
	told rest UpdateAvailable UpdateDownloaded
	before=$(cat p.otap k.pub d.yaml | sha256sum)
	no 2 usage.own_input apply-sim install dev p.otap --key k.pub --events p.otap
	no 2 usage.secret_file apply-sim install dev p.otap --key k.pub --events k.key
	no 2 usage.option apply-sim install dev p.otap --key k.pub --events -
	no 4 io.system apply-sim boot dev --events none/log
	no 2 usage.own_input apply-sim install dev p.otap --key k.pub --events k.pub
	no 2 usage.own_input apply-sim p.otap --key k.pub --slot-a new.img --slot-b b.img --device d.yaml --events d.yaml
	[ "$(cat p.otap k.pub d.yaml | sha256sum)" = "$before" ]
	[ -e /dev/full ] || return 0
	no 4 io.write apply-sim boot dev --events /dev/full
	stands '"\(.on) \(.running) \(.slots[1].successful)"' "true b true"
}

@test "kill -9 while it installs is a power cut: the device starts, and goes on" {
	needs_jq
	openssl enc -aes-128-ctr -K 01 -iv 00 -in /dev/zero 2>/dev/null | head -c 30000000 >new.img
	sed -e 's/xz/none/' -e /delta/d -i m.yaml
	sed -i 's/200000/30000000/' d.yaml
	rm p.otap
	signed
	init
	"$OTATOOL" apply-sim install dev p.otap --key k.pub >out 2>&1 &
	pid=$!
	while [ -e dev/on ]; do kill -0 $pid; done
	sleep 0.02
	kill -9 $pid
	code=0
	wait $pid || code=$?
	[ $code = 137 ]
	stands '"\(.on) \(.running) \(.slots[0].successful) \(.slots[1].successful)"' "false a true false"
	holds dev/a-rootfs.img old.img
	yes apply-sim install dev p.otap --key k.pub
	has "power on"
	yes apply-sim boot dev
	holds dev/b-rootfs.img new.img
	stands '"\(.on) \(.running) \(.slots[1].successful)"' "true b true"
	happened madea power-cut boota installb bootb commitb
}
