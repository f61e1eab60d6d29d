#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header stands alone, in C and in C++, and keeps the rules of the house.
set -u
cd "$(dirname "$0")/../.." || exit 1
cc=${CC:-cc} failed=0
bad() { echo "not ok headers: $*"; failed=1; }

for h in libota/include/ota/*.h; do
	w='-Wall -Wextra -Wconversion -Wshadow -Werror -Ilibota/include -fsyntax-only'
	# shellcheck disable=SC2086 # flags
	echo "#include <ota/${h##*/}>" | $cc -std=c11 $w -Wstrict-prototypes -xc - ||
		bad "$h does not compile alone as C11"
	if command -v g++ >/dev/null; then
		# shellcheck disable=SC2086 # flags
		echo "#include <ota/${h##*/}>" | g++ -std=c++11 $w -xc++ - ||
			bad "$h does not compile alone as C++11"
	fi
	grep -hE '^# *include' "$h" | grep -vE '<(stddef|stdint|stdbool)\.h>|<ota/[a-z]+\.h>' &&
		bad "$h: only stddef.h, stdint.h, stdbool.h and <ota/…>"
	grep -nE '(static )?inline|^[^*/]*[a-z_0-9] : [0-9]+;' "$h" &&
		bad "$h: no inline code, no bit-fields"
	# Options and ops grow at the end: they begin with their size.
	awk '/^typedef struct ota_[a-z_]*_(options|result|config|ops|state) \{/ {
		name = $3; getline
		if ($0 !~ /^\tsize_t size;/) { print FILENAME ": " name " does not begin with size_t size"; f = 1 }
	} END { exit f }' "$h" || bad "$h: struct without size"
done
[ $failed = 0 ] && echo "ok headers"
exit $failed
