// SPDX-License-Identifier: MIT
// tuf_judge.js ROOT…: tuf-js follows the roots from the first one on; key ids are what its canonical
// JSON hashes to. Says how many roots and keys it took.
const crypto = require("crypto");
const fs = require("fs");
const { canonicalize } = require("@tufjs/canonical-json");
const { TrustedMetadataStore } = require("tuf-js/dist/store");

function keyId(key)
{
	return crypto.createHash("sha256").update(canonicalize(key)).digest("hex");
}

const roots = process.argv.slice(2).map((name) => fs.readFileSync(name));
const keys = new Set();
for (const bytes of roots)
	for (const [id, key] of Object.entries(JSON.parse(bytes).signed.keys)) {
		if (keyId(key) !== id)
			throw new Error(`key ${id} is ${keyId(key)}`);
		keys.add(id);
	}
const store = new TrustedMetadataStore(roots[0]);
roots.slice(1).forEach((bytes) => store.updateRoot(bytes));
console.log(`${store.root.signed.version} roots, ${keys.size} keys`);
