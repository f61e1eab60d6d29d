#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What may be signed: --policy and --expect.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz
	echo '{"spdxVersion":"SPDX-2.3"}' >bom.json
	cat >good.yaml - m.yaml <<-'EOF2'
		release: { channel: stable }
		build: { builder: "https://ci.example.com/7" }
		expires: 2026-06-01T00:00:00Z
		attachments: [ { name: sbom.json, role: sbom, file: bom.json } ]
	EOF2
	sed -i 's/^security_counter:.*/security_counter: 7/' good.yaml
	"$OTATOOL" keygen -o k --no-passphrase
	"$OTATOOL" keygen -o p256 --no-passphrase --scheme ecdsa-sha2-nistp256
	"$OTATOOL" pack good.yaml -o good.otap
	"$OTATOOL" pack m.yaml -o bare.otap
	"$OTATOOL" head good.otap -d .
	cat >policy.yaml <<-'EOF2'
		format: otap-sign-policy
		spec: "1.0"
		rules:
		  - channels: [ stable, "lts-*" ]
		    schemes: [ ed25519 ]
		    min_counter: 7
		    expires_min_days: 30
		    expires_max_days: 400
		    attachments: [ sbom ]
		    builders: [ "https://ci.example.com/*" ]
	EOF2
}

AT=2026-01-01T00:00:00Z
try() { run "$OTATOOL" sign "$1" -k "${KEY:-k.key}" --policy policy.yaml --at "${2:-$AT}" -o n.otap; }
breach() # RULE TEXT: the last try was refused for that alone
{
	echo "$output"
	[ "$status" = 1 ] && [ ! -e n.otap ] && has "1 finding in policy.yaml" &&
		has "policy.yaml: error[refused.sign_policy]: rules.$1: $2"
}
variant() { sed "$1" good.yaml >v.yaml && "$OTATOOL" pack v.yaml -o v.otap --force >/dev/null; }

@test "what the policy allows is signed, package and head" {
	yes sign good.otap -k k.key --policy policy.yaml --at $AT -o p.otap
	yes verify p.otap --key k.pub
	yes sign good.head -k k.key --policy policy.yaml --at $AT -o f.otsig
	yes verify good.otap --sig f.otsig --key k.pub
}

@test "each rule by itself" {
	KEY=p256.key try good.otap
	breach 0.schemes "a key of scheme ecdsa-sha2-nistp256 must not sign this"
	variant 's/^security_counter:.*/security_counter: 6/'
	try v.otap
	breach 0.min_counter "security counter 6 is below 7"
	variant '/^expires/d'
	try v.otap
	breach 0.expires "the manifest has no"
	try good.otap 2026-05-03T00:00:00Z
	breach 0.expires_min_days "it expires in less than 30 days"
	yes sign good.otap -k k.key --policy policy.yaml --at 2026-05-02T00:00:00Z -o n.otap
	rm n.otap
	try good.otap 2025-04-26T00:00:00Z
	breach 0.expires_max_days "it expires in more than 400 days"
	yes sign good.otap -k k.key --policy policy.yaml --at 2025-04-27T00:00:00Z -o n.otap
	rm n.otap
	variant 's/role: sbom/role: other/'
	try v.otap
	breach 0.attachments "no attachment of role sbom"
	variant 's/ci.example.com/ci.example.org/'
	try v.otap
	breach 0.builders "build.builder is https://ci.example.org/7"
	variant '/^build/d'
	try v.otap
	breach 0.builders "build.builder is not named"
	run "$OTATOOL" sign good.head -k p256.key --policy policy.yaml --at $AT -o n.otap
	breach 0.schemes "a key of scheme"
}

@test "a channel that no rule is for is refused, as is no channel" {
	variant 's/channel: stable/channel: nightly/'
	try v.otap
	echo "$output"
	[ "$status" = 1 ] && has "rules: no rule is for channel nightly"
	try bare.otap
	[ "$status" = 1 ] && has "rules: no rule is for channel (none)"
	variant 's/channel: stable/channel: lts-2026/'
	yes sign v.otap -k k.key --policy policy.yaml --at $AT
	# A rule without channels is for all; those of all that match must hold.
	sed -n '1,3p' policy.yaml >all.yaml && echo '  - { min_counter: 8 }' >>all.yaml
	yes sign bare.otap -k k.key --policy <(sed 's/8/1/' all.yaml) -o n.otap
	sed '1,3d' policy.yaml >>all.yaml
	run "$OTATOOL" sign good.otap -k k.key --policy all.yaml --at $AT -o o.otap
	[ "$status" = 1 ] && has "rules.0.min_counter: security counter 7 is below 8" && has "1 finding in all.yaml"
}

@test "a TEST-ONLY key needs both the policy and the option" {
	test_key=$(ls "$BATS_TEST_DIRNAME"/../../keys/*.key | head -n 1)
	cp "$test_key" t.key && chmod 600 t.key
	no 1 signature.test_key sign good.otap -k t.key --policy policy.yaml --at $AT -o n.otap
	run "$OTATOOL" sign good.otap -k t.key --policy policy.yaml --at $AT -o n.otap --allow-test-keys
	breach 0.test_keys "a published TEST-ONLY key must not sign this"
	sed 's/    min_counter/    test_keys: true\n&/' policy.yaml >lax.yaml
	yes sign good.otap -k t.key --policy lax.yaml --at $AT -o n.otap --allow-test-keys
}

@test "a policy that is wrong lets nothing through" {
	wrong() # ID SED
	{
		sed "$2" policy.yaml >bad.yaml
		run "$OTATOOL" sign good.otap -k k.key --policy bad.yaml --at $AT -o n.otap
		echo "$output"
		[ "$status" != 0 ] && has "error[$1]" && [ ! -e n.otap ]
	}
	wrong lint.type 's/otap-sign-policy/otap-device/'
	wrong unsupported.version 's/"1.0"/"2.0"/'
	wrong lint.unknown_key 's/schemes/schemas/'
	wrong lint.type 's/ed25519/ed448/'
	wrong lint.type 's/\[ sbom \]/[ sbon ]/'
	wrong lint.range 's/days: 30/days: 401/'
	wrong lint.range 's/days: 30/days: 0/'
	wrong lint.missing '/^rules/,$d'
	wrong malformed.yaml 's/^rules:/rules: {/'
	no 4 io.system sign good.otap -k k.key --policy none.yaml -o n.otap
	no 2 usage.option sign good.otap -k k.key --at $AT -o n.otap
	no 2 usage.option sign good.otap --strip --policy policy.yaml -o n.otap
	: >empty && no 3 malformed.yaml sign good.otap -k k.key --policy empty -o n.otap
	[ ! -e n.otap ]
}

@test "findings in JSON" {
	needs_jq
	run --separate-stderr "$OTATOOL" sign bare.otap -k p256.key --policy <(sed '/channels/d; s/    schemes/  - schemes/' policy.yaml) \
		--at $AT -o n.otap --json
	[ "$(json '[.findings[].subject] | join(" ")')" = "rules.0.schemes rules.0.min_counter rules.0.expires rules.0.attachments rules.0.builders" ]
	[ "$(json .error.id)" = refused.sign_policy ]
}

@test "only what is expected is signed, and the key stays locked otherwise" {
	echo secret >pass && "$OTATOOL" keygen -o locked --passphrase-file pass
	digest() { "$OTATOOL" sign "$1" -k k.key --json -o t.otap --force | jq -r '.package.digest // .heads[0].digest'; }
	needs_jq
	printf '# approved by ana\n\n  %s\tgood 7\n' "$(digest good.otap)" >expected.txt
	yes sign good.otap -k k.key --expect expected.txt -o p.otap
	yes sign good.head -k k.key --expect expected.txt -o f.otsig
	no 1 refused.unexpected sign bare.otap -k locked.key --expect expected.txt -o n.otap
	"$OTATOOL" head bare.otap -d .
	no 1 refused.unexpected sign good.head bare.head -k locked.key --expect expected.txt -o n.otsig
	has "bare.head: "
	: >none.txt
	no 1 refused.unexpected sign good.otap -k k.key --expect none.txt -o n.otap
	sed 's/sha256:./sha256:/' expected.txt >short.txt
	no 2 usage.argument sign good.otap -k k.key --expect short.txt -o n.otap
	printf 'sha256\0' >nul.txt
	no 3 malformed.text sign good.otap -k k.key --expect nul.txt -o n.otap
	no 4 io.system sign good.otap -k k.key --expect gone.txt -o n.otap
	[ ! -e n.otap ] && [ ! -e n.otsig ]
}

@test "inspect --against: what heads change against what was released" {
	needs_jq
	release() { sed "s/^version:.*/version: $2/; s/^security_counter:.*/security_counter: $3/" "$1" >r.yaml && "$OTATOOL" pack r.yaml -o "$4" --force >/dev/null; }
	mkdir last c
	release good.yaml 2.0.0 7 last/a.otap
	release good.yaml 2.10.0 8 last/b.otap
	release good.yaml 2.9.0 8 last/c.otap
	sed 's/^product:.*/product: other-board/' m.yaml >other.yaml && release other.yaml 9.0.0 9 last/d.otap
	"$OTATOOL" head last/*.otap -d last && rm last/?.otap && echo 'not read' >last/notes.txt
	release good.yaml 2.11.0 9 new.otap && sed 's/^product:.*/product: third-board/' m.yaml >third.yaml && release third.yaml 1.0.0 1 third.otap
	"$OTATOOL" head new.otap third.otap -d c
	run --separate-stderr "$OTATOOL" inspect c/new.head c/third.head --against last --json
	[ "$status" = 0 ]
	[ "$(json '[.compared[] | "\(.file) \(.version) \(.against) \(.against_version)"] | join("; ")')" = \
		"c/new.head 2.11.0 last/b.head 2.10.0; c/third.head 1.0.0 null null" ]
	[ "$(json '[.changes[] | "\(.file) \(.path) \(.a) \(.b)"] | join("; ")')" = \
		"c/new.head version 2.10.0 2.11.0; c/new.head security_counter 8 9" ]
	yes inspect c/*.head --against last
	has "nothing: the first one"
	# What lies there itself is held against the one before it; a file against that file.
	run --separate-stderr "$OTATOOL" inspect last/b.head --against last --json
	[ "$(json .compared[0].against)" = last/c.head ]
	yes inspect c/new.head --against last/a.head
	has 2.0.0
	yes inspect c/new.head --against new.otap
	has "  none"
	# What cannot be read might be the one.
	head -c 100 last/b.head >last/e.head
	no 3 malformed.truncated inspect c/new.head --against last
	no 4 io.system inspect c/new.head --against nowhere
	no 2 usage.option inspect c/new.head --against last --key k.pub
	no 2 usage.option inspect c/new.head --against last --full
}
