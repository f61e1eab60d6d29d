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
	cat >device.yaml <<-YAML
		format: otap-device
		spec: "1.0"
		product: test-board
		slots: [ { component: rootfs } ]
		policy: { unsigned_chain: true }
	YAML
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

# cost FILTER: of a rehearsal as short as it can be, on the device of d.yaml
cost()
{
	"$OTATOOL" rehearse p.otap --from old.img --device d.yaml --cases 0 --mode cut-before --health good \
		--json >cost.json
	jq -r ".cost | $1" cost.json
}

@test "what the update costs where nothing goes wrong" {
	needs_jq
	{ cat device.yaml && echo 'flash: { erase_size: 4096, program_size: 256, erase_us: 45000, program_us: 700 }'; } >d.yaml
	[ "$(cost 'keys_unsorted | join(" ")')" = \
		"operations control read programmed erased worn memory boots tries time_ms" ]
	# 27 blocks of the image, 128 of the metadata, 5 records of boot control, and the journal's half at most 3 times.
	[ "$(cost '.erased - 27 - 128 - 5 | . % 4 == 0 and . / 4 <= 3 and . >= 0')" = true ]
	[ "$(cost '.worn >= 3 and .worn <= 5 and .tries == 1 and .boots == 3')" = true ]
	# The image is hashed five times, and the old one once.
	[ "$(cost '.read > 6 * 108000')" = true ]
	[ "$(cost '.time_ms == ((.erased * 45000 + .programmed / 256 * 700) / 1000 | floor)')" = true ]
	[ "$(cost ".memory <= $("$OTATOOL" pack m.yaml -n --json | jq '.sources[0].ram') and .memory > 100000")" = true ]
	sed -i 's/erase_us: 45000, program_us: 700/read_bytes_per_second: 1000000/' d.yaml
	[ "$(cost '.time_ms == (.read / 1000 | floor)')" = true ]
	sed -i 's/read_bytes_per_second: 1000000/erased: 255/' d.yaml
	[ "$(cost 'has("time_ms")')" = false ]
	yes rehearse p.otap --from old.img --cases 0 --mode cut-before --health good
	has 'Most on one block'
	hasnt 'Time of the flash'
}

@test "--budget: what is over it fails the run and is named, with what to do" {
	needs_jq
	{ cat device.yaml && echo 'flash: { erase_us: 45000, program_us: 1 }'; } >d.yaml
	local short=(rehearse p.otap --from old.img --device d.yaml --cases 0 --mode cut-before --health good)
	yes "${short[@]}" --budget written=1M --budget erases=1000 --budget block-erases=5 --budget memory=64M \
		--budget read=10M --budget time=10
	while IFS='|' read -r budget text; do
		no 1 rehearsal.budget "${short[@]}" --budget "$budget" --budget erases=1000
		has "$text"
	done <<-'ROWS'
		written=100K|written: 1
		read=1|bytes, the budget is 1 bytes: each component is hashed
		memory=4K|the budget is 4096 bytes: pack with --device
		block-erases=2|block-erases: 3, the budget is 2: journal or boot control
		time=6|time: 7.
		read=100K|the budget is 102400 bytes
	ROWS
	run --separate-stderr "$OTATOOL" "${short[@]}" --budget written=1 --budget time=600 --json
	[ "$status" = 1 ]
	[ "$(json '.budgets | map(.over) | tostring')" = '[true,false]' ]
	[ "$(json '(.budgets[0].is == .cost.programmed) and .budgets[1].budget == 600000')" = true ]
	no 1 rehearsal.budget "${short[@]}" --budget written=1 --budget erases=1000 --junit r.xml
	python3 - r.xml <<-'PY'
		import sys, xml.etree.ElementTree as tree
		suite = tree.parse(sys.argv[1]).getroot()
		cases = [c for c in suite.findall('testcase') if c.get('classname') == 'budget']
		assert [c.get('name') for c in cases] == ['written', 'erases']
		assert [len(c.findall('failure')) for c in cases] == [1, 0] and suite.get('failures') == '1'
		assert int(suite.get('tests')) == len(suite.findall('testcase'))
	PY
}

@test "--budget: what is no budget" {
	no 2 usage.option rehearse p.otap --from old.img --budget tmie=3
	has 'did you mean time'
	no 2 usage.option rehearse p.otap --from old.img --budget written
	no 2 usage.option rehearse p.otap --from old.img --budget written=1,5
	no 2 usage.option rehearse p.otap --from old.img --budget erases=1K
	no 2 usage.option rehearse p.otap --from old.img --budget erases=1 --budget erases=2
	no 2 usage.option rehearse p.otap --from old.img --budget erases=1 --case op9:cut-after
	no 2 usage.argument rehearse p.otap --from old.img --budget time=3 --cases 0
	has 'no device file says how long'
}

@test "--time bounds control writes as well, and what is left out is said; --cases leaves none out" {
	needs_jq
	run --separate-stderr "$OTATOOL" rehearse p.otap --from old.img --time 0 --json
	[ "$status" = 0 ]
	[ "$(json '[.phases[].run] | add')" = 0 ]
	[ "$(json '.control_left_out == ([.phases[] | select(.phase == "control writes") | .possible] | add)')" = true ]
	run --separate-stderr "$OTATOOL" rehearse p.otap --from old.img --cases 0 --mode cut-before --json
	[ "$(json '.control_left_out == 0 and .cases > 80')" = true ]
	yes rehearse p.otap --from old.img --time 0 --health hang
	has 'Control left out'
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
		costs = {p.get('name'): int(p.get('value')) for p in suite.findall('properties/property')}
		assert costs['read'] > costs['programmed'] > 100000 and 'time_ms' not in costs, costs
	PY
	no 2 usage.option rehearse p.otap --from old.img --case op9:cut-after --junit r.xml
	no 2 usage.own_input rehearse p.otap --from old.img --junit old.img
	[ "$(sha old.img)" = "$(seq 1 20000 | sha256sum | cut -d ' ' -f 1)" ]
}

# svg ARGS…: of a rehearsal with ARGS into t.svg, and what a parser of XML finds there
svg()
{
	"$OTATOOL" rehearse p.otap --from old.img --svg t.svg "$@" >/dev/null || return 1
	python3 - t.svg <<-'PY'
		import re, sys, xml.etree.ElementTree as tree
		text = open(sys.argv[1]).read()
		root = tree.fromstring(text.encode())
		space = '{http://www.w3.org/2000/svg}'
		assert root.tag == space + 'svg' and len(text) < 512 * 1024, len(text)
		words = [t.text for t in root.iter(space + 'text')]
		rows = {w: t.get('y') for w, t in zip(words, root.iter(space + 'text')) if t.get('x') == '8'}
		runs = [r for p in root.iter(space + 'path') for r in re.findall(r'M(\d+) \d+h(\d+)', p.get('d'))]
		assert runs and all(170 <= int(x) and int(x) + int(h) <= 170 + 1024 for x, h in runs)
		print(' '.join(sorted(rows)[1:]), len([p for p in root.iter(space + 'path') if p.get('class') == 'm']))
		print(words[0], '|', words[-1], '|', len(text) // 1024)
	PY
}

@test "--svg: a lane for each region that is written, over the time of the flash" {
	{ cat device.yaml && echo 'flash: { erase_size: 4096, erased: 255, erase_us: 45000 }'; } >d.yaml
	echo old >t.svg
	run svg --device d.yaml --cases 3 --mode cut-before
	echo "$output"
	has 'boot control journal metadata b rootfs b 1'
	has 'Without a fault, health good: 160 operations'
	has 'bytes programmed, 160 blocks erased, 7.2 s |'
	cp t.svg first.svg
	svg --device d.yaml --cases 3 --mode cut-before --jobs 1
	cmp t.svg first.svg
	# Without the times of a device file, one after the other; an end that rolls back.
	run svg --cases 3 --mode cut-before --health bad
	has 'health bad'
	grep -q '>op 0<' t.svg
	has 'say how long they take'
	no_leftovers
}

@test "--svg: what is long is merged, and what fails leaves what was there" {
	{ cat device.yaml && echo 'flash: { erase_size: 16, program_size: 16 }'; } >d.yaml
	run svg --device d.yaml --cases 1 --mode torn-burn --health good
	echo "$output"
	[ "$status" = 0 ]
	cp t.svg before.svg
	no 1 rollback.version rehearse p.otap --from p3.otap --svg t.svg
	cmp t.svg before.svg
	no 1 rehearsal.budget rehearse p.otap --from old.img --svg t.svg --cases 0 --mode torn-burn --budget written=1
	refuses cmp -s t.svg before.svg
	no 2 usage.option rehearse p.otap --from old.img --case op9:cut-after --svg t.svg
	no 2 usage.option rehearse p.otap --from old.img --junit t.svg --svg t.svg
	no 2 usage.own_input rehearse p.otap --from old.img --svg old.img
	no_leftovers
}
