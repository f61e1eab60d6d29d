#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How the program takes what it is given, and how it says no: names, streams, times, hints.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }' && signed
	"$OTATOOL" keygen -o two --no-passphrase >/dev/null
}

@test "a wrong kind of file is named: package, patch, manifest, key" {
	printf '\211PNG\r\n\032\n%1000s' x >a.png
	head -c 300000 /dev/zero >ext.img
	printf '\123\357' | dd of=ext.img bs=1 seek=1080 conv=notrunc status=none
	printf '%%PDF-1.7\n' >a.pdf
	echo ':10010000214601360121470136007EFE09D2190140' >a.hex
	"$OTATOOL" sign p.otap --strip -o u.otap && "$OTATOOL" head u.otap -d . >/dev/null
	"$OTATOOL" sign u.head -k k.key -o a.otsig >/dev/null
	"$OTATOOL" diff old.img new.img -o a.patch >/dev/null
	while IFS='|' read -r file name; do
		no 3 malformed.magic verify "$file" --key k.pub
		has "$file: not an OTA package: this is $name"
		no 3 unsupported.codec patch old.img "$file" -o x --force || [ "$file" = a.patch ]
		[ "$file" = a.patch ] || has "$file: this is no patch but $name"
		no 3 malformed.key verify p.otap --key "$file" || no 3 limit.size verify p.otap --key "$file" ||
			no 2 usage.key_kind verify p.otap --key "$file"
		[ "$file" = k.key ] || has "$name"
		no 3 malformed.yaml lint "$file" || [ "$file" = m.yaml ]
		[ "$file" = m.yaml ] || has "$file:1:1: error[malformed.yaml]: not YAML: this is $name"
	done <<-'EOF'
		a.png|a PNG picture
		ext.img|an ext2, ext3 or ext4 image
		a.pdf|a PDF document
		a.hex|an Intel HEX file
		a.otsig|a detached signature file (.otsig)
		a.patch|an otad patch
		k.key|a secret key file
		m.yaml|a YAML manifest
	EOF
}

@test "patch: an endless input that is no patch is refused at its first bytes" {
	run timeout 20 bash -c "yes | '$OTATOOL' patch old.img - -o x"
	is 3 'error[unsupported.codec]' '-: this is no patch but a text file' ||
		is 3 'error[unsupported.codec]' 'this is no patch but a text file'
	"$OTATOOL" diff old.img new.img -o d.patch
	run bash -c "cat d.patch | '$OTATOOL' patch old.img - -o x"
	is 0
	cmp x new.img
}

@test "sign --time: decimal seconds up to the year 9999" {
	for time in 253402300800 99999999999999 1e9 0x10 1.5 -1; do
		no 2 usage.option sign p.otap -k two.key --append --time $time
	done
	has 'up to the year 9999'
	yes sign p.otap -k two.key --append --time 253402300799
	yes sign p.otap -k two.key --replace --time 0 -o q.otap
	yes sign p.otap -k two.key --replace -o r.otap
	cmp q.otap r.otap
	yes help sign
	has '0: none'
}

@test "stdin is read once, and two that want it are told" {
	for args in "verify - --key -" "extract - --component rootfs --key k.pub --source - -o x" \
		"sign - -k two.key --passphrase-fd 0 -o x" "diff - - -o x" "verify - --key k.pub --sig -"; do
		# shellcheck disable=SC2086
		run "$OTATOOL" $args <p.otap
		is 2 'error[usage.stdin]' 'both read stdin'
	done
	run "$OTATOOL" verify p.otap --key - <k.pub
	is 0
	[ ! -e x ]
}

@test "what must be a file does not take -" {
	no 2 usage.argument sign p.otap -k - --append
	no 2 usage.argument init - new.img --product p --version 1.0.0 -o x.yaml
	no 2 usage.argument init old.img - --product p --version 1.0.0 -o x.yaml
	no 2 usage.argument keygen -o - --no-passphrase
	no 2 usage.argument head - -d .
	no 2 usage.option sign p.otap -k two.key --append --passphrase-file -
	has '--passphrase-fd 0'
}

@test "init: a value that cannot be is the option's fault, and no file's" {
	while IFS='|' read -r option args; do
		# shellcheck disable=SC2086
		no 2 usage.option init old.img new.img -o x.yaml $args
		has "error[usage.option]: $option: "
		hasnt x.yaml
	done <<-'EOF'
		--product|--product Gw! --version 1.0.0
		--version|--product gw --version one
		--component|--product gw --version 1.0.0 --component A/B
		--counter|--product gw --version 1.0.0 --counter 99999999999
	EOF
	[ ! -e x.yaml ]
}

@test "hints: no --force where there is none, the verb by its name" {
	no 2 usage.exists keygen -o k --no-passphrase
	hasnt -- --force
	has 'never replaced'
	no 2 usage.exists diff old.img new.img -o p.otap
	has -- --force
}

@test "lint: each finding once, and the error is how many" {
	sed -i -e 's/^version:.*/version: one/' -e 's/^product:.*/product: [a]/' m.yaml
	run --separate-stderr "$OTATOOL" lint m.yaml
	[ "$status" = 1 ]
	[ "$(sort <<<"$output" | uniq -d | wc -l)" = 0 ]
	refuses grep -q 'expected.*expected' <<<"$output"
	has_err='otatool: error[lint.failed]: 2 findings in m.yaml'
	[[ ${stderr:-} == "$has_err"* ]]
	run "$OTATOOL" pack m.yaml -o x
	[ "$(grep -c ':3:10' <<<"$output")" = 1 ]
}

@test "lint: a mistyped format is a finding among others" {
	sed -i -e 's/^format:.*/format: otap-manifset/' -e 's/^version:.*/version: one/' m.yaml
	no 1 lint.failed lint m.yaml
	has 'm.yaml:1:9: error[lint.type]: format: expected otap-manifest, found otap-manifset'
	has 'm.yaml:4:10: error[lint.type]: version'
	has '2 findings in m.yaml'
}

@test "JSON: names as they are, no sentences for values, no layout" {
	needs_jq
	bad=$(printf 'x\033\342\200\256\377.yaml')
	sed 's/^version:.*/version: one/' m.yaml >"$bad"
	run --separate-stderr "$OTATOOL" lint "$bad" --json
	[ "$(json .manifest)" = "$(printf 'x\033\342\200\256')\\xFF.yaml" ]
	[ "$(json '.findings[0].file')" = "$(printf 'x\033\342\200\256')\\xFF.yaml" ]
	run "$OTATOOL" lint "$bad"
	hasnt $'\033'
	yes help verify --json
	[ "$(json '[.options[].option | select(startswith(" "))] | length')" = 0 ]
	yes help --json
	[ "$(json '[.verbs[] | select(.group == "")] | length')" = 0 ]
	yes pack m.yaml --dry-run --json
	[ "$(json '"\(.dry_run) \(.output)"')" = 'true null' ]
	yes verify p.otap --key k.pub --json
	[ "$(json '"\(.verdict) \(.expiry) \(.signers[0].role)"')" = 'authentic not_judged release' ]
	yes inspect p.otap --json
	[ "$(json '.status')" = null ]
}

@test "extract: says when the source did not help" {
	needs_jq
	yes extract p.otap --component rootfs --key k.pub --source old.img -o a
	hasnt Note
	yes extract p.otap --component rootfs --key k.pub --source new.img -o b
	has 'the full payload was taken'
	yes extract p.otap --component rootfs --key k.pub --source new.img -o c --json
	[ "$(json .fallback)" = true ]
}

@test "head: makes its folder, spares what it reads, and prints whole digests" {
	yes head p.otap -d made
	has "sha256:$("$OTATOOL" inspect p.otap --json | jq -r .package.digest | cut -d : -f 2)"
	[ -s made/p.head ]
	cp p.otap made/p.head
	no 2 usage.own_input head made/p.head p.otap -d made --force
	no 2 usage.own_input head p.otap made/p.head -d made --force
	cmp made/p.head p.otap
	mkdir sub && cp p.otap sub
	no 2 usage.own_input head p.otap sub/p.otap -d made --force
	mkfifo made/f.head
	no 2 usage.argument head p.otap made/../f.otap -d made --force
}

@test "slice --device: of the variants the one that fits" {
	sed 's/77/x/' old.img >other.img
	sed '/slot: ab/,$d' m.yaml >v.yaml
	cat >>v.yaml <<-'YAML'
		    variants:
		      - { when: { fact: hw.model, op: eq, value: a }, image: new.img, payloads: [ { kind: full } ] }
		      - { when: { fact: hw.model, op: eq, value: b }, image: other.img, payloads: [ { kind: full } ] }
	YAML
	"$OTATOOL" pack v.yaml -o v.otap && "$OTATOOL" sign v.otap -k k.key
	printf '%s\n' 'format: otap-device' 'spec: "1.0"' 'product: test-board' 'facts: { hw.model: b }' >d.yaml
	yes slice v.otap --for old.img -o all.otap
	yes slice v.otap --for old.img --device d.yaml -o b.otap
	[ "$(stat -c %s b.otap)" -lt "$(stat -c %s all.otap)" ]
	yes verify b.otap --key k.pub --deep
	yes extract b.otap --component rootfs --key k.pub --device d.yaml -o b.img
	cmp b.img other.img
	sed -i 's/model: b/model: c/' d.yaml
	no 1 incompatible.variant slice v.otap --for old.img --device d.yaml -o c.otap
}

@test "completion: bash hides no files and offers what a value can be" {
	needs_jq
	# shellcheck source=/dev/null
	. <("$OTATOOL" completion bash)
	words() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && COMPREPLY=() && _otatool && echo "${COMPREPLY[*]}"; }
	[ "$(words otatool verify '')" = '' ]
	[ "$(words otatool verify p.otap -k '')" = '' ]
	[[ "$(words otatool diff a b --codec '')" == 'otad bsdiff vcdiff zstd'* ]]
	[ "$(words otatool diff a b --codec = bs)" = bsdiff ]
	[[ "$(words otatool diff a b --codec =)" == 'otad bsdiff vcdiff zstd'* ]]
	[ "$(words otatool diff a b --profile t)" = tiny ]
	[[ "$(words otatool help e)" == *'errors'* ]]
	[[ "$(words otatool verify p.otap --)" == *'--explain'* ]]
	for codec in $(words otatool diff a b --codec ''); do yes diff old.img new.img --codec $codec -o x.$codec; done
	"$OTATOOL" completion fish >f
	refuses grep -E -- '-l (output|key|source|device|sig|dir|for) .*-x' f
}

@test "passphrase: nothing typed early is shown, a full TMPDIR is named" {
	needs_jq
	command -v script >/dev/null || skip "script is not installed"
	printf 'correct\n' >pass
	"$OTATOOL" keygen -o enc --passphrase-file pass
	run script -qec "'$OTATOOL' sign p.otap -k enc.key --append -o s" /dev/null < <(sleep 0.5; echo correct; sleep 1)
	is 0 'Passphrase for'
	hasnt 'correct'
	[ -e /dev/full ] || skip "no /dev/full"
	run bash -c "cat p.otap | TMPDIR=/dev/null '$OTATOOL' extract - --component rootfs --key k.pub -o x"
	is 4 /dev/null
}
