#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Roots of trust against securesystemslib, which TUF's reference uses, both ways, and against a model.
load lib

python() # SCRIPT ARGS…
{
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$BATS_TEST_DIRNAME/$1" "${@:2}"
}
needs_python() # MODULE
{
	/usr/bin/python3 -c "import $1" 2>/dev/null || skip "Python's $1 is not installed"
}

@test "our roots: their canonical form, their key ids, their signatures" {
	needs_python securesystemslib
	"$OTATOOL" keygen -o a --no-passphrase --comment 'ana "the boss" \\ root'
	"$OTATOOL" keygen -o b --no-passphrase --scheme ecdsa-sha2-nistp256
	"$OTATOOL" keygen -o c --no-passphrase --scheme rsassa-pss-sha256
	"$OTATOOL" keygen -o r --no-passphrase --scheme ecdsa-sha2-nistp256
	"$OTATOOL" trust init --root-key a.pub --root-key b.pub --root-key c.pub --threshold root=3 \
		--release-key r.pub --expires 2035-01-01T00:00:00Z -o root.json
	for k in a b c; do "$OTATOOL" trust sign root.json -k $k.key; done
	"$OTATOOL" trust verify root.json
	[ "$(python tuf_judge.py judge root.json)" = "4 keys, 3 signatures" ]
	sed 's/"version":1/"version":2/' root.json >other.json
	run python tuf_judge.py judge other.json
	[ "$status" = 1 ] && grep -q AssertionError <<<"$output"
}

@test "our roots: followed by tuf-js" {
	need node
	have "$CORPUS/tuf-js/node_modules/tuf-js/dist/store.js"
	export NODE_PATH=$CORPUS/tuf-js/node_modules
	judge() { node "$BATS_TEST_DIRNAME/tuf_judge.js" "$@"; }
	for k in a c r n; do "$OTATOOL" keygen -o $k --no-passphrase; done
	"$OTATOOL" keygen -o b --no-passphrase --scheme ecdsa-sha2-nistp256
	"$OTATOOL" trust init --root-key a.pub --root-key b.pub --threshold root=2 --release-key r.pub \
		--expires 2035-01-01T00:00:00Z -o 1.json
	"$OTATOOL" trust edit 1.json --add root=c.pub --remove root=a.pub --revoke r.pub --add release=n.pub -o 2.json
	"$OTATOOL" trust edit 2.json --min-counter gw=7 -o 3.json
	for k in a b; do "$OTATOOL" trust sign 1.json -k $k.key; done
	for k in a b c; do "$OTATOOL" trust sign 2.json -k $k.key; done
	for k in b c; do "$OTATOOL" trust sign 3.json -k $k.key; done
	[ "$(judge 1.json 2.json 3.json)" = "3 roots, 5 keys" ]
	# One root left out, one signature too few: it says no, as we do.
	run judge 1.json 3.json
	[ "$status" = 1 ]
	"$OTATOOL" trust edit 1.json --min-counter gw=1 -o short.json
	"$OTATOOL" trust sign short.json -k b.key
	run judge 1.json short.json
	[ "$status" = 1 ] && grep -q UnsignedMetadataError <<<"$output"
	sed 's/"gw":7/"gw":8/' 3.json >bad.json
	run judge 1.json 2.json bad.json
	[ "$status" = 1 ] && grep -q UnsignedMetadataError <<<"$output"
}

@test "our DSSE envelopes: every scheme verified by somebody else, over the bytes that DSSE says" {
	needs_python cryptography
	fixture xz
	{ echo 'build: { builder: "https://ci.example.com/7" }' && cat m.yaml; } >b.yaml
	"$OTATOOL" pack b.yaml -o b.otap
	for s in ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512; do
		"$OTATOOL" keygen -o $s --no-passphrase --scheme $s
		"$OTATOOL" keygen export $s.pub -o $s.pem
		"$OTATOOL" export b.otap --dsse -k $s.key -o $s.json
		[ "$(python dsse_judge.py $s.json $s.pem $s)" = "https://in-toto.io/Statement/v1 rootfs" ]
		sed 's/"payloadType":"application/"payloadType":"applicatiom/' $s.json >bad.json
		run python dsse_judge.py bad.json $s.pem $s
		[ "$status" = 1 ] && grep -q InvalidSignature <<<"$output"
	done
}

@test "their roots: followed, and what they sign counted" {
	needs_python securesystemslib
	python tuf_judge.py make .
	"$OTATOOL" trust verify 1.root.json
	"$OTATOOL" trust verify 2.root.json --previous 1.root.json
	run "$OTATOOL" trust verify short.root.json --previous 1.root.json
	[ "$status" = 1 ] && grep -q signature.threshold <<<"$output"
	run "$OTATOOL" trust verify bad.root.json --previous 1.root.json
	[ "$status" = 1 ] && grep -q signature.bad <<<"$output"
}

@test "a thousand random chains as a model of the rules has them" {
	needs_python cryptography
	python roots_model.py "$OTATOOL" "${SEED:-1}" "${CHAINS:-1000}"
}
