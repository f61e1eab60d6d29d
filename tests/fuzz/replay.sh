#!/bin/bash
# SPDX-License-Identifier: MIT
# The seeds and their truncations through every target, built without libFuzzer.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build/release}
make --no-print-directory -s B="$B" fuzzers || exit 1
rm -rf "$B/seeds" && tests/fuzz/seeds.sh "$B/seeds" || exit 1
failed=0
for f in tests/fuzz/fuzz_*.c; do
	t=$(basename "$f" .c)
	if "$B/$t" "$B/seeds/${t#fuzz_}"/*; then
		echo "ok $t"
	else
		echo "not ok $t"
		failed=1
	fi
done
exit $failed
