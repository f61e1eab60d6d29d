#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What an update costs the devices it is for, and whether they can take it.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, codec: bsdiff, from: old.img }'
	cat >d.yaml <<-YAML
		format: otap-device
		spec: "1.0"
		product: test-board
		facts: { hw.revision: 3 }
		slots:
		  - { component: rootfs, size: 131072 }
		ram: 33554432
		counter_max: 8
		policy: { unsigned_chain: true }
	YAML
}

# device FROM TO: d.yaml with one thing changed
device() { sed "s/$1/$2/" d.yaml >other.yaml; }

@test "--device: a package that fits is packed, its bytes are the same" {
	yes lint m.yaml --device d.yaml
	yes pack m.yaml --device d.yaml -o p.otap
	yes pack m.yaml -o q.otap
	cmp p.otap q.otap
}

@test "--device: what it would refuse is found before it leaves" {
	while IFS='|' read -r from to id text; do
		device "$from" "$to"
		no 1 "$id" lint m.yaml --device other.yaml
		has "$text"
		no 1 lint.failed pack m.yaml --device other.yaml -o p.otap
		[ ! -e p.otap ]
	done <<-'ROWS'
		test-board|gw-200|incompatible.product|m.yaml:3:10
		counter_max: 8|counter_max: 1|rollback.step|m.yaml:5:19
		size: 131072|size: 109453|resource.slot|m.yaml:9:12
		component: rootfs|component: boot|incompatible.components|the device has no component rootfs
		component: rootfs|component: boot|incompatible.components|leaves out boot
		unsigned_chain: true|hooks: true|refused.policy|boot documents
	ROWS
	device 131072 109454
	yes lint m.yaml --device other.yaml
}

@test "--device: policy and rules" {
	{ cat m.yaml && echo 'allow_downgrade: true'; } >a.yaml
	no 1 refused.policy lint a.yaml --device d.yaml
	has 'a.yaml:13:18'
	device 'unsigned_chain: true' 'unsigned_chain: true, downgrade: true'
	yes lint a.yaml --device other.yaml
	sed 's/slot: ab/slot: single/' m.yaml >s.yaml
	no 1 refused.policy lint s.yaml --device d.yaml
	device 'unsigned_chain: true' 'unsigned_chain: true, single: true'
	no 1 unsupported.feature lint s.yaml --device other.yaml
	printf 'rules:\n  - %s\n' '{ fact: hw.revision, op: ge, value: 4 }' | cat m.yaml - >r.yaml
	no 1 incompatible.rule lint r.yaml --device d.yaml
	device 'hw.revision: 3' 'hw.revision: 4'
	yes lint r.yaml --device other.yaml
	device 'hw.revision: 3' 'hw.model: x'
	no 1 incompatible.unknown_fact lint r.yaml --device other.yaml
	# To be told to wait is no refusal.
	sed -i 's/value: 4/value: 4, effect: defer/' r.yaml
	yes lint r.yaml --device d.yaml
}

@test "--device: hooks" {
	echo 'exit 0' >pre.sh
	cat >>m.yaml <<-'YAML'
		attachments: [ { name: pre.sh, role: hook, file: pre.sh } ]
		steps:
		  - { op: run-hook, hook: pre.sh, when: pre }
		  - { op: write, component: rootfs }
		  - { op: verify, component: rootfs }
		  - { op: switch-slot }
		  - { op: reboot }
		  - { op: health-check }
		  - { op: commit }
	YAML
	no 1 refused.hook lint m.yaml --device d.yaml
}

@test "--device: the variant that it takes must fit, and no other" {
	cat >v.yaml <<-YAML
		format: otap-manifest
		spec: "1.0"
		product: test-board
		version: 2.0.0
		security_counter: 2
		components:
		  - name: rootfs
		    variants:
		      - { when: { fact: hw.revision, op: ge, value: 3 }, image: new.img, payloads: [ { kind: full } ] }
		      - { when: { fact: hw.revision, op: le, value: 2 }, image: big.img, payloads: [ { kind: full } ] }
	YAML
	cat new.img new.img >big.img
	yes lint v.yaml --device d.yaml
	device 'hw.revision: 3' 'hw.revision: 2'
	no 1 resource.slot lint v.yaml --device other.yaml
	has 'v.yaml:10'
	device 'hw.revision: 3' 'hw.model: x'
	no 1 incompatible.variant lint v.yaml --device other.yaml
}

@test "--device: a delta that its memory does not take is left out" {
	needs_jq
	device 33554432 600000
	run --separate-stderr "$OTATOOL" pack m.yaml --device other.yaml -o p.otap --json
	[ "$status" = 0 ]
	[ "$(json '.payloads | map(.dropped) | tostring')" = '[false,true]' ]
	[ "$(json '[.findings[].id] | index("resource.ram") != null')" = true ]
	run --separate-stderr "$OTATOOL" inspect p.otap --json
	[ "$(json '.payloads | length')" = 1 ]
	# 2·C + C + 256 KiB are at most half of it.
	[ "$(json '.sections[0].chunk_size')" = 8192 ]
	sed -i 's/^  - name: rootfs/&\n    fallback: fail/' m.yaml
	no 1 lint.delta_larger pack m.yaml --device other.yaml -o q.otap
}

@test "--device: codec auto takes the smallest that its memory takes" {
	needs_jq
	sed -i 's/codec: bsdiff/codec: auto/' m.yaml
	# LZMA dictionaries and large models, then neither.
	for ram in 33554432 600000; do
		device 33554432 $ram
		yes pack m.yaml --device other.yaml -o $ram.otap --json
		[ "$(json '.payloads[1].dropped')" = false ]
		[ "$(json '.payloads[1].ram')" -lt $ram ]
		size[ram]=$(json '.payloads[1].stored')
		for codec in otad vcdiff bsdiff zstd; do
			sed "s/codec: auto/codec: $codec/" m.yaml >c.yaml
			yes pack c.yaml --device other.yaml -o c.otap --force --json
			[ "$(json '.payloads[1].dropped')" = true ] ||
				[ "$(json '.payloads[1].stored')" -ge "${size[ram]}" ]
		done
	done
	[ "${size[600000]}" -gt "${size[33554432]}" ]
	yes pack m.yaml --device other.yaml -o again.otap
	cmp 600000.otap again.otap
}

@test "--device: a full image that its memory does not take is refused, and a long head" {
	device 33554432 400000
	no 1 resource.ram pack m.yaml --device other.yaml -o p.otap
	has 'the full image of rootfs'
	[ ! -e p.otap ]
	device 'ram: 33554432' 'head_max: 9000'
	no 1 resource.head pack m.yaml --device other.yaml -o p.otap
	echo 'signatures: compact' >>m.yaml
	yes pack m.yaml --device other.yaml -o p.otap
}

@test "--device: what is no device file" {
	no 1 lint.type lint m.yaml --device m.yaml
	no 4 io.system lint m.yaml --device none.yaml
}

@test "costs: by what a device runs, in text" {
	yes pack m.yaml -n
	has "sha256:$(sha old.img | cut -c 1-12)"
	has 'rootfs delta'
	has 'anything else'
	hasnt 'Blocks erased'
	cat >>d.yaml <<-'YAML'
		flash: { erase_size: 4096, program_size: 256, erase_us: 45000, program_us: 700 }
		links:
		  - { name: lte, bytes_per_second: 250000, price_per_mb: 10 }
		  - { name: lora, frame_bytes: 48, frame_us: 1500000, duty_permille: 10 }
	YAML
	yes pack m.yaml --device d.yaml -n
	# 27 blocks of the image, 128 of metadata, 6 records of boot control, one half of the journal.
	grep -qE '^  sha256:[0-9a-f]{12} +[0-9]+ +129[0-9]{3} +165 +3 +[0-9]+ +3 +1 +7\.7 s$' <<<"$output"
	grep -qE ' lora +[89] h [0-9]+ min' <<<"$output"
	grep -qE ' lte +4[0-9] ms +0\.001' <<<"$output"
}

# map ERASE PROGRAM ERASED: a device whose flash is so
map()
{
	cat >map.yaml <<-YAML
		format: otap-device
		spec: "1.0"
		product: test-board
		slots: [ { component: rootfs, size: 262144 } ]
		flash: { erase_size: $1, program_size: $2, erased: $3, erase_us: 45000, program_us: 700,
		  read_bytes_per_second: 20000000 }
		policy: { unsigned_chain: true }
		boot_control: ${4:-otap}
	YAML
}

# kept LIMITS: the rehearsal of p.otap from $from keeps to what was foretold, and misses it by what is said at most
kept()
{
	"$OTATOOL" rehearse p.otap --from "$from" --device map.yaml --cases 0 --health good --mode torn-burn \
		--json >run.json || return 1
	jq -n --slurpfile said said.json --slurpfile run run.json "(\$said[0].installs[0]) as \$s | \$run[0].cost as \$r |
		def off(k): k as \$k | \$s[\$k] - \$r[\$k];
		[off(\"read\", \"programmed\", \"erased\", \"worn\", \"memory\", \"time_ms\") >= 0] +
		[off(\"boots\", \"tries\") == 0] + [$1] | all" | grep -qx true ||
		{ jq -c ".installs[0]" said.json && jq -c .cost run.json && return 1; }
}

@test "costs: what is foretold of the whole update is what the rehearsal tells" {
	needs_jq
	printf '%s\n' 'format: otap-manifest' 'spec: "1.0"' 'product: test-board' 'version: 1.9.0' \
		'security_counter: 1' 'components: [ { name: rootfs, image: old.img, payloads: [ { kind: full } ] } ]' >was.yaml
	yes pack was.yaml -o was.otap
	head -c 40000 /dev/zero >>new.img
	while read -r erase program erased after codec form; do
		map "$erase" "$program" "$erased" "$form"
		{ sed "s/codec: bsdiff/codec: $codec/" m.yaml && echo "after_commit: $after"; } >n.yaml
		"$OTATOOL" pack n.yaml -o p.otap --force --device map.yaml --json >said.json
		half=$((erase > 16384 ? erase : 16384)) stride=$((program > 512 ? program : 512))
		[ "$after" = keep ] && saves=1 || saves=2
		reads=0
		[ "$form" = otap ] || { stride=16384 reads=$((saves * 3 * 16384)); }
		few="off(\"programmed\") <= 256 + $program + $saves * $stride and
			off(\"erased\") <= $saves * ($stride / $erase | ceil) + $half / $erase and off(\"worn\") <= 1"
		from=was.otap
		kept "$few and off(\"read\") <= 1 / 200 * \$r.read + $reads and off(\"time_ms\") < 1 / 20 * \$s.time_ms + 100"
		from=old.img
		kept "$few and off(\"read\") <= 3 * 150000 + 1 / 200 * \$r.read + $reads"
	done <<-'ROWS'
		4096 256 0 keep auto otap
		4096 1 255 disable-previous bsdiff otap
		512 512 255 keep vcdiff otap
		65536 4096 0 disable-previous zstd otap
		16 16 255 keep otad otap
		4096 256 255 disable-previous bsdiff uboot-env
		65536 512 0 keep auto uboot-env
	ROWS
}

@test "costs: of the whole update where a component is there already" {
	needs_jq
	map 4096 16 0
	sed -i 's/^slots: .*/slots: [ { component: rootfs, size: 262144 }, { component: boot } ]/' map.yaml
	seq 1 30000 >boot.img
	printf '%s\n' 'format: otap-manifest' 'spec: "1.0"' 'product: test-board' 'version: 1.9.0' \
		'security_counter: 1' 'components:' '  - { name: boot, image: boot.img, payloads: [ { kind: full } ] }' \
		'  - { name: rootfs, image: old.img, payloads: [ { kind: full } ] }' >was.yaml
	sed -e 's/1.9.0/2.0.0/' -e 's/counter: 1/counter: 2/' -e 's/boot.img, .*/boot.img, payloads: [ { kind: present } ] }/' \
		-e 's/old.img, .*/new.img, payloads: [ { kind: full, compression: none } ] }/' was.yaml >n.yaml
	yes pack was.yaml -o was.otap
	"$OTATOOL" pack n.yaml -o p.otap --device map.yaml --json >said.json
	from=was.otap
	kept 'off("programmed") <= 1024 and off("erased") <= 5 and off("read") <= 1 / 200 * $r.read'
}

@test "costs: in JSON, with a slice and a package that are as long" {
	needs_jq
	"$OTATOOL" keygen -o k --no-passphrase
	run --separate-stderr "$OTATOOL" pack m.yaml -o p.otap --json
	[ "$status" = 0 ]
	[ "$(json '.sources | map(.takes) | join(", ")')" = 'rootfs delta, rootfs full' ]
	[ "$(json '.sources[0].hash')" = "sha256:$(sha old.img)" ]
	[ "$(json '.sources[1] | has("hash") or has("erases")')" = false ]
	[ "$(json 'has("installs")')" = false ]
	[ "$(json '.sources[0].full == .sources[1].fetch')" = true ]
	slice=$(json '.sources[0].slice')
	"$OTATOOL" slice p.otap --for old.img -o s.otap
	[ "$(stat -c %s s.otap)" = "$slice" ]
}

@test "costs: who can take none of the payloads, and what comes from packages" {
	sed -i 's/^  - name: rootfs/&\n    delta_only: true/; /kind: full/d' m.yaml
	yes pack m.yaml -n
	grep -qE 'anything else +rootfs none +source.mismatch' <<<"$output"
	printf '%s\n' 'format: otap-manifest' 'spec: "1.0"' 'product: test-board' 'version: 1.9.0' \
		'security_counter: 1' 'components:' '  - name: rootfs' '    image: old.img' \
		'    payloads: [ { kind: full } ]' >was.yaml
	yes pack was.yaml -o was.otap
	sed -i 's/from: old.img/from: was.otap/' m.yaml
	yes pack m.yaml -n
	grep -qE '^  1\.9\.0 +rootfs delta' <<<"$output"
}

# fielded ROW…: into f.csv, and 1.9.0 is what old.img runs
fielded()
{
	printf '%s\n' 'version,digest,count,name' "$@" >f.csv
	sed -i 's/from: old.img }/from: old.img, from_version: 1.9.0 }/' m.yaml
}

@test "--fielded: what each version takes, and what the fleet pays" {
	fielded 1.9.0,,1200,spring 1.8.0,,40, ",sha256:$(sha old.img),7,lab" 2.0.0,,3,new
	yes lint m.yaml --fielded f.csv
	yes pack m.yaml --fielded f.csv -n
	grep -qE '^  spring +1\.9\.0 +rootfs delta +1200 ' <<<"$output"
	grep -qE '^ +1\.8\.0 +rootfs full +40 ' <<<"$output"
	grep -qE '^  lab +1\.9\.0 +rootfs delta +7 ' <<<"$output"
	grep -qE '^  new +2\.0\.0 +nothing +3 +0$' <<<"$output"
	needs_jq
	run --separate-stderr "$OTATOOL" pack m.yaml --fielded f.csv -n --json
	[ "$status" = 0 ]
	[ "$(json '.fleet.devices')" = 1250 ]
	[ "$(json '.fleet.bytes == ([.fielded[] | .count * .fetch] | add)')" = true ]
	[ "$(json '.fleet.full == ([.fielded[] | .count * (.full // 0)] | add)')" = true ]
	[ "$(json '[.fielded[].fetch] == [.sources[0].fetch, .sources[1].fetch, .sources[0].fetch, 0]')" = true ]
	[ "$(json '.fielded[2].hash')" = "sha256:$(sha old.img)" ]
}

@test "--fielded: prices of the fleet" {
	fielded 1.9.0,,1000000,
	echo 'links: [ { name: lte, bytes_per_second: 9, price_per_mb: 1000 } ]' >>d.yaml
	yes pack m.yaml --fielded f.csv --device d.yaml -n
	fetch=$(awk '/^  1\.9\.0 +rootfs/ { print $4; exit }' <<<"$output")
	grep -qE "lte +$fetch\.000\$" <<<"$output"
}

@test "--fielded: a version that cannot take the package is stranded" {
	fielded 1.9.0,,1200, 1.8.0,,40, 2.0.1,,1,
	no 1 paths.stranded lint m.yaml --fielded f.csv
	has 'f.csv:4:1: error[paths.stranded]: 1 devices that run 2.0.1'
	echo 'allow_downgrade: true' >>m.yaml
	yes lint m.yaml --fielded f.csv
	echo 'requires: { version: ">=1.9.0" }' >>m.yaml
	no 1 paths.stranded lint m.yaml --fielded f.csv
	has 'f.csv:3:1: error[paths.stranded]: 40 devices that run 1.8.0 cannot take it: the package requires >=1.9.0'
	no 1 lint.failed pack m.yaml --fielded f.csv -o p.otap
	[ ! -e p.otap ]
}

@test "--fielded: a version that no payload fits is stranded" {
	fielded 1.9.0,,1200, 1.8.0,,40, ",sha256:$(sha new.img),1,"
	sed -i 's/^  - name: rootfs/&\n    delta_only: true/; /kind: full/d' m.yaml
	no 1 lint.failed pack m.yaml --fielded f.csv -o p.otap
	has 'f.csv:3:1: error[paths.stranded]: 40 devices that run 1.8.0 cannot take it: no payload fits'
	has 'f.csv:4:1: error[paths.stranded]'
	hasnt 'f.csv:2:'
	[ ! -e p.otap ]
}

@test "from_version: of one plain image; what a package says is not changed" {
	fielded
	sed -i 's/from: old.img/from: [old.img, new.img]/' m.yaml
	no 1 lint.range lint m.yaml
	has 'from_version is that of one image'
	printf '%s\n' 'format: otap-manifest' 'spec: "1.0"' 'product: test-board' 'version: 1.9.0' \
		'security_counter: 1' 'components:' '  - name: rootfs' '    image: old.img' \
		'    payloads: [ { kind: full } ]' >was.yaml
	yes pack was.yaml -o was.otap
	sed -i 's/from: .*new.img]/from: was.otap/' m.yaml
	yes lint m.yaml
	sed -i 's/from_version: 1.9.0/from_version: 1.9.1/' m.yaml
	no 1 lint.input lint m.yaml
	sed -i 's/kind: full,/kind: full, from_version: 1.9.1,/' m.yaml
	no 1 lint.unknown_key lint m.yaml
}

# bases N: base01.img … and a delta from each
bases()
{
	for i in $(seq -w 1 "$1"); do
		{ cat old.img && echo "$i"; } >"base$i.img"
	done
	sed -i 's/from: old.img/from: "base*.img"/' m.yaml
}

# counts: how many deltas were made, how many came out of the cache
counts() { json '"\(.deltas_made) \(.deltas_cached)"'; }

@test "--cache: the second run makes no delta, and the same package" {
	needs_jq
	bases 12
	run --separate-stderr "$OTATOOL" pack m.yaml --cache deltas -o a.otap --json
	[ "$status" = 0 ]
	[ "$(counts)" = '12 0' ]
	run --separate-stderr "$OTATOOL" pack m.yaml --cache deltas -o b.otap --json
	[ "$(counts)" = '0 12' ]
	cmp a.otap b.otap
	echo 13 >>base03.img
	run --separate-stderr "$OTATOOL" pack m.yaml --cache deltas -n --json
	[ "$(counts)" = '1 11' ]
	yes pack m.yaml -o c.otap --force
	hasnt 'Deltas made'
	[ "$(stat -c %a deltas)" = 700 ]
	[ "$(find deltas -type f ! -perm 600 | wc -l)" = 0 ]
	[ "$(find deltas -type f | wc -l)" = 13 ]
}

@test "--cache: what was altered is made anew, and said" {
	yes pack m.yaml --cache deltas -o a.otap
	flip deltas/* 100 3
	yes pack m.yaml --cache deltas -o b.otap
	has 'warning[hash.input]: old.img: the cache of deltas: an entry was altered'
	grep -qE '^Deltas made +1$' <<<"$output"
	cmp a.otap b.otap
	yes pack m.yaml --cache deltas -n
	grep -qE '^From the cache +1$' <<<"$output"
}

@test "--cache: a folder of one's own" {
	mkdir -m 777 open
	no 2 usage.argument pack m.yaml --cache open -n
	has 'others can write'
	no 2 usage.argument pack m.yaml --cache old.img -n
	no 4 io.system pack m.yaml --cache none/deltas -n
	[ ! -e none ]
}

@test "patch: needs a delta, and one that is not dropped" {
	cat >>m.yaml <<-'YAML'
		steps:
		  - { op: patch, component: rootfs }
		  - { op: verify, component: rootfs }
		  - { op: switch-slot }
		  - { op: health-check }
		  - { op: commit }
	YAML
	yes pack m.yaml -o p.otap
	device 33554432 600000
	no 1 lint.delta_larger pack m.yaml --device other.yaml -o q.otap
	has 'written by patch, but every delta was dropped'
	sed '/kind: delta/d' m.yaml >f.yaml
	no 1 lint.steps lint f.yaml
	has 'f.yaml:13:5'
	sed '/switch-slot/d' m.yaml >s.yaml
	no 1 lint.steps lint s.yaml
	has 'V2: without switch-slot'
}

# pair VERSION A B: a package of two components, VERSION.otap
pair()
{
	printf '%s\n' 'format: otap-manifest' 'spec: "1.0"' 'product: test-board' "version: $1" \
		'security_counter: 2' 'components:' \
		"  - { name: boot, image: $2, payloads: [ { kind: full }, $4 ] }" \
		"  - { name: rootfs, image: $3, payloads: [ { kind: full }, $4 ] }" | sed 's/, *\]/ ]/' >"$1.yaml"
	"$OTATOOL" pack "$1.yaml" -o "$1.otap" "${@:5}"
}

@test "costs: what several components name by one version is one source" {
	needs_jq
	seq 1 30000 >b0
	seq 1 30000 | sed s/9/x/ >b1
	seq 5 30005 >b2
	pair 1.0.0 b0 old.img ''
	pair 1.1.0 b1 old.img ''
	printf '%s\n' digest,version,count ",1.0.0,1" ",1.1.0,1" ",0.9.0,1" "sha256:$(sha b1),,1" \
		"sha256:$(sha old.img),,1" >f.csv
	run --separate-stderr pair 2.0.0 b2 new.img '{ kind: delta, codec: bsdiff, from: "1.*.otap" }' \
		--fielded f.csv --json
	[ "$status" = 0 ]
	[ "$(json '.sources | map(.runs) | join(" ")')" = '1.0.0 1.1.0 anything else' ]
	[ "$(json '.sources[0].takes')" = 'boot delta, rootfs delta' ]
	[ "$(json '.sources[2].takes')" = 'boot full, rootfs full' ]
	[ "$(json '.fielded | map(.takes) | unique | length')" = 2 ]
	[ "$(json '.fielded[2].takes')" = 'boot full, rootfs full' ]
	[ "$(json '.fielded[3].runs')" = 1.1.0 ]
	[ "$(json '.fielded[3].takes')" = 'boot delta, rootfs delta' ]
}
