#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rehearse: an update with every fault, in memory.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	signed
	sed -e 's/^version: .*/version: 3.0.0/' -e 's/^security_counter: .*/security_counter: 9/' \
		-e 's/image: new.img/image: third.img/' -e '/kind: delta/d' m.yaml >m3.yaml
	{ cat new.img; echo more; } >third.img
	"$OTATOOL" pack m3.yaml -o p3.otap && "$OTATOOL" sign p3.otap -k k.key
}

@test "every control write and a sample of the rest: no brick, and no file is touched" {
	listing=$(find . -type f -printf '%p %s %T@\n' | sort)
	run "$OTATOOL" rehearse p.otap --from old.img --key k.pub --cases 20
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"Bad ones         0"* ]]
	[ "$(find . -type f -printf '%p %s %T@\n' | sort)" = "$listing" ]
}

@test "without a key, and from a package: the signatures are not looked at" {
	run "$OTATOOL" rehearse p3.otap --from p.otap --cases 5
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"not looked at"* ]]
}

@test "the same seed is the same rehearsal, whatever the jobs" {
	for jobs in 1 2; do
		"$OTATOOL" rehearse p.otap --from old.img --cases 10 --seed 7 --jobs $jobs --json >$jobs.json
	done
	cmp 1.json 2.json
	[ "$(jq '[.phases[] | select(.health == "good" and .phase == "control writes")] |
		.[0] | .run == .possible and .run > 100' 1.json)" = true ]
}

@test "one case is replayed, operation by operation" {
	run "$OTATOOL" rehearse p.otap --from old.img --case op3:torn-half+op9:cut-after --trace --json
	[ "$status" = 0 ]
	[ "$(jq -r '[.trace[] | select(.struck != "")] | map(.struck) | join(" ")' <<<"$output")" = "torn-half cut-after" ]
	[ "$(jq -r .verdict <<<"$output")" = new ]
}

@test "what is no case, no base, or not this device's is refused by its id" {
	run "$OTATOOL" rehearse p.otap --from old.img --case op3:melted
	is 2 'error[usage.argument]' "no case"
	run "$OTATOOL" rehearse p.otap
	is 2 'error[usage.argument]' "--from"
	run "$OTATOOL" rehearse p.otap --from old.img --trace
	is 2 'error[usage.option]'
	"$OTATOOL" keygen -o other --no-passphrase
	run "$OTATOOL" rehearse p.otap --from old.img --key other.pub
	is 1 'error[signature.unknown]'
	run "$OTATOOL" rehearse p.otap --from p3.otap
	echo "$output"
	is 1 'error[rollback.version]' "even where nothing goes wrong"
}

@test "rehearse --junit: a test case for each kind of fault, as XML" {
	echo old >r.xml
	yes rehearse p.otap --from old.img --cases 5 --mode cut-after --junit r.xml
	python3 - r.xml <<-'PY'
		import sys, xml.etree.ElementTree as tree
		suite = tree.parse(sys.argv[1]).getroot()
		cases = suite.findall('testcase')
		assert suite.tag == 'testsuite' and suite.get('failures') == '0'
		assert int(suite.get('tests')) == len(cases) == 12, len(cases)
		assert {c.get('classname') for c in cases} == {'good', 'bad', 'hang'}
		assert all(' 0 bad' in c.find('system-out').text for c in cases)
		assert not suite.findall('.//failure')
	PY
	no 2 usage.option rehearse p.otap --from old.img --case op9:cut-after --junit r.xml
	no 2 usage.own_input rehearse p.otap --from old.img --junit old.img
	[ "$(sha old.img)" = "$(seq 1 20000 | sha256sum | cut -d ' ' -f 1)" ]
}
