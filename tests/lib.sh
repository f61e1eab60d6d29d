# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the shell tests share. OTATOOL is the program under test.
: "${OTATOOL:=$(dirname "$(realpath "$0")")/../../build/release/otatool}"

# Two similar images of 108 KB, the same on every machine, and a manifest that packs them.
# fixture [COMPRESSION] [PAYLOAD-LINE…]
fixture()
{
	seq 1 20000 >old.img
	seq 1 20000 | sed 's/77/7x7/' >new.img
	cat >m.yaml <<-YAML
		format: otap-manifest
		spec: "1.0"
		product: test-board
		version: 2.0.0
		security_counter: 2
		components:
		  - name: rootfs
		    slot: ab
		    image: new.img
		    payloads:
		      - { kind: full, compression: ${1:-xz} }
	YAML
	[ $# -le 1 ] || { shift; printf '      - %s\n' "$@" >>m.yaml; }
}

# A key pair k.key, k.pub, and p.otap: m.yaml packed and signed.
signed()
{
	[ -f k.key ] || "$OTATOOL" keygen -o k --no-passphrase >/dev/null || return 1
	"$OTATOOL" pack m.yaml -o p.otap >/dev/null && "$OTATOOL" sign p.otap -k k.key >/dev/null
}

# The Ed25519 secret of a key file without passphrase, as PKCS #8 (RFC 8410).
openssl_key()
{
	printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040'
	sed -n 's/^secret: //p' "$1" | base64 -d
}

# Flip bit $3 of byte $2 of file $1, in place.
flip()
{
	b=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	printf '%b' "\\0$(printf %o $((b ^ (1 << $3))))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

sha() { sha256sum <"$1" | cut -d ' ' -f 1; }
