#!/bin/bash
# SPDX-License-Identifier: MIT
# Patch sizes against the peers, from one run over build/corpus: delta.sh [PROFILE…]
# Every patch of ours is applied and compared. Ratios are to the best peer of the pair.
set -eu
cd "$(dirname "$0")/../.."
: "${OTATOOL:?}"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
[ $# -gt 0 ] || set -- tiny std max
size() { stat -c %s "$1"; }

pair() # OLD NEW: a line, and its ratios to $w/ratios.PROFILE
{
	bsdiff "$1" "$2" "$w/b"
	xdelta3 -9 -S lzma -f -e -s "$1" "$2" "$w/x"
	zstd -q -f --ultra -22 --long=27 --patch-from="$1" "$2" -o "$w/z" 2>"$w/log"
	best=$(printf '%s\n' "$(size "$w/b")" "$(size "$w/x")" "$(size "$w/z")" | sort -n | head -n 1)
	printf '%-16s %10s %10s %10s' "$(basename "$2")" "$(size "$w/b")" "$(size "$w/x")" "$(size "$w/z")"
	for profile in "${profiles[@]}"; do
		"$OTATOOL" diff "$1" "$2" -o "$w/o" --force --codec otad --profile "$profile" >"$w/log"
		"$OTATOOL" patch "$1" "$w/o" -o "$w/n" --force >"$w/log"
		cmp "$2" "$w/n"
		printf ' %10s' "$(size "$w/o")"
		echo "$(size "$w/o") $best" >>"$w/ratios.$profile"
	done
	echo
}

titles() # WHAT
{
	printf '%-16s %10s %10s %10s' "$1" bsdiff xdelta3 zstd
	printf ' %10s' "${profiles[@]}"
	echo
	rm -f "$w"/ratios.*
}

means()
{
	for profile in "${profiles[@]}"; do
		awk -v p="$profile" '{ s += log($1 / $2) } END { printf "%s: %.3f of the best peer (geometric mean)\n", p, exp(s / NR) }' \
			"$w/ratios.$profile"
	done
}

profiles=("$@")
for step in 7.27.0:7.28.0 7.22.0:7.27.0; do
	old=build/corpus/firmware-${step%:*} new=build/corpus/firmware-${step#*:}
	[ -d "$old" ] && [ -d "$new" ] || { echo "SKIPPED $step: no build/corpus (tests/corpora/fetch.sh)"; continue; }
	titles "$step"
	for f in "$new"/*.bin; do
		[ ! -e "$old/${f##*/}" ] || pair "$old/${f##*/}" "$f"
	done
	means
done
old=build/corpus/vmlinuz-old new=build/corpus/vmlinuz-new
if [ -f "$old" ] && [ -f "$new" ]; then
	titles kernel
	pair "$old" "$new"
	means
else
	echo "SKIPPED kernel: no build/corpus (tests/corpora/fetch.sh)"
fi
