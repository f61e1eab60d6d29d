#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Roots of trust: made, signed, followed, and what packages may do under them.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	"$OTATOOL" pack m.yaml -o u.otap
	for k in ana ben rel qa new stop; do
		"$OTATOOL" keygen -o "$k" --no-passphrase --comment "$k"
	done
	"$OTATOOL" sign u.otap -k rel.key -o p.otap
	"$OTATOOL" sign p.otap -k qa.key --append -o both.otap
	mkdir roots
	"$OTATOOL" trust init --root-key ana.pub --root-key ben.pub --threshold root=2 \
		--release-key rel.pub --role stop=stop.pub --expires 2030-01-01T00:00:00Z -o roots/1.root.json
	for k in ana ben; do "$OTATOOL" trust sign roots/1.root.json -k $k.key; done
}

# next OLD NEW KEYS OPTIONS…: the root that follows, signed by those keys
next()
{
	local old=$1 new=$2 keys=$3
	shift 3
	"$OTATOOL" trust edit "roots/$old.root.json" "$@" --force -o "roots/$new.root.json" >/dev/null
	for k in $keys; do "$OTATOOL" trust sign "roots/$new.root.json" -k "$k.key" >/dev/null; done
}

@test "a package is judged by its root" {
	yes verify p.otap --root roots/1.root.json
	has "release"
	has "Under root"
	hasnt "implied"
	no 1 unsigned verify u.otap --root roots/1.root.json
	"$OTATOOL" sign u.otap -k new.key -o n.otap
	no 1 signature.unknown verify n.otap --root roots/1.root.json
	yes extract p.otap --component rootfs --root roots/1.root.json -o out.img
	cmp out.img new.img
	yes inspect p.otap --root roots/1.root.json
	no 2 usage.option verify p.otap --root roots/1.root.json --key rel.pub
}

@test "a root that too few signed is nobody's" {
	"$OTATOOL" trust init --root-key ana.pub --root-key ben.pub --threshold root=2 \
		--release-key rel.pub --expires +1y -o r.json
	no 1 unsigned verify p.otap --root r.json
	yes trust sign r.json -k ana.key
	has "ben"
	no 1 signature.threshold verify p.otap --root r.json
	no 1 signature.threshold trust verify r.json
	no 1 signature.threshold trust export r.json -o r.c
	[ ! -e r.c ]
	yes trust sign r.json -k ben.key
	yes trust verify r.json
	yes verify p.otap --root r.json
	# Once more by the same key changes nothing.
	cp r.json s.json
	yes trust sign s.json -k ben.key
	cmp r.json s.json
}

@test "roots are followed one by one, each by two quorums" {
	next 1 2 "ana" --add release=new.pub --remove release=rel.pub
	no 1 signature.threshold verify p.otap --roots roots
	next 1 2 "ana ben" --add release=new.pub --remove release=rel.pub
	yes verify p.otap --root roots/1.root.json
	no 1 signature.unknown verify p.otap --root roots/1.root.json --roots roots
	"$OTATOOL" sign u.otap -k new.key -o n.otap
	yes verify n.otap --roots roots --explain
	has "Roots, one after the other"
	yes trust verify roots/2.root.json --previous roots/1.root.json
	cp roots/2.root.json roots/3.root.json
	no 1 root.version verify n.otap --roots roots
	no 1 root.version trust verify roots/1.root.json --previous roots/1.root.json
	rm roots/3.root.json
	# The keys of the root itself change hands.
	next 2 3 "ana ben" --add root=qa.pub --remove root=ben.pub
	no 1 signature.threshold verify n.otap --roots roots
	yes trust show roots/3.root.json --previous roots/2.root.json
	has "qa"
	yes trust sign roots/3.root.json -k qa.key
	yes verify n.otap --roots roots
	echo '{' >roots/4.root.json
	no 3 malformed.json verify n.otap --roots roots
}

@test "what a root revokes stays revoked" {
	yes trust edit roots/1.root.json --add release=new.pub --revoke rel.pub --revoke-package both.otap -o roots/2.root.json
	for k in ana ben; do "$OTATOOL" trust sign roots/2.root.json -k $k.key; done
	no 1 signature.unknown verify p.otap --roots roots
	"$OTATOOL" sign p.otap -k new.key --append -o n.otap
	no 1 revoked.package verify n.otap --roots roots
	no 2 usage.argument trust edit roots/2.root.json --revoke ffffffffffffffff -o x
	# Back in a role, the key still counts for nothing.
	next 2 3 "ana ben" --add release=rel.pub
	no 1 revoked.key verify p.otap --roots roots
	"$OTATOOL" head u.otap -d .
	"$OTATOOL" sign u.head -k rel.key -o rel.otsig
	cp u.otap t.otap
	no 1 signature.no_line sign --attach rel.otsig t.otap --roots roots
	cmp u.otap t.otap
	yes trust show roots/3.root.json
	has REVOKED
	# A root that forgets is not followed, and cannot be made here.
	sed 's/"revoked_keys":\["[0-9a-f]*"\],//' roots/3.root.json >x.json
	no 1 signature.bad trust verify x.json --previous roots/2.root.json
}

@test "a floor rises and never falls" {
	next 1 2 "ana ben" --min-counter test-board=60
	no 1 rollback.counter verify p.otap --roots roots
	no 1 root.floor trust edit roots/2.root.json --min-counter test-board=59 -o x
	no 1 root.floor trust edit roots/2.root.json --min-counter test-board=125 -o x
	[ ! -e x ]
	yes trust edit roots/2.root.json --min-counter test-board=124 -o x
}

@test "roles, products, components and powers" {
	"$OTATOOL" trust init --root-key ana.pub --release-key rel.pub --role qa=qa.pub \
		--grant '*=release' --grant 'test-*:rootfs=qa' --expires +1y -o g.json
	"$OTATOOL" trust sign g.json -k ana.key
	no 1 signature.threshold verify p.otap --root g.json
	yes verify both.otap --root g.json
	"$OTATOOL" trust init --root-key ana.pub --release-key rel.pub --grant 'gw-*=release' \
		--expires +1y -o g2.json
	"$OTATOOL" trust sign g2.json -k ana.key
	no 1 refused.scope verify p.otap --root g2.json
	sed 's/^security_counter/allow_downgrade: true\n&/' m.yaml >d.yaml
	"$OTATOOL" pack d.yaml -o d.otap
	"$OTATOOL" sign d.otap -k rel.key
	no 1 refused.scope verify d.otap --root roots/1.root.json
	"$OTATOOL" trust init --root-key ana.pub --release-key rel.pub --grant '*=release+downgrade' \
		--expires +1y -o g3.json
	"$OTATOOL" trust sign g3.json -k ana.key
	yes verify d.otap --root g3.json
	no 3 malformed.root trust init --root-key ana.pub --release-key rel.pub --grant '*=release+all' --expires +1y -o x
	no 3 malformed.root trust init --root-key ana.pub --release-key ana.pub --expires +1y -o x
	no 3 malformed.root trust init --root-key ana.pub --release-key rel.pub --threshold release=2 --expires +1y -o x
	no 2 usage.argument trust init --root-key ana.pub --release-key rel.pub --grant release --expires +1y -o x
	no 2 usage.argument trust init --root-key ana.pub --release-key rel.pub -o x
	no 2 usage.argument trust init --root-key ana.pub --role stop=stop.pub --expires +1y -o x
	has "no role signs packages"
	[ ! -e x ]
}

@test "expiry is judged at --at, and on_expiry lifts it" {
	yes verify p.otap --root roots/1.root.json --at 2029-12-31T23:59:59Z
	no 1 time.expired verify p.otap --root roots/1.root.json --at 2030-01-01T00:00:00Z
	no 1 time.expired trust verify roots/1.root.json --at 2030-01-01T00:00:00Z
	next 1 2 "ana ben" --on-expiry install
	yes verify p.otap --roots roots --at 2031-01-01T00:00:00Z
	next 2 3 "ana ben" --on-expiry refuse --expires 2035-01-01T00:00:00Z
	yes verify p.otap --roots roots --at 2031-01-01T00:00:00Z
	no 1 time.expired verify p.otap --roots roots --at 2036-01-01T00:00:00Z
}

@test "one key stops a package, and can accept none" {
	yes trust stop p.otap -k stop.key -o stop.json
	no 1 revoked.package verify p.otap --root roots/1.root.json --stop stop.json
	yes verify p.otap --root roots/1.root.json
	"$OTATOOL" sign u.otap -k stop.key -o s.otap
	no 1 signature.threshold verify s.otap --root roots/1.root.json
	yes trust stop both.otap -k rel.key -o bad.json
	no 1 signature.threshold verify p.otap --root roots/1.root.json --stop bad.json
	yes trust stop "sha256:$(printf %064d 0)" -k stop.key --previous stop.json -o stop2.json
	has "Version          2"
	no 1 revoked.package verify p.otap --root roots/1.root.json --stop stop2.json
	no 4 io.system trust stop 00 -k stop.key -o x
	[ ! -e x ]
	no 2 usage.option verify p.otap --key rel.pub --stop stop.json
	no 3 malformed.root verify p.otap --root roots/1.root.json --stop roots/1.root.json
}

@test "detached signatures are attached under a root" {
	"$OTATOOL" head u.otap -d .
	"$OTATOOL" sign u.head -k rel.key -o rel.otsig
	"$OTATOOL" sign u.head -k new.key -o new.otsig
	cp u.otap t.otap
	yes sign --attach rel.otsig t.otap --root roots/1.root.json
	yes verify t.otap --root roots/1.root.json
	no 1 signature.no_line sign --attach new.otsig t.otap --root roots/1.root.json
	no 2 usage.option sign u.otap -k rel.key --root roots/1.root.json -o x
}

@test "shown, exported, and as a matrix" {
	needs_jq
	run --separate-stderr "$OTATOOL" trust show roots/1.root.json --json
	[ "$(json '.root.roles[] | select(.role == "root") | .threshold')" = 2 ]
	[ "$(json '.root.keys[] | select(.role == "stop") | .name')" = stop ]
	[ "$(json '.must_sign[0].met')" = true ]
	yes trust export roots/1.root.json -o r.c
	gcc -c r.c -o r.o
	yes trust export roots/1.root.json --format bin -o r.bin
	cmp r.bin roots/1.root.json
	next 1 2 "ana ben" --add release=new.pub --remove release=rel.pub
	run --separate-stderr "$OTATOOL" trust matrix p.otap both.otap --root roots/1.root.json --roots roots --at 1970-01-01T00:00:00Z --at 2040-01-01T00:00:00Z --json
	[ "$status" = 1 ]
	[ "$(json '[.matrix[] | select(.accepted)] | length')" = 2 ]
	[ "$(json '.matrix[2].id')" = signature.unknown ]
	no 1 trust.matrix trust matrix p.otap --roots roots
	yes trust matrix p.otap --root roots/1.root.json --at now
	no 3 malformed.magic trust matrix rel.pub --root roots/1.root.json
}

@test "on a device, and in a rehearsal" {
	yes rehearse p.otap --from old.img --root roots/1.root.json --time 1
	cp old.img a.img
	no 1 signature.unknown apply-sim p.otap --key qa.pub --slot-a a.img --slot-b b.img
	no 1 time.expired apply-sim p.otap --root roots/1.root.json --slot-a a.img --slot-b b.img \
		--at 2031-01-01T00:00:00Z
	cmp a.img old.img
	yes apply-sim p.otap --root roots/1.root.json --slot-a a.img --slot-b b.img --at 2029-01-01T00:00:00Z
	cmp -n "$(stat -c %s new.img)" b.img new.img
}

@test "published keys are in no root unless asked for" {
	"$OTATOOL" trust init --root-key ana.pub --release-key "$BATS_TEST_DIRNAME/../../keys/test.pub" \
		--expires +1y -o t.json
	yes trust sign t.json -k ana.key
	no 1 signature.test_key trust verify t.json
	yes trust verify t.json --allow-test-keys
	no 1 signature.test_key verify p.otap --root t.json
}

@test "the same edits give the same bytes, and a failure leaves nothing" {
	TZ=Asia/Tokyo LC_ALL=C "$OTATOOL" trust init --root-key ana.pub --release-key rel.pub --expires 2030-01-01T00:00:00Z -o a.json
	(umask 077; "$OTATOOL" trust init --root-key ana.pub --release-key rel.pub --expires 2030-01-01T00:00:00Z -o b.json)
	cmp a.json b.json
	no 2 usage.verb trust
	no 2 usage.verb trust sgin
	no_leftovers
}

@test "trust edit: what it changes for packages, before anybody signs it" {
	needs_jq
	run --separate-stderr "$OTATOOL" trust edit roots/1.root.json p.otap u.otap both.otap --revoke rel.pub --add release=qa.pub -o e.json --json
	[ "$status" = 0 ]
	[ "$(json '[.packages[] | "\(.package) \(.before) \(.after)"] | join(", ")')" = \
		"p.otap accepted signature.unknown, u.otap unsigned unsigned, both.otap accepted accepted" ]
	yes trust edit roots/1.root.json p.otap --min-counter test-board=60 -o f.json
	grep -qE '^ +p.otap +accepted +rollback.counter$' <<<"$output"
	no 4 io.system trust edit roots/1.root.json none.otap --min-counter test-board=60 -o g.json
	[ ! -e g.json ]
}

@test "trust show: a stop document, from a file and a pipe" {
	needs_jq
	"$OTATOOL" trust stop p.otap sha256:"$(printf '7%.0s' {1..64})" -k stop.key -o stop.json
	run "$OTATOOL" trust show stop.json --json
	[ "$status" = 0 ]
	[ "$(json '"\(.stop.version) \(.revoked_packages | length) \(.revoked_packages[1].package)"')" = "1 2 sha256:$(printf '7%.0s' {1..64})" ]
	[ "$(json .signatures[0].keyid)" = "$(sed -n 's/^key: //p' stop.pub)" ]
	yes trust show - <stop.json
	has "not verified"
	no 2 usage.option trust show stop.json --previous roots/1.root.json
	sed 's/x-ota-stop/x-ota-stops/' stop.json >bad.json
	no 3 malformed.root trust show bad.json
}

@test "trust sign: a key that counts for nothing is said to be one" {
	"$OTATOOL" trust edit roots/1.root.json --remove root=ana.pub --add root=new.pub -o next.json
	yes trust sign next.json -k ben.key
	hasnt "makes no roots"
	yes trust sign next.json -k ana.key --previous roots/1.root.json
	hasnt "makes no roots"
	yes trust sign next.json -k ana.key
	has "makes no roots under this one"
	yes trust sign next.json -k rel.key --previous roots/1.root.json
	has "makes no roots under this one"
}

# What the signature of each type is, in hex: sig_of TYPE
sig_of()
{
	case $1 in
	package) grep -aoE "otap-sig-v1 [a-z0-9-]+ [0-9a-f]{64} 0 [A-Za-z0-9+/=]+" signed.otap | cut -d ' ' -f 5 | base64 -d | od -An -v -tx1 | tr -d ' \n' ;;
	dsse) jq -r '.signatures[0].sig' dsse.json | base64 -d | od -An -v -tx1 | tr -d ' \n' ;;
	*) jq -r '.signatures[0].sig' "$1.json" ;;
	esac
}

@test "no signature of one type is one of another, under any scheme" {
	needs_jq
	{ echo 'build: { builder: "https://ci.example.com/7" }' && cat m.yaml; } >b.yaml
	"$OTATOOL" pack b.yaml -o b.otap
	digest=$("$OTATOOL" sign b.otap -k rel.key -o s.otap --json | jq -r '.package.digest | sub("sha256:"; "")')
	for s in ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 rsassa-pss-sha256 rsassa-pss-sha512; do
		"$OTATOOL" keygen -o t --no-passphrase --scheme $s
		id=$(sed -n 's/^key: //p' t.pub)
		"$OTATOOL" sign b.otap -k t.key -o signed.otap
		"$OTATOOL" export b.otap --dsse -k t.key -o dsse.json
		"$OTATOOL" trust init --root-key t.pub --release-key rel.pub --expires 2030-01-01T00:00:00Z -o root.json
		"$OTATOOL" trust sign root.json -k t.key
		"$OTATOOL" trust init --root-key ana.pub --release-key rel.pub --role stop=t.pub \
			--expires 2030-01-01T00:00:00Z -o other.json
		"$OTATOOL" trust sign other.json -k ana.key
		"$OTATOOL" trust stop sha256:"$(printf '0%.0s' {1..64})" -k t.key -o stop.json
		tried=0
		for from in package dsse root stop; do
			sig=$(sig_of $from)
			[ ${#sig} -ge 128 ]
			for to in package root stop; do
				want=0
				[ $from = $to ] || want=1
				echo "$s: $from as $to"
				case $to in
				package) echo "$digest otap-sig-v1 $s $id 0 $(printf %b "$(sed "s,..,\\\\x&,g" <<<"$sig")" | base64 -w 0)" >f.otsig
					run "$OTATOOL" verify b.otap --sig f.otsig --key t.pub ;;
				root) jq -c ".signatures[0].sig = \"$sig\"" root.json >x.json
					run "$OTATOOL" trust verify x.json ;;
				stop) jq -c ".signatures[0].sig = \"$sig\"" stop.json >x.json
					run "$OTATOOL" verify s.otap --root other.json --stop x.json ;;
				esac
				echo "$output"
				[ "$status" = $want ] && { [ $want = 0 ] || has "error[signature.bad]"; }
				tried=$((tried + 1))
			done
		done
		[ $tried = 12 ]
		rm t.key t.pub signed.otap dsse.json root.json other.json stop.json
	done
}
