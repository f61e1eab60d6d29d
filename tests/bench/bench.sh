#!/bin/bash
# SPDX-License-Identifier: MIT
# Speeds, sizes and memory beside the peers, all from one run on this machine: bench.sh
# A line is: what, ours, theirs, ratio, the bar. Times are medians; ratios are what counts.
set -u
. "$(dirname "$0")/../lib.sh"
B=${B:-build/release}
measure=$(realpath "$B/measure") && corpus=$(realpath -m "$B/../corpus") || exit 1
w=$(mktemp -d -p "${TMPDIR:-/var/tmp}") && trap 'rm -rf "$w"' EXIT
cd "$w" || exit 1
"$OTATOOL" keygen -o k --no-passphrase >/dev/null || exit 1

row() # WHAT OURS THEIRS RATIO BAR VERDICT
{
	printf '%-34s %12s %12s %8s  %-10s %s\n' "$@"
}
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
met() { awk "BEGIN { print ($1) ? \"ok\" : \"MISSED\" }"; }
wall() { echo "${1%% *}"; }
package() # COMPRESSION [JOBS]: p.otap from new.img
{
	fixture_of "$1"
	rm -f p.otap
	"$OTATOOL" pack m.yaml -o p.otap >/dev/null && "$OTATOOL" sign p.otap -k k.key >/dev/null
}
fixture_of() # COMPRESSION: m.yaml for the new.img that is there
{
	mv new.img keep.img
	fixture "$1"
	mv keep.img new.img
}
random_image() # BYTES
{
	head -c "$1" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 -nosalt 2>/dev/null >new.img
}

row what ours theirs ratio bar ''

# verify against sha256sum, both from the page cache, one after the other five times
random_image $((1 << 30)) && package none || exit 1
a=() b=()
for _ in 1 2 3 4 5; do
	a+=("$(wall "$("$measure" "$OTATOOL" verify p.otap --key k.pub)")")
	b+=("$(wall "$("$measure" sha256sum p.otap)")")
done
median() { printf '%s\n' "$@" | sort -n | sed -n 3p; }
ours=$(median "${a[@]}") theirs=$(median "${b[@]}")
r=$(calc %.2f "$theirs / $ours")
row 'verify 1 GiB, s (sha256sum)' "$ours" "$theirs" "${r}x" '>= 1.6x' "$(met "$r >= 1.6")"
mid=$("$measure" "$OTATOOL" verify p.otap --key k.pub)
rm -f p.otap

# peak memory of verify, 4 MiB, 1 GiB, 5 GiB
random_image $((4 << 20)) && package none
low=$("$measure" "$OTATOOL" verify p.otap --key k.pub)
rm -f new.img p.otap && truncate -s 5G new.img && package none
high=$("$measure" "$OTATOOL" verify p.otap --key k.pub)
for m in "4 MiB:$low" "1 GiB:$mid" "5 GiB:$high"; do
	kib=${m##* }
	row "verify ${m%%:*}, peak RSS KiB" "$kib" - - '<= 32768' "$(met "$kib <= 32768")"
done
rm -f p.otap new.img

# pack with xz against xz -6 -T2; above 64 MiB the chunks are 4 MiB
if [ -f "$corpus/vmlinuz-new" ]; then
	cat "$corpus/vmlinuz-old" "$corpus/vmlinuz-new" >new.img
	name='2 kernels'
else
	find /usr/lib /usr/bin -type f -size +1M -size -20M 2>/dev/null | sort | head -n 30 | xargs cat | head -c 70M >new.img
	name='70 MB of /usr'
fi
fixture_of xz
ours=$("$measure" -n 3 "$OTATOOL" pack m.yaml -o p.otap --force)
theirs=$("$measure" -n 3 xz -6 -T2 -k -f new.img)
r=$(calc %.2f "$(wall "$theirs") / $(wall "$ours")")
row "pack xz $name, s (xz -6 -T2)" "$(wall "$ours")" "$(wall "$theirs")" "${r}x" '>= 1x' "$(met "$r >= 0.97")"
xz -6 -T1 -k -f new.img
ours=$(stat -c %s p.otap) theirs=$(stat -c %s new.img.xz)
r=$(calc %.4f "$ours / $theirs")
row 'its size, bytes (xz -6)' "$ours" "$theirs" "$r" '<= 1.01' "$(met "$r <= 1.01")"
rm -f new.img* p.otap

# bsdiff
pair() # NAME OLD NEW
{
	[ -f "$2" ] && [ -f "$3" ] && command -v bsdiff >/dev/null || return
	ours=$("$measure" "$OTATOOL" diff "$2" "$3" -o ours.patch --force --codec bsdiff)
	theirs=$("$measure" bsdiff "$2" "$3" theirs.patch)
	r=$(calc %.2f "$(wall "$theirs") / $(wall "$ours")")
	row "diff $1, s (bsdiff)" "$(wall "$ours")" "$(wall "$theirs")" "${r}x" '>= 1x' "$(met "$r >= 1")"
	row '  KiB peak (bsdiff)' "${ours##* }" "${theirs##* }" - '' ''
	ours=$(stat -c %s ours.patch) theirs=$(stat -c %s theirs.patch)
	r=$(calc %.4f "$ours / $theirs")
	row '  bytes (bsdiff)' "$ours" "$theirs" "$r" '<= 1' "$(met "$r <= 1")"
}
pair firmware "$corpus/firmware-7.22.0/primehub.bin" "$corpus/firmware-7.28.0/primehub.bin"
pair kernel "$corpus/vmlinuz-old" "$corpus/vmlinuz-new"

# start-up, the median of 50
fixture none && "$OTATOOL" pack m.yaml -o p.otap >/dev/null && "$OTATOOL" sign p.otap -k k.key >/dev/null
for verb in version help "inspect p.otap" "verify p.otap --key k.pub" "lint m.yaml"; do
	# shellcheck disable=SC2086 # words
	ms=$(calc %.2f "$(wall "$("$measure" -n 51 "$OTATOOL" $verb)") * 1000")
	row "start-up: ${verb%% *}, ms" "$ms" - - '<= 6' "$(met "$ms <= 6")"
done

# the rehearsal: cases a second of one core, on a device image of 256 KiB
random_image $((256 << 10)) && mv new.img old.img && random_image $((257 << 10)) && package none
seconds=$(wall "$("$measure" "$OTATOOL" rehearse p.otap --from old.img --cases 2000 --jobs 1 --json)")
cases=$("$OTATOOL" rehearse p.otap --from old.img --cases 2000 --json | sed -n 's/^\t"cases":\t\([0-9]*\),$/\1/p')
r=$(calc %.0f "$cases / $seconds")
row 'rehearse, cases a second a core' "$r" - - '>= 20000' "$(met "$r >= 20000")"
