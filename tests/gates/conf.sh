#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile openssl.cnf changes no verdict and no byte: libota uses a library context of its own.
set -u
. "$(dirname "$0")/../lib.sh"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
failed=0
bad() { echo "not ok conf: $*"; failed=1; }
fixture xz && signed || bad "fixture"
cp p.otap bad.otap && flip bad.otap 200 0
cat >hostile.cnf <<'CNF'
openssl_conf = all
[all]
alg_section = algs
providers = provs
[algs]
default_properties = fips=yes
[provs]
null = null_sect
[null_sect]
activate = 1
CNF
run() # EXPECTED ARGS…: the same exit code and output with and without it
{
	want=$1
	shift
	"$OTATOOL" "$@" >out 2>&1
	got=$?
	OPENSSL_CONF=$w/hostile.cnf OPENSSL_MODULES=/nonexistent "$OTATOOL" "$@" >out2 2>&1
	hostile=$?
	[ $got = "$want" ] || bad "otatool $*: exit $got, expected $want"
	[ $hostile = "$want" ] || bad "with a hostile openssl.cnf: otatool $*: exit $hostile, expected $want"
	cmp -s out out2 || bad "with a hostile openssl.cnf: otatool $*: other words"
}
# The hostile file does bite a program that reads it, or this gate proves nothing.
OPENSSL_CONF=$w/hostile.cnf openssl dgst -sha256 m.yaml >/dev/null 2>&1 &&
	bad "the hostile file is harmless to openssl itself"
run 0 verify p.otap --key k.pub
run 1 verify bad.otap --key k.pub
OPENSSL_CONF=$w/hostile.cnf "$OTATOOL" pack m.yaml -o q.otap >/dev/null &&
	OPENSSL_CONF=$w/hostile.cnf "$OTATOOL" sign q.otap -k k.key >/dev/null && cmp p.otap q.otap ||
	bad "with a hostile openssl.cnf: another package"
for s in ecdsa-sha2-nistp256 rsassa-pss-sha512; do
	OPENSSL_CONF=$w/hostile.cnf "$OTATOOL" keygen -o "$s" --scheme "$s" --no-passphrase >/dev/null &&
		OPENSSL_CONF=$w/hostile.cnf "$OTATOOL" sign p.otap -k "$s.key" -o "$s.otap" --replace >/dev/null ||
		bad "with a hostile openssl.cnf: no key or signature of $s"
	run 0 verify "$s.otap" --key "$s.pub"
	run 1 verify p.otap --key "$s.pub"
	run 0 keygen export "$s.pub" -o -
	OPENSSL_CONF=$w/hostile.cnf "$OTATOOL" keygen export "$s.key" -o "$s.pem" --no-passphrase >/dev/null &&
		OPENSSL_CONF=$w/hostile.cnf "$OTATOOL" keygen import "$s.pem" -o again --scheme "$s" --no-passphrase >/dev/null &&
		cmp -s "$s.key" again.key || bad "with a hostile openssl.cnf: no import or export of $s"
	rm -f again.*
done
[ $failed = 0 ] && echo "ok conf"
exit $failed
