#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# init, diff, patch, lint, pack.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
}

@test "init: what it writes packs as it is, from any folder" {
	mkdir -p a/b
	yes init old.img new.img --product gw-100 --version 2.4.0 -o a/b/f.yaml
	grep -q 'image: ../../new.img' a/b/f.yaml
	cd a && yes lint b/f.yaml && yes pack b/f.yaml -o f.otap
	yes inspect f.otap --field product
	[ "$output" = gw-100 ]
	[ -e b/f.device.yaml ]
}

@test "init: names that are YAML syntax" {
	mkdir 'it: is, #1'
	cp old.img "it: is, #1/- \"old\" {a}.img"
	cp new.img 'it: is, #1/*new'
	yes init "it: is, #1/- \"old\" {a}.img" 'it: is, #1/*new' --product p --version 1.0.0 -o f.yaml
	yes pack f.yaml -o f.otap
}

@test "init: refuses to overwrite, and bad values, leaving nothing" {
	touch f.device.yaml
	no 2 usage.exists init old.img new.img --product p --version 1.0.0 -o f.yaml
	[ ! -e f.yaml ]
	no 2 usage.option init old.img new.img --product 'Not An Id' --version 1.0.0 -o g.yaml
	no 2 usage.option init old.img new.img --product p --version one -o g.yaml
	no 2 usage.argument init old.img new.img --version 1.0.0 -o g.yaml
	no 4 io.system init old.img none --product p --version 1.0.0 -o g.yaml
	[ ! -e g.yaml ]
	[ ! -e g.device.yaml ]
	no_leftovers
}

@test "diff and patch: there and back, through files and pipes" {
	yes diff old.img new.img -o d
	yes patch old.img d -o n
	cmp n new.img
	"$OTATOOL" diff - new.img -o - <old.img >d2
	cmp d d2
	"$OTATOOL" patch old.img - -o - <d | cmp - new.img
	yes diff old.img new.img -o d3 --jobs 1
	cmp d d3
	head -c 4 d | grep -q OTAD
	yes diff old.img new.img -o d4 --codec bsdiff
	head -c 8 d4 | grep -q BSDIFF40
	"$OTATOOL" patch old.img d4 -o - | cmp - new.img
}

@test "diff and patch: no overwrite, unknown codec, not a patch, limits" {
	touch there
	no 2 usage.exists diff old.img new.img -o there
	[ ! -s there ]
	yes diff old.img new.img -o there --force
	no 2 usage.argument diff old.img new.img
	no 2 usage.option diff old.img new.img -o d --codec bzdiff
	has bsdiff
	no 3 unsupported.codec patch old.img new.img -o n
	no 3 limit.size patch old.img there -o n --max-output 1K
	head -c 60 there >part
	run "$OTATOOL" patch old.img part -o n
	[ "$status" = 3 ]
	[ ! -e n ]
	no_leftovers
}

@test "an output that is a device or a pipe is never replaced, not even with --force" {
	mkfifo pipe
	ln -s pipe link
	for out in pipe link; do
		no 2 usage.argument diff old.img new.img -o $out --force
	done
	[ -p pipe ]
}

@test "diff: with less memory window by window" {
	seq 1 300000 >a
	{ seq 200001 300000; seq 1 200000 | sed 's/777/7x7/'; } >b
	yes diff a b -o whole
	yes diff a b -o one --fast --memory 64M --jobs 1
	yes diff a b -o two --fast --memory 64M --jobs 3
	cmp one two
	[ "$(sha one)" != "$(sha whole)" ]
	yes patch a one -o c
	cmp b c
	no 3 memory.limit diff a b -o d --memory 32M
}

@test "diff: --memory caps it" {
	no 3 memory.limit diff old.img new.img -o d --memory 100K
	[ ! -e d ]
}

@test "lint: every finding at once, with its place" {
	sed -i -e 's/^version:/verison:/' -e 's/slot: ab/slot: abc/' -e 's/kind: full/kind: ful/' m.yaml
	no 1 lint.failed lint m.yaml
	grep -q '^m.yaml:4:1: error\[lint.unknown_key\]: .*version' <<<"$output"
	grep -q '^m.yaml:[0-9]*:[0-9]*: error\[lint.type\]' <<<"$output"
	grep -q 'error\[lint.missing\]' <<<"$output"
	run "$OTATOOL" lint m.yaml --format github
	[ "$status" = 1 ]
	grep -q '^::error file=m.yaml,line=4,col=1,title=lint.unknown_key::' <<<"$output"
}

@test "lint: findings in JSON" {
	needs_jq
	sed -i 's/^version:/verison:/' m.yaml
	run --separate-stderr "$OTATOOL" lint m.yaml --json
	[ "$status" = 1 ]
	[ "$(json '[.findings[] | select(.id == "lint.unknown_key" and .line == 4)] | length')" = 1 ]
	[ "$(json .error.id)" = lint.failed ]
}

@test "lint: a missing image, an empty manifest, what is not YAML" {
	sed -i 's/image: new.img/image: none.img/' m.yaml
	no 1 lint.failed lint m.yaml
	has 'error[lint.input]'
	printf '{ a: [1, 2' >bad.yaml
	no 3 malformed.yaml lint bad.yaml
	printf 'a: &x 1\nb: *x\n' >alias.yaml
	no 3 malformed.yaml lint alias.yaml
	no 4 io.system lint none.yaml
}

@test "pack: the digest and what each payload costs" {
	needs_jq
	yes pack m.yaml -o p.otap --json
	[[ "$(json .package.digest)" == sha256:* ]]
	[ "$(json '.payloads | length')" = 2 ]
	[ "$(json '.payloads[] | select(.kind == "delta").codec')" = otad ]
	[ "$(json '.payloads[] | select(.kind == "full").image')" = "$(stat -c %s new.img)" ]
}

@test "pack: paths are relative to the manifest; - is stdin and stdout" {
	mkdir sub
	(cd sub && "$OTATOOL" pack ../m.yaml -o p.otap)
	"$OTATOOL" pack - -o - <m.yaml | cmp - sub/p.otap
}

@test "pack: the same bytes for any jobs, umask, locale; SOURCE_DATE_EPOCH" {
	yes pack m.yaml -o a --jobs 1
	(umask 077 && LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo yes pack m.yaml -o b --jobs 7)
	cmp a b
	SOURCE_DATE_EPOCH=1767225600 yes pack m.yaml -o c
	yes inspect c --field created
	[ "$output" = 2026-01-01T00:00:00Z ]
	SOURCE_DATE_EPOCH=today no 2 usage.argument pack m.yaml -o d
}

@test "pack: --dry-run writes nothing and says the same digest" {
	needs_jq
	yes pack m.yaml -o p.otap --json
	digest=$(json .package.digest)
	yes pack m.yaml --dry-run --json
	[ "$(json .package.digest)" = "$digest" ]
	no 2 usage.option pack m.yaml --dry-run -o q.otap
	no 2 usage.argument pack m.yaml
}

@test "pack: refusals leave nothing behind and do not overwrite" {
	touch p.otap
	no 2 usage.exists pack m.yaml -o p.otap
	[ ! -s p.otap ]
	sed -i 's/security_counter: 2/security_counter: 0/' m.yaml
	no 1 lint.failed pack m.yaml -o q.otap
	has 'error[lint.range]'
	[ ! -e q.otap ]
	no_leftovers
}

@test "pack: a delta that is no smaller is dropped, and said so" {
	head -c 5000 /dev/urandom >new.img
	yes pack m.yaml -o p.otap
	has lint.delta_larger
	yes inspect p.otap --field components.0.payloads
	hasnt delta
}

# attach LINE…: m.yaml with attachments
attach() { echo attachments: >>m.yaml && printf '  - %s\n' "$@" >>m.yaml; }

@test "attachments: packed in order, shown, extracted; a hook is a power; elsewhere is not fetched" {
	needs_jq
	seq 1 9999 >bom.json
	printf '#!/bin/sh\n' >pre.sh
	attach '{ name: bom, role: sbom, media_type: application/json, file: bom.json }' \
		'{ name: pre.sh, role: hook, file: pre.sh }' \
		"{ name: prov, role: provenance, uri: 'https://example.com/p', size: 5, hash: 'sha256:$(sha bom.json)' }"
	signed
	yes verify p.otap --key k.pub --deep
	yes inspect p.otap --json
	[ "$(json '.attachments | map(.name + " " + .role) | join(",")')" = 'bom sbom,pre.sh hook,prov provenance' ]
	[ "$(json '.attachments | map(.section | tostring) | join(",")')" = 3,0,null ]
	[ "$(json '.attachments[2].uri')" = https://example.com/p ]
	yes extract p.otap --attachment bom --key k.pub -o out
	cmp out bom.json
	no 2 usage.argument extract p.otap --attachment prov --key k.pub -o out2
	has https://example.com/p
	no 2 usage.argument extract p.otap --attachment none --key k.pub -o out2
	no 2 usage.option extract p.otap --attachment bom --component rootfs --key k.pub -o out2
	no 2 usage.no_trust extract p.otap --attachment bom -o out2
	flip p.otap $(($(stat -c %s p.otap) - 9)) 0
	no 1 hash.chunk extract p.otap --attachment bom --key k.pub -o out2
	[ ! -e out2 ]
	no_leftovers
}

@test "attachments: what is wrong with them is said at their line" {
	attach '{ name: pre.sh, role: hook, uri: a, size: 1 }' '{ name: x, role: sbom, file: none }'
	cat >>m.yaml <<-'YAML'
		steps:
		  - { op: run-hook, hook: post.sh, when: pre }
		  - { op: write, component: rootfs }
		  - { op: verify, component: rootfs }
		  - { op: switch-slot }
		  - { op: health-check }
		  - { op: commit }
	YAML
	no 1 lint.failed lint m.yaml
	grep -q 'm.yaml:14:.*error\[lint.attachment\].*uri needs hash and size' <<<"$output"
	grep -q 'm.yaml:17:.*error\[lint.attachment\].*V7' <<<"$output"
	sed -i -e '/pre.sh/d' -e '/run-hook/d' m.yaml
	no 1 lint.failed lint m.yaml
	grep -q 'm.yaml:14:.*error\[lint.input\]' <<<"$output"
}

@test "pack: --memory gives one verdict and the same bytes for any number of jobs" {
	mkdir big
	cd big
	fixture xz
	head -c 4194304 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 -nosalt 2>err >new.img
	for m in 24M 64M; do
		yes pack m.yaml -o "$m-1.otap" --jobs 1 --memory $m
		yes pack m.yaml -o "$m-4.otap" --jobs 4 --memory $m
		cmp "$m-1.otap" "$m-4.otap"
	done
	no 3 memory.limit pack m.yaml -o none.otap --jobs 4 --memory 4M
	[ ! -e none.otap ]
}
