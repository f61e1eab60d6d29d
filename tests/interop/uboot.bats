#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Boot control as a U-Boot environment, against the tools that everybody has for those: both ways.
load lib

ENV=a.img.state/bootctl.bin

device()
{
	need fw_printenv
	need fw_setenv
	need python3
	fixture
	signed
	cp old.img a.img
	printf '%s 0x0 0x4000\n%s 0x4000 0x4000\n' "$PWD/$ENV" "$PWD/$ENV" >fw.config
}

apply() # OPTION…: to out, steps to steps
{
	"$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --boot-control uboot-env --json \
		"$@" >out || return
	python3 -c 'import json
for row in json.load(open("out"))["steps"]: print(*row.values(), sep="|")' >steps
}
get() { fw_printenv -c fw.config -n "$1"; }
set_() { fw_setenv -c fw.config "$@"; }
# The serial of what came last: the two are neighbours.
newest()
{
	local a b
	a=$(od -An -tu1 -j 4 -N 1 $ENV) b=$(od -An -tu1 -j 16388 -N 1 $ENV)
	echo $(((a + 1) % 256 == b ? b : a))
}

@test "fw_printenv reads what we write" {
	device
	apply
	[ "$(get BOOT_ORDER)" = "B A" ]
	[ "$(get BOOT_A_LEFT) $(get BOOT_B_LEFT)" = "3 3" ]
	[ "$(get ota_slots) $(get ota_last_booted)" = "2 1" ]
	[ "$(get ota_A_successful) $(get ota_B_successful)" = "1 1" ]
	[ "$(get ota_B_version) $(get ota_B_counter)" = "2.0.0 2" ]
	"$OTATOOL" inspect p.otap | grep -q "$(get ota_B_digest)"
	[ -z "$(get ota_trial)" ]
	"$OTATOOL" apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --boot-control uboot-env |
		grep -q 'not enforced'
}

@test "we read what fw_setenv writes, and keep what is not ours" {
	device
	apply
	set_ serial# 4711
	set_ bootcmd 'run ota; reset'
	set_ BOOT_ORDER 'A B'
	apply
	grep -q '^power on|a|committed' steps
	[ "$(get serial#) $(get bootcmd)" = "4711 run ota; reset" ]
	[ "$(get BOOT_ORDER)" = "B A" ]
	# Given up by hand: nothing left of it.
	set_ BOOT_B_LEFT 0
	apply
	grep -q '^power on|a|committed' steps
	[ "$(get BOOT_B_LEFT)" = 3 ]
}

@test "an edit without a sense is undone, and said" {
	device
	apply
	set_ BOOT_B_LEFT many
	apply
	grep -q '"BOOT_B_LEFT has an impossible value"' out
	grep -q '^power on|b|committed' steps
	[ "$(get BOOT_B_LEFT)" = 3 ]
}

@test "serials: ours and theirs in turn, once round" {
	device
	apply
	turns=0 last=$(newest)
	for n in $(seq 0 54); do
		set_ tick "$n"
		[ "$(newest)" = $(((last + 1) % 256)) ]
		apply --reinstall
		[ "$(get tick)" = "$n" ]
		[ "$(get BOOT_ORDER)" = "$([ $((n % 2)) = 0 ] && echo A B || echo B A)" ]
		[ "$(newest)" -ge "$last" ] || turns=$((turns + 1))
		last=$(newest)
	done
	[ $turns -ge 1 ]
}

@test "serials: fw_printenv chooses as the unit test's table says" {
	device
	grep -o '{{[0-9]*, [0-9]*}, [01]}' "$BATS_TEST_DIRNAME/../unit/device/test_boot_env.c" | tr -d '{},' >pairs
	[ "$(wc -l <pairs)" = 14 ]
	mkdir a.img.state
	while read -r a b want; do
		python3 -c 'import struct, sys, zlib
for i in 1, 2:
    data = b"copy=%d\0" % (i - 1) + bytes(16384 - 5 - 7)
    sys.stdout.buffer.write(struct.pack("<IB", zlib.crc32(data), int(sys.argv[i])) + data)' "$a" "$b" >$ENV
		[ "$(get copy)" = "$want" ]
	done <pairs
}
