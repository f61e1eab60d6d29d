#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a manifest may say, from the YAML to the device.
# shellcheck disable=SC2119
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	"$OTATOOL" keygen -o k --no-passphrase
}

@test "sha512 and sha3-256: packed, signed, verified, extracted, installed" {
	for hash in sha512 sha3-256; do
		{ cat m.yaml && echo "hash: $hash"; } >h.yaml
		yes pack h.yaml -o $hash.otap
		[[ $output == *"$hash:"* ]]
		yes sign $hash.otap -k k.key
		yes verify $hash.otap --key k.pub --deep
		[ "$("$OTATOOL" inspect $hash.otap --field components.0.target.hash)" = \
			"$(openssl dgst -r -$hash new.img | cut -d ' ' -f 1)" ]
		yes extract $hash.otap --component rootfs --key k.pub -o full.$hash
		cmp full.$hash new.img
		yes extract $hash.otap --component rootfs --key k.pub --source old.img --delta-only -o delta.$hash
		cmp delta.$hash new.img
		cp old.img a.$hash
		yes apply-sim $hash.otap --key k.pub --slot-a a.$hash --slot-b b.$hash
		cmp -n "$(stat -c %s new.img)" b.$hash new.img
	done
	# The same update under another hash is another package.
	"$OTATOOL" pack m.yaml -o sha256.otap
	[ "$(stat -c %s sha512.otap)" -gt "$(stat -c %s sha256.otap)" ]
}

@test "x- keys are carried and signed; a critical one that nobody knows is refused" {
	echo 'x-ticket: { id: FW-991, list: [a, b] }' >>m.yaml
	signed
	[ "$("$OTATOOL" inspect p.otap --field x-ticket.id)" = FW-991 ]
	[ "$("$OTATOOL" inspect p.otap --field x-ticket.list)" = '["a","b"]' ]
	yes verify p.otap --key k.pub
	echo 'critical: [ x-ticket ]' >>m.yaml
	run "$OTATOOL" pack m.yaml -o q.otap
	is 3 'error[unsupported.critical]' 'm.yaml:14:13'
	sed -i 's/critical: .*/critical: [ x-other ]/' m.yaml
	no 1 lint.failed pack m.yaml -o q.otap
	has 'V11'
	[ ! -e q.otap ]
}

@test "--set: replaces what is there, typed by the field, and the package says so" {
	sed -i 's/^version:.*/version: "2.0.0"/' m.yaml && mkdir out && cp new.img out/other.img
	yes pack m.yaml -o p.otap --set version=2.4.0 --set security_counter=9 \
		--set components.0.image=out/other.img
	[ "$("$OTATOOL" inspect p.otap --field version)" = 2.4.0 ]
	[ "$("$OTATOOL" inspect p.otap --field security_counter)" = 9 ]
	[ "$("$OTATOOL" inspect p.otap --field build.set)" = \
		'["version=2.4.0","security_counter=9","components.0.image"]' ]
	# The same in the file: but for the record, the same package.
	sed -i -e 's/^version:.*/version: 2.4.0/' -e 's/^security_counter:.*/security_counter: 9/' m.yaml
	yes pack m.yaml -o q.otap
	[ "$("$OTATOOL" inspect p.otap --field components)" = "$("$OTATOOL" inspect q.otap --field components)" ]
	yes lint m.yaml --set version=2.4.1
}

@test "--set: no new fields, no maps, the type of the field, once each" {
	no 2 usage.field pack m.yaml -o p --set verison=2.4.0
	has 'did you mean "version"'
	no 2 usage.field pack m.yaml -o p --set expires=2027-01-01T00:00:00Z
	no 2 usage.field pack m.yaml -o p --set components.0.payloads=none
	no 2 usage.field pack m.yaml -o p --set components.7.image=none
	no 2 usage.argument pack m.yaml -o p --set version
	no 2 usage.argument pack m.yaml -o p --set version=2.0.1 --set version=2.0.2
	no 1 lint.failed pack m.yaml -o p --set security_counter=nine
	has 'm.yaml:5:19: error[lint.type]'
	no 1 lint.failed pack m.yaml -o p --set security_counter=0
	has 'error[lint.range]'
	no 1 lint.failed pack m.yaml -o p --set product=
	no 3 malformed.text pack m.yaml -o p --set "version=$(printf '\342\200\256')"
	[ ! -e p ]
}

# release N: rN.img, and rN.otap that holds it as version 1.N.0
release()
{
	sed "s/77/$1$1/" old.img >r$1.img
	sed -e "s/new.img/r$1.img/" -e "s/^version:.*/version: 1.$1.0/" -e '/kind: delta/d' m.yaml >r.yaml
	"$OTATOOL" pack r.yaml -o r$1.otap
}

@test "image: and from: take packages; from: takes lists and patterns" {
	needs_jq
	mkdir 'rel[ea]se' && cd 'rel[ea]se' && cp ../*.img ../m.yaml .
	release 1 && release 2 && release 3
	sed -e '/kind: delta/d' -e 's/image: .*/image: r3.otap/' m.yaml >n.yaml
	echo '      - { kind: delta, from: [ old.img, "r[12].otap" ] }' >>n.yaml
	cd ..
	yes pack 'rel[ea]se/n.yaml' -o n.otap
	yes inspect n.otap --json
	[ "$(json '.manifest.components[0].version')" = 1.3.0 ]
	[ "$(json '[.manifest.components[0].payloads[] | select(.kind == "delta").source.version] | join(" ")')" = ' 1.1.0 1.2.0' ]
	[ "$(json '.manifest.components[0].target.hash')" = "$(sha 'rel[ea]se/r3.img')" ]
	"$OTATOOL" sign n.otap -k k.key
	for from in old r1 r2; do
		yes extract n.otap --component rootfs --key k.pub --source "rel[ea]se/$from.img" --delta-only -o $from.new
		cmp $from.new 'rel[ea]se/r3.img'
	done
	# What came out of the packages is what lay beside them, but for the versions.
	sed -i -e 's/r3.otap/r3.img/' -e 's/r\[12\].otap/r[12].img/' 'rel[ea]se/n.yaml'
	yes pack 'rel[ea]se/n.yaml' -o o.otap
	[ "$("$OTATOOL" inspect o.otap --field sections)" = "$("$OTATOOL" inspect n.otap --field sections)" ]
}

@test "image: and from: take slices: their image, never the slice itself" {
	release 1 && release 2
	"$OTATOOL" slice r2.otap --for old.img -o s2.otap
	"$OTATOOL" slice r1.otap --for old.img -o s1.otap
	sed -e '/kind: delta/d' -e 's/image: .*/image: s2.otap/' m.yaml >n.yaml
	echo '      - { kind: delta, from: s1.otap }' >>n.yaml
	yes pack n.yaml -o n.otap
	[ "$("$OTATOOL" inspect n.otap --field components.0.target.hash)" = "$(sha r2.img)" ]
	[ "$("$OTATOOL" inspect n.otap --field components.0.version)" = 1.2.0 ]
	"$OTATOOL" pack m.yaml -o whole.otap
	"$OTATOOL" slice whole.otap --for old.img -o delta.otap
	no 1 lint.failed lint n.yaml --set components.0.image=delta.otap
	grep -q 'n.yaml:9:12: error\[lint.input\].*slice' <<<"$output"
}

@test "inputs: what a package or a pattern does not give is said at its line" {
	release 1
	sed -i 's/image: new.img/image: r1.otap/' m.yaml
	echo '    version: 9.0.0' >>m.yaml
	no 1 lint.failed lint m.yaml
	grep -q 'm.yaml:9:12: error\[lint.input\].*another version' <<<"$output"
	sed -i -e '$d' -e 's/name: rootfs/name: kernel/' m.yaml
	no 1 lint.failed lint m.yaml
	has 'no component kernel'
	sed -i -e 's/name: kernel/name: rootfs/' -e 's/from: old.img/from: "no*.otap"/' m.yaml
	no 1 lint.failed lint m.yaml
	grep -q 'm.yaml:12:30: error\[lint.input\].*no\*.otap' <<<"$output"
	sed -i 's/from: "no.*}/from: [] }/' m.yaml
	no 1 lint.failed lint m.yaml
	has 'error[lint.range]'
	sed -i -e 's/from: \[\] }/from: old.img }/' m.yaml
	flip r1.otap $(($(stat -c %s r1.otap) - 1)) 0
	no 1 lint.failed pack m.yaml -o p
	grep -q 'm.yaml:9:12: error\[lint.input\].*chunk' <<<"$output"
	head -c 5000 r1.otap >part.otap && sed -i 's/r1.otap/part.otap/' m.yaml
	no 1 lint.failed pack m.yaml -o p
	# A package with deltas alone has no image to take.
	for i in $(seq 65); do cp old.img many.$i; done
	sed -i -e 's/part.otap/new.img/' -e 's/from: old.img/from: "many.*"/' m.yaml
	no 1 lint.failed pack m.yaml -o p
	has 'error[lint.range]'
	[ ! -e p ]
	no_leftovers
}

# device MODEL: d.yaml
device() { printf '%s\n' 'format: otap-device' 'spec: "1.0"' 'product: test-board' 'slots: [ { component: rootfs } ]' \
	'policy: { unsigned_chain: true }' "facts: { hw.model: $1 }" >d.yaml; }

@test "variants: the device's facts choose one, exactly one, everywhere" {
	needs_jq
	sed 's/77/x/' old.img >other.img
	sed '/slot: ab/,$d' m.yaml >v.yaml
	cat >>v.yaml <<-'YAML'
		    variants:
		      - when: { fact: hw.model, op: eq, value: gw-1 }
		        image: new.img
		        payloads: [ { kind: full }, { kind: delta, from: old.img } ]
		      - when: { fact: hw.model, op: in, value: [ gw-2, gw-3 ] }
		        image: other.img
		        payloads: [ { kind: full }, { kind: delta, from: old.img } ]
	YAML
	mv v.yaml m.yaml && signed
	yes verify p.otap --key k.pub --deep
	yes inspect p.otap --json
	[ "$(json '[.components[].hash] | join(" ")')" = "$(sha new.img) $(sha other.img)" ]
	[ "$(json '.payloads | length')" = 4 ]
	[ "$(json '.manifest.components[0].variants | length')" = 2 ]
	[ "$("$OTATOOL" inspect p.otap --field components.0.variants.1.target.hash)" = "$(sha other.img)" ]
	device gw-1 && yes extract p.otap --component rootfs --key k.pub --device d.yaml -o one.img
	cmp one.img new.img
	device gw-3 && yes extract p.otap --component rootfs --key k.pub --device d.yaml --source old.img --delta-only -o three.img
	cmp three.img other.img
	no 1 incompatible.variant extract p.otap --component rootfs --key k.pub -o x
	device gw-9 && no 1 incompatible.variant extract p.otap --component rootfs --key k.pub --device d.yaml -o x
	# On a device: the chosen one boots, and one that does not fit changes nothing.
	cp old.img a.img
	no 1 incompatible.variant apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --device d.yaml
	cmp a.img old.img
	device gw-2 && yes apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --device d.yaml
	cmp -n "$(stat -c %s other.img)" b.img other.img
	yes apply-sim p.otap --key k.pub --slot-a a.img --slot-b b.img --device d.yaml
	has 'nothing to do'
}

@test "variants: what is wrong with them is said at its line" {
	cat >>m.yaml <<-'YAML'
		    variants:
		      - when: { fact: hw.model, op: eq, value: gw-1, effect: defer }
		        image: none.img
	YAML
	no 1 lint.failed lint m.yaml
	grep -q 'm.yaml:14:.*error\[lint.unknown_key\].*no effect' <<<"$output"
	grep -q 'error\[lint.missing\].*payloads' <<<"$output"
	sed -i 's/, effect: defer//; $a\        payloads: [ { kind: full } ]' m.yaml
	no 1 lint.failed lint m.yaml
	has 'either variants, or image and payloads'
	sed -i '/slot: ab/,/from: old/d' m.yaml
	no 1 lint.failed lint m.yaml
	grep -q 'm.yaml:10:16: error\[lint.input\].*none.img' <<<"$output"
	sed -i '/variants:/,$d' m.yaml
	no 1 lint.failed lint m.yaml
	grep -q 'error\[lint.missing\].*"image"' <<<"$output"
}

@test "slice: a package with variants does not say what a device runs" {
	needs_jq
	sed -e '/slot: ab/,$d' m.yaml >old.yaml
	cat >>old.yaml <<-'YAML'
		    variants:
		      - { when: { fact: hw.model, op: eq, value: a }, image: old.img, payloads: [ { kind: full } ] }
		      - { when: { fact: hw.model, op: eq, value: b }, image: new.img, payloads: [ { kind: full } ] }
	YAML
	yes pack old.yaml -o old.otap
	signed
	yes slice p.otap --for old.img -o s.otap --json
	[ "$(json .deltas)" = 1 ]
	yes slice p.otap --for old.otap -o t.otap --json
	[ "$(json .deltas) $(json .fulls)" = '0 1' ]
}

@test "lint: a manifest that is refused still has its files tried" {
	fixture xz '{ kind: delta, from: gone.img }' '{ kind: delta, from: "x*.otap" }'
	printf 'attachments:\n  - { name: a, role: sbom, file: nope.json }\n' >>m.yaml
	sed -i 's/^version: .*/version: 2.0/; s/image: .*/image: missing.img/' m.yaml
	no 1 lint.failed lint m.yaml
	has 'm.yaml:4:10: error[lint.type]'
	has 'm.yaml:9:12: error[lint.input]: missing.img: No such file'
	has 'm.yaml:12:30: error[lint.input]: gone.img: No such file'
	has 'm.yaml:15:34: error[lint.input]: nope.json: No such file'
	has '4 findings'
}

@test "lint: a boot document counts as its package does (V9)" {
	fixture
	printf 'attachments:\n  - { name: boot.json, role: boot-doc, file: boot.json }\n' >>m.yaml
	printf '{"signatures":[],"signed":{"_type":"boot","security_counter":2}}' >boot.json
	yes lint m.yaml
	printf '{"_type":"boot","security_counter":2}' >boot.json
	yes lint m.yaml
	printf '{"signatures":[],"signed":{"_type":"boot","security_counter":3}}' >boot.json
	no 1 lint.failed lint m.yaml
	has 'm.yaml:13:46: error[lint.boot_counter]: boot.json: states the security_counter 3; the manifest has 2'
	for doc in '{"_type":"root","security_counter":2}' '{"_type":"boot"}' '{"_type":"boot","security_counter":"2"}' x; do
		printf '%s' "$doc" >boot.json
		no 1 lint.failed lint m.yaml
		has 'error[lint.boot_counter]: boot.json: is no boot document'
	done
}

@test "lint: what one trusted key alone may not do is said before it is signed" {
	fixture
	yes lint m.yaml
	hasnt 'single trusted key'
	echo 'allow_downgrade: true' >>m.yaml
	yes lint m.yaml
	has 'm.yaml:1:1: warning[refused.scope]: manifest: it uses allow_downgrade, which verify and devices refuse of a single trusted key'
	signed
	no 1 refused.scope verify p.otap --key k.pub
	cat >>m.yaml <<-'YAML'
		attachments: [ { name: h, role: hook, file: old.img } ]
		steps:
		  - { op: run-hook, hook: h, when: pre }
		  - { op: write, component: rootfs }
		  - { op: verify, component: rootfs }
		  - { op: switch-slot }
		  - { op: reboot }
		  - { op: health-check }
		  - { op: commit }
	YAML
	yes lint m.yaml
	has 'it uses hooks, which'
}

@test "lint --device: of a rule that is unknown, the fact that is missing is named" {
	fixture
	cat >>m.yaml <<-'YAML'
		rules:
		  - any: [ { fact: power.external, op: eq, value: true }, { fact: battery.percent, op: ge, value: 50 } ]
	YAML
	printf 'format: otap-device\nspec: "1.0"\nproduct: test-board\nslots: [ { component: rootfs } ]\n' >d.yaml
	printf 'policy: { unsigned_chain: true }\nfacts: { battery.percent: 20 }\n' >>d.yaml
	no 1 lint.failed lint m.yaml --device d.yaml
	has 'incompatible.unknown_fact' 'rules.0: expected any of 2; found power.external not stated: unknown'
	sed -i 's/^facts: .*/facts: { battery.percent: 20, power.external: false }/' d.yaml
	no 1 lint.failed lint m.yaml --device d.yaml
	has 'incompatible.rule' 'found power.external false: false'
}

@test "lint: every finding at once: unknown keys, a critical one, rules between values, files" {
	cat >m.yaml <<-'YAML'
		format: otap-manifest
		spec: "1.0"
		product: test-board
		version: 2.0.0
		security_counter: 2
		foo: 1
		x-a: 1
		critical: [ x-a ]
		components:
		  - name: rootfs
		    image: missing.img
		    payloads:
		      - { kind: delta, from: gone.img, colour: red }
		steps:
		  - { op: write, component: rootfs }
		  - { op: commit }
	YAML
	no 3 unsupported.critical lint m.yaml
	has 'm.yaml:8:13: error[unsupported.critical]'
	has 'm.yaml:6:1: error[lint.unknown_key]'
	has 'm.yaml:13:40: error[lint.unknown_key]'
	has 'm.yaml:13:7: error[lint.no_full]: rootfs: V8'
	has 'm.yaml:15:3: error[lint.steps]: components.0: V1'
	has 'steps.1: V2' 'steps.1: V4'
	has 'm.yaml:11:12: error[lint.input]: missing.img' 'm.yaml:13:30: error[lint.input]: gone.img'
	has '9 findings'
	sed -i '/critical/d; /x-a/d' m.yaml
	no 1 lint.failed lint m.yaml
	has '8 findings'
	sed -i 's/spec: "1.0"/spec: "2.0"/' m.yaml
	no 3 unsupported.version lint m.yaml
	has '1 finding in m.yaml'
}
