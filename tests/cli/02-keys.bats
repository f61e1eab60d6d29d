#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# keygen, sign: keys, passphrases, signatures.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture
	echo "correct horse" >pass
	"$OTATOOL" keygen -o k --no-passphrase
	"$OTATOOL" keygen -o enc --passphrase-file pass
	"$OTATOOL" pack m.yaml -o u.otap
	"$OTATOOL" sign u.otap -k k.key -o p.otap
}

@test "keygen: both halves, the secret one 0600 whatever the umask" {
	(umask 000 && yes keygen -o a --no-passphrase --comment "release 2026")
	[ "$(stat -c %a a.key)" = 600 ]
	grep -q '^comment: release 2026$' a.pub
	no_leftovers
}

@test "keygen: never replaces, not even one half; both or neither" {
	before=$(sha k.key)
	no 2 usage.exists keygen -o k --no-passphrase
	[ "$(sha k.key)" = "$before" ]
	touch half.pub
	no 2 usage.exists keygen -o half --no-passphrase
	[ ! -e half.key ]
	ln -s nowhere dangling.pub
	no 2 usage.exists keygen -o dangling --no-passphrase
	[ ! -e dangling.key ]
}

@test "keygen: a folder that is not there, no name, stdout" {
	no 4 io.system keygen -o none/a --no-passphrase
	no 2 usage.argument keygen --no-passphrase
	no 2 usage.argument keygen -o - --no-passphrase
}

@test "keygen: every scheme makes keys that sign and verify, and never for one another" {
	for s in ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512; do
		yes keygen -o $s --scheme $s --no-passphrase
		has $s
		yes sign u.otap -k $s.key -o $s.otap
		has $s
		yes verify $s.otap --key $s.pub
		no 1 signature.unknown verify $s.otap --key k.pub
	done
	yes keygen -o big --scheme rsassa-pss-sha512 --bits 4096 --passphrase-file pass
	yes sign u.otap -k big.key -o big.otap --passphrase-file pass
	yes verify big.otap --key big.pub
	# One RSA key under another scheme is another key.
	sed 's/sha512/sha256/' big.pub >other.pub
	no 3 malformed.key verify big.otap --key other.pub
	# A line that says another scheme than its key counts for nothing.
	LC_ALL=C sed 's/otap-sig-v1 rsassa-pss-sha512/otap-sig-v1 rsassa-pss-sha256/' big.otap >lies.otap
	no 1 signature.bad verify lies.otap --key big.pub
	no 2 usage.argument keygen -o a --no-passphrase --bits 4096
	no 2 usage.argument keygen -o a --no-passphrase --bits 2048 --scheme rsassa-pss-sha256
	no 2 usage.option keygen -o a --no-passphrase --scheme rsa
	[ ! -e a.key ]
}

@test "keygen: comments that break the grammar" {
	no 2 usage.argument keygen -o a --no-passphrase --comment "$(printf 'a\nb')"
	no 2 usage.argument keygen -o a --no-passphrase --comment "$(printf '%0201d' 0)"
	[ ! -e a.key ]
	[ ! -e a.pub ]
}

@test "passphrase: descriptor, file, variable; one of them" {
	yes sign u.otap -k enc.key -o s1 --passphrase-file pass
	P="correct horse" yes sign u.otap -k enc.key -o s2 --passphrase-env P
	yes sign u.otap -k enc.key -o s3 --passphrase-fd 3 3<pass
	cmp s1 s2
	cmp s1 s3
	no 2 usage.option sign u.otap -k enc.key -o s4 --passphrase-fd 3 --passphrase-file pass
	no 2 usage.option keygen -o a --no-passphrase --passphrase-file pass
}

@test "passphrase: wrong, empty, absent, no terminal" {
	echo wrong >w && : >empty
	no 1 passphrase.wrong sign u.otap -k enc.key -o s --passphrase-file w
	no 4 passphrase.unfit sign u.otap -k enc.key -o s --passphrase-file empty
	no 4 passphrase.missing sign u.otap -k enc.key -o s --passphrase-env NO_SUCH
	no 4 io.system sign u.otap -k enc.key -o s --passphrase-file none
	no 4 io.system sign u.otap -k enc.key -o s --passphrase-fd 9
	run setsid -w "$OTATOOL" sign u.otap -k enc.key -o s </dev/null
	is 4 'error[passphrase.missing]' --passphrase-fd
	[ ! -e s ]
	no_leftovers
}

@test "passphrase: asked on the terminal, twice for a new key, never shown" {
	command -v script >/dev/null || skip "script is not installed"
	run script -qec "'$OTATOOL' sign u.otap -k enc.key -o s" /dev/null < <(sleep 0.5; echo "correct horse"; sleep 1)
	echo "$output"
	is 0 "Passphrase for enc.key"
	hasnt horse
	run script -qec "'$OTATOOL' keygen -o a" /dev/null < <(sleep 0.5; echo one; sleep 0.5; echo two; sleep 0.5)
	is 4 differ passphrase.unfit "twice the same"
	[ ! -e a.key ]
}

@test "sign: replaces its input by rename, keeps its mode, through a link" {
	chmod 640 u.otap
	ln -s u.otap link
	yes sign link -k k.key
	[ -L link ]
	[ "$(stat -c %a u.otap)" = 640 ]
	cmp u.otap p.otap
	yes verify u.otap --key k.pub
	no_leftovers
}

@test "sign: -o leaves the input alone and does not overwrite" {
	before=$(sha u.otap)
	no 2 usage.exists sign u.otap -k k.key -o p.otap
	yes sign u.otap -k k.key -o p.otap --force
	[ "$(sha u.otap)" = "$before" ]
	"$OTATOOL" sign - -k k.key -o - <u.otap >piped
	cmp piped p.otap
	no 2 usage.argument sign - -k k.key
}

@test "sign: a second signature needs --append or --replace" {
	no 2 usage.signed sign p.otap -k enc.key --passphrase-file pass
	has --append
	has --replace
	yes sign p.otap -k enc.key --passphrase-file pass --append --comment "quality assurance"
	yes verify p.otap --key k.pub
	yes verify p.otap --key enc.pub
	yes sign p.otap -k enc.key --passphrase-file pass --replace
	no 1 signature.unknown verify p.otap --key k.pub
	yes sign p.otap --strip
	no 1 unsigned verify p.otap --key enc.pub
	cmp p.otap u.otap
	no 2 usage.option sign p.otap -k k.key --append --replace
	no 2 usage.option sign p.otap -k k.key --strip
	no 2 usage.argument sign p.otap
}

@test "sign: the same bytes again; --time and --comment stand in the line" {
	yes sign u.otap -k k.key -o again
	cmp again p.otap
	yes sign u.otap -k k.key -o timed --time 2026-01-01T00:00:00Z --comment "build 42"
	grep -aq "otap-sig-v1 ed25519 $(sed -n 's/^key: //p' k.pub) 1767225600 [A-Za-z0-9+/=]* build 42$" timed
	yes verify timed --key k.pub
	no 2 usage.argument sign u.otap -k k.key -o bad --comment "$(printf 'a\033b')"
}

@test "sign: what is signed is shown before the key is unlocked" {
	run "$OTATOOL" sign u.otap -k none.key -o s
	is 4 test-board "Digest"
}

@test "sign: refuses what is damaged, before the key is asked for" {
	flip u.otap 200 0
	no 3 malformed.json sign u.otap -k none.key -o s || no 3 malformed.canonical sign u.otap -k none.key -o s ||
		no 3 malformed.manifest sign u.otap -k none.key -o s
	head -c 300 p.otap >part
	no 3 malformed.truncated sign part -k k.key -o s
	[ ! -e s ]
}

@test "sign: a damaged payload is found, nothing is stored" {
	flip u.otap $(($(stat -c %s u.otap) - 1)) 3
	no 1 hash.chunk sign u.otap -k k.key -o s
	[ ! -e s ]
	no_leftovers
}

@test "keys: mode, halves mixed up, not keys" {
	chmod 644 k.key
	no 1 key.mode sign u.otap -k k.key -o s
	yes sign u.otap -k k.key -o s --allow-readable-key
	no 2 usage.key_kind sign u.otap -k k.pub -o s2
	no 2 usage.key_kind verify p.otap --key k.key
	has k.pub || has .pub
	no 3 malformed.key verify p.otap --key m.yaml
	: >empty
	no 3 malformed.key verify p.otap --key empty
	no 4 io.system verify p.otap --key none
	no 4 io.system verify p.otap --key .
}
