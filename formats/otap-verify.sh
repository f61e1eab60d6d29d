#!/bin/sh
# SPDX-License-Identifier: MIT
# A second verifier, written from otap.md alone: otap-verify.sh PKG|SLICE PUB. Exit 0: whole and
# signed by PUB; 1: not. Needs GNU coreutils, sed, grep, gzip and openssl.
set -eu
pkg=$1 pub=$2
w=$(mktemp -d) && trap 'rm -rf "$w"' EXIT
no() { echo "otap-verify: $*" >&2; exit 1; }
sha() { s=$(openssl dgst -r "-${1:-$hash}") && echo "${s%% *}"; } # [ALGORITHM]
part() { dd if="$pkg" iflag=skip_bytes,count_bytes skip="$1" count="$2" bs=64K status=none; } # OFFSET LENGTH
up() { echo $((($1 + align - 1) / align * align)); }
pad() { [ "$1" = "$2" ] || [ -z "$(part "$1" $(($2 - $1)) | tr -d '\0' | od -An)" ] || no "padding at byte $1"; }

words() { od -An -v --endian=little -tu4 -j "$1" -N "$2" "$pkg"; } # OFFSET LENGTH

# Section 7: the header of a slice; its signatures and tables follow without a pad.
base=0 used=
# shellcheck disable=SC2046 # words
set -- $(words 0 64)
if [ "${1:-} ${2:-}" = '1398034313 169478669' ]; then
	[ $# = 16 ] && [ "$3 ${13} ${14} ${15}" = '4194305 0 0 0' ] || no 'slice header'
	[ "$(part 0 60 | gzip -c | tail -c 8 | od -An --endian=little -tu4 -N 4 | tr -d ' ')" = "${16}" ] ||
		no 'slice header'
	base=64 used=$4
fi
# in_slice SECTION: bit i mod 8 of byte i / 8
in_slice()
{
	[ -n "$used" ] || return 0
	b=$(od -An -tu1 -j $((16 + $1 / 8)) -N 1 "$pkg") && [ $((b >> $1 % 8 & 1)) = 1 ]
}

# Section 1: the header as 32-bit words, and every offset derived from it.
# shellcheck disable=SC2046 # words
set -- $(words $base 52)
[ $# = 13 ] && [ "$1 $2" = '1096044425 436866384' ] || no 'not a package'
[ $(($3 % 65536)) = 1 ] && [ $(($4 % 65536)) = 128 ] && [ "$5" = 0 ] || no 'version or flags'
case $(($4 / 65536)) in # and an entry's bytes: section 2
1) hash=sha256 entry=48 ;;
2) hash=sha512 entry=80 ;;
3) hash=sha3-256 entry=48 ;;
*) no 'hash' ;;
esac
mlen=$7 cap=$8 tlen=$(($9 + (${10} << 32))) dlen=$((${11} + (${12} << 32))) align=$((1 << (${13} % 256)))
[ "$mlen" -le 1048576 ] && [ "$cap" -le 65536 ] && [ "$tlen" -le 67108864 ] || no 'a limit'
size=$(stat -Lc %s "$pkg")
[ -z "$used" ] || { [ "$used" -le "$cap" ] && align=1 cap=$used; } || no 'slice header'
sig=$(up $((base + 128 + mlen))) && tab=$((sig + cap)) && data=$(up $((tab + tlen)))
[ -n "$used" ] || [ "$size" = $((data + dlen)) ] || no 'length'

# trust.md section 1: the key as SubjectPublicKeyInfo, its id, and what verifies with it.
scheme=$(sed -n 's/^scheme: //p' "$pub") raw=$(sed -n 's/^public: //p' "$pub")
dgst() { openssl dgst "$@" -verify "$w/pem" -signature "$w/sig" "$w/tbs"; }
pss() { dgst "-$1" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest; }
tail=''
case $scheme in
ed25519) type=ed25519 head=302a300506032b6570032100 ;;
ecdsa-sha2-nistp256) type=ecdsa head=3059301306072a8648ce3d020106082a8648ce3d030107034200 ;;
ecdsa-sha2-nistp384) type=ecdsa head=3076301006072a8648ce3d020106052b81040022036200 ;;
rsassa-pss-sha256 | rsassa-pss-sha512)
	type=rsa tail=0203010001 head=308201a2300d06092a864886f70d01010105000382018f003082018a0282018100
	[ ${#raw} = 512 ] || head=30820222300d06092a864886f70d01010105000382020f003082020a0282020100
	;;
*) no 'key scheme' ;;
esac
bytes() { env printf "$(echo "$1" | sed 's/../\\x&/g')"; } # HEX
{
	echo '-----BEGIN PUBLIC KEY-----'
	{ bytes $head && echo "$raw" | base64 -d && bytes $tail; } | base64 -w 64
	echo '-----END PUBLIC KEY-----'
} >"$w/pem"
case $type in
ed25519) public=$(echo "$raw" | base64 -d | od -An -v -tx1 | tr -d ' \n') ;;
*) public=$(cat "$w/pem" && echo .) && public=${public%.} ;;
esac
keyid=$(printf '{"keytype":"%s","keyval":{"public":"%s"},"scheme":"%s"}' "$type" "$public" "$scheme" | sha sha256)
verifies()
{
	case $scheme in
	ed25519) openssl pkeyutl -verify -pubin -inkey "$w/pem" -rawin -in "$w/tbs" -sigfile "$w/sig" ;;
	ecdsa-sha2-nistp256) dgst -sha256 ;;
	ecdsa-sha2-nistp384) dgst -sha384 ;;
	*) pss "${scheme##*-}" ;;
	esac
}

# Section 4: rebuild what was signed, and look for the key's good line.
digest=$(part $base $((128 + mlen)) | sha)
part "$sig" "$cap" >"$w/area" && tr -d '\0' <"$w/area" >"$w/lines"
{ cat "$w/lines" && head -c $((cap - $(stat -c %s "$w/lines"))) /dev/zero; } | cmp -s - "$w/area" ||
	no 'signature area'
[ -z "$used" ] || { [ "$(stat -c %s "$w/lines")" = "$cap" ] && [ -z "$(tail -c 1 "$w/lines")" ]; } ||
	no 'signature area'
LC_ALL=C grep -avqE '^otap-sig-v1 [a-z0-9-]{1,32} [0-9a-f]{64} (0|[1-9][0-9]{0,15}) [A-Za-z0-9+/]+=?=?( [!-~]+)*$' \
	"$w/lines" && no 'signature area'
good=
while read -r _ alg id time b64 comment; do
	[ "$alg $id" = "$scheme $keyid" ] || continue
	printf 'otap-tbs-v1\ntype:package\nalg:%s\nkey:%s\nhash:%s\ndigest:%s\nlength:%s\ntime:%s\ncomment:%s\n' \
		"$alg" "$id" "$hash" "$digest" $((128 + mlen)) "$time" "$comment" >"$w/tbs"
	printf %s "$b64" | base64 -d >"$w/sig" 2>"$w/err" && [ "$(base64 -w 0 "$w/sig")" = "$b64" ] &&
		verifies >"$w/err" 2>&1 && good=1
done <"$w/lines"
[ -n "$good" ] || no 'no good signature by this key'

# Section 2: the signed manifest vouches for the tables, the tables for each chunk: one line for
# each entry, the stored length first, the hash of the stored bytes from byte 16.
part $((base + 128)) "$mlen" >"$w/manifest"
[ -n "$used" ] || grep -ao '"payload_hash":"[0-9a-f]*"' "$w/manifest" | head -n 1 |
	grep -q "$(part "$tab" "$tlen" | sha)" || no 'tables'
i=0 at=$tab here=0
: >"$w/entries"
for section in $(grep -ao '"sections":\[[^]]*' "$w/manifest" | head -n 1 | grep -o '{[^}]*}'); do
	i=$((i + 1))
	in_slice $((i - 1)) || continue
	chunks=$(echo "$section" | grep -o '"chunks":[0-9]*' | cut -d : -f 2)
	case $section in *'"raw_hashes":true'*) each=$((2 * entry - 16)) ;; *) each=$entry ;; esac
	case $section in
	*"\"table_hash\":\"$(part "$at" $((chunks * each)) | sha)\""*) ;;
	*) no 'tables' ;;
	esac
	{ echo section && part "$at" $((chunks * each)) | od -An -v "-w$each" -tx1; } >>"$w/entries"
	at=$((at + chunks * each)) here=$((here + 1))
done
if [ -n "$used" ]; then
	bits=0 tlen=$((at - tab)) data=$at
	for b in $(od -An -v -tu1 -j 16 -N 32 "$pkg"); do
		while [ "$b" -gt 0 ]; do bits=$((bits + b % 2)) b=$((b / 2)); done
	done
	[ $bits = $here ] || no 'slice header'
fi
[ "$at" = $((tab + tlen)) ] || no 'sums'
pad $((base + 128 + mlen)) "$sig" && pad $((tab + tlen)) "$data"
off=$data
while read -r a b c d _ _ _ _ _ _ _ _ _ _ _ _ want; do
	if [ "$a" = section ]; then
		start=$off off=$(up "$off") && pad "$start" "$off"
		continue
	fi
	case $(echo "$want" | tr -d ' ') in
	"$(part "$off" $((0x$d$c$b$a)) | sha)"*) off=$((off + 0x$d$c$b$a)) ;;
	*) no "chunk at byte $off" ;;
	esac
done <"$w/entries"
[ "$off" = "$size" ] || no 'sums'
echo "authentic $digest"
