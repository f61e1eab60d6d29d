#!/bin/bash
# SPDX-License-Identifier: MIT
# spin exhausts the client's table on the device of device.pml: no unverified slot starts,
# each update ends. And tables that break this are found.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build/release}
: "${CC:=gcc}"
command -v spin >/dev/null || { echo "SKIPPED spin is not installed"; exit 0; }
w=$PWD/$B/client-model
rm -rf "$w" && mkdir -p "$w"
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { echo "not ok client: $*"; failed=$((failed + 1)); }

# model DIR CLIENT.c: DIR/pan, which checks the model that this table makes
model()
{
	mkdir -p "$1" && cp tests/sim/device.pml "$1" &&
		$CC -std=c11 -Ilibota -Ilibota/include -o "$1/client" tests/gates/client.c "$2" "$B/libota_raw.a" &&
		"$1/client" promela >"$1/client.pml" &&
		(cd "$1" && spin -a client.pml >spin.log && $CC -w -DNOREDUCE -o pan pan.c) || bad "$1: no model"
}
# pan DIR: what both runs found, assertions first
pan()
{
	(cd "$1" && ./pan -noclaim -m100000 -w20 >safe.log 2>&1 && ./pan -a -f -m100000 -w20 >live.log 2>&1)
	grep -h '^pan:[0-9]*: ' "$1/safe.log" "$1/live.log"
}

model "$w/table" libota/device/client.c
found=$(pan "$w/table")
[ -z "$found" ] && [ "$(cat "$w"/table/*.log | grep -c 'errors: 0')" = 2 ] && ok || bad "the table: $found"
grep -hE 'search (not completed|depth too small)|truncated' "$w"/table/*.log && bad "not exhausted"
# Every row is taken in some run, and everything the device can do is done.
left=$(grep -E '^\s+[a-z.]+:[0-9]+, state' "$w/table/safe.log" | grep -v -e '"-end-"')
[ -z "$left" ] && ok || bad "never happens: $left"

# wrong NAME FOUND ROW-BEFORE ROW-AFTER: each row is STATE, EVENT, GUARD, ACTION, TELL, NEXT, cut short
wrong()
{
	sed "s/$3/$4/" libota/device/client.c >"$w/$1.c"
	[ "$(diff libota/device/client.c "$w/$1.c" | grep -c '^>')" = 1 ] || { bad "$1 does not apply"; return; }
	model "$w/$1" "$w/$1.c"
	case $(pan "$w/$1") in
	*"$2"*) ok ;;
	*) bad "$1 is not found" ;;
	esac
}
unverified='assertion violated' endless='acceptance cycle'
wrong downloaded-is-applied "$unverified" \
	'\(DOWNLOADED, GUARD_NONE, \).*' '\1ACTION_APPLY, OTA_UPDATE_DOWNLOADED, OTA_CLIENT_APPLYING},'
wrong refused-is-applied "$unverified" \
	'\(VERIFYING, OTA_ON_FAILED, GUARD_NONE, \).*' '\1ACTION_APPLY, OTA_UPDATE_NONE, OTA_CLIENT_APPLYING},'
wrong found-is-applied "$unverified" \
	'\(FOUND, GUARD_NONE, \).*' '\1ACTION_APPLY, OTA_UPDATE_AVAILABLE, OTA_CLIENT_APPLYING},'
wrong download-for-ever "$endless" 'FAILED, GUARD_DOWNLOADS' 'FAILED, GUARD_NONE'
wrong report-for-ever "$endless" \
	'\(REPORTING, OTA_ON_FAILED, GUARD_NONE, \).*' '\1ACTION_REPORT, OTA_UPDATE_NONE, OTA_CLIENT_REPORTING},'
wrong nobody-verifies "$endless" 'ACTION_VERIFY, OTA_UPDATE_DOWNLOADED' 'ACTION_NONE, OTA_UPDATE_DOWNLOADED'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
