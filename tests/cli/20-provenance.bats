#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where packages come from and what is in them: inspect --sbom, export --dsse.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	cat >spdx2.json <<-'EOF2'
		{"spdxVersion":"SPDX-2.3","SPDXID":"x","packages":[
		{"name":"openssl","versionInfo":"3.0.11","licenseConcluded":"NOASSERTION","licenseDeclared":"Apache-2.0",
		"externalRefs":[{"referenceType":"cpe23Type","referenceLocator":"cpe"},{"referenceType":"purl","referenceLocator":"pkg:deb/debian/openssl@3.0.11"}]},
		{"name":"zlib","versionInfo":"1.2.13","licenseConcluded":"Zlib"},{"versionInfo":"nameless"}]}
	EOF2
	cat >spdx3.json <<-'EOF2'
		{"@context":"c","@graph":[{"type":"software_Package","name":"musl","software_packageVersion":"1.2.4","software_packageUrl":"pkg:apk/musl"},
		{"type":"Person","name":"openssl"}]}
	EOF2
	cat >cdx.json <<-'EOF2'
		{"bomFormat":"CycloneDX","components":[{"name":"busybox","version":"1.36","licenses":[{"license":{"id":"GPL-2.0"}}],
		"components":[{"name":"inner","components":[{"name":"deep","licenses":[{"expression":"MIT OR ISC"}]}]},{"name":"inner2"}]},
		{"name":"openssl","version":"1.1.1w"}]}
	EOF2
	cat >parts.yaml <<-'EOF2'
		attachments:
		  - { name: notes.txt, role: other, file: m.yaml }
		  - { name: two.json, role: sbom, file: spdx2.json }
		  - { name: three.json, role: sbom, file: spdx3.json }
		  - { name: cdx.json, role: sbom, file: cdx.json }
		  - { name: far.json, role: sbom, uri: "https://example.org/s", hash: "sha256:0000000000000000000000000000000000000000000000000000000000000000", size: 3 }
	EOF2
	cat >built.yaml <<-'EOF2'
		build:
		  id: run-17
		  builder: "https://ci.example.com/7"
		  source: { uri: "https://example.org/src.git", commit: 0123456789012345678901234567890123456789 }
		created: 2026-01-02T03:04:05Z
		release: { channel: stable }
	EOF2
	cat parts.yaml m.yaml >s.yaml && "$OTATOOL" pack s.yaml -o s.otap
	cat built.yaml m.yaml >b.yaml && "$OTATOOL" pack b.yaml -o b.otap && "$OTATOOL" head b.otap -d .
	"$OTATOOL" pack m.yaml -o bare.otap
	"$OTATOOL" keygen -o k --no-passphrase
	"$OTATOOL" sign s.otap -k k.key
}

listed() { json '[.listed[] | "\(.sbom) \(.name) \(.version) \(.license) \(.purl)"] | join("; ")'; }

@test "inspect --sbom: SPDX 2 and 3, CycloneDX however nested" {
	needs_jq
	run --separate-stderr "$OTATOOL" inspect s.otap --sbom --key k.pub --json
	[ "$status" = 0 ]
	[ "$(listed)" = "two.json openssl 3.0.11 Apache-2.0 pkg:deb/debian/openssl@3.0.11; two.json zlib 1.2.13 Zlib null; \
three.json musl 1.2.4 null pkg:apk/musl; cdx.json busybox 1.36 GPL-2.0 null; cdx.json inner null null null; \
cdx.json deep null MIT OR ISC null; cdx.json inner2 null null null; cdx.json openssl 1.1.1w null null" ]
	[ "$(json .verified)" = true ]
	[ "$(json '.findings[] | select(.outcome == "warning") | "\(.subject) \(.found)"')" = "far.json https://example.org/s" ]
	yes inspect s.otap --sbom
	has "Listed (not verified)"
	has "warning: far.json: is elsewhere and was not looked at"
	no 1 signature.unknown inspect s.otap --sbom --key <("$OTATOOL" keygen -o o --no-passphrase >/dev/null && cat o.pub)
}

@test "inspect --sbom --find: in which of many packages" {
	needs_jq
	cp s.otap t.otap
	run --separate-stderr "$OTATOOL" inspect s.otap t.otap bare.otap --sbom --find openssl --json
	[ "$status" = 0 ]
	[ "$(json '[.listed[] | "\(.package) \(.version)"] | join(", ")')" = "s.otap 3.0.11, s.otap 1.1.1w, t.otap 3.0.11, t.otap 1.1.1w" ]
	run --separate-stderr "$OTATOOL" inspect s.otap --sbom --find '*b*' --json
	[ "$(json '[.listed[].name] | join(" ")')" = "zlib busybox" ]
	no 1 sbom.not_found inspect s.otap --sbom --find log4j
	no 1 sbom.none inspect bare.otap --sbom
	no 2 usage.argument inspect s.otap t.otap
	no 2 usage.option inspect s.otap --find openssl
	no 2 usage.option inspect s.otap --sbom --full
}

@test "inspect --sbom: what is no SBOM, and what was changed" {
	for f in '{"a":1}' '[]' '{"bomFormat":"other"}'; do
		echo "$f" >spdx2.json && "$OTATOOL" pack s.yaml -o n.otap --force >out
		no 3 unsupported.feature inspect n.otap --sbom
	done
	printf '{"spdxVersion":"SPDX-2.3","packages":[{"name":"x"' >spdx2.json && "$OTATOOL" pack s.yaml -o n.otap --force >out
	no 3 malformed.json inspect n.otap --sbom
	printf '%.0s[' {1..5000} >spdx2.json && "$OTATOOL" pack s.yaml -o n.otap --force >out
	no 3 malformed.json inspect n.otap --sbom
	# Wrong kinds where texts and lists belong list nothing, and no terminal is driven.
	echo '{"spdxVersion":1,"bomFormat":"CycloneDX","components":[{"name":{}},7,{"name":"a\u001b[31mb","version":[],"licenses":"x","components":{}}]}' >spdx2.json
	"$OTATOOL" pack s.yaml -o n.otap --force >out
	yes inspect n.otap --sbom
	has 'a\x1B[31mb'
	flip s.otap $(($(stat -c %s s.otap) - 1)) 0
	no 1 hash.chunk inspect s.otap --sbom --key k.pub
}

statement() { jq -r .payload "$1" | base64 -d; }

@test "export --dsse: what the manifest says, for a package and its head" {
	needs_jq
	yes export b.otap --dsse -k k.key -o p.json
	yes export b.head --dsse -k k.key -o h.json
	cmp p.json h.json
	[ "$(jq -r '"\(.payloadType) \(.signatures | length) \(.signatures[0].keyid)"' p.json)" = \
		"application/vnd.in-toto+json 1 $(sed -n 's/^key: //p' k.pub)" ]
	statement p.json >s.json
	[ "$(jq -r '"\(._type) \(.predicateType)"' s.json)" = "https://in-toto.io/Statement/v1 https://slsa.dev/provenance/v1" ]
	[ "$(jq -r '.subject[1] | "\(.name) \(.digest.sha256)"' s.json)" = "rootfs $(sha new.img)" ]
	digest=$("$OTATOOL" sign b.otap -k k.key -o signed.otap --json | jq -r .package.digest)
	[ "$(jq -r '.subject[0].digest.otapDigest' s.json)" = "${digest#sha256:}" ]
	[ "$(jq -r '.predicate.runDetails | "\(.builder.id) \(.metadata.invocationId) \(.metadata.finishedOn)"' s.json)" = \
		"https://ci.example.com/7 run-17 2026-01-02T03:04:05Z" ]
	[ "$(jq -r '.predicate.buildDefinition.resolvedDependencies | map(.digest | to_entries[0] | "\(.key) \(.value)") | join(", ")' s.json)" = \
		"gitCommit 0123456789012345678901234567890123456789, sha256 $(sha old.img)" ]
	[ "$(jq -c '.predicate.buildDefinition.externalParameters' s.json)" = \
		'{"channel":"stable","product":"test-board","securityCounter":2,"version":"2.0.0"}' ]
}

@test "export: what it refuses, leaving nothing" {
	no 1 lint.missing export bare.otap --dsse -k k.key -o n.json
	no 2 usage.argument export b.otap -k k.key -o n.json
	no 2 usage.argument export b.otap --dsse -o n.json
	no 2 usage.key_kind export b.otap --dsse -k k.pub -o n.json
	flip b.otap $(($(stat -c %s b.otap) - 1)) 0
	no 1 hash.chunk export b.otap --dsse -k k.key -o n.json
	[ ! -e n.json ] && no_leftovers
	echo x >n.json
	no 2 usage.exists export b.head --dsse -k k.key -o n.json
}
