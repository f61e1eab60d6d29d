#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetch real images for the tests into DIR (build/corpus): microcontroller firmware from the npm
# package @pybricks/firmware and two arm64 kernels from Debian, and tuf-js with what it needs, each through its own client, so
# that the user's registry and mirror settings apply. Offline: says SKIPPED and exits 0; the tests
# that want the files then skip, visibly.
set -u
cd "$(dirname "$0")/../.." || exit 1
mkdir -p "${1:-build/corpus}"
dir=$(cd "${1:-build/corpus}" && pwd) || exit 1
quick() { timeout "${FETCH_SECONDS:-60}" "$@" >"$dir/fetch.log" 2>&1; }

firmware() # VERSION: DIR/firmware-VERSION/HUB.bin
{
	out=$dir/firmware-$1
	[ -d "$out" ] && return 0
	w=$(mktemp -d "$dir/tmp.XXXXXX")
	command -v npm >/dev/null && command -v unzip >/dev/null &&
		quick npm pack --silent --pack-destination "$w" "@pybricks/firmware@$1" &&
		tar -xzf "$w"/*.tgz -C "$w" && mkdir "$w/out" &&
		for zip in "$w"/package/build/*.zip; do
			hub=$(basename "$zip" .zip)
			unzip -p "$zip" firmware-base.bin >"$w/out/$hub.bin" 2>/dev/null
			[ -s "$w/out/$hub.bin" ] || rm -f "$w/out/$hub.bin"
		done && [ -n "$(ls "$w/out")" ] && mv "$w/out" "$out"
	st=$?
	rm -rf "$w"
	return $st
}

# Debian's own arm64 lists in a folder of ours: no root, and the system's apt is not touched.
kernels() # DIR/vmlinuz-old DIR/vmlinuz-new: the two newest cloud kernels
{
	[ -f "$dir/vmlinuz-new" ] && [ -f "$dir/vmlinuz-old" ] && return 0
	command -v apt-get >/dev/null || return 1
	w=$(mktemp -d "$dir/tmp.XXXXXX")
	mkdir -p "$w/lists/partial" "$w/cache/archives/partial"
	set -- -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User= \
		-o "Dir::State::lists=$w/lists" -o "Dir::Cache=$w/cache" -o Dir::State::status=/dev/null
	quick apt-get "$@" update
	names=$(apt-cache "$@" search --names-only '^linux-image-[0-9].*-cloud-arm64$' 2>/dev/null |
		awk '/\(signed\)/ { print $1 }' | sort -V | tail -n 2)
	n=0
	for name in $names; do
		(cd "$w" && quick apt-get "$@" download "$name") || break
		dpkg-deb --fsys-tarfile "$w/${name}_"*.deb |
			tar -xOf - --wildcards './boot/vmlinuz-*' >"$w/$n" || break
		n=$((n + 1))
	done
	[ "$n" = 2 ] && mv "$w/0" "$dir/vmlinuz-old" && mv "$w/1" "$dir/vmlinuz-new"
	st=$?
	rm -rf "$w"
	return $st
}

tuf_js() # DIR/tuf-js/node_modules: the TUF client of npm, which judges our roots
{
	[ -d "$dir/tuf-js" ] && return 0
	command -v npm >/dev/null || return 1
	w=$(mktemp -d "$dir/tmp.XXXXXX")
	quick npm install --silent --ignore-scripts --no-package-lock --prefix "$w" tuf-js@3.1.0 &&
		[ -f "$w/node_modules/tuf-js/dist/store.js" ] && mv "$w" "$dir/tuf-js"
	st=$?
	rm -rf "$w"
	return $st
}

for version in 7.22.0 7.27.0 7.28.0; do
	firmware $version || echo "SKIPPED corpus: npm package @pybricks/firmware $version not reachable"
done
tuf_js || echo "SKIPPED corpus: npm package tuf-js not reachable"
kernels || echo "SKIPPED corpus: Debian's linux-image-*-cloud-arm64 not reachable"
