#!/bin/bash
# SPDX-License-Identifier: MIT
# The borders of 2^31 and 2^32 bytes, on sparse files: right on both sides, a flip of the last byte
# refused, peak memory the same as for 80 MiB (whose chunks have the same size). BIG=all also takes the sizes below
# the borders, and packs every one without compression.
set -u
. "$(dirname "$0")/../lib.sh"
measure=$(realpath "${B:-build/release}/measure") || exit 1
w=$(mktemp -d -p "${TMPDIR:-/var/tmp}") && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { echo "not ok big: $*"; failed=$((failed + 1)); }

"$OTATOOL" keygen -o k --no-passphrase >/dev/null || exit 1

image() # SIZE: a hole with a little text at both ends and about the middle
{
	rm -f new.img
	truncate -s "$1" new.img
	for off in 0 $(($1 / 2)) $(($1 - 9)); do
		printf 'otatool!\n' | dd of=new.img bs=1 seek="$off" conv=notrunc status=none
	done
}

pack_of() # COMPRESSION
{
	fixture "$1"
	image "$size"
	rm -f p.otap
	signed
}

peak() # ARGS…: KiB, 0 when it fails
{
	out=$("$measure" "$OTATOOL" "$@" 2>err) || { cat err; echo 0; return; }
	echo "${out##* }"
}

size=$((80 << 20))
pack_of none || bad "80 MiB: pack"
small=$(peak verify p.otap --key k.pub)

one() # SIZE COMPRESSION
{
	size=$1
	pack_of "$2" || { bad "$size $2: pack"; return; }
	rss=$(peak verify p.otap --key k.pub)
	if [ "$rss" = 0 ]; then
		bad "$size $2: verify"
	elif [ "$rss" -gt $((small + small / 10 + 2048)) ] || [ "$rss" -gt 32768 ]; then
		bad "$size $2: verify takes $rss KiB, 80 MiB takes $small KiB"
	else
		ok
	fi
	[ "$("$OTATOOL" inspect p.otap --field components.0.target.size)" = "$size" ] && ok || bad "$size $2: target.size"
	flip p.otap $(($(stat -c %s p.otap) - 1)) 0
	"$OTATOOL" verify p.otap --key k.pub >out 2>&1
	[ $? = 1 ] && grep -qF '[hash.chunk]' out && ok || bad "$size $2: flip of the last byte: $(cat out)"
	flip p.otap $(($(stat -c %s p.otap) - 1)) 0
	truncate -s -1 p.otap
	"$OTATOOL" verify p.otap --key k.pub >out 2>&1
	[ $? = 3 ] && grep -qF '[malformed.truncated]' out && ok || bad "$size $2: one byte short: $(cat out)"
}

one 2147483649 zstd
one 4294967297 zstd
if [ -n "${BIG:-}" ]; then
	one 2147483647 zstd
	one 4294967295 zstd
	one 2147483647 none
	one 2147483649 none
	one 4294967295 none
fi
one 4294967297 none

# Out again, through the whole pipe, from a fresh package.
size=4294967297
pack_of zstd && "$OTATOOL" extract p.otap --component rootfs --key k.pub -o out.img >out 2>&1 &&
	cmp -s out.img new.img && ok || bad "extract of $size bytes: $(cat out)"
[ "$(stat -c %b out.img)" -lt 100000 ] && ok || bad "extract filled the hole: $(stat -c %b out.img) blocks"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
