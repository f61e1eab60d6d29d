#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line itself: options, help, completion, streams, exit codes.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture && signed
}

@test "no verb, a wrong verb, a near verb" {
	no 2 usage.verb
	no 2 usage.verb frobnicate
	no 2 usage.verb verfy
	has "did you mean 'verify'?"
}

@test "an unknown option names the near one; no abbreviations" {
	no 2 usage.option verify p.otap --kye k.pub
	has "did you mean --key?"
	no 2 usage.option verify p.otap --exp --key k.pub
}

@test "a repeated option is an error, in both spellings" {
	no 2 usage.option verify p.otap --key k.pub --key k.pub
	no 2 usage.option verify p.otap --key k.pub -k k.pub
	no 2 usage.option verify p.otap --deep --deep --key k.pub
}

@test "--opt=value, --opt value, -ovalue, -- and -" {
	yes verify p.otap --key=k.pub
	yes verify --key k.pub -- p.otap
	yes verify -kk.pub p.otap
	cp p.otap ./--deep
	yes verify --key k.pub -- --deep
}

@test "a value that is missing, empty, or none" {
	no 2 usage.option verify p.otap --key
	no 2 usage.option verify p.otap --key=
	no 2 usage.option verify p.otap --key ''
	no 2 usage.option verify p.otap --key k.pub --deep=yes
	no 2 usage.argument verify '' --key k.pub
}

@test "every option that takes a value refuses the empty one" {
	for verb in keygen init diff patch lint pack sign verify inspect compare repro-check extract apply-sim; do
		for opt in $("$OTATOOL" "$verb" --help | sed -n 's/^ *\(-., \)\?\(--[a-z-]*\) [A-Z].*/\2/p'); do
			no 2 usage.option "$verb" a b "$opt" ''
			no 2 usage.option "$verb" a b "$opt="
		done
	done
}

@test "numbers, sizes, times and choices are strict" {
	for jobs in 0 257 1x -1 0x2 99999999999999999999; do
		no 2 usage.option verify p.otap --key k.pub --jobs "$jobs"
	done
	no 2 usage.option verify p.otap --key k.pub --memory 1Q
	no 2 usage.option verify p.otap --key k.pub --memory 99999999T
	no 2 usage.option verify p.otap --key k.pub --at yesterday
	no 2 usage.option verify p.otap --key k.pub --at 2026-02-30T00:00:00Z
	no 2 usage.option verify p.otap --key k.pub --progress sometimes
	has "auto, always, never, json"
	yes verify p.otap --key k.pub --jobs 3 --memory 64M --at 2026-01-01T00:00:00Z --progress never
}

@test "operands: too few, too many" {
	no 2 usage.argument verify --key k.pub
	no 2 usage.argument verify p.otap p.otap --key k.pub
	no 2 usage.argument version now
}

@test "every verb has --help, help VERB, and JSON of both" {
	needs_jq
	# Two words of some: not quoted.
	# shellcheck disable=SC2086
	while read -r verb; do
		yes $verb --help
		has "Usage            otatool $verb "
		yes help $verb --json
		[ "$(json '.options | length')" -ge 3 ]
		[[ "$(json .usage)" == "otatool $verb "* ]]
		yes $verb --help --json
		[ "$(json .schema)" = "otatool.${verb/ /.}" ]
	done < <("$OTATOOL" help --json | jq -r '.verbs[].name')
	no 2 usage.topic help nothing
	no 2 usage.topic help apply-sim nothing
	no 2 usage.topic help verify init
	yes help exit-codes
	yes help environment
	yes --help
	yes --version
}

@test "help errors has every id" {
	yes help errors
	[ "$(grep -c '^ *[0-9]' <<<"$output")" = "$(grep -c '^X(' "$BATS_TEST_DIRNAME/../../libota/include/ota/ids.h")" ]
	has rollback.counter
}

@test "explain reads ids, numbers and records" {
	yes explain signature.threshold
	has "Exit code        1"
	yes explain 302
	has signature.threshold
	yes explain E0302
	yes explain 'error[signature.threshold]:'
	yes explain ota1 E0302 signature.threshold d=9f2c41d0 release=1/2
	has 9f2c41d0
	no 2 usage.argument explain signature.treshold
	has "did you mean signature.threshold?"
	no 2 usage.argument explain 9999
}

@test "completion: a script a shell accepts, with every verb in it" {
	"$OTATOOL" completion bash >c.bash
	bash -n c.bash
	COMP_WORDS=(otatool ver) COMP_CWORD=1
	# shellcheck source=/dev/null
	. ./c.bash
	_otatool
	[ "${COMPREPLY[*]}" = "verify version" ]
	COMP_WORDS=(otatool verify --k) COMP_CWORD=2
	_otatool
	[ "${COMPREPLY[*]}" = "--key" ]
	COMP_WORDS=(otatool apply-sim --health '') COMP_CWORD=3
	_otatool
	[ "${COMPREPLY[*]}" = "good bad hang" ]
	COMP_WORDS=(otatool apply-sim st) COMP_CWORD=2
	_otatool
	[ "${COMPREPLY[*]}" = status ]
	COMP_WORDS=(otatool apply-sim init d --) COMP_CWORD=4
	_otatool
	[[ " ${COMPREPLY[*]} " == *" --from "* && " ${COMPREPLY[*]} " != *" --slot-a "* ]]
	for shell in zsh fish; do
		"$OTATOOL" completion $shell >c.$shell
		grep -q apply-sim c.$shell
		! command -v $shell >/dev/null || $shell -n c.$shell
	done
	no 2 usage.argument completion tcsh
}

@test "stdout is checked: a full device is exit 4" {
	[ -e /dev/full ] || skip "no /dev/full"
	for args in version "help errors" "verify p.otap --key k.pub" "inspect p.otap --json" "completion zsh"; do
		run bash -c "'$OTATOOL' $args >/dev/full"
		is 4 'error[io.write]'
	done
	run bash -c "'$OTATOOL' diff old.img new.img -o - >/dev/full"
	[ "$status" = 4 ]
}

@test "closed standard streams do no harm, and a result that has nowhere to go is exit 4" {
	code=0
	"$OTATOOL" verify p.otap --key k.pub >&- 2>&- <&- || code=$?
	[ "$code" = 4 ]
	"$OTATOOL" verify p.otap --key k.pub 2>&- <&-
	cmp p.otap "$BATS_FILE_TMPDIR/p.otap"
	run bash -c "(exec 1>&-; '$OTATOOL' diff old.img new.img -o -)"
	is 4 'error[io.'
	run bash -c "(exec 0<&-; '$OTATOOL' verify - --key k.pub)"
	is 4 'error[io.system]'
}

@test "--json: one object with schema, version, ok and exit, on failure too" {
	needs_jq
	for args in "verify p.otap --key k.pub" "inspect p.otap" "version" "explain 302" "lint m.yaml" \
		"pack m.yaml --dry-run" "verify" "verify none --key k.pub" "frobnicate"; do
		# shellcheck disable=SC2086
		run --separate-stderr "$OTATOOL" $args --json
		echo "$output"
		[ "$(json '.exit')" = "$status" ]
		[ "$(json '.ok')" = "$([ "$status" = 0 ] && echo true || echo false)" ]
		[ "$(json '.version')" = 1 ]
		[[ "$(json '.schema')" == otatool.* ]]
		[ "$status" = 0 ] || [ "$(json '.error.id')" != null ]
	done
}

@test "--json with the artefact on stdout is refused" {
	no 2 usage.option diff old.img new.img -o - --json
}

@test "progress: json lines on stderr, nothing on stdout" {
	needs_jq
	"$OTATOOL" verify p.otap --key k.pub --progress json >out 2>err
	refuses grep -q event out
	[ ! -s err ] || jq -es 'all(.event != null)' <err >/dev/null
	"$OTATOOL" verify p.otap --key k.pub 2>err >/dev/null
	[ ! -s err ]
}

@test "a name that is not UTF-8 or drives a terminal is masked" {
	needs_jq
	bad=$(printf 'x\033[2J\377.otap')
	no 4 io.system verify "$bad" --key k.pub
	hasnt $'\033'
	run --separate-stderr "$OTATOOL" inspect "$bad" --json
	json .error.message
	cp p.otap "$bad"
	yes inspect "$bad" --json
	[[ "$(json .file)" == *'\x'* ]]
}

@test "binary is not written to a terminal" {
	command -v script >/dev/null || skip "script is not installed"
	run script -qec "'$OTATOOL' diff old.img new.img -o -" /dev/null
	is 2 'error[usage.terminal]'
}

@test "colours on a terminal, none with NO_COLOR" {
	command -v script >/dev/null || skip "script is not installed"
	TERM=xterm NO_COLOR='' run script -qec "'$OTATOOL' frob" /dev/null
	grep -q $'\033\[1;31m' <<<"$output"
	TERM=xterm NO_COLOR=1 run script -qec "'$OTATOOL' frob" /dev/null
	hasnt $'\033'
}

@test "SIGTERM ends it by the signal and leaves nothing behind" {
	head -c 6000000 /dev/urandom >a
	head -c 6000000 /dev/urandom >b
	"$OTATOOL" diff a b -o out.patch &
	pid=$!
	sleep 0.3
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	[ "$code" = 143 ]
	[ ! -e out.patch ]
	no_leftovers
}

@test "the exit code of a signal is 128+n, in JSON and in every explanation" {
	needs_jq
	yes explain cancelled
	has "Exit code        128+n"
	yes help errors
	grep -qE '^ *6 .*128\+n' <<<"$output"
	mkfifo pipe
	"$OTATOOL" sign pipe -k k.key -o out.otap --json >json 2>err &
	pid=$!
	exec 9>pipe
	head -c 100 p.otap >&9
	sleep 0.3
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	[ "$code" = 143 ]
	[ "$(jq .exit <json)" = 143 ]
	[ "$(jq -r .error.id <json)" = cancelled ]
	[ ! -e out.otap ]
	exec 9>&-
}
