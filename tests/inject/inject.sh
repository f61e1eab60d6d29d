#!/bin/bash
# SPDX-License-Identifier: MIT
# Every failing call, one at a time, and kill -9 before and after every change to a file. Whatever
# fails: a destination is absent, old or complete; nothing else is left behind; no verdict turns.
# An evenly spaced sample; INJECT_ALL=1 takes every call.
set -u
. "$(dirname "$0")/../lib.sh"
interpose=$(realpath "${B:-build/release}/interpose.so") || exit 1
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
failed=0 cases=0
bad() { echo "not ok inject: $*"; failed=$((failed + 1)); }

fixture xz '{ kind: delta, from: old.img }'
signed || { echo "not ok inject: fixture"; exit 1; }
cp p.otap signed.otap
"$OTATOOL" pack m.yaml -o unsigned.otap >out || exit 1
printf '%s\n' 'format: otap-device' 'spec: "1.0"' 'product: test-board' \
	'slots: [ { component: rootfs, size: 200000 } ]' 'flash: { erased: 255 }' \
	'policy: { unsigned_chain: true }' >d.yaml
"$OTATOOL" apply-sim init dev --device d.yaml --from old.img >out || exit 1
for s in ecdsa-sha2-nistp256 rsassa-pss-sha256; do
	"$OTATOOL" keygen -o $s --scheme $s --no-passphrase >out || exit 1
	"$OTATOOL" sign unsigned.otap -k $s.key --time 5 -o t.otap --force >out || exit 1
	LC_ALL=C sed "s/\(otap-sig-v1 $s [0-9a-f]*\) 5 /\1 6 /" t.otap >$s.otap
done
cp signed.otap bad.otap && flip bad.otap $(($(stat -c %s bad.otap) - 9)) 3
mkdir run

# How a case ends: EXPECTED names the check below that judges it.
judge() # NAME RC
{
	case $1 in
	verify) [ "$2" = 0 ] || [ "$2" = 4 ] ;;
	verify-*) [ "$2" = 1 ] || [ "$2" = 4 ] ;;
	pack) { [ ! -e q.otap ] && [ "$2" != 0 ]; } || cmp -s q.otap ../unsigned.otap ;;
	sign-*) { cmp -s p.otap ../unsigned.otap && [ "$2" != 0 ]; } || "$OTATOOL" verify p.otap --key "../${1#*-}.pub" >../out ;;
	sign) { cmp -s p.otap ../unsigned.otap && [ "$2" != 0 ]; } || cmp -s p.otap ../signed.otap ;;
	keygen)
		if [ -e n.key ] && [ -e n.pub ]; then
			[ "$(stat -c %a n.key)" = 600 ] && ../check-key
		else
			# A kill between the two links may leave the first; a failure must not.
			[ "$2" != 0 ] && { [ "$2" -ge 128 ] || [ ! -e n.key ] && [ ! -e n.pub ]; }
		fi ;;
	extract) { [ ! -e out.img ] && [ "$2" != 0 ]; } || cmp -s out.img ../new.img ;;
	init) { [ ! -e dev ] && [ "$2" != 0 ]; } || { "$OTATOOL" apply-sim status dev >../status && cmp -s dev/b-rootfs.img ../dev/b-rootfs.img; } ;;
	install) cmp -s dev/a-rootfs.img ../dev/a-rootfs.img && { [ "$2" != 0 ] || cmp -s -n "$(stat -c %s ../new.img)" dev/b-rootfs.img ../new.img; } ;;
	apply) cmp -s a.img ../old.img && { [ "$2" != 0 ] || cmp -s -n "$(stat -c %s ../new.img)" b.img ../new.img; } ;;
	esac
}
cat >check-key <<'SH'
#!/bin/sh
cp ../unsigned.otap t.otap && "$OTATOOL" sign t.otap -k n.key >out && "$OTATOOL" verify t.otap --key n.pub >out
st=$?
rm -f t.otap out
exit $st
SH
chmod +x check-key

prepare() # NAME
{
	cd "$w/run" && rm -rf -- * .[!.]* || exit 1
	case $1 in
	sign | sign-*) cp ../unsigned.otap p.otap ;;
	apply) cp ../old.img a.img ;;
	install) cp -r ../dev dev ;;
	esac
}

command_of() # NAME
{
	case $1 in
	verify) echo verify ../signed.otap --key ../k.pub ;;
	verify-bad) echo verify ../bad.otap --key ../k.pub ;;
	pack) echo pack ../m.yaml -o q.otap --jobs 1 ;;
	verify-*) echo verify "../${1#*-}.otap" --key "../${1#*-}.pub" ;;
	sign-*) echo sign p.otap -k "../${1#*-}.key" ;;
	sign) echo sign p.otap -k ../k.key ;;
	keygen) echo keygen -o n --no-passphrase ;;
	extract) echo extract ../signed.otap --component rootfs --key ../k.pub --source ../old.img -o out.img ;;
	init) echo apply-sim init dev --device ../d.yaml --from ../old.img ;;
	install) echo apply-sim install dev ../signed.otap --key ../k.pub ;;
	apply) echo apply-sim ../signed.otap --key ../k.pub --slot-a a.img --slot-b b.img ;;
	esac
}

left_over() # names that no command has any business to leave
{
	local f
	left=
	shopt -s nullglob dotglob
	for f in *; do
		case $f in
		q.otap | p.otap | n.key | n.pub | out.img | a.img | b.img | a.img.state | dev) ;;
		*) left="$left $f" ;;
		esac
	done
	[ -n "$left" ]
}

# The words of the command, with the fault in its environment and nobody else's.
otatool() # NAME VAR=VALUE…
{
	local name=$1
	shift
	# shellcheck disable=SC2046,SC2163 # the words of the command; VAR=VALUE words
	(export "$@" LD_PRELOAD="$interpose" && exec "$OTATOOL" $(command_of "$name")) >../out 2>&1
}

one() # NAME AT VAR=VALUE…
{
	local name=$1 at=$2 rc=0
	shift 2
	prepare "$name"
	{ otatool "$name" "$@" INJECT_AT="$at" || rc=$?; } 2>../killed
	cases=$((cases + 1))
	if [ "$rc" -gt 5 ] && [ "$rc" != 137 ]; then
		bad "$name with $* at $at: exit $rc"
	elif ! judge "$name" "$rc"; then
		bad "$name with $* at $at: exit $rc, result neither absent, old nor complete"
	elif [ "$rc" != 137 ] && left_over; then
		bad "$name with $* at $at: left$left"
	# What was cut or failed must go through when it is tried again.
	elif [ "$name" = apply ] && [ "$rc" != 0 ]; then
		otatool apply && cmp -s -n "$(stat -c %s ../new.img)" b.img ../new.img && cmp -s a.img ../old.img ||
			bad "apply after $* at $at: does not finish"
	elif [ "$name" = install ] && [ "$rc" != 0 ]; then
		otatool install && "$OTATOOL" apply-sim boot dev >../status && cmp -s -n "$(stat -c %s ../new.img)" dev/b-rootfs.img ../new.img ||
			bad "install after $* at $at: does not finish"
	fi
	cd ..
}

sweep() # NAME SAMPLE ENV…: up to SAMPLE of its calls, first and last always
{
	local name=$1 sample=$2 n i=1
	shift 2
	prepare "$name"
	otatool "$name" "$@" INJECT_COUNT="$w/count"
	cd ..
	n=$(cat count 2>/dev/null || echo 0)
	rm -f count
	[ "$n" -gt 0 ] || { bad "$name with $*: no call to fail"; return; }
	if [ -n "${INJECT_ALL:-}" ] || [ "$n" -le "$sample" ]; then
		for ((i = 1; i <= n; i++)); do one "$name" $i "$@"; done
	else
		for ((i = 0; i < sample; i++)); do one "$name" $((1 + (n - 1) * i / (sample - 1))) "$@"; done
	fi
}

for name in verify verify-bad pack sign keygen extract apply init install; do
	sweep $name 16 INJECT_KIND=alloc
	sweep $name 6 INJECT_KIND=alloc INJECT_FOREVER=1
	[ $name = keygen ] || sweep $name 5 INJECT_KIND=read
done
# Half of the allocations here are libcrypto's own.
for name in verify-ecdsa-sha2-nistp256 verify-rsassa-pss-sha256 sign-ecdsa-sha2-nistp256 sign-rsassa-pss-sha256; do
	sweep $name 12 INJECT_KIND=alloc
	sweep $name 3 INJECT_KIND=alloc INJECT_FOREVER=1
done
for name in pack sign keygen extract apply init install; do
	for kind in write write-short sync name; do
		sweep $name 5 INJECT_KIND=$kind
	done
	sweep $name 8 INJECT_KIND=change INJECT_KILL=before
	sweep $name 8 INJECT_KIND=change INJECT_KILL=after
done
echo "$((cases - failed)) passed, $failed failed"
[ $failed = 0 ]
