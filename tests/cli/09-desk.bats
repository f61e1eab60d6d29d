#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is checked and told before a package leaves the desk.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz '{ kind: delta, from: old.img }'
	"$OTATOOL" pack m.yaml -o was.otap
}

# to KEY VALUE: in the manifest
to() { sed -i "s/^$1:.*/$1: $2/" m.yaml; }

@test "--previous: newer, or the same again, is fine" {
	yes lint m.yaml --previous was.otap
	to version 2.0.1
	yes lint m.yaml --previous was.otap
	to security_counter 3
	echo 'release: { severity: security }' >>m.yaml
	yes pack m.yaml --previous was.otap -o p.otap
	# With the counter as it was, normal will do.
	to security_counter 2
	sed -i 's/security }/normal }/' m.yaml
	yes pack m.yaml --previous was.otap -o q.otap
}

@test "--previous: neither version nor counter goes back, and all is said at once" {
	to version 1.9.9
	to security_counter 1
	no 1 lint.failed pack m.yaml --previous was.otap -o p.otap
	has 'm.yaml:4:10: error[lint.version_back]'
	has 'm.yaml:5:19: error[lint.counter_back]'
	[ ! -e p.otap ]
	no 1 lint.version_back lint m.yaml --previous was.otap
	# On purpose: a warning. The counter has no such word.
	echo 'allow_downgrade: true' >>m.yaml
	no 1 lint.counter_back lint m.yaml --previous was.otap
	has 'warning[lint.version_back]'
	to security_counter 2
	yes lint m.yaml --previous was.otap
	has 'warning[lint.version_back]'
}

@test "--previous: a version never stands for other images" {
	cp old.img other.img
	sed -i 's/image: new.img/image: other.img/' m.yaml
	no 1 lint.repeated lint m.yaml --previous was.otap
	printf x >>other.img
	no 1 lint.repeated lint m.yaml --previous was.otap
	to version 2.0.0+build.7
	no 1 lint.repeated lint m.yaml --previous was.otap
	to version 2.0.1
	yes lint m.yaml --previous was.otap
}

@test "--previous: each variant is compared with itself" {
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
		      - { when: { fact: hw.revision, op: le, value: 2 }, image: old.img, payloads: [ { kind: full } ] }
	YAML
	yes pack v.yaml -o v.otap
	yes lint v.yaml --previous v.otap
	sed -i 's/old.img/new.img/' v.yaml
	no 1 lint.repeated lint v.yaml --previous v.otap
}

@test "--previous: V12, security raises the counter" {
	to version 2.0.1
	for severity in security critical; do
		{ cat m.yaml && echo "release: { severity: $severity }"; } >s.yaml
		no 1 lint.severity lint s.yaml --previous was.otap
		sed -i 's/^security_counter:.*/security_counter: 3/' s.yaml
		yes lint s.yaml --previous was.otap
	done
}

@test "--previous: of the same product, and a package" {
	to product other
	no 1 lint.previous lint m.yaml --previous was.otap
	no 3 malformed.magic lint m.yaml --previous new.img
	no 4 io.system lint m.yaml --previous none.otap
}

@test "--previous: the findings in JSON" {
	needs_jq
	to version 1.0.0
	run --separate-stderr "$OTATOOL" lint m.yaml --previous was.otap --json
	[ "$status" = 1 ]
	[ "$(json '.findings[0].id')" = lint.version_back ]
	[ "$(json '.findings[0].line')" = 4 ]
}
