#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a manifest may say, from the YAML to the device.
# shellcheck disable=SC2119
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	"$OTATOOL" keygen -o k --no-passphrase
}

@test "sha512 and sha3-256: packed, signed, verified, extracted, installed" {
	for hash in sha512 sha3-256; do
		{ cat m.yaml && echo "hash: $hash"; } >h.yaml
		yes pack h.yaml -o $hash.otap
		[[ $output == *"$hash:"* ]]
		yes sign $hash.otap -k k.key
		yes verify $hash.otap --key k.pub --deep
		[ "$("$OTATOOL" inspect $hash.otap --field components.0.target.hash)" = \
			"$(openssl dgst -r -$hash new.img | cut -d ' ' -f 1)" ]
		yes extract $hash.otap --component rootfs --key k.pub -o full.$hash
		cmp full.$hash new.img
		yes extract $hash.otap --component rootfs --key k.pub --source old.img --delta-only -o delta.$hash
		cmp delta.$hash new.img
		cp old.img a.$hash
		yes apply-sim $hash.otap --key k.pub --slot-a a.$hash --slot-b b.$hash
		cmp -n "$(stat -c %s new.img)" b.$hash new.img
	done
	# The same update under another hash is another package.
	"$OTATOOL" pack m.yaml -o sha256.otap
	[ "$(stat -c %s sha512.otap)" -gt "$(stat -c %s sha256.otap)" ]
}

@test "x- keys are carried and signed; a critical one that nobody knows is refused" {
	echo 'x-ticket: { id: FW-991, list: [a, b] }' >>m.yaml
	signed
	[ "$("$OTATOOL" inspect p.otap --field x-ticket.id)" = FW-991 ]
	[ "$("$OTATOOL" inspect p.otap --field x-ticket.list)" = '["a","b"]' ]
	yes verify p.otap --key k.pub
	echo 'critical: [ x-ticket ]' >>m.yaml
	run "$OTATOOL" pack m.yaml -o q.otap
	is 3 'error[unsupported.critical]' 'm.yaml:14:13'
	sed -i 's/critical: .*/critical: [ x-other ]/' m.yaml
	no 1 lint.failed pack m.yaml -o q.otap
	has 'V11'
	[ ! -e q.otap ]
}
