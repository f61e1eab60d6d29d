#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Keys and signatures to and from the openssl program, for every scheme.
load lib.bash

SCHEMES="ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512"

genpkey() # SCHEME OUT
{
	case $1 in
	ed25519) set -- "$2" -algorithm ed25519 ;;
	*nistp256) set -- "$2" -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
	*nistp384) set -- "$2" -algorithm EC -pkeyopt ec_paramgen_curve:P-384 ;;
	*) set -- "$2" -algorithm RSA -pkeyopt rsa_keygen_bits:"${RSA_BITS:-3072}" ;;
	esac
	out=$1
	shift
	openssl genpkey "$@" -out "$out" 2>err
}

# The text to sign, by the recipe of otap.md section 4.
tbs() # PKG SCHEME KEYID
{
	mlen=$(od -An -tu4 -j 24 -N 4 "$1" | tr -d ' ')
	d=$(head -c $((128 + mlen)) "$1" | openssl dgst -r -sha256)
	d=${d%% *}
	printf 'otap-tbs-v1\ntype:package\nalg:%s\nkey:%s\nhash:sha256\ndigest:%s\nlength:%s\ntime:0\ncomment:\n' \
		"$2" "$3" "$d" $((128 + mlen)) >tbs
}

# sign and verify with openssl alone: sig <-> tbs
how() # SCHEME
{
	case $1 in
	ed25519) how= ;;
	*nistp256) how="-sha256" ;;
	*nistp384) how="-sha384" ;;
	*) h=${1##*-} && how="-$h -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sigopt rsa_mgf1_md:$h" ;;
	esac
}
# shellcheck disable=SC2086 # words
their_sign() # SCHEME PEM
{
	how "$1"
	if [ -z "$how" ]; then openssl pkeyutl -sign -inkey "$2" -rawin -in tbs -out sig; else openssl dgst $how -sign "$2" -out sig tbs; fi
}
# shellcheck disable=SC2086
their_verify() # SCHEME PUBPEM
{
	how "$1"
	if [ -z "$how" ]; then
		openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in tbs -sigfile sig >err
	else
		openssl dgst $how -verify "$2" -signature sig tbs >err
	fi
}
line() { echo "$d otap-sig-v1 $1 $2 0 $(base64 -w 0 sig)"; } # SCHEME KEYID
keyid() { sed -n 's/^key: //p' "$1"; }

@test "a key of openssl comes in and goes out again, byte for byte" {
	for s in $SCHEMES; do
		genpkey "$s" a.pem && openssl pkey -in a.pem -pubout -out a.pub.pem
		yes keygen import a.pem -o $s --scheme $s --no-passphrase
		[ "$(stat -c %a $s.key)" = 600 ]
		yes keygen export $s.key -o b.pem --no-passphrase
		[ "$(stat -c %a b.pem)" = 600 ]
		yes keygen export $s.pub -o b.pub.pem
		cmp a.pem b.pem && cmp a.pub.pem b.pub.pem
		no 2 usage.exists keygen export $s.key -o b.pem --no-passphrase
		# DER, and the public half alone: as PEM, as DER, out of a certificate.
		openssl pkey -in a.pem -outform DER -out a.der && openssl pkey -in a.pem -pubout -outform DER -out a.pub.der
		openssl req -new -x509 -key a.pem -subj /CN=x -days 1 -out x.pem 2>err && openssl x509 -in x.pem -outform DER -out x.der
		yes keygen import a.der -o d --scheme $s --no-passphrase
		cmp d.key $s.key
		for f in a.pub.pem a.pub.der x.pem x.der; do
			yes keygen import $f -o p --scheme $s
			[ ! -e p.key ] && cmp p.pub $s.pub
			rm p.pub
		done
		rm -- *.pem *.der d.*
	done
}

@test "encrypted both ways" {
	echo one >one && echo two >two && cat one two >both
	for s in ed25519 rsassa-pss-sha256; do
		genpkey $s a.pem
		openssl pkcs8 -topk8 -in a.pem -passout file:one -out e.pem
		yes keygen import e.pem -o k1 --passphrase-file one
		no 1 passphrase.wrong keygen import e.pem -o k2 --passphrase-file two
		yes keygen import e.pem -o k2 --passphrase-fd 3 3<both
		yes keygen import e.pem -o k3 --passphrase-file one --no-passphrase
		# k1 is locked by one, k2 by two, k3 by nothing.
		yes keygen export k1.key -o o1.pem --passphrase-file one
		yes keygen export k2.key -o o2.pem --passphrase-file two
		no 1 passphrase.wrong keygen export k2.key -o o3.pem --passphrase-file one
		yes keygen export k3.key -o o3.pem --no-passphrase
		cmp o3.pem a.pem
		grep -q 'BEGIN ENCRYPTED PRIVATE KEY' o1.pem o2.pem
		openssl pkey -in o1.pem -passin file:one | cmp - a.pem
		openssl pkey -in o2.pem -passin file:two | cmp - a.pem
		rm -- k?.* *.pem
	done
	genpkey ecdsa-sha2-nistp256 a.pem
	openssl ec -in a.pem -aes128 -passout file:one -out old.pem 2>err
	yes keygen import old.pem -o k --passphrase-file one --no-passphrase
	yes keygen export k.key -o o.pem --no-passphrase
	cmp o.pem a.pem
}

@test "an encrypted file asks for bounded work" {
	echo one >one && genpkey ed25519 a.pem
	n=0
	for how in '-iter 2000000' -scrypt '-v1 PBE-SHA1-3DES'; do
		# shellcheck disable=SC2086 # words
		openssl pkcs8 -topk8 -in a.pem -passout file:one $how -out e.pem
		yes keygen import e.pem -o k$((n += 1)) --passphrase-file one --no-passphrase
	done
	# 2^23 rounds become 2^31 and more, in place: 02 04 00 80 00 00.
	openssl pkcs8 -topk8 -in a.pem -passout file:one -iter 8388608 -outform DER -out e.der
	at=$(od -An -v -tx1 e.der | tr -d ' \n' | grep -bo 020400800000 | cut -d : -f 1)
	printf '\x7f' | dd of=e.der bs=1 seek=$((at / 2 + 2)) conv=notrunc status=none
	no 3 limit.kdf keygen import e.der -o n --passphrase-file one --no-passphrase
	# The second of two blocks; a number below zero.
	{ openssl pkcs8 -topk8 -in a.pem -passout file:one -iter 1000 && echo "-----BEGIN ENCRYPTED PRIVATE KEY-----" &&
		base64 e.der && echo "-----END ENCRYPTED PRIVATE KEY-----"; } >two.pem
	no 3 limit.kdf keygen import two.pem -o n --passphrase-file one --no-passphrase
	printf '\xff' | dd of=e.der bs=1 seek=$((at / 2 + 2)) conv=notrunc status=none
	no 3 limit.kdf keygen import e.der -o n --passphrase-file one --no-passphrase
	[ ! -e n.key ]
}

@test "what is no key of ours is refused, and nothing is left" {
	genpkey rsassa-pss-sha256 a.pem
	openssl genrsa -out short.pem 2048 2>err && openssl genrsa -3 -out three.pem 3072 2>err
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -pkeyopt rsa_keygen_primes:3 -out multi.pem 2>err
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.pem
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out k1.pem
	openssl genpkey -algorithm ed448 -out ed448.pem && openssl genpkey -algorithm X25519 -out x.pem
	for f in short three; do
		no 1 key.weak keygen import $f.pem -o n --no-passphrase
		openssl pkey -in $f.pem -pubout -out $f.pub.pem
		no 1 key.weak keygen import $f.pub.pem -o n
	done
	no 3 malformed.key keygen import multi.pem -o n --no-passphrase
	for f in p521 k1 ed448 x; do no 3 unsupported.algorithm keygen import $f.pem -o n --no-passphrase; done
	no 2 usage.argument keygen import a.pem -o n --no-passphrase --scheme ed25519
	head -c 300 a.pem >cut.pem && : >empty && head -c 70000 /dev/zero >large
	no 3 malformed.key keygen import cut.pem -o n --no-passphrase
	no 3 malformed.key keygen import empty -o n --no-passphrase
	no 3 limit.size keygen import large -o n --no-passphrase
	no 4 io.system keygen import none.pem -o n --no-passphrase
	no 2 usage.argument keygen import a.pem --no-passphrase
	no 3 malformed.key keygen export a.pem -o o --no-passphrase
	[ ! -e n.key ] && [ ! -e n.pub ] && [ ! -e o ]
	yes keygen import a.pem -o n --no-passphrase && chmod 644 n.key
	no 1 key.mode keygen export n.key -o o --no-passphrase
	no 2 usage.argument keygen export n.key -o - --no-passphrase --allow-readable-key
	"$OTATOOL" keygen export n.pub -o - | openssl pkey -pubin -noout
}

@test "what otatool signs openssl verifies, and the other way round" {
	n=${SIGNATURES:-3}
	fixture xz && "$OTATOOL" pack m.yaml -o u.otap >out
	for s in $SCHEMES; do
		[ $s != rsassa-pss-sha512 ] || RSA_BITS=4096
		genpkey $s a.pem && openssl pkey -in a.pem -pubout -out a.pub.pem
		yes keygen import a.pem -o k --scheme $s --no-passphrase
		tbs u.otap $s "$(keyid k.pub)"
		for ((i = 0; i < n; i++)); do
			yes sign u.otap -k k.key -o p.otap --force
			grep -aoE "otap-sig-v1 $s [0-9a-f]{64} 0 [A-Za-z0-9+/=]+" p.otap | cut -d ' ' -f 5 | base64 -d >sig
			their_verify $s a.pub.pem
			yes verify p.otap --key k.pub
			their_sign $s a.pem
			line $s "$(keyid k.pub)" >f.otsig
			yes verify u.otap --sig f.otsig --key k.pub
		done
		# One bit of it.
		flip sig $((i % 60 + 4)) 3
		line $s "$(keyid k.pub)" >f.otsig
		no 1 signature.bad verify u.otap --sig f.otsig --key k.pub
		if their_verify $s a.pub.pem; then return 1; fi
		rm k.* f.otsig
	done
}

# Ten thousand in token.bats had 69 to 72 bytes; a quarter has 70 or less.
@test "a short and the longest DER of ECDSA" {
	fixture xz && "$OTATOOL" pack m.yaml -o u.otap >out
	genpkey ecdsa-sha2-nistp256 a.pem
	yes keygen import a.pem -o k --no-passphrase
	tbs u.otap ecdsa-sha2-nistp256 "$(keyid k.pub)"
	short='' long=''
	for ((i = 0; i < 4000; i++)); do
		[ -z "$short" ] || [ -z "$long" ] || break
		their_sign ecdsa-sha2-nistp256 a.pem
		size=$(stat -c %s sig)
		[ "$size" = 72 ] && long=$(line ecdsa-sha2-nistp256 "$(keyid k.pub)")
		[ "$size" -le 70 ] && short=$(line ecdsa-sha2-nistp256 "$(keyid k.pub)")
	done
	[ -n "$short" ] && [ -n "$long" ]
	for l in "$short" "$long"; do
		echo "$l" >f.otsig
		yes verify u.otap --sig f.otsig --key k.pub
		cp u.otap p.otap
		yes sign --attach f.otsig p.otap -k k.pub
		yes verify p.otap --key k.pub
	done
}
