#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Verdicts that explain, and what reads them again.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	sed -i 's/^security_counter/expires: 2027-01-01T00:00:00Z\n&/' m.yaml
	signed
	"$OTATOOL" keygen -o other --no-passphrase
	"$OTATOOL" sign p.otap --strip -o u.otap
	"$OTATOOL" head p.otap -d .
	"$OTATOOL" slice p.otap --for old.img -o s.otap
	"$OTATOOL" head u.otap -d . && "$OTATOOL" sign u.head -k k.key -o u.otsig
	size=$(stat -c %s p.otap)
	cp p.head part.otap
	for at in 3 9 50 125 140; do
		cp p.otap flip$at.otap && flip flip$at.otap "$at" 2
	done
	cp p.otap last.otap && flip last.otap $((size - 1)) 2
	sig=$(grep -abo -m 1 otap-sig-v1 p.otap | head -n 1 | cut -d : -f 1)
	cp p.otap spoiled.otap && flip spoiled.otap "$sig" 1
	cp p.otap table.otap && flip table.otap $((sig + 8192 + 20)) 1
	cp p.otap sigbad.otap && other=A
	[ "$(dd if=p.otap bs=1 skip=$((sig + 110)) count=1 status=none)" != A ] || other=B
	printf $other | dd of=sigbad.otap bs=1 seek=$((sig + 110)) conv=notrunc status=none
	head -c -1 p.otap >short.otap
	{ cat p.otap && echo; } >long.otap
	echo '<html>' >page.otap
	sed 's/^version:.*/version: 2.0.1/' m.yaml >n.yaml && "$OTATOOL" pack n.yaml -o n.otap
}

# What comes of each: exit code, verdict, the rule that fails first, its id; then the command line.
table()
{
	cat <<-'EOF'
		0 authentic - - p.otap --key k.pub
		0 authentic - - p.otap --key k.pub --deep --source old.img
		0 authentic - - p.otap --key k.pub --at 2026-06-01T00:00:00Z
		0 authentic - - p.otap --key k.pub --partial
		0 authentic - - s.otap --key k.pub
		0 authentic - - u.otap --key k.pub --sig u.otsig
		0 signed - - p.head --key k.pub --head
		0 signed - - part.otap --key k.pub --partial
		1 refused 6_policy time.expired p.otap --key k.pub --at 2028-01-01T00:00:00Z
		1 refused 9_deltas source.mismatch p.otap --key k.pub --source new.img
		1 untrusted 3_signatures unsigned u.otap --key k.pub
		1 untrusted 3_signatures unsigned n.otap --key k.pub --sig u.otsig
		1 untrusted 3_signatures signature.unknown p.otap --key other.pub
		1 untrusted 3_signatures signature.bad flip140.otap --key k.pub
		1 untrusted 3_signatures signature.bad sigbad.otap --key k.pub
		1 untrusted 3_signatures signature.spoiled spoiled.otap --key k.pub
		1 untrusted 7_tables hash.table table.otap --key k.pub
		1 untrusted 8_chunks hash.chunk last.otap --key k.pub
		2 unjudged 0_trust usage.no_trust p.otap
		2 unjudged 0_trust usage.key_kind p.otap --key k.key
		3 malformed 1_header malformed.magic flip3.otap --key k.pub
		3 malformed 1_header malformed.magic page.otap --key k.pub
		3 malformed 1_header unsupported.version flip9.otap --key k.pub
		3 malformed 1_header malformed.crc flip50.otap --key k.pub
		3 malformed 1_header malformed.crc flip125.otap --key k.pub
		3 malformed 7_tables malformed.truncated p.head --key k.pub
		3 malformed 7_tables malformed.truncated short.otap --key k.pub
		3 malformed 7_tables malformed.trailing long.otap --key k.pub
		3 malformed 7_tables malformed.trailing long.otap --key k.pub --head
		4 unjudged 1_header io.system none.otap --key k.pub
		4 unjudged 0_trust io.system p.otap --key none.pub
	EOF
}

@test "verify --explain --json: the verdict agrees with the exit code, and names the first rule that fails" {
	needs_jq
	while read -r code verdict rule id args; do
		# shellcheck disable=SC2086
		run --separate-stderr "$OTATOOL" verify $args --explain --json
		echo "$args: $status $output"
		[ "$status" = "$code" ]
		# Nothing behind the first failure is claimed.
		run json '"\(.exit) \(.verdict) \(.explanation.first_failure | if . then "\(.step)_\(.rule) \(.id)" else "- -" end)",
			(.error.id // "-"), ([.explanation.steps[] | select(.outcome == "fail")] | length),
			(.ok == (.verdict == "authentic" or .verdict == "signed")),
			(.authentic == (.verdict == "authentic") and .signed == .ok),
			([.explanation.steps[].outcome] | join(" ") | test("^((pass|skipped) ?)*(fail)?( not_reached)*$")), .record'
		record=${lines[6]}
		[ "$(printf '%s\n' "${lines[@]:0:6}")" = "$(printf '%s\n' "$code $verdict $rule $id" "$id" $((code > 0)) true true true)" ]
		run "$OTATOOL" explain "$record" --json
		echo "$record: $output"
		[ "$(json .id)" = "${id/#-/ok}" ]
	done < <(table)
}

@test "verify --explain: the same in text" {
	while read -r code _ rule id args; do
		# shellcheck disable=SC2086
		run --separate-stderr "$OTATOOL" verify $args --explain
		echo "$args: $status $output"
		[ "$status" = "$code" ]
		has "Record           ota1 E"
		if [ "$code" = 0 ]; then
			hasnt FAIL
			hasnt "The first rule that fails"
		else
			grep -qE "^ +${rule%_*} +${rule#*_} +FAIL +$id\$" <<<"$output"
			has "The first rule that fails"
			for label in Id Threat Cause "What to do"; do grep -q "^ *$label " <<<"$output"; done
		fi
	done < <(table)
}

@test "verify --explain: which line counts for which role, and why the others do not" {
	needs_jq
	"$OTATOOL" sign p.otap -k other.key --append --comment 'night build' --time 1700000000
	yes verify p.otap --key other.pub --explain
	grep -qE 'signature area +1 +.* no +.*not a trusted key; ignored' <<<"$output"
	grep -qE 'signature area +2 +.* yes +release +good signature' <<<"$output"
	grep -qE '^ +release +the package +1 +1 +yes$' <<<"$output"
	has "Signature's comment"
	has "night build"
	has 2023-11-14T22:13:20Z
	# The same line twice counts once.
	yes verify p.otap --key k.pub --sig u.otsig --explain --json
	[ "$(json '[.explanation.lines[] | "\(.source) \(.line) \(.counted)"] | join("; ")')" = \
		'signature area 1 true; signature area 2 false; detached file 1 false' ]
	[ "$(json '.explanation.lines[2].text')" = 'good, but the key is counted already' ]
	[ "$(json '.explanation.roles[0] | "\(.role) \(.needed) \(.signed) \(.met)"')" = 'release 1 1 true' ]
	# A spoiled source is ignored as a whole, and that is said.
	echo spoiled >x.otsig
	yes verify p.otap --key k.pub --sig x.otsig --explain --json
	[ "$(json '.explanation.lines[] | select(.keyid == null) | "\(.source) \(.id) \(.counted)"')" = \
		'detached file malformed.sigline false' ]
}

@test "verify --explain: what is covered, and what is not" {
	needs_jq
	echo '{}' >bom.json
	cat >>m.yaml <<-EOF
		attachments:
		  - { name: sbom.json, role: sbom, file: bom.json }
		  - { name: far.json, role: sbom, uri: "https://example.org/s", hash: "sha256:$(sha bom.json)", size: 3 }
	EOF
	rm p.otap && signed
	covered='[.explanation.covered[] | "\(.part) by \(.by)"] | join(", ")'
	gaps='[.explanation.not_covered[] | "\(.part) \(.why)"] | join(", ")'
	yes verify p.otap --key k.pub --explain --json
	[ "$(json "$covered")" = 'header by signature, manifest by signature, tables by manifest, data by tables' ]
	[ "$(json "$gaps")" = \
		'signature_area unsigned, images not_decoded, deltas no_source, attachment elsewhere' ]
	[ "$(json '.explanation.not_covered[3].name')" = far.json ]
	[ "$(json '.explanation.covered[0].bytes')" = 128 ]
	yes verify p.otap --key k.pub --deep --source old.img --explain --json
	[ "$(json "$covered")" = "header by signature, manifest by signature, tables by manifest, data by tables, images by target_hash" ]
	[ "$(json "$gaps")" = 'signature_area unsigned, attachment elsewhere' ]
	yes verify p.head --key k.pub --head --explain --json
	[ "$(json "$covered")" = 'header by signature, manifest by signature, tables by manifest' ]
	[ "$(json "$gaps")" = 'signature_area unsigned, data head, images not_decoded, deltas no_source' ]
	yes verify part.otap --key k.pub --partial --explain --json
	[ "$(json "$gaps")" = 'signature_area unsigned, data missing, images not_decoded, deltas no_source' ]
	yes verify s.otap --key k.pub --explain --json
	[[ "$(json "$gaps")" == 'signature_area unsigned, slice_header unsigned, sections slice, '* ]]
	run --separate-stderr "$OTATOOL" verify u.otap --key k.pub --explain
	has 'Covered: nothing'
	hasnt 'Not covered'
}

@test "explain: a record anywhere in a line, in any case, and no stray number" {
	for line in 'ota1 E0302 signature.threshold d=9f2c41d0' 'OTA1 e0302 SIGNATURE.THRESHOLD' E0302 e0302 302 \
		'Nov 25 19:20:35 gw[401]: 7 bytes, 0x303: ota1 E0302 signature.threshold d=9f2c41d0' \
		'{"record":"ota1 E0302 signature.threshold d=9f2c41d0","exit":1}' SIGNATURE.THRESHOLD \
		'otatool: error[signature.threshold]: 1 good signature, too few for any role' \
		'it was 401 bytes, then signature.threshold.'; do
		yes explain "$line"
		grep -q '^Id  *signature.threshold$' <<<"$output"
		hasnt Note
	done
	for line in 'Nov 25 401 agent[302]: 303 bytes' 'E9999' 'ota2 E0302' 'xota1 E0302' 'ota1 E0302x y' 'an unsigned 301' ''; do
		no 2 usage.argument explain "$line"
	done
	no 2 usage.argument explain 'error[signature.treshold]: 302'
	has 'did you mean signature.threshold?'
	yes explain 'x ota1 E0000 ok d=9f2c41d0'
	has 'Exit code        0'
}

@test "explain: number and name that disagree" {
	needs_jq
	yes explain 'ota1 E0302 signature.bad d=9f2c41d0'
	grep -q '^Id  *signature.threshold$' <<<"$output"
	has 'number and name disagree: the record names signature.bad; the number was taken'
	yes explain 'ota1 E0302 signature.bad' --json
	[ "$(json '"\(.id) \(.agrees) \(.named)"')" = 'signature.threshold false signature.bad' ]
	yes explain 'ota1 E9999 signature.bad'
	grep -q '^Id  *signature.bad$' <<<"$output"
	has 'knows no E9999'
	yes explain 'ota1 E0000 unsigned' --json
	[ "$(json '"\(.id) \(.agrees)"')" = 'ok false' ]
}

@test "explain -: every line of stdin that has an id" {
	needs_jq
	printf '%s\n' 'boot 302' 'a ota1 E0501 hash.chunk d=9f2c41d0' '' 'otatool: error[time.expired]: 409' >log
	run "$OTATOOL" explain - <log
	is 0 hash.chunk time.expired
	hasnt signature.threshold
	run "$OTATOOL" explain - --json <log
	[ "$(json '[.lines[] | "\(.line) \(.id) \(.exit_code)"] | join(", ")')" = '2 hash.chunk 1, 4 time.expired 1' ]
	run "$OTATOOL" explain - </dev/null
	is 2 'error[usage.argument]'
	{ head -c 5000 /dev/zero | tr '\0' ' ' && echo ota1 E0501; } >log
	run "$OTATOOL" explain - <log
	is 2 'error[usage.argument]'
}

@test "did you mean: topics, shells, ids; a usage error names its verb" {
	no 2 usage.topic help exit-code
	has "did you mean 'exit-codes'?"
	no 2 usage.topic help verfy
	has "did you mean 'verify'?"
	no 2 usage.argument completion bsh
	has 'did you mean bash?'
	no 2 usage.option verify p.otap --quick
	has '`otatool help verify`'
	for topic in package manifest keys device; do
		yes help $topic
		has "otatool-$topic(5)"
		[ -e "$BATS_TEST_DIRNAME/../../man/otatool-$topic.5" ]
	done
	yes help
	has 'exit-codes, environment, errors, package, manifest, keys, root, device'
}
