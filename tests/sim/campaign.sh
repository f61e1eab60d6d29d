#!/bin/bash
# SPDX-License-Identifier: MIT
# Rehearse one update on many flash maps: campaign.sh [LAYOUTS [CASES]]
# 12 layouts (erase size, image size) × 4 program units × 2 erased values, from a bare image and from a
# package in turn, every third with a U-Boot environment, every control write and CASES of each other kind.
# LAYOUTS: every n-th map alone.
# `make check` runs a slice; `make campaign` all of it.
set -eu
cd "$(dirname "$0")/../.."
nth=${1:-13} cases=${2:-15}
: "${OTATOOL:=$PWD/build/release/otatool}"
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
cd "$w"

bytes() # SEED LENGTH: the same ones every time
{
	openssl enc -aes-128-ctr -K "$(printf %032x "$1")" -iv "$(printf %032x 0)" -in /dev/zero 2>/dev/null |
		head -c "$2"
}

package() # NAME VERSION COUNTER IMAGE
{
	cat >"$1.yaml" <<-YAML
		format: otap-manifest
		spec: "1.0"
		product: part
		version: $2.0.0
		security_counter: $3
		after_commit: ${after[$3 % 2]}
		components:
		  - name: rootfs
		    slot: ab
		    image: $4
		    payloads:
		      - { kind: full, compression: none }
	YAML
	"$OTATOOL" pack "$1.yaml" -o "$1.otap" --force >/dev/null
}

map() # ERASE PROGRAM ERASED SIZE FORM
{
	cat >part.yaml <<-YAML
		format: otap-device
		spec: "1.0"
		product: part
		flash: { erase_size: $1, program_size: $2, erased: $3 }
		slots:
		  - { component: rootfs, size: $4 }
		policy: { unsigned_chain: true }
		boot_control: $5
		boot_env_size: 5000
	YAML
}

forms=(otap otap uboot-env)
after=(keep disable-previous)
n=0 ran=0 total=0 failed=0
for erase in 512 4096 32768; do
	for blocks in 1 2 3 9; do
		for unit in 1 16 256 512; do
			for erased in 0 255; do
				n=$((n + 1))
				[ $((n % nth)) = 0 ] || continue
				ran=$((ran + 1))
				size=$((erase * blocks))
				form=${forms[ran % 3]}
				map "$erase" "$unit" "$erased" "$size" "$form"
				bytes 1 $((size - size / 3)) >old.img
				bytes 2 $((size - n % 7)) >new.img
				package old 1 $((n % 4 + 1)) old.img
				package new 2 $((n % 4 + 2)) new.img
				from=old.img
				[ $((ran % 2)) = 0 ] || from=old.otap
				if "$OTATOOL" rehearse new.otap --from $from --device part.yaml --cases "$cases" \
					--seed "$n" >out 2>&1 </dev/null; then
					cases_run=$(sed -n 's/^Cases run *//p' out)
					total=$((total + cases_run))
					echo "ok erase $erase unit $unit erased $erased blocks $blocks $form: $cases_run cases"
				else
					failed=1
					echo "not ok erase $erase unit $unit erased $erased blocks $blocks $form"
					cat out
				fi
			done
		done
	done
done
echo "# $ran flash maps, $total cases"
exit $failed
