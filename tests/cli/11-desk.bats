#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A package on the desk: inspect in full.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img, codec: bsdiff }'
	printf '%s\n' 'attachments:' '  - { name: sbom.json, role: sbom, file: old.img }' \
		'x-a: { b: [ 1, 2 ] }' >>m.yaml
	signed
	"$OTATOOL" head p.otap -d .
	"$OTATOOL" slice p.otap --for old.img -o s.otap
}

@test "inspect: the sizes add up to the file, whatever its form" {
	needs_jq
	for f in p.otap p.head s.otap; do
		yes inspect $f --json
		[ "$(json '[.sizes[] | select(.sum | not).bytes] | add')" = "$(stat -c %s $f)" ]
		[ "$(json '.sizes[] | select(.part == "whole").bytes')" = "$(stat -c %s $f)" ]
	done
	run bash -c "cat p.otap | '$OTATOOL' inspect - --json"
	[ "$(json '[.sizes[] | select(.sum | not).bytes] | add')" = "$(stat -c %s p.otap)" ]
	[ "$(json '.sizes[] | select(.part == "data" and .kind == "delta") | "\(.component) \(.codec) \(.source)"')" = \
		"rootfs bsdiff $(sha old.img)" ]
	[ "$(json '.sizes[] | select(.part == "component").bytes')" = \
		"$(json '[.sizes[] | select(.part == "data" and .component == "rootfs").bytes] | add')" ]
	[ "$(json '.sizes[] | select(.part == "data" and .attachment == "sbom.json").section')" = 2 ]
	yes inspect p.otap
	has "delta bsdiff from $(sha old.img | head -c 12)"
	has "100.0 %"
}

@test "inspect --tables: checked rows, of any form" {
	needs_jq
	yes inspect p.otap --tables --json
	[ "$(json '.chunks | length')" = 3 ]
	chunk=$(json '.chunks[1] | "\(.offset) \(.stored_len) \(.hash)"')
	read -r off len hash <<<"$chunk"
	[ "$(tail -c +$((off + 1)) p.otap | head -c "$len" | sha256sum | cut -c 1-64)" = "$hash" ]
	yes inspect p.head --tables --json
	[ "$(json '.chunks[1] | "\(.offset) \(.stored_len) \(.hash)"')" = "$chunk" ]
	yes inspect s.otap --tables --json
	[ "$(json '[.chunks[].section]')" = "$(printf '[\n  0\n]')" ]
	run bash -c "cat p.otap | '$OTATOOL' inspect - --tables --section 2 --json"
	[ "$(json '.chunks | length')" = 1 ]
	no 1 payload.not_in_slice inspect s.otap --tables --section 1
	no 2 usage.argument inspect p.otap --tables --section 3
	no 2 usage.option inspect p.otap --section 1
	tab=$("$OTATOOL" inspect p.otap --full --json | jq .header.tab_off)
	flip p.otap "$tab" 0
	no 1 hash.table inspect p.otap --tables
	yes inspect p.otap
}

@test "inspect --full: every value, none cut" {
	needs_jq
	yes inspect p.otap --full
	has "steps.5.op"
	has "x-a.b.1"
	has "$(sha old.img)"
	yes inspect p.otap --full --json
	[ "$(json '.fields[] | select(.path == "security_counter").value')" = 2 ]
	[ "$(json '.fields[] | select(.path == "x-a.b.0").value | type')" = string ]
	[ "$(json '.signatures[0].signature | length')" = 128 ]
	[ "$(json '.header.align')" = 8 ]
}

@test "inspect --key: the same view, verified" {
	needs_jq
	id=$("$OTATOOL" inspect p.otap --json | jq -r '.signatures[0].keyid')
	for f in p.otap p.head s.otap; do
		yes inspect $f --key k.pub
		has "signed by $id"
		hasnt "(not verified)"
		yes inspect $f --key k.pub --json
		[ "$(json '"\(.verified) \(.signatures[0].verified) \([.unverified[].members] | join(","))"')" = \
			"true true signatures,data" ]
	done
	yes inspect p.otap --key k.pub --field version --json
	[ "$(json .verified)" = true ]
	yes inspect p.otap
	has "Package (not verified)"
	has "Sizes (not verified)"
	yes inspect p.otap --json
	[ "$(json '"\(.verified) \(.signatures[0].verified) \(.unverified[0].members)"')" = "false false all" ]
	flip p.otap 200 1
	no 1 signature.bad inspect p.otap --key k.pub
	"$OTATOOL" pack m.yaml -o u.otap
	no 1 unsigned inspect u.otap --key k.pub
}

@test "inspect --field: a list is a list, a number a number" {
	needs_jq
	yes inspect p.otap --field steps --json
	[ "$(json '.value | length')" = 6 ]
	yes inspect p.otap --field security_counter --json
	[ "$(json '.value | type')" = number ]
	yes inspect p.otap --field product --json
	[ "$(json .value)" = test-board ]
	no 2 usage.option inspect p.otap --field version --full
}

@test "inspect --print-manifest: packs to the same again" {
	needs_jq
	run --separate-stderr "$OTATOOL" inspect p.otap --key k.pub --print-manifest
	is 0 "product: test-board"
	hasnt "NOT VERIFIED"
	echo "$output" >again.yaml
	cp new.img "rootfs@$(sha new.img | cut -c 1-16).img"
	cp old.img "rootfs@$(sha old.img | cut -c 1-16).img"
	cp old.img sbom.json
	yes pack again.yaml -o again.otap
	"$OTATOOL" pack m.yaml -o u.otap
	cmp again.otap u.otap
	# What --set replaced is printed as it became, and said.
	yes pack m.yaml --set version=2.0.1 -o set.otap
	yes inspect set.otap --print-manifest
	has "version: 2.0.1"
	has '# It was packed with --set "version=2.0.1"'
	has "NOT VERIFIED"
	yes inspect s.otap --print-manifest --json
	[ "$(json .yaml | grep -v '^#')" = "$(grep -v '^#' again.yaml)" ]
	no 2 usage.option inspect p.otap --print-manifest --field version
	no 2 usage.option inspect p.otap --print-manifest --full
}

@test "compare: says what differs, and no where it is guarded" {
	needs_jq
	"$OTATOOL" pack m.yaml -o u.otap
	yes compare u.otap p.otap
	has "signatures."
	yes compare p.otap p.head
	has none
	sed -e 's/version: 2.0.0/version: 2.0.1/' -e 's/compression: xz/compression: zstd/' m.yaml >n.yaml
	"$OTATOOL" pack n.yaml -o n.otap
	yes compare p.otap n.otap --json
	[ "$(json .same)" = false ]
	[ "$(json '.changes[] | select(.path == "version") | "\(.change) \(.a) \(.b)"')" = "changed 2.0.0 2.0.1" ]
	[ "$(json '.changes[] | select(.path == "components.rootfs.payloads.full.section.compression").b')" = zstd ]
	[ "$(json '.changes[] | select(.path == "size") | .b - .a')" = \
		$(($(stat -c %s n.otap) - $(stat -c %s p.otap))) ]
	[ "$(json '.sizes[] | select(.of == "whole").difference')" = \
		$(($(stat -c %s n.otap) - $(stat -c %s p.otap))) ]
	[ "$(json '.images[0] | "\(.image) \(.change)"')" = "rootfs same" ]
	yes compare p.otap n.otap --fail-on images --fail-on rules
	no 1 compare.differs compare p.otap n.otap --fail-on images --fail-on components.rootfs.payloads
	has "components.rootfs.payloads.full.section.compression"
	no 1 compare.differs compare p.otap n.otap --fail-on size
	no 1 compare.differs compare p.otap u.otap --fail-on signatures
	yes compare p.otap p.otap --fail-on signatures --fail-on size --fail-on components --fail-on x-a
	run bash -c "cat s.otap | '$OTATOOL' compare - p.otap --fail-on version"
	is 0 none
}

@test "compare: an image that changed; what no package can have guards nothing" {
	cp old.img new2.img
	sed 's/image: new.img/image: new2.img/' m.yaml >n.yaml
	"$OTATOOL" pack n.yaml -o n.otap
	no 1 compare.differs compare p.otap n.otap --fail-on images.rootfs
	has "images.rootfs"
	no 2 usage.field compare p.otap n.otap --fail-on image
	has "did you mean images"
	no 2 usage.field compare p.otap n.otap --fail-on components.rootfs.targt
	no 2 usage.stdin compare - - </dev/null
	no 2 usage.argument compare p.otap
	no 3 malformed.magic compare p.otap new.img
	has new.img
}

@test "repro-check: the same content under other signatures" {
	needs_jq
	"$OTATOOL" pack m.yaml -o u.otap
	yes repro-check u.otap p.otap
	has "Same content     yes"
	yes repro-check u.otap p.otap --json
	[ "$(json '"\(.same) \(.compared | map(.signatures) | join(","))"')" = "true 0,1" ]
	yes repro-check p.head s.otap
	run bash -c "cat u.otap | '$OTATOOL' repro-check - p.otap --jobs 1"
	is 0 yes
	head -c 15000 p.otap >part
	no 3 malformed.truncated repro-check p.otap part
	hasnt "Same content"
	no 2 usage.stdin repro-check - - </dev/null
}

@test "repro-check: whose the first byte is, and why" {
	needs_jq
	SOURCE_DATE_EPOCH=5 "$OTATOOL" pack m.yaml -o t.otap
	no 1 repro.differs repro-check p.otap t.otap
	has "manifest created"
	has SOURCE_DATE_EPOCH
	run --separate-stderr "$OTATOOL" repro-check p.otap t.otap --json
	[ "$(json '.findings[] | select(.subject == "created") | "\(.expected) \(.found)"')" = \
		"nothing 1970-01-01T00:00:05Z" ]
	[ "$(json .error.offset)" = "$(cmp p.otap t.otap | sed 's/.*byte \([0-9]*\).*/\1/' | awk '{ print $1 - 1 }')" ]
	sed 's/image: new.img/image: old.img/; /kind: delta/d' m.yaml >n.yaml
	"$OTATOOL" pack n.yaml -o n.otap
	no 1 repro.differs repro-check p.otap n.otap
	has "another image went in"
	has "table row and chunk 0 of rootfs, full xz"
	cp p.otap d.otap
	flip d.otap $(($(stat -c %s d.otap) - 9)) 0
	no 1 repro.differs repro-check p.otap d.otap
	has "second package is damaged in chunk 0 of attachment sbom.json"
	no 1 hash.chunk repro-check d.otap d.otap
}

@test "a package says with what it was packed, and a rebuilt one says it anew" {
	tools=$("$OTATOOL" version --json | sed -n 's/^\t"tools":\t"\(.*\)",$/\1/p')
	[[ $tools == "otatool "*", xz "*", zstd "* ]]
	[ "$("$OTATOOL" inspect p.otap --field build.tools)" = "$tools" ]
	"$OTATOOL" inspect p.otap --print-manifest >again.yaml
	[ "$(grep -c "$tools" again.yaml)" = 0 ]
}

@test "inspect: a patch, and what its bytes are for" {
	needs_jq
	for codec in otad bsdiff vcdiff zstd; do
		"$OTATOOL" diff old.img new.img -o $codec.patch --codec $codec
		yes inspect $codec.patch --json
		[ "$(json .codec)" = $codec ]
		[ "$(json .new_size)" = "$(stat -c %s new.img)" ]
		[ "$(json '[.parts[].bytes] | add')" = "$(stat -c %s $codec.patch)" ]
	done
	yes inspect otad.patch --json
	[ "$(json '[.parts[] | select(.what == "segment").makes] | add')" = "$(stat -c %s new.img)" ]
	[ "$(json '.parts[] | select(.what == "covers") | .count > 0 and .makes > 0 and .makes <= 109454')" = true ]
	yes inspect otad.patch
	has 'RAM to apply'
	has 'covers'
	no 2 usage.option inspect otad.patch --tables
	no 2 usage.option inspect otad.patch --key k.pub
	head -c 60 otad.patch >cut.patch
	no 3 malformed.patch inspect cut.patch
	for codec in otad bsdiff vcdiff; do
		head -c 100 $codec.patch >cut.patch
		no 3 malformed.patch inspect cut.patch
	done
}
