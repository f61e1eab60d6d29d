#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Another program reads formats/schemas as otatool means them.
load lib

check() # SCHEMA FILE: a JSON Schema validator's answer
{
	python3 - "$(dirname "$VERIFIER")/schemas/$1.json" "$2" <<-'PY'
		import json, sys
		from jsonschema import Draft202012Validator as V
		schema = json.load(open(sys.argv[1]))
		V.check_schema(schema)
		bad = list(V(schema).iter_errors(json.load(open(sys.argv[2]))))
		print(*[e.message for e in bad], sep="\n")
		sys.exit(len(bad) > 0)
	PY
}

@test "what is packed fits the schema, and a bent one does not" {
	python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
	fixture xz '{ kind: delta, from: old.img }'
	cat >>m.yaml <<-'YAML'
		rules: [ { fact: hw.model, op: in, value: [a, b] } ]
		attachments: [ { name: pre.sh, role: hook, file: m.yaml } ]
		x-any: [ 1 ]
	YAML
	"$OTATOOL" pack m.yaml -o p.otap
	for field in components rules attachments sections steps; do
		[ "$("$OTATOOL" inspect p.otap --field $field)" != '[]' ]
	done
	"$OTATOOL" inspect p.otap --json |
		python3 -c 'import json, sys; json.dump(json.load(sys.stdin)["manifest"], sys.stdout)' >p.json
	check manifest p.json
	sed 's/"full"/"fool"/' p.json >bad.json
	run check manifest bad.json
	[ "$status" = 1 ]
	sed 's/"x-any"/"any"/' p.json >bad.json
	run check manifest bad.json
	[ "$status" = 1 ]
}
