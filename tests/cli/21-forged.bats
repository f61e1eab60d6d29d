#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stop documents, roots and detached files that somebody altered: each is refused, for its reason.
load common

setup_file()
{
	cd "$BATS_FILE_TMPDIR" || return 1
	fixture xz
	"$OTATOOL" pack m.yaml -o u.otap
	for k in boss rel stop other; do "$OTATOOL" keygen -o $k --no-passphrase; done
	"$OTATOOL" sign u.otap -k rel.key -o p.otap
	"$OTATOOL" head u.otap -d . && "$OTATOOL" sign u.head -k rel.key -o good.otsig
	"$OTATOOL" trust init --root-key boss.pub --release-key rel.pub --role stop=stop.pub \
		--expires 2040-01-01T00:00:00Z -o root.json
	"$OTATOOL" trust sign root.json -k boss.key
	"$OTATOOL" trust stop sha256:"$(printf '7%.0s' {1..64})" -k stop.key -o stop.json
	"$OTATOOL" trust stop sha256:"$(printf '7%.0s' {1..64})" -k other.key -o other.json
}

# Each line of the table: an error id, then what is done to good.FORM; no line is accepted.
forged() # GOOD TABLE JUDGE…
{
	local good=$1 table=$2 tried=0 bad=0 id how
	shift 2
	while IFS='	' read -r id how; do
		[ -n "$id" ] || continue
		bash -c "set -euo pipefail; $how" <"$good" >forged || { echo "cannot: $how"; return 1; }
		run "$@"
		grep -qF "error[$id]" <<<"$output" && [ "$status" != 0 ] ||
			{ bad=$((bad + 1)) && echo "WRONG: $id: $how: $status $output"; }
		tried=$((tried + 1))
	done <"$table"
	echo "$tried tried, $bad wrong"
	[ $bad = 0 ] && [ $tried -ge "${ROWS:-20}" ]
}

@test "stop documents" {
	needs_jq
	yes verify p.otap --root root.json --stop stop.json
	# shellcheck disable=SC2016
	cat >table <<-'EOF2'
		malformed.json	true
		malformed.json	head -c 100
		malformed.json	cat && echo x
		malformed.json	printf '\357\273\277' && cat
		malformed.json	tr '{' '['
		malformed.json	sed 's/"version":1/"version":1.5/'
		malformed.json	sed 's/"version":1/"version":1e3/'
		malformed.json	sed 's/"version":1/"version":01/'
		malformed.json	sed 's/"version":1/"version":1,"version":1/'
		malformed.json	sed 's/"signed"/"signed":{},"signed"/'
		malformed.json	tr '"' "'"
		limit.depth	sed 's/"version":1/"version":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]/'
		limit.size	cat && head -c 300000 /dev/zero | tr '\0' ' '
		malformed.root	echo '[]'
		malformed.root	jq -c '.signed'
		malformed.root	jq -c 'del(.signatures)'
		malformed.root	jq -c 'del(.signed)'
		malformed.root	jq -c '.more = 1'
		malformed.root	jq -c '.signatures = {}'
		malformed.root	jq -c '.signatures[0] = "x"'
		malformed.root	jq -c 'del(.signatures[0].sig)'
		malformed.root	jq -c 'del(.signatures[0].keyid)'
		malformed.root	jq -c '.signatures[0].sig = 7'
		malformed.root	jq -c '.signatures[0].sig |= ascii_upcase'
		malformed.root	jq -c '.signatures[0].sig |= .[1:]'
		signature.bad	jq -c '.signatures[0].sig = ""'
		malformed.root	jq -c '.signatures[0].sig = "zz"'
		malformed.root	jq -c '.signatures += .signatures'
		malformed.root	jq -c '.signed._type = "root"'
		malformed.root	jq -c '.signed._type = "targets"'
		malformed.root	jq -c '.signed._type = "x-ota-stops"'
		malformed.root	jq -c '.signed._type = 1'
		malformed.root	jq -c 'del(.signed._type)'
		malformed.root	jq -c '.signed.spec_version = 1'
		malformed.root	jq -c 'del(.signed.spec_version)'
		malformed.root	jq -c '.signed.version = 0'
		malformed.root	jq -c '.signed.version = -1'
		malformed.root	jq -c '.signed.version = "1"'
		malformed.root	jq -c 'del(.signed.version)'
		malformed.root	jq -c '.signed.expires = "2040-01-01T00:00:00Z"'
		malformed.root	jq -c '.signed.revoked_packages = []'
		malformed.root	jq -c '.signed.revoked_packages = {}'
		malformed.root	jq -c '.signed.revoked_packages += .signed.revoked_packages'
		malformed.root	jq -c '.signed.revoked_packages[0] |= .[0:70]'
		malformed.root	jq -c '.signed.revoked_packages[0] |= sub("7$"; "G")'
		malformed.root	jq -c '.signed.revoked_packages[0] |= sub("sha256"; "md5")'
		malformed.root	jq -c '.signed.revoked_packages[0] |= sub("sha256:"; "")'
		malformed.root	jq -c '.signed.revoked_packages[0] = null'
		malformed.root	jq -c 'del(.signed.revoked_packages)'
		unsigned	jq -c '.signatures = []'
		signature.bad	jq -c '.signed.version = 2'
		signature.bad	jq -c '.signed.revoked_packages[0] |= sub("7$"; "8")'
		signature.bad	jq -c '.signed.spec_version = "1.0.30"'
		signature.bad	jq -c '.signatures[0].sig |= sub("^..";"00")'
		signature.unknown	jq -c '.signatures[0].keyid |= sub("^.";"g")'
		signature.unknown	cat >/dev/null && cat other.json
		malformed.root	cat >/dev/null && cat root.json
		malformed.json	cat >/dev/null && cat p.otap
		malformed.json	cat >/dev/null && cat stop.pub
	EOF2
	ROWS=55 forged stop.json table "$OTATOOL" verify p.otap --root root.json --stop forged
}

@test "roots that are believed first" {
	needs_jq
	yes verify p.otap --root root.json
	# shellcheck disable=SC2016
	cat >table <<-'EOF2'
		malformed.json	head -c -3
		malformed.root	jq -c 'del(.signatures)'
		malformed.root	jq -c '.signed._type = "x-ota-stop"'
		malformed.root	jq -c '.signed._type = "snapshot"'
		malformed.root	jq -c '.signed.spec_version = "2.0.0"'
		malformed.root	jq -c '.signed.version = 0'
		malformed.root	jq -c '.signed.version = 4294967296'
		malformed.root	jq -c '.signed.expires = "tomorrow"'
		malformed.root	jq -c 'del(.signed.expires)'
		malformed.root	jq -c '.signed.keys = {}'
		malformed.root	jq -c '.signed.keys |= (to_entries | .[0:1] | from_entries)'
		malformed.root	jq -c 'del(.signed.roles.root)'
		malformed.root	jq -c '.signed.roles.root.threshold = 0'
		malformed.root	jq -c '.signed.roles.root.threshold = 2'
		malformed.root	jq -c '.signed.roles.root.keyids += .signed.roles.root.keyids'
		malformed.root	jq -c '.signed.roles.mine = .signed.roles.root'
		malformed.root	jq -c '.signed["x-ota"].roles.release.threshold = 0'
		malformed.root	jq -c '.signed["x-ota"].roles.release.keyids = .signed.roles.root.keyids'
		malformed.root	jq -c '.signed["x-ota"].roles.qa = .signed["x-ota"].roles.release'
		malformed.root	jq -c '.signed["x-ota"].package = []'
		malformed.root	jq -c '.signed["x-ota"].package[0].products = []'
		malformed.root	jq -c '.signed["x-ota"].package[0].roles = ["stop"]'
		malformed.root	jq -c '.signed["x-ota"].package[0].may = ["everything"]'
		malformed.root	jq -c '.signed["x-ota"].package[0].mayy = []'
		malformed.root	jq -c '.signed["x-ota"].hash_algs = ["md5"]'
		malformed.root	jq -c '.signed["x-ota"].revoked_keys = ["00"]'
		unsigned	jq -c '.signatures = []'
		signature.bad	jq -c 'del(.signed["x-ota"])'
		signature.bad	jq -c '.signed["x-ota"].package[0].may = ["hooks"]'
		signature.bad	jq -c '.signed["x-ota"].min_counter = {"test-board": 1}'
		signature.bad	jq -c '.signed.expires = "2050-01-01T00:00:00Z"'
		signature.bad	jq -c '.signed.more = "members"'
		signature.unknown	jq -c '.signatures[0].keyid |= sub("^..";"zz")'
	EOF2
	ROWS=33 forged root.json table "$OTATOOL" verify p.otap --root forged
}

@test "detached files" {
	yes verify u.otap --key rel.pub --sig good.otsig
	# shellcheck disable=SC2016
	cat >table <<-'EOF2'
		unsigned	true
		signature.spoiled	echo
		unsigned	sed 's/^[0-9a-f]*/0000000000000000000000000000000000000000000000000000000000000000/'
		signature.spoiled	sed 's/otap-sig-v1/otap-sig-v2/'
		signature.spoiled	sed 's/ otap-sig-v1//'
		signature.bad	sed 's/ ed25519 / ed448 /'
		signature.spoiled	sed 's/ /  /'
		signature.spoiled	sed 's/ /\t/'
		signature.spoiled	sed 's/$/\r/'
		signature.spoiled	tr -d '\n'
		signature.spoiled	cat && printf x
		signature.spoiled	cat && printf '\0'
		signature.spoiled	cat && echo
		signature.spoiled	sed 's/^.//'
		signature.spoiled	sed 's/^./A/'
		signature.spoiled	sed 's/ 0 / 00 /'
		signature.spoiled	sed 's/ 0 / -1 /'
		signature.spoiled	sed 's/ 0 / 9007199254740993 /'
		signature.spoiled	sed 's/ 0 / /'
		signature.spoiled	sed 's/=*$//'
		signature.spoiled	sed 's/=*$/====/'
		signature.spoiled	sed 's/ 0 \(.*\)$/ 0 !\1/'
		signature.spoiled	sed 's/$/ two  spaces/'
		signature.spoiled	sed 's/$/ \x01/'
		signature.spoiled	sed "s/\$/ $(printf 'c%.0s' {1..201})/"
		signature.spoiled	for i in {1..70}; do cat good.otsig; done
		signature.bad	sed 's/$/ a comment/'
		signature.bad	sed 's/ 0 / 1 /'
		signature.bad	sed 's/ 0 ./ 0 A/; s/ 0 A\(.\)/ 0 B\1/'
		signature.unknown	sed 's/ed25519 [0-9a-f]*/ed25519 0000000000000000000000000000000000000000000000000000000000000000/'
	EOF2
	ROWS=30 forged good.otsig table "$OTATOOL" verify u.otap --key rel.pub --sig forged
}
