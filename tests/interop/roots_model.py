# SPDX-License-Identifier: MIT
"""Chains of roots at random, judged by a model of formats/trust.md section 3 and by otatool.

The model knows the rules of a step and nothing of documents or signatures: who signed is what it was
told. usage: roots_model.py OTATOOL SEED COUNT
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEYS = 12  # 0 … 9 in root roles, 10 and 11 in x-ota's
QUORUM = {"unsigned", "signature.unknown", "signature.bad", "signature.threshold", "revoked.key"}


def canonical(obj):  # nothing here needs an escape
    return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Key:
    def __init__(self, i):
        self.secret = Ed25519PrivateKey.from_private_bytes(bytes([i + 1] * 32))
        raw = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.obj = {"keytype": "ed25519", "keyval": {"public": raw.hex()}, "scheme": "ed25519"}
        self.id = hashlib.sha256(canonical(self.obj)).hexdigest()
        self.material = hashlib.sha256(b"otap-material-v1\0ed25519\0" + raw).hexdigest()


ALL = [Key(i) for i in range(KEYS)]


# ---- the model ----


def met(root, signers, revoked):
    return len((root["keys"] & signers) - revoked) >= root["threshold"]


def step(old, new):
    """The reason why new may not follow old; None: it may."""
    if new["version"] != old["version"] + 1:
        return {"root.version"}
    if not met(old, new["signers"], old["revoked"]) or not met(new, new["signers"], old["revoked"]):
        return QUORUM
    if old["ext"] and not new["ext"]:
        return {"root.extension"}
    if not old["revoked"] <= new["revoked"]:
        return {"root.unrevoked"}
    for product in old["floor"].keys() | new["floor"].keys():
        was, now = old["floor"].get(product, 0), new["floor"].get(product, 0)
        if not was <= now <= was + 64:
            return {"root.floor"}
    return None


def verdict(chain):
    """The version that is believed at the end, or the version and the reasons it is refused for."""
    if not met(chain[0], chain[0]["signers"], set()):
        return 1, QUORUM
    for old, new in zip(chain, chain[1:]):
        why = step(old, new)
        if why:
            return new["version"], why
    return chain[-1]["version"], None


# ---- chains, mostly good ----


def some(rng, keys, n):
    return set(rng.sample(sorted(keys), min(n, len(keys))))


def follow(rng, old, careful):
    new = {k: (set(v) if isinstance(v, set) else dict(v) if isinstance(v, dict) else v) for k, v in old.items()}
    new["version"] += 1
    for key in some(rng, new["keys"], rng.randrange(3)):
        if len(new["keys"]) > new["threshold"]:
            new["keys"].discard(key)
    new["keys"] |= some(rng, set(range(10)) - new["keys"] - new["revoked"], rng.randrange(3))
    if rng.random() < 0.3:
        new["threshold"] = rng.randint(1, len(new["keys"]))
    new["ext"] = new["ext"] or rng.random() < 0.4
    if new["ext"] and rng.random() < 0.1 and len(new["keys"]) > 4:
        new["revoked"] |= some(rng, set(range(10)), 1)
    if new["ext"] and rng.random() < 0.3:
        product = rng.choice(["gw-1", "gw-2"])
        new["floor"][product] = new["floor"].get(product, 0) + rng.choice([0, 1, 63, 64])
    good_old, good_new = old["keys"] - old["revoked"], new["keys"] - old["revoked"]
    new["signers"] = some(rng, good_old, old["threshold"]) | some(rng, good_new, new["threshold"])
    if not careful:
        spoil(rng, new)
    return new


def spoil(rng, new):
    what = rng.randrange(7)
    if what == 0:
        new["version"] += rng.choice([-1, 1, 5])
    elif what == 1 and new["signers"]:
        new["signers"].discard(rng.choice(sorted(new["signers"])))
    elif what == 2:
        new["signers"] = some(rng, set(range(KEYS)), 2)
    elif what == 3:
        new["ext"], new["revoked"], new["floor"] = False, set(), {}
    elif what == 4 and new["revoked"]:
        new["revoked"].discard(min(new["revoked"]))
    elif what == 5 and new["ext"]:
        new["floor"]["gw-1"] = new["floor"].get("gw-1", 0) + rng.choice([-1, 65])
        new["floor"]["gw-1"] = max(0, new["floor"]["gw-1"])


def chain_of(rng, length):
    keys = some(rng, set(range(10)), rng.randint(1, 6))
    first = {"version": 1, "keys": keys, "threshold": rng.randint(1, len(keys)), "ext": rng.random() < 0.5,
             "revoked": set(), "floor": {}}
    first["signers"] = some(rng, keys, first["threshold"] - (rng.random() < 0.03))
    chain = [first]
    while len(chain) < length:
        chain.append(follow(rng, chain[-1], rng.random() < 0.93))
    return chain


def document(root):
    def role(keys, threshold):
        return {"keyids": [ALL[k].id for k in sorted(keys)], "threshold": threshold}

    named = root["keys"] | ({10, 11} if root["ext"] else set())
    signed = {"_type": "root", "spec_version": "1.0.31", "version": root["version"], "expires": "2035-01-01T00:00:00Z",
              "keys": {ALL[k].id: ALL[k].obj for k in named},
              "roles": {r: role(root["keys"], root["threshold"] if r == "root" else 1)
                        for r in ("root", "targets", "snapshot", "timestamp")}}
    if root["ext"]:
        signed["x-ota"] = {"roles": {"release": role({10, 11}, 1)},
                           "package": [{"products": ["*"], "roles": ["release"]}],
                           "revoked_keys": [ALL[k].material for k in sorted(root["revoked"])],
                           "min_counter": root["floor"]}
    text = canonical(signed)
    sigs = [{"keyid": ALL[k].id, "sig": ALL[k].secret.sign(text).hex()} for k in sorted(root["signers"])]
    return json.dumps({"signatures": sigs, "signed": signed})


def ask(otatool, chain):
    with tempfile.TemporaryDirectory() as folder:
        for i, root in enumerate(chain):
            with open(os.path.join(folder, f"{i + 1}.root.json"), "w", encoding="utf-8") as f:
                f.write(document(root))
        p = subprocess.run([otatool, "trust", "verify", f"{folder}/1.root.json", "--roots", folder, "--json"],
                           capture_output=True, text=True, check=False)
        answer = json.loads(p.stdout)
        walk = answer.get("walk", [])
        if p.returncode == 0:
            return answer["root"]["version"], None
        return walk[-1]["version"], walk[-1]["id"]


def main():
    otatool, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng, accepted, reasons = random.Random(seed), 0, set()
    for n in range(count):
        chain = chain_of(rng, 100 if n % 250 == 249 else rng.randint(1, 9))
        want, got = verdict(chain), ask(otatool, chain)
        same = got[1] in want[1] if want[1] else got == want
        assert same and got[0] == want[0], f"seed {seed}, chain {n}: model {want}, otatool {got}"
        accepted += got[1] is None
        reasons.add(got[1])
    print(f"{count} chains, {accepted} accepted; refused for {', '.join(sorted(r for r in reasons if r))}")
    assert 0.3 * count < accepted < 0.95 * count and len(reasons) > (7 if count >= 1000 else 3)


main()
