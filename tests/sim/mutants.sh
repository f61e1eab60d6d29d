#!/bin/bash
# SPDX-License-Identifier: MIT
# A rehearsal that cannot fail proves nothing.
# Each patch of mutants/ breaks the update path in a copy. The rehearsal must find it by the fault mode that
# its header names alone (install: the update does not even go in), and by cut-before alone or not, as the
# header says. One in eight of them, or all.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build/release}
: "${OTATOOL:=$PWD/$B/otatool}" "${CC:=gcc}"
w=$PWD/$B/mutants
rm -rf "$w" && mkdir -p "$w"

# An old and a new package of random bytes, and a part; in $w.
sample()
{
	local v=1 name
	for name in old new; do
		openssl enc -aes-128-ctr -K 0$v -iv 00 -in /dev/zero 2>/dev/null |
			head -c $((41000 - v * 1000)) >"$w/$name.img"
		cat >"$w/$name.yaml" <<-YAML
			format: otap-manifest
			spec: "1.0"
			product: part
			version: $v.0.0
			security_counter: $v
			components:
			  - name: rootfs
			    slot: ab
			    image: $name.img
			    payloads:
			      - { kind: full, compression: none }
		YAML
		"$OTATOOL" pack "$w/$name.yaml" -o "$w/$name.otap" >/dev/null || return 1
		v=$((v + 1))
	done
	cat >"$w/part.yaml" <<-YAML
		format: otap-device
		spec: "1.0"
		product: part
		flash: { erase_size: 4096, program_size: 256, erased: 255 }
		slots:
		  - component: rootfs
		policy: { unsigned_chain: true }
	YAML
	sed 's/erased: 255/erased: 0/' "$w/part.yaml" >"$w/env.yaml"
	printf '%s\n' 'boot_control: uboot-env' 'boot_env_size: 2048' >>"$w/env.yaml"
}

header() { sed -n "s/^$1: //p" "$patch"; }

# The binary with the one object of the mutant in front of the library.
build()
{
	local source
	source=$(sed -n 's|^+++ b/||p' "$patch")
	mkdir -p "$w/$name/$(dirname "$source")"
	cp "$source" "$w/$name/$source" || return 1
	patch -s -p1 -d "$w/$name" <"$patch" || return 1
	$CC -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O1 -Ilibota -Ilibota/include -c -o "$w/$name/m.o" \
		"$w/$name/$source" || return 1
	# shellcheck disable=SC2046
	$CC -o "$w/$name/otatool" $(find "$B/cli" -name '*.o') "$w/$name/m.o" "$B/libota_raw.a" \
		-lsodium -lcrypto -llzma -lzstd -lbz2 -lz -pthread -ldivsufsort -ldivsufsort64 -lyaml -lp11-kit -lcjson
}

# rehearse MODE: 0 nothing is found, 1 a case is, 2 it does not even install.
rehearse()
{
	local out=$w/$name/$1.out device args
	device=$(header Device)
	args=(--device "$w/${device:-part.yaml}" --health "$(header Health)" --cases "$(header Cases)")
	[ "$1" = install ] || args+=(--mode "$1" --junit "$w/$name/$1.xml" --svg "$w/$name/$1.svg")
	timeout 300 "$w/$name/otatool" rehearse "$w/new.otap" --from "$w/$(header From)" "${args[@]}" \
		>"$out" 2>&1 </dev/null
	case $?:$(grep -c 'error\[rehearsal.failed\].* --case op[0-9]' "$out") in
	0:*) return 0 ;;
	1:1)
		grep -q '^<failure message="--health .* --case op[0-9]' "$w/$name/$1.xml" || return 3
		grep -q '^<path class="m" .*<title>--health .* --case op[0-9]' "$w/$name/$1.svg" || return 4
		return 1
		;;
	*) return 2 ;;
	esac
}

one()
{
	local by before want=1
	if ! build >"$w/$name.log" 2>&1; then
		echo "not ok mutant $name: it no longer applies or builds"
		cat "$w/$name.log"
		return 1
	fi
	[ "$(header Found-by)" != install ] || want=2
	rehearse "$(header Found-by)"
	by=$?
	rehearse cut-before
	before=$?
	if [ $by = $want ] && [ "$([ $before = 0 ] && echo misses || echo finds)" = "$(header Cut-before)" ]; then
		echo "ok mutant $name"
		return 0
	fi
	echo "not ok mutant $name: $(header Found-by) gives $by, cut-before $before"
	tail -n 5 "$w/$name"/*.out
	return 1
}

# What README.md says is what the patches say.
listed()
{
	local row
	row="| $name | $(header Breaks) | $(header Found-by) | $(header Cut-before) |"
	grep -qFx "$row" tests/sim/README.md && return 0
	echo "not ok mutant $name: tests/sim/README.md lacks the row $row"
	return 1
}

sample || exit 1
failed=0
patches=(tests/sim/mutants/*.patch)
rows=$(grep -cE '^\| .* \| (finds|misses) \|$' tests/sim/README.md)
if [ "$rows" != ${#patches[@]} ]; then
	echo "not ok mutants: tests/sim/README.md has $rows rows for ${#patches[@]} patches"
	failed=1
fi
for patch in "${patches[@]}"; do
	name=$(basename "$patch" .patch)
	listed || failed=1
	one || failed=1
done
exit $failed
