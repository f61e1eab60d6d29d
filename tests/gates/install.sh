#!/bin/sh
# SPDX-License-Identifier: MIT
# `make install` gives a library that a stranger's program finds and links, static and shared;
# `make uninstall` takes every file away; `make dist` gives the same bytes twice.
set -eu
cd "$(dirname "$0")/../.."
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
make -s install DESTDIR="$w/root" PREFIX=/usr >"$w/log"
export PKG_CONFIG_PATH="$w/root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$w/root"
cp libota/examples/verify.c "$w"
# shellcheck disable=SC2046 # flags
{
	${CC:-cc} -o "$w/shared" "$w/verify.c" $(pkg-config --cflags --libs libota)
	${CC:-cc} -o "$w/static" "$w/verify.c" $(pkg-config --cflags libota) "$w/root/usr/lib/libota.a" \
		$(pkg-config --static --libs-only-l libota | sed 's/-lota //')
}
LD_LIBRARY_PATH=$w/root/usr/lib "$w/shared" /dev/null /dev/null 2>"$w/out" && exit 1
grep -q '^ota1 E0' "$w/out"
"$w/static" /dev/null /dev/null 2>"$w/out" && exit 1
grep -q '^ota1 E0' "$w/out"
"$w/root/usr/bin/otatool" version >"$w/log"
make -s uninstall DESTDIR="$w/root" PREFIX=/usr >"$w/log"
left=$(find "$w/root" ! -type d)
[ -z "$left" ] || { echo "uninstall leaves: $left"; exit 1; }
if git rev-parse -q --verify HEAD >"$w/log" 2>&1; then
	archive=$(make -s dist | tail -n 1)
	first=$(sha256sum <"$archive")
	make -s dist >"$w/log"
	[ "$first" = "$(sha256sum <"$archive")" ]
fi
echo "ok install"
