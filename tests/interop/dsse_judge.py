# SPDX-License-Identifier: MIT
"""dsse_judge.py ENVELOPE PEM SCHEME: verify a DSSE v1 envelope, from its specification alone."""
import base64
import json
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def verify(key, scheme, sig, data):
    if scheme == "ed25519":
        return key.verify(sig, data)
    digest = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[scheme[-3:]]()
    if scheme.startswith("ecdsa"):
        return key.verify(sig, data, ec.ECDSA(digest))
    pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return key.verify(sig, data, pss, digest)


envelope = json.load(open(sys.argv[1]))
key = serialization.load_pem_public_key(open(sys.argv[2], "rb").read())
payload = base64.b64decode(envelope["payload"], validate=True)
sig = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
verify(key, sys.argv[3], sig, pae(envelope["payloadType"], payload))
statement = json.loads(payload)
print(statement["_type"], statement["subject"][1]["name"])
