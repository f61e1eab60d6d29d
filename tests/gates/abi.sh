#!/bin/sh
# SPDX-License-Identifier: MIT
# What libota.so exports = libota/abi.list = what the public headers declare: abi.sh SO [--update]
# Names only ever come; one that goes is a new SONAME.
set -u
so=$(realpath "${1:?libota.so}")
cd "$(dirname "$0")/../.." || exit 1
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >"$w/so"
# A declaration is joined over its lines; its name stands before the first parenthesis that
# follows the return type.
cat libota/include/ota/*.h | awk '/^OTA_API/ { d = "" } /^OTA_API/, /;/ {
	d = d " " $0
	if ($0 ~ /;/) { match(d, /[ *]ota_[a-z0-9_]+\(/); print substr(d, RSTART + 1, RLENGTH - 2) }
}' | LC_ALL=C sort >"$w/headers"
[ "${2:-}" = --update ] && cp "$w/so" libota/abi.list
failed=0
diff -u libota/abi.list "$w/so" || { echo "not ok abi: libota.so differs from libota/abi.list"; failed=1; }
diff -u "$w/headers" "$w/so" || { echo "not ok abi: libota.so differs from its headers"; failed=1; }
readelf -d "$so" | grep -q 'SONAME.*libota\.so\.0' || { echo "not ok abi: SONAME"; failed=1; }
[ $failed = 0 ] && echo "ok abi"
exit $failed
