#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# apply-sim: what a device does with a package.
# shellcheck disable=SC2119
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	signed
	cp old.img a.img
}

# shellcheck disable=SC2119,SC2120
apply() { "$OTATOOL" apply-sim "${pkg:-p.otap}" --key k.pub --slot-a a.img --slot-b b.img "$@"; }
holds() { cmp -n "$(stat -c %s "$2")" "$1" "$2"; }

# next VERSION COUNTER: p2.otap, the package after p.otap
next()
{
	sed -i -e "s/^version: .*/version: $1/" -e "s/^security_counter: .*/security_counter: $2/" m.yaml
	"$OTATOOL" pack m.yaml -o p2.otap && "$OTATOOL" sign p2.otap -k k.key
}

@test "installs, boots, commits; the running slot is never written" {
	run apply
	echo "$output"
	is 0 success "a.img.state" unsigned
	cmp a.img old.img
	holds b.img new.img
	[ -d a.img.state ]
}

@test "once more: nothing to do" {
	apply
	before=$(sha b.img)
	run apply
	is 0 "nothing to do"
	[ "$(sha b.img)" = "$before" ]
}

@test "a delta of each codec makes the same image, and says where a cut begins it anew" {
	for codec in otad bsdiff vcdiff zstd; do
		rm -rf ./*
		fixture xz "{ kind: delta, codec: $codec, from: old.img }"
		run signed
		[ "$status" = 0 ]
		run "$OTATOOL" pack m.yaml -o q.otap
		[ $codec = otad ] || is 0 "not resumable"
		cp old.img a.img
		run apply
		is 0 success
		run "$OTATOOL" verify p.otap --key k.pub --source old.img
		[ "$status" = 0 ]
		holds b.img new.img
	done
}

@test "the next version goes into the other slot" {
	apply
	truncate -s 1M a.img
	cp new.img new2.img && echo more >>new2.img && sed -i 's/image: new.img/image: new2.img/' m.yaml
	next 3.0.0 3
	pkg=p2.otap run apply
	echo "$output"
	[ "$status" = 0 ]
	holds a.img new2.img
	holds b.img new.img
}

@test "bad health: rolled back, the old slot runs, no second try unless told" {
	run apply --health bad
	echo "$output"
	is 1 'error[health.failed]' "rolled back"
	cmp a.img old.img
	run apply
	is 1 'error[refused.failed_before]'
	run apply --retry-failed
	echo "$output"
	is 0 success
}

@test "a hang: the tries run out, the old slot runs" {
	run apply --health hang
	echo "$output"
	is 1 'error[rolled_back]' watchdog
	cmp a.img old.img
}

@test "rollback: an older version, a lower counter" {
	apply
	next 1.0.0 3
	pkg=p2.otap run apply
	is 1 'error[rollback.version]' unchanged
	rm p2.otap
	next 3.0.0 1
	pkg=p2.otap run apply
	is 1 'error[rollback.counter]'
	holds b.img new.img
}

@test "refused before anything is written: unsigned, foreign key, damaged, other product" {
	"$OTATOOL" sign p.otap --strip -o u.otap
	pkg=u.otap run apply
	is 1 'error[unsigned]'
	sed -i /delta/d m.yaml
	next 2.0.0 2
	flip p2.otap $(($(stat -c %s p2.otap) - 1)) 0
	pkg=p2.otap run apply
	is 1 'error[hash.chunk]'
	"$OTATOOL" keygen -o other --no-passphrase
	run "$OTATOOL" apply-sim p.otap --key other.pub --slot-a a.img --slot-b b.img
	is 1 'error[signature.unknown]'
	cmp a.img old.img
	printf 'format: otap-device\nspec: "1.0"\nproduct: other\nslots: [ { component: rootfs } ]\npolicy: { unsigned_chain: true }\n' >other.yaml
	run "$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b c.img --state st --device other.yaml
	echo "$output"
	is 1 'error[incompatible.product]'
}

@test "the device file of init fits" {
	"$OTATOOL" init old.img new.img --product test-board --version 2.0.0 -o f.yaml
	run apply --device f.device.yaml
	echo "$output"
	[ "$status" = 0 ]
	run apply --device m.yaml
	echo "$output"
	[ "$status" = 1 ] || [ "$status" = 3 ]
}

@test "expiry is judged by the device's clock alone" {
	sed -i 's/^security_counter/expires: 2027-01-01T00:00:00Z\n&/' m.yaml
	next 2.0.0 2
	pkg=p2.otap run apply --at 2028-01-01T00:00:00Z
	is 1 'error[time.expired]'
	pkg=p2.otap run apply --at 2026-01-01T00:00:00Z
	[ "$status" = 0 ]
}

@test "usage: no key, no slots, a wrong health" {
	no 2 usage.no_trust apply-sim p.otap --slot-a a.img --slot-b b.img
	no 2 usage.argument apply-sim p.otap --key k.pub --slot-a a.img
	no 2 usage.option apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --health fine
	run "$OTATOOL" apply-sim p.otap --key k.pub --slot-a none.img --slot-b b.img
	[ "$status" != 0 ]
	[ ! -e none.img ]
}

@test "JSON: steps, slots, outcome" {
	needs_jq
	run apply --json
	[ "$(json .outcome)" = success ]
	[ "$(json '.slots[1].successful')" = true ]
	[ "$(json '[.steps[].step] | index("commit") != null')" = true ]
}

@test "kind: present switches to what the slot holds, or touches nothing" {
	sed -i -e '/kind: delta/d' -e 's/kind: full.*}/kind: present }/' m.yaml
	rm p.otap && signed
	[ "$(stat -c %s p.otap)" -lt 10000 ]
	yes verify p.otap --key k.pub --deep
	[ "$("$OTATOOL" inspect p.otap --field sections)" = '[]' ]
	no 1 payload.none extract p.otap --component rootfs --key k.pub --source new.img -o x
	cp old.img b.img
	run apply
	echo "$output"
	is 1 'error[payload.none]' "slot 1 does not hold rootfs"
	holds b.img old.img
	cp new.img b.img
	run apply
	echo "$output"
	is 0 success
	cmp a.img old.img
	holds b.img new.img
	run apply
	is 0 "nothing to do"
}

@test "a device that forgot which slot runs is not made anew once its fuses are burnt" {
	apply
	next 3.0.0 3
	truncate -s 1M a.img
	pkg=p2.otap apply
	[ "$(stat -c %s a.img.state/counter.fuse)" -gt 0 ]
	rm a.img.state/booted
	before=$(sha a.img.state/bootctl.bin)
	pkg=p2.otap run apply
	echo "$output"
	is 3 'error[device.state]' booted
	[ "$(sha a.img.state/bootctl.bin)" = "$before" ]
	echo 0 >a.img.state/booted
	pkg=p2.otap run apply
	is 0 "nothing to do"
}

@test "boot control: the device file's form, the option's before it, none that is not there" {
	run apply --boot-control uboot
	is 2 'error[usage.argument]' 'expected otap or uboot-env, found "uboot"'
	[ ! -e a.img.state ]
	printf '%s\n' 'format: otap-device' 'spec: "1.0"' 'product: test-board' 'boot_control: uboot-env' \
		'boot_env_size: 3000' 'slots: [ { component: rootfs } ]' 'policy: { unsigned_chain: true }' >d.yaml
	run apply --device d.yaml
	is 0 success "not enforced"
	[ "$(stat -c %s a.img.state/bootctl.bin)" = 8192 ]
	grep -qa BOOT_ORDER=B a.img.state/bootctl.bin
	run apply --device d.yaml --boot-control otap --state other
	is 0 success
	[[ $output != *"not enforced"* ]]
	grep -qa OTBC other/bootctl.bin
	run apply --boot-control uboot-env --state other
	is 3 'error[device.state]' other/bootctl.bin
	sed -i 's/3000/2047/' d.yaml
	run apply --device d.yaml
	is 1 'error[lint.range]'
}
