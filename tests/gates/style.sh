#!/bin/sh
# SPDX-License-Identifier: MIT
# House style: clang-format, the rules of style.awk, shellcheck, and no step that hides its failure.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0
check() # NAME COMMAND…: its output shows only when it fails
{
	name=$1
	shift
	if out=$("$@" 2>&1); then
		echo "ok style: $name"
	else
		printf '%s\n' "$out" | head -n 40
		echo "not ok style: $name"
		failed=1
	fi
}
# grep that succeeds when it finds nothing
# shellcheck disable=SC2317 # called by check
absent() { ! grep -nE "$@"; }
# shellcheck disable=SC2317
plain() { LC_ALL=C grep -rlaP '\x00' "$@" >&2; [ $? = 1 ]; }

c=$(find cli libota tests keys formats -name '*.[ch]' | sort)
shipped=$(echo "$c" | grep -E '^(cli|libota)/')
sh=$(grep -lE '^#!.*(sh|bats)$' -r .ci tests formats keys man 2>/dev/null | sort)
# shellcheck disable=SC2086 # lists of names without spaces
{
	# Other versions of clang-format disagree with ours about the same settings.
	if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
		check clang-format clang-format --dry-run -Werror $c
	else
		echo "SKIPPED style: clang-format 14 is not here"
	fi
	check rules awk -f tests/gates/style.awk $c
	if command -v shellcheck >/dev/null; then
		check shellcheck shellcheck -S warning $sh
	else
		echo "SKIPPED style: shellcheck is not here"
	fi
	# But for a process that may be gone already.
	check 'no hidden failure' absent '^[ 	]*([^kw ]|k[^i]|w[^a]).*\|\|[ ]*(true|:)([ ;)]|$)' $sh Makefile tests/*.mk
	check 'no shell' absent '(^|[^a-z_])(system|popen|exec[lv]p?e?) ?\(' $shipped
	check 'no binary file' plain .ci cli formats keys libota man tests
	check 'tabs, no trailing space' absent '[ 	]+$' $c $sh Makefile tests/*.mk
}
exit $failed
