#!/bin/bash
# SPDX-License-Identifier: MIT
# The main job, end to end, with every command shown: demo.sh [OLD.img NEW.img]
# Without images it builds a pair: two versions of a small program in ext4. Every step's exit code
# and result is checked; the script stops at the first that is not as it should be.
set -euo pipefail
: "${OTATOOL:=$(dirname "$(realpath "$0")")/../build/release/otatool}"
OTATOOL=$(realpath "$OTATOOL")
[ $# = 0 ] || [ $# = 2 ] || { echo "usage: make demo [OLD=a.img NEW=b.img]"; exit 2; }
old=${1:+$(realpath "$1")} new=${2:+$(realpath "$2")}
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
cd "$w"

step() { printf '\n== %s\n' "$*"; }
die() { echo "demo: NOT AS EXPECTED: $*" >&2; exit 1; }
run() { echo "\$ otatool $*"; "$OTATOOL" "$@" || die "exit $?"; }
refused() # EXIT-CODE ERROR-ID ARGS…
{
	local code=$1 id=$2 got=0
	shift 2
	echo "\$ otatool $*"
	"$OTATOOL" "$@" >out 2>&1 || got=$?
	cat out
	[ "$got" = "$code" ] || die "exit $got, expected $code"
	grep -qF "[$id]" out || die "the error is not $id"
}
holds() { cmp -s -n "$(stat -c %s "$2")" "$1" "$2"; }
device() { rm -rf dev && mkdir dev && cp old.img dev/a.img; }
apply() { echo apply-sim "${2:-update.otap}" --key release.pub --slot-a dev/a.img --slot-b dev/b.img; }

# mke2fs takes change times from the files, so they are set afterwards: the same image every day.
ext4() # FOLDER IMAGE
{
	export E2FSPROGS_FAKE_TIME=1767225600
	find "$1" -exec touch -h -d @1767225600 {} +
	mke2fs -q -t ext4 -b 4096 -m 0 -O ^has_journal -U 00000000-0000-4000-8000-000000000001 \
		-E root_owner=0:0,hash_seed=00000000-0000-4000-8000-000000000002 -d "$1" "$2" 32M 2>mke2fs.log
	(cd "$1" && find . | sed 's|^\.\(.*\)|sif "/\1" ctime @1767225600|') | debugfs -w -f - "$2" >mke2fs.log 2>&1
}

build() # VERSION IMAGE
{
	mkdir -p tree/bin tree/etc
	cat >app.c <<-C
		#include <stdio.h>
		int main(void)
		{
			puts("hello from version $1");
			return 0;
		}
	C
	"${CC:-cc}" -O2 -static -s -o tree/bin/app app.c
	echo "$1" >tree/etc/version
	seq 1 2000000 >tree/etc/data
	ext4 tree "$2"
}

if [ -n "$old" ]; then
	cp "$old" old.img && cp "$new" new.img
else
	step "Two versions of a small program, each in an ext4 image"
	build 1.0.0 old.img
	build 2.0.0 new.img
	ls -l old.img new.img
fi

step "A release key, and a manifest to start from"
run version
run keygen -o release --no-passphrase
run init old.img new.img --product demo-board --version 2.0.0 -o update.yaml
run lint update.yaml

step "Pack, sign, verify"
run pack update.yaml -o update.otap
refused 1 unsigned verify update.otap --key release.pub
run sign update.otap -k release.key --comment "demo release"
run verify update.otap --key release.pub --deep
run inspect update.otap
run inspect update.otap --field version
ls -l update.otap

step "What is in it: the image, from nothing or from the old one; and a bare delta"
component=$("$OTATOOL" inspect update.otap --field components.0.name)
run extract update.otap --component "$component" --key release.pub -o full.img
run extract update.otap --component "$component" --key release.pub --source old.img -o delta.img
run diff old.img new.img -o new.patch
run patch old.img new.patch -o patched.img
for f in full.img delta.img patched.img; do
	cmp "$f" new.img || die "$f differs from new.img"
done
ls -l new.patch

step "Smaller forms: the head travels to a signing desk, a slice to the devices that run old.img"
mkdir heads
run head update.otap -d heads
run verify heads/update.head --head --key release.pub
run slice update.otap --for old.img -o slice.otap
run verify slice.otap --key release.pub
ls -l update.otap heads/update.head slice.otap

step "An update that installs, boots and commits"
device
# shellcheck disable=SC2046 # the words of the command
run $(apply)
cmp dev/a.img old.img || die "the running slot changed"
holds dev/b.img new.img || die "slot b does not hold the new image"
if [ -z "$old" ]; then
	debugfs -R 'dump /bin/app app' dev/b.img 2>debugfs.log && chmod +x app && ./app | grep 2.0.0 ||
		die "the program in slot b is not version 2.0.0"
fi
echo "-- once more: there is nothing to do"
# shellcheck disable=SC2046
run $(apply)

step "A tampered package is refused, and nothing is written"
cp update.otap tampered.otap
printf 'X' | dd of=tampered.otap bs=1 seek=$(($(stat -c %s tampered.otap) - 100)) conv=notrunc status=none
refused 1 hash.chunk verify tampered.otap --key release.pub
printf 'X' | dd of=tampered.otap bs=1 seek=200 conv=notrunc status=none
refused 1 signature.bad verify tampered.otap --key release.pub
device
# shellcheck disable=SC2046
refused 1 signature.bad $(apply x tampered.otap)
[ ! -e dev/b.img ] || die "slot b was touched"
run explain signature.bad
run help sign
echo "\$ otatool completion bash"
"$OTATOOL" completion bash >completion.bash || die "exit $?"
bash -n completion.bash || die "the completion script is not bash"

step "A bad update rolls back by itself, and is not tried again"
device
# shellcheck disable=SC2046
refused 1 health.failed $(apply) --health bad
cmp dev/a.img old.img || die "the old system changed"
# shellcheck disable=SC2046
refused 1 refused.failed_before $(apply)

step "An install killed half-way goes on where it was"
for try in 1 2 3 4 5; do
	device
	# shellcheck disable=SC2046
	"$OTATOOL" $(apply) >out 2>&1 &
	while kill -0 $! 2>kill.log && [ "$(stat -c %b dev/b.img 2>kill.log || echo 0)" -lt 2000 ]; do :; done
	kill -9 $! 2>kill.log || continue
	wait $! 2>kill.log || [ $? = 137 ] || continue
	break
done
[ "$try" -lt 5 ] || die "the install never could be killed half-way"
echo "\$ otatool $(apply)        # killed with kill -9 after $(($(stat -c %b dev/b.img) / 2)) KiB"
holds dev/b.img new.img && die "slot b was complete already"
cmp dev/a.img old.img || die "the running slot changed"
# shellcheck disable=SC2046
run $(apply)
holds dev/b.img new.img || die "slot b does not hold the new image"

step "All as expected"
