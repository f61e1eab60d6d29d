#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Keys on tokens: SoftHSM2 through p11-kit, pkcs11-tool as another hand on the same token.
load lib.bash

MODULE=/usr/lib/softhsm/libsofthsm2.so
PIN=2468
export SOFTHSM2_CONF PIN

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	need softhsm2-util && need pkcs11-tool
	mkdir tokens && echo "directories.tokendir = $PWD/tokens" >softhsm.conf
	SOFTHSM2_CONF=$PWD/softhsm.conf
	softhsm2-util --init-token --free --label release --so-pin 12345678 --pin $PIN >err
	echo $PIN >pin
}

tool() { pkcs11-tool --module $MODULE -l -p $PIN "$@" >err 2>&1 || { cat err; return 1; }; }
generate() { tool --keypairgen --key-type "$1" --label "$2" --id "$3"; } # TYPE LABEL ID
uri() { echo "pkcs11:token=release;object=$1"; }
sign() { yes sign u.otap -o p.otap --force --passphrase-file pin "$@"; }
held() { yes verify p.otap --key "$1"; }
package() { fixture xz && yes pack m.yaml -o u.otap; }

@test "a key made on the token signs, for every scheme" {
	package
	generate EC:prime256v1 p256 01 && generate EC:secp384r1 p384 02
	generate EC:edwards25519 ed 03 && generate rsa:3072 rsa 04
	for k in "p256 ecdsa-sha2-nistp256" "p384 ecdsa-sha2-nistp384" "ed ed25519" \
		"rsa rsassa-pss-sha256" "rsa rsassa-pss-sha512"; do
		read -r name scheme <<<"$k"
		yes keygen import "$(uri "$name")" -o "$scheme" --passphrase-file pin --scheme "$scheme" --comment "on a token"
		[ ! -e "$scheme.key" ]
		grep -qx 'comment: on a token' "$scheme.pub" && grep -qx "scheme: $scheme" "$scheme.pub"
		sign -k "$(uri "$name")" --public "$scheme.pub"
		held "$scheme.pub"
	done
	# Nothing said of the scheme: an RSA key is one of PSS with SHA-256.
	sign -k "pkcs11:token=release;id=%04"
	held rsassa-pss-sha256.pub
	sign -k "pkcs11:token=release;id=%01?module-path=$MODULE"
	held ecdsa-sha2-nistp256.pub
	no 3 unsupported.algorithm keygen import "$(uri ed)" -o n --scheme rsassa-pss-sha256 --passphrase-file pin
	no 3 unsupported.algorithm sign u.otap -o n.otap -k "$(uri ed)" --public rsassa-pss-sha256.pub --passphrase-file pin
	[ ! -e n.otap ] && [ ! -e n.pub ]
}

@test "many heads, one session, one PIN" {
	package
	generate EC:prime256v1 p256 01
	yes keygen import "$(uri p256)" -o tok --passphrase-file pin
	mkdir c && for i in 1 2 3; do
		sed "s/^version: .*/version: 9.0.$i/" m.yaml >v.yaml
		yes pack v.yaml -o $i.otap && yes head $i.otap -d c
	done
	# One descriptor with one line: a second question would find nothing.
	yes sign c/*.head -k "$(uri p256)" -o all.otsig --passphrase-fd 3 3<pin
	[ "$(wc -l <all.otsig)" = 3 ]
	yes sign --attach all.otsig 1.otap 2.otap 3.otap -k tok.pub
	for i in 1 2 3; do yes verify $i.otap --key tok.pub; done
	PASS=$PIN yes sign c/1.head -k "$(uri p256)" -o one.otsig --passphrase-env PASS
	yes verify 1.otap --key tok.pub
}

@test "a wrong PIN is tried once, and said" {
	package
	generate EC:prime256v1 p256 01
	echo 0000 >wrong
	no 1 passphrase.wrong sign u.otap -o n.otap -k "$(uri p256)" --passphrase-file wrong
	no 4 passphrase.missing sign u.otap -o n.otap -k "$(uri p256)"
	no 4 passphrase.missing sign u.otap -o n.otap -k "$(uri p256)" --passphrase-env NONE
	[ ! -e n.otap ]
	sign -k "$(uri p256)"
}

@test "the one key that is meant" {
	package
	generate EC:prime256v1 p256 01 && generate EC:prime256v1 p256 02
	softhsm2-util --init-token --free --label second --so-pin 12345678 --pin $PIN >err
	for bad in "usage.argument pkcs11:token=release;object=p256?pin-value=$PIN" \
		"usage.argument pkcs11:token=release;object=p256?pin-source=file:pin" \
		"usage.argument pkcs11:token=release;type=public" "usage.argument pkcs11:token=%zz" \
		"usage.argument pkcs11:colour=red" "usage.argument pkcs11:token=release;library-version=9" "token.key $(uri p256)" "token.key $(uri none)" \
		"token.key pkcs11:id=%01"; do
		read -r id uri <<<"$bad"
		no 2 "$id" sign u.otap -o n.otap -k "$uri" --passphrase-file pin
		if grep -q $PIN err; then return 1; fi
	done
	no 4 token.failed sign u.otap -o n.otap -k 'pkcs11:token=none;object=p256' --passphrase-file pin
	no 4 token.failed sign u.otap -o n.otap -k 'pkcs11:token=release;slot-id=99;id=%01' --passphrase-file pin
	no 4 token.failed sign u.otap -o n.otap -k 'pkcs11:token=release;slot-description=none;id=%01' --passphrase-file pin
	no 4 token.failed sign u.otap -o n.otap -k 'pkcs11:id=%01?module-path=/nowhere.so' --passphrase-file pin
	no 2 usage.argument sign u.otap -o n.otap -k "$(uri p256);type=public" --passphrase-file pin
	no 1 key.mismatch sign u.otap -o n.otap -k 'pkcs11:token=release;id=%01' --public <(
		"$OTATOOL" keygen import 'pkcs11:token=release;id=%02' -o two --passphrase-file pin >out && cat two.pub
	) --passphrase-file pin
	[ ! -e n.otap ]
	slot=$(pkcs11-tool --module $MODULE -L | grep -B1 'token label *: release' | sed -n 's/^Slot [0-9]* (\(0x[0-9a-f]*\)).*/\1/p')
	sign -k "pkcs11:slot-id=$((slot));id=%02"
	sign -k 'pkcs11:token=release;id=%02'
	held two.pub
}

@test "keys that the schemes refuse: short RSA, another curve" {
	package
	generate rsa:2048 short 01 && generate EC:secp521r1 p521 02
	no 1 key.weak sign u.otap -o n.otap -k "$(uri short)" --passphrase-file pin
	no 3 unsupported.algorithm sign u.otap -o n.otap -k "$(uri p521)" --passphrase-file pin
	[ ! -e n.otap ]
}

@test "a root document signed by a token" {
	generate EC:prime256v1 p256 01
	yes keygen import "$(uri p256)" -o tok --passphrase-file pin
	"$OTATOOL" keygen -o rel --no-passphrase >out
	yes trust init -o r.json --root-key tok.pub --release-key rel.pub --expires 2040-01-01T00:00:00Z
	yes trust sign r.json -k "$(uri p256)" --passphrase-file pin
	yes trust verify r.json
}

# pkcs11-tool as a program of -k cmd:, and as it stands in the manual.
@test "pkcs11-tool as the program that signs" {
	package
	generate EC:prime256v1 p256 01
	yes keygen import "$(uri p256)" -o tok --passphrase-file pin
	cat >ask-token <<-END
		#!/bin/sh
		openssl dgst -sha256 -binary >digest
		exec pkcs11-tool --module $MODULE -l -p env:PIN --label p256 --sign --mechanism ECDSA \\
			--signature-format openssl -i digest 2>/dev/null
	END
	chmod +x ask-token
	yes sign u.otap -k cmd:./ask-token --public tok.pub -o p.otap
	held tok.pub
}

@test "one key as file, on the token and with libcrypto: what one signs all verify" {
	n=${SIGNATURES:-60}
	for s in ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512; do
		case $s in
		ed25519) openssl genpkey -algorithm ed25519 -out a.pem ;;
		*nistp256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out a.pem ;;
		*nistp384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out a.pem ;;
		*sha256) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out a.pem 2>err ;;
		esac
		softhsm2-util --import a.pem --token release --pin $PIN --label "$s" --id "$(printf %s $s | od -An -tx1 | tr -d ' \n')" >err
		yes keygen import a.pem -o "$s" --scheme "$s" --no-passphrase
		"${JUDGE%/*}/cross" "$s.key" "$(uri "$s")" a.pem "$n" | tee -a counts
	done
	[ "$(grep -c ": $((3 * n)) of $((3 * n)) held" counts)" = 5 ]
}
