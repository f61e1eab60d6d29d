#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What people get wrong: nothing of theirs is lost, and the message says what and where.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }' && signed
	"$OTATOOL" keygen -o two --no-passphrase >/dev/null
	"$OTATOOL" diff old.img new.img -o d.patch >/dev/null
}

# same FILE…: as setup_file left them
same() { for f; do cmp "$f" "$BATS_FILE_TMPDIR/$f" || return 1; done; }

@test "no command replaces what it reads, by whatever name, not even with --force" {
	ln new.img hard.img
	ln -s m.yaml soft.yaml
	ln p.otap slot.img
	printf 'secret\n' >pass.txt
	no 2 usage.own_input diff old.img new.img -o new.img --force
	no 2 usage.own_input diff old.img new.img -o ./old.img --force
	no 2 usage.own_input patch old.img d.patch -o d.patch --force
	no 2 usage.own_input pack m.yaml -o m.yaml --force
	no 2 usage.own_input pack m.yaml -o soft.yaml --force
	no 2 usage.own_input pack m.yaml -o hard.img --force
	no 2 usage.own_input extract p.otap --component rootfs --key k.pub -o p.otap --force
	no 2 usage.own_input extract p.otap --component rootfs --key k.pub -o k.pub --force
	no 2 usage.own_input sign p.otap -k two.key -o p.otap --append --force
	no 2 usage.own_input sign p.otap -k two.key --passphrase-file pass.txt -o pass.txt --append --force
	no 2 usage.own_input init old.img new.img --product p --version 1.0.0 -o new.img --force
	no 2 usage.own_input apply-sim p.otap --key k.pub --slot-a old.img --slot-b slot.img
	no 2 usage.own_input apply-sim p.otap --key k.pub --slot-a old.img --slot-b old.img
	run bash -c "'$OTATOOL' sign - -k two.key --append -o p.otap --force <p.otap"
	is 2 'error[usage.own_input]'
	same old.img new.img d.patch m.yaml p.otap k.pub two.key
	no_leftovers
}

@test "no result ever replaces a secret key" {
	no 2 usage.secret_file sign p.otap -k k.key --append -o two.key --force
	no 2 usage.secret_file sign p.otap -k two.key --append -o two.key --force
	no 2 usage.secret_file diff old.img new.img -o two.key --force
	no 2 usage.secret_file init old.img new.img --product p --version 1.0.0 -o two.key --force
	no 2 usage.secret_file apply-sim p.otap --key k.pub --slot-a old.img --slot-b two.key
	same two.key
}

@test "sign without -o still replaces its own input" {
	yes sign p.otap -k two.key --append
	yes verify p.otap --key two.pub
}
