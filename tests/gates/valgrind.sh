#!/bin/bash
# SPDX-License-Identifier: MIT
# The verbs under valgrind, on good and on hostile input: no error, no leak, the usual exit codes.
set -u
. "$(dirname "$0")/../lib.sh"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
passed=0 failed=0
vg() # EXPECTED-EXIT ARGS…
{
	local want=$1 got=0
	shift
	valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
		--log-file=vg.log "$OTATOOL" "$@" >out 2>&1 </dev/null || got=$?
	if [ $got = "$want" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok valgrind: otatool $*: exit $got, expected $want"
		head -n 20 vg.log out
	fi
}
fixture xz '{ kind: delta, from: old.img }'
vg 0 version
vg 0 help
vg 2 no-such-verb
vg 0 keygen -o k --no-passphrase
vg 2 keygen -o k --no-passphrase
vg 0 lint m.yaml
vg 0 pack m.yaml -o p.otap --jobs 2
vg 2 pack m.yaml -o p.otap
vg 1 verify p.otap --key k.pub
vg 0 sign p.otap -k k.key
vg 2 sign p.otap -k k.key
vg 0 verify p.otap --key k.pub --deep
vg 2 verify p.otap --key k.key
vg 0 inspect p.otap
vg 0 inspect p.otap --json
vg 0 inspect p.otap --field version
vg 2 inspect p.otap --field versoin
vg 0 extract p.otap --component rootfs --key k.pub -o full.img
vg 0 extract p.otap --component rootfs --key k.pub --source old.img -o delta.img
vg 0 diff old.img new.img -o x.patch
vg 0 patch old.img x.patch -o y.img
vg 3 patch old.img m.yaml -o z.img
cp old.img a.img
vg 0 apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img
vg 0 apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img
rm -rf a.img* b.img && cp old.img a.img
vg 1 apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --health bad
for at in 3 60 200 9000; do
	cp p.otap bad.otap && flip bad.otap $at 1
	"$OTATOOL" verify bad.otap --key k.pub >out 2>&1
	vg $? verify bad.otap --key k.pub
done
head -c 5000 p.otap >bad.otap
vg 3 verify bad.otap --key k.pub
vg 3 verify m.yaml --key k.pub
sed 's/version: 2/versoin: 2/' m.yaml >bad.yaml
vg 1 lint bad.yaml
vg 0 explain signature.bad
vg 0 completion bash
echo "$passed passed, $failed failed"
[ $failed = 0 ]
