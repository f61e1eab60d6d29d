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

# program NAME LINE…: a shell script
program()
{
	printf '%s\n' '#!/bin/sh' "${@:2}" >"$1" && chmod +x "$1"
}

@test "cmd: a program signs, in raw bytes or base64, and gets the text as a file" {
	openssl_key k.key >k.der
	program raw 'openssl pkeyutl -sign -rawin -keyform DER -inkey k.der -in /dev/stdin'
	program b64 './raw | base64 -w 20'
	program keep 'cat >text' 'exec ./raw <text'
	yes sign u.otap -k cmd:./raw --public k.pub -o s1
	cmp s1 p.otap
	yes sign u.otap -k cmd:./b64 --public k.pub -o s2
	cmp s2 p.otap
	yes sign u.otap -k cmd:./keep --public k.pub -o s3 --comment "by hand"
	[ "$(head -n 4 text)" = "$(printf '%s\n' otap-tbs-v1 type:package alg:ed25519 "key:$(sed -n 's/^key: //p' k.pub)")" ]
	[ "$(tail -n 1 text)" = "comment:by hand" ]
	PATH=$PWD:$PATH yes sign u.otap -k cmd:raw --public k.pub -o s4 --json
	yes head u.otap -d .
	yes sign u.head -k cmd:./raw --public k.pub -o u.otsig
	yes verify u.otap --sig u.otsig --key k.pub
}

@test "cmd: what is no signature of that key is never stored" {
	openssl_key k.key >k.der
	program raw 'openssl pkeyutl -sign -rawin -keyform DER -inkey k.der -in /dev/stdin'
	"$OTATOOL" keygen -o other --no-passphrase
	no 1 signature.self sign u.otap -k cmd:./raw --public other.pub -o s
	program fails './raw' 'exit 3'
	no 4 signer.failed sign u.otap -k cmd:./fails --public k.pub -o s
	has 'status 3'
	program dies 'kill -9 $$'
	no 4 signer.failed sign u.otap -k cmd:./dies --public k.pub -o s
	program silent 'exit 0'
	no 4 signer.failed sign u.otap -k cmd:./silent --public k.pub -o s
	program blank 'echo'
	no 1 signature.self sign u.otap -k cmd:./blank --public k.pub -o s
	program long 'head -c 600 /dev/zero'
	no 4 signer.failed sign u.otap -k cmd:./long --public k.pub -o s
	program endless 'exec cat /dev/zero'
	no 4 signer.failed sign u.otap -k cmd:./endless --public k.pub -o s
	program twice './raw' './raw'
	no 1 signature.self sign u.otap -k cmd:./twice --public k.pub -o s
	program deaf 'exec <&-' 'echo AAAA'
	no 1 signature.self sign u.otap -k cmd:./deaf --public k.pub -o s
	no 4 signer.failed sign u.otap -k cmd:./none --public k.pub -o s
	no 4 signer.failed sign u.otap -k "cmd:./raw; true" --public k.pub -o s
	[ ! -e s ]
	no_leftovers
}

@test "cmd: options that do not go together" {
	program never 'touch ran'
	no 2 usage.argument sign u.otap -k cmd:./never -o s
	no 2 usage.argument sign u.otap -k cmd: --public k.pub -o s
	no 2 usage.option sign u.otap -k k.key --public k.pub -o s
	no 2 usage.option sign u.otap -k cmd:./never --public k.pub --passphrase-file pass -o s
	no 2 usage.key_kind sign u.otap -k cmd:./never --public k.key -o s
	no 1 signature.test_key sign u.otap -k cmd:./never --public "$BATS_TEST_DIRNAME/../../formats/vectors/test.pub" -o s
	no 2 usage.option sign p.otap --strip --public k.pub
	[ ! -e ran ]
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
