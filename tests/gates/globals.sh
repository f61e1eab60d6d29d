#!/bin/sh
# SPDX-License-Identifier: MIT
# libota has no mutable file-scope variable: globals.sh OBJECT…
# Tables of pointers land in .data.rel.ro, which is read-only once the program runs.
set -u
[ $# -gt 0 ] || { echo "globals.sh: no objects"; exit 1; }
found=$(for o; do
	objdump -t "$o" | awk -v o="$o" '$0 ~ /^[0-9a-f]+ .{7} / {
		# address, 7 flag letters, section, size, name: the flags may hold spaces
		flags = substr($0, index($0, " ") + 1, 7)
		n = split(substr($0, index($0, " ") + 9), f, /[ \t]+/)
		if (flags ~ /O/ && f[1] ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && f[1] !~ /^\.data\.rel\.ro/)
			print o ": " f[n] " in " f[1]
	}'
done)
[ -z "$found" ] && echo "ok globals" && exit 0
printf '%s\n' "$found"
echo "not ok globals: mutable file-scope variables"
exit 1
