#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every command of the manual's EXAMPLES runs: those of the verbs in the order of the manual and in
# one folder, those of each format and of the tutorial as a script of their own.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	cp m.yaml update.yaml
	cp old.img a.img
	echo secret >pass.txt
	echo 2468 >pin.txt
	mkdir tokens && echo "directories.tokendir = $PWD/tokens" >softhsm.conf
	export SOFTHSM2_CONF=$PWD/softhsm.conf
	softhsm2-util --init-token --free --label release --so-pin 12345678 --pin 2468
	pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so -l -p 2468 --keypairgen --key-type EC:prime256v1 \
		--label firmware --id 01
	openssl genpkey -algorithm ed25519 -out theirs.pem
	"$OTATOOL" keygen -o rel --no-passphrase
	"$OTATOOL" keygen -o second --no-passphrase
	# Stands for a token: what signs there is plain openssl.
	"$OTATOOL" keygen -o token --no-passphrase
	openssl_key token.key >token.der
	printf '%s\n' '#!/bin/sh' 'exec openssl pkeyutl -sign -rawin -keyform DER -inkey token.der -in /dev/stdin' >ask-token
	chmod +x ask-token
	"$OTATOOL" pack m.yaml -o unsigned.otap
	"$OTATOOL" sign unsigned.otap -k rel.key -o release.otap
	printf '%s\n' 'format: otap-device' 'spec: "1.0"' 'product: test-board' \
		'slots: [ { component: rootfs, size: 1048576 } ]' \
		'policy: { unsigned_chain: true }' >update.device.yaml
	printf '%s\n' 'format: otap-sign-policy' 'spec: "1.0"' 'rules: [ { schemes: [ ed25519 ] } ]' >policy.yaml
	"$OTATOOL" sign release.otap -k rel.key --replace -o x.otap | grep -o 'sha256:[0-9a-f]*' >approved.txt && rm x.otap
	printf '%s\n' version,count 1.0.0,1200 0.9.0,40 >fielded.csv
	echo '{"spdxVersion":"SPDX-2.3","packages":[{"name":"openssl"}]}' >bom.json
	{ echo 'build: { builder: "https://ci.example.com/7" }' && cat m.yaml; } >built.yaml
	"$OTATOOL" pack built.yaml -o built.otap
	printf '%s\n' 'attachments:' '  - { name: sbom.json, role: sbom, file: bom.json }' |
		cat m.yaml - >attached.yaml
	"$OTATOOL" pack attached.yaml -o attached.otap
	"$OTATOOL" sign attached.otap -k rel.key
	"$OTATOOL" diff old.img new.img -o given.patch
	for k in ana ben stop; do "$OTATOOL" keygen -o $k --no-passphrase; done
	mkdir roots
	"$OTATOOL" head unsigned.otap -d .
	for k in ana ben; do "$OTATOOL" sign unsigned.head -k $k.key -o $k.otsig; done
	"$OTATOOL" keygen -o boss --no-passphrase
	"$OTATOOL" trust init --root-key boss.pub --release-key ana.pub --release-key ben.pub \
		--expires +1y -o roots/1.root.json
	"$OTATOOL" trust sign roots/1.root.json -k boss.key
}

# The commands between .Bd and .Ed under EXAMPLES of a page.
examples()
{
	awk '/^\.Sh / { on = /EXAMPLES/ } /^\.Bd/ { lit = on } /^\.Ed/ { lit = 0 }
		lit && !/^\./ { gsub(/\\e/, "\\"); print }' "$1"
}

@test "the examples of every page run, and --help shows the same ones" {
	mkdir bin && ln -s "$OTATOOL" bin/otatool
	PATH=$PWD/bin:$PATH
	ran=0
	for page in "$BATS_TEST_DIRNAME"/../../man/*.1; do
		examples "$page" >list
		[ -s list ] || { echo "$page has none"; return 1; }
		verb=$(basename "$page" .1)
		verb=${verb#otatool}
		verb=${verb#-}
		while read -r command; do
			echo "$page: $command"
			bash -euo pipefail -c "$command" </dev/null >out 2>&1 || { cat out; return 1; }
			[ -z "$verb" ] || otatool help "$verb" | grep -qF "$command" ||
				otatool help "$verb" "$(cut -d ' ' -f 3 <<<"$command")" | grep -qF "$command"
			ran=$((ran + 1))
		done <list
	done
	[ $ran -gt 25 ]
}

# What runs them: `# ID` behind a command says that it is refused, and with which error.
script()
{
	cat <<-'SH'
		set -euo pipefail
		refused()
		{
			local id=$1 got=0
			shift
			"$@" >refusal 2>&1 || got=$?
			cat refusal
			[ $got = 1 ] || [ $got = 3 ] || [ $got = 4 ] || { echo "exit $got, not $id"; exit 1; }
			grep -qF "[$id]" refusal || { echo "not $id"; exit 1; }
		}
	SH
	examples "$1" | sed 's/^\(otatool .*\) # \([a-z_.]*\)$/refused \2 \1/'
}

@test "the examples of the formats and of the tutorial run, and are refused where they say so" {
	mkdir bin && ln -s "$OTATOOL" bin/otatool
	PATH=$PWD/bin:$PATH
	for page in "$BATS_TEST_DIRNAME"/../../man/otatool-{device,keys,manifest,package}.5 \
		"$BATS_TEST_DIRNAME"/../../man/otatool-tutorial.7; do
		mkdir run && cp old.img new.img run
		script "$page" >run/script
		(cd run && bash script) </dev/null >out 2>&1 || { echo "$page"; tail -n 40 out; return 1; }
		[ "$(grep -c '^otatool\|^refused' run/script)" -gt 3 ]
		rm -r run
	done
}
