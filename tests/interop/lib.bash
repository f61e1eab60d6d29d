# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the interop tests share. bats runs each test in a folder of its own.
CORPUS=$(realpath -m "$BATS_TEST_DIRNAME/../../build/corpus")
VERIFIER=$(realpath "$BATS_TEST_DIRNAME/../../formats/otap-verify.sh")
JUDGE=$(realpath -m "$BATS_TEST_DIRNAME/../../${B:-build/release}/judge")
export CORPUS VERIFIER JUDGE
# shellcheck source=../lib.sh
. "$BATS_TEST_DIRNAME/../lib.sh"

# What the program must say: yes, or no for this very reason.
yes() { "$OTATOOL" "$@" >out 2>err || { cat out err; return 1; }; }
no() # EXIT ID ARGS…
{
	want=$1 id=$2 rc=0
	shift 2
	"$OTATOOL" "$@" >out 2>err || rc=$?
	cat err
	[ $rc = "$want" ] && grep -qF "[$id]" err
}

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }
need() { command -v "$1" >/dev/null || skip "$1 is not installed"; }
have() { for f; do [ -f "$f" ] || skip "${f#"$CORPUS"/} was not fetched (offline?)"; done; }
