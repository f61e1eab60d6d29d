# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# What the tests of the program share. A file makes its inputs once, in setup_file; each test
# works on a copy of them.
: "${OTATOOL:=$(realpath "$BATS_TEST_DIRNAME/../..")/build/release/otatool}"
export OTATOOL
# shellcheck source=../lib.sh
. "$BATS_TEST_DIRNAME/../lib.sh"

setup()
{
	cp -r "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return 1
}

bats_require_minimum_version 1.5.0

# yes ARGS…: it says yes; the output is in $output
yes()
{
	run "$OTATOOL" "$@"
	echo "$output"
	[ "$status" = 0 ]
}

# no CODE ID ARGS…: it says no, for this very reason
no()
{
	local code=$1 id=$2
	shift 2
	run "$OTATOOL" "$@"
	echo "$output"
	[ "$status" = "$code" ] && grep -qF "error[$id]" <<<"$output"
}

# is CODE TEXT…: what the last `run` came to
is()
{
	local code=$1
	shift
	echo "exit $status: $output"
	[ "$status" = "$code" ] || return 1
	for text; do has "$text" || return 1; done
}

# bats ignores a failing `!`, and what fails before the end of an && list.
hasnt() { if has "$1"; then return 1; fi; }
refuses() { if "$@"; then return 1; fi; }
has() { grep -qF -- "$1" <<<"$output"; }

# json FILTER: what jq makes of $output, which must be exactly one object
json()
{
	jq -rs "if length == 1 then .[0] else error(\"not one object\") end | ($1)" <<<"$output"
}
needs_jq() { command -v jq >/dev/null || skip "jq is not installed"; }

# What nobody but its owner should find after a failure: no temporary files.
no_leftovers() { [ -z "$(find . -name '.ota-*' -o -name '*.tmp')" ]; }
