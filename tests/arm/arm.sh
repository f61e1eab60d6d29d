#!/bin/bash
# SPDX-License-Identifier: MIT
# The applier on microcontrollers: built for Cortex-M0+ and Cortex-M4, its code measured, and run on the boards
# of qemu-system-arm, where a firmware applies real patches from emulated flash to emulated flash.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${OTATOOL:=$PWD/build/release/otatool}"
corpus=$PWD/build/corpus
for need in arm-none-eabi-gcc qemu-system-arm; do
	command -v $need >/dev/null || { echo "SKIPPED $need is not installed (.ci/setup arm)"; exit 0; }
done
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
failed=0
flags=(-std=c11 -Os -mthumb -ffreestanding -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns
	-fno-inline-functions-called-once -Wall -Wextra -Wconversion -Wshadow -Werror -Ilibota/otad)
bad() { echo "not ok arm: $*"; failed=1; }

compile() # CPU
{
	local f
	mkdir -p "$w/$1"
	for f in libota/otad/*.c; do
		arm-none-eabi-gcc "${flags[@]}" -mcpu="$1" -c -o "$w/$1/$(basename "$f" .c).o" "$f" || return
	done
}

# Code and constants of the applier, but for what only `inspect` calls: all of it, and with Thumb alone.
code() # CPU
{
	arm-none-eabi-size -A "$w/$1"/*.o | awk -v cpu="$1" '
		/:$/ { other = /isa_(arm|a64|x86|rv)/ }
		/^\.(text|rodata)/ && !/otad_covered/ { all += $2; if (!other) thumb += $2 }
		/^\.(data|bss)/ { ram += $2 }
		END { printf "# %s: %d bytes of code, %d of them with Thumb alone, %d of data\n", cpu, all, thumb, ram }'
}

run() # BOARD CPU PROFILE OLD NEW
{
	local name
	name="$3 on $1, $(basename "$4")"
	"$OTATOOL" diff "$4" "$5" -o "$w/patch" --force --codec otad --profile "$3" >/dev/null || { bad "$name: diff"; return; }
	arm-none-eabi-gcc "${flags[@]}" -mcpu="$2" -nostdlib -Wl,--gc-sections -Wl,-T,tests/arm/board.ld \
		-DOLD="\"$4\"" -DPATCH="\"$w/patch\"" -o "$w/firmware" tests/arm/firmware.c tests/arm/images.S \
		"$w/$2"/*.o -lgcc || { bad "$name: link"; return; }
	rm -f "$w/new.img"
	(cd "$w" && timeout 120 qemu-system-arm -M "$1" -display none -serial none -monitor none \
		-semihosting-config enable=on,target=native -kernel firmware) >"$w/out" 2>&1 </dev/null ||
		{ bad "$name: $(cat "$w/out")"; return; }
	cmp -s "$w/new.img" "$5" || { bad "$name: another image"; return; }
	echo "ok arm: $name: $(tr '\n' ' ' <"$w/out")bytes, patch $(stat -c %s "$w/patch") for $(stat -c %s "$5")"
}

for cpu in cortex-m0plus cortex-m3 cortex-m4; do
	compile $cpu && code $cpu || bad "build for $cpu"
done
"$OTATOOL" version >/dev/null || bad "otatool"
seq 1 20000 >"$w/old.txt" && seq 1 20000 | sed 's/77/7x7/' >"$w/new.txt"
run mps2-an386 cortex-m4 tiny "$w/old.txt" "$w/new.txt"
for hub in movehub primehub; do
	[ -f "$corpus/firmware-7.27.0/$hub.bin" ] || { echo "SKIPPED firmware of the corpus"; continue; }
	run mps2-an386 cortex-m4 tiny "$corpus/firmware-7.27.0/$hub.bin" "$corpus/firmware-7.28.0/$hub.bin"
	run mps2-an385 cortex-m3 tiny "$corpus/firmware-7.27.0/$hub.bin" "$corpus/firmware-7.28.0/$hub.bin"
	run mps2-an386 cortex-m4 std "$corpus/firmware-7.27.0/$hub.bin" "$corpus/firmware-7.28.0/$hub.bin"
done
exit $failed
