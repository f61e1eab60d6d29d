# SPDX-License-Identifier: MIT
"""What securesystemslib makes of a root of ours, and a root that it makes.

judge ROOT            every key id is the hash of its key object, every signature verifies
make DIR              1.root.json and 2.root.json with keys of all kinds, 3.root.json with a bad signature
"""
import copy
import hashlib
import json
import sys

from securesystemslib import formats, keys


def canonical(obj):
    return formats.encode_canonical(obj).encode()


def judge(path):
    root = json.load(open(path, encoding="utf-8"))
    signed, seen = root["signed"], 0
    for keyid, key in signed["keys"].items():
        assert keyid == hashlib.sha256(canonical(key)).hexdigest(), keyid
    for sig in root["signatures"]:
        key = dict(signed["keys"][sig["keyid"]], keyid=sig["keyid"])
        assert keys.verify_signature(key, sig, canonical(signed)), sig["keyid"]
        other = copy.deepcopy(signed)
        other["version"] += 1
        assert not keys.verify_signature(key, sig, canonical(other)), sig["keyid"]
        seen += 1
    print(f"{len(signed['keys'])} keys, {seen} signatures")


def role(ks, threshold):
    return {"keyids": [k["keyid"] for k in ks], "threshold": threshold}


def write(path, signed, signers):
    text = canonical(signed)
    sigs = [keys.create_signature(k, text) for k in signers]
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"signatures": sigs, "signed": signed}, f, indent=1)


def make(folder):
    ks = [
        keys.generate_ed25519_key(),
        keys.generate_ecdsa_key(),
        keys.generate_rsa_key(3072),
        keys.generate_ed25519_key(),
    ]
    public = {k["keyid"]: keys.format_keyval_to_metadata(k["keytype"], k["scheme"], k["keyval"]) for k in ks}
    signed = {
        "_type": "root",
        "spec_version": "1.0.31",
        "consistent_snapshot": True,
        "version": 1,
        "expires": "2035-01-01T00:00:00Z",
        "keys": public,
        "roles": {
            "root": role(ks[:3], 3),
            "targets": role(ks[3:], 1),
            "snapshot": role(ks[3:], 1),
            "timestamp": role(ks[3:], 1),
        },
    }
    write(f"{folder}/1.root.json", signed, ks[:3])
    signed = dict(signed, version=2, roles=dict(signed["roles"], root=role(ks[1:], 2)))
    write(f"{folder}/2.root.json", signed, ks)
    write(f"{folder}/short.root.json", signed, ks[2:])
    root = json.load(open(f"{folder}/2.root.json", encoding="utf-8"))
    root["signed"]["expires"] = "2036-01-01T00:00:00Z"
    with open(f"{folder}/bad.root.json", "w", encoding="utf-8") as f:
        json.dump(root, f)


{"judge": judge, "make": make}[sys.argv[1]](sys.argv[2])
