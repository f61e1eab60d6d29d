#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# verify, inspect, extract.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	sed -i 's/^security_counter/expires: 2027-01-01T00:00:00Z\n&/' m.yaml
	signed
	"$OTATOOL" keygen -o other --no-passphrase
	"$OTATOOL" sign p.otap --strip -o u.otap
}

@test "verify: says which key, which role, what was covered" {
	yes verify p.otap --key k.pub
	has "$(sed -n 's/^key: //p' k.pub)"
	has "implied (no trust policy)"
	has "all $(stat -c %s p.otap) bytes"
	has "not judged"
	yes verify p.otap --key k.pub --deep --explain
	has "pass"
}

@test "verify: from a pipe, the same answer" {
	run bash -c "cat p.otap | '$OTATOOL' verify - --key k.pub"
	[ "$status" = 0 ]
	run bash -c "head -c -1 p.otap | '$OTATOOL' verify - --key k.pub"
	is 3 'error[malformed.truncated]'
	run bash -c "(cat p.otap; echo) | '$OTATOOL' verify - --key k.pub"
	is 3 'error[malformed.trailing]'
}

@test "verify: fails closed without a key, with none that fits, unsigned" {
	no 2 usage.no_trust verify p.otap
	no 1 signature.unknown verify p.otap --key other.pub
	no 1 unsigned verify u.otap --key k.pub
	has "ota1 E0301 unsigned d="
	chmod 000 other.pub
	[ "$(id -u)" = 0 ] || no 4 io.system verify p.otap --key other.pub
}

@test "verify: expiry is judged at --at alone" {
	yes verify p.otap --key k.pub --at 2026-12-31T23:59:59Z
	no 1 time.expired verify p.otap --key k.pub --at 2027-06-01T00:00:00Z
	yes verify p.otap --key k.pub
}

@test "verify: one flipped bit in each part" {
	size=$(stat -c %s p.otap)
	for at in 3 20 50 125 140 300 $((size - 1)); do
		cp p.otap t
		flip t "$at" 2
		run "$OTATOOL" verify t --key k.pub
		echo "$at: $status $output"
		[ "$status" = 1 ] || [ "$status" = 3 ]
	done
}

@test "verify: --explain names the threat" {
	run "$OTATOOL" verify u.otap --key k.pub --explain
	is 1 "Threat" "arbitrary software"
}

@test "verify: what is no package is told by name" {
	: >empty
	no 3 malformed.truncated verify empty --key k.pub || no 3 malformed.magic verify empty --key k.pub
	echo '<!DOCTYPE html><html>' >page
	no 3 malformed.magic verify page --key k.pub
	has HTML
	gzip -c m.yaml >m.gz
	no 3 malformed.magic verify m.gz --key k.pub
	has gzip
	no 4 io.system verify . --key k.pub
}

@test "inspect: marked as not verified, unsigned or not" {
	needs_jq
	yes inspect p.otap
	has "NOT VERIFIED"
	yes inspect u.otap --json
	[ "$(json .verified)" = false ]
	[ "$(json '.signatures | length')" = 0 ]
	[ "$(json .manifest.product)" = test-board ]
	run bash -c "cat p.otap | '$OTATOOL' inspect -"
	[ "$status" = 0 ]
}

@test "inspect: --field prints the bare value" {
	yes inspect p.otap --field version
	[ "$output" = 2.0.0 ]
	yes inspect p.otap --field components.0.target.size
	[ "$output" = "$(stat -c %s new.img)" ]
	yes inspect p.otap --field components.0.target.hash
	[ "$output" = "$(sha new.img)" ]
	yes inspect p.otap --field hash
	[ "$output" = sha256 ]
	no 2 usage.field inspect p.otap --field componants
	has components
	no 2 usage.field inspect p.otap --field components.7.name
}

@test "inspect: damage" {
	head -c 100 p.otap >part
	no 3 malformed.truncated inspect part
	flip p.otap 100 1
	no 3 malformed.crc inspect p.otap
}

@test "extract: the full payload, the delta, the same image" {
	yes extract p.otap --component rootfs --key k.pub -o full
	has full
	yes extract p.otap --component rootfs --key k.pub --source old.img -o delta
	has delta
	cmp full new.img
	cmp delta new.img
	"$OTATOOL" extract - --component rootfs --key k.pub -o - <p.otap | cmp - new.img
}

@test "extract: a source that does not fit takes the full payload, or refuses" {
	yes extract p.otap --component rootfs --key k.pub --source new.img -o full
	cmp full new.img
	no 1 payload.none extract p.otap --component rootfs --key k.pub --delta-only -o out ||
		no 1 source.mismatch extract p.otap --component rootfs --key k.pub --delta-only -o out
	[ ! -e out ]
}

@test "extract: needs a key, or says that it needs none" {
	no 2 usage.no_trust extract p.otap --component rootfs -o out
	no 1 unsigned extract u.otap --component rootfs --key k.pub -o out
	no 2 usage.option extract p.otap --component rootfs --key k.pub --unauthenticated -o out
	[ ! -e out ]
	yes extract u.otap --component rootfs --unauthenticated -o out
	has "Authentic        no"
	cmp out new.img
}

@test "extract: names are data, never paths; damage writes nothing" {
	for name in ../x /etc/passwd a/../../x '.' rootfs2; do
		run "$OTATOOL" extract p.otap --component "$name" --key k.pub -o out
		echo "$status $output"
		[ "$status" = 2 ] || [ "$status" = 1 ]
	done
	no 2 usage.argument extract p.otap --key k.pub -o out
	flip p.otap $(($(stat -c %s p.otap) - 1)) 0
	no 1 hash.chunk extract p.otap --component rootfs --key k.pub -o out
	[ ! -e out ]
	no_leftovers
	touch out
	no 2 usage.exists extract p.otap --component rootfs --key k.pub -o out
}
