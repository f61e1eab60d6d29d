# SPDX-License-Identifier: MIT
"""Rules as formats/manifest.md section 5 has them, in Kleene's logic: False, True or None (unknown)."""
import random

from model import compare
from semver_model import key, version, within

FACTS = {"hw.model": str, "region": str, "hw.revision": int, "battery.percent": int, "power.external": bool,
         "user.consent": bool, "feature.lte": bool, "os.version": "version", "agent.version": "version"}
OPS = {str: ["eq", "ne", "in"], int: ["eq", "ne", "in", "ge", "le"], bool: ["eq", "ne", "has"],
       "version": ["eq", "ne", "in", "ge", "le", "range"]}


def leaf(rule, facts):
    if rule["fact"] not in facts:
        return rule.get("absent")
    have, op, value, kind = facts[rule["fact"]], rule["op"], rule.get("value"), FACTS[rule["fact"]]
    order = key if kind == "version" else lambda x: x
    if op == "has":
        return have
    if op == "range":
        return within(have, value)
    if op == "in":
        return any(order(have) == order(v) for v in value)
    a, b = order(have), order(value)
    return {"eq": lambda: a == b, "ne": lambda: a != b, "ge": lambda: a >= b, "le": lambda: a <= b}[op]()


def truth(rule, facts):
    if "fact" in rule:
        return leaf(rule, facts)
    if "not" in rule:
        t = truth(rule["not"], facts)
        return None if t is None else not t
    ts = [truth(r, facts) for r in rule.get("all", rule.get("any"))]
    decides = "any" in rule
    return decides if decides in ts else None if None in ts else not decides


def answer(q):
    """Refusals, in order, come before deferrals."""
    later = "ok"
    for rule in q["rules"]:
        t = truth(rule, q["facts"])
        if t is None:
            return "incompatible.unknown_fact"
        if not t and rule.get("effect") != "defer":
            return "incompatible.rule"
        if not t:
            later = "deferred.rule"
    return later


def value(r, kind):
    if kind == "version":
        v = version(r)
        return v if key(v) else value(r, kind)
    return {str: lambda: r.choice("abc"), int: lambda: r.randint(0, 3), bool: lambda: r.random() < 0.5}[kind]()


def rule(r, depth):
    if depth < 4 and r.random() < 0.5:
        kind = r.choice(["all", "any", "not"])
        return {kind: rule(r, depth + 1) if kind == "not" else [rule(r, depth + 1) for _ in range(r.randint(1, 3))]}
    fact = r.choice(list(FACTS))
    out = {"fact": fact, "op": r.choice(OPS[FACTS[fact]])}
    if out["op"] == "in":
        out["value"] = [value(r, FACTS[fact]) for _ in range(r.randint(1, 3))]
    elif out["op"] == "range":
        out["value"] = ">=" + value(r, "version") + " || <" + value(r, "version")
    elif out["op"] != "has":
        out["value"] = value(r, FACTS[fact])
    if r.random() < 0.3:
        out["absent"] = r.random() < 0.5
    return out


def question(r):
    facts = {f: value(r, k) for f, k in FACTS.items() if r.random() < r.choice([0.7, 0.95, 1])}
    rules = [rule(r, 1) for _ in range(r.randint(1, 3))]
    for one in rules:
        if r.random() < 0.5:
            one["effect"] = "defer"
    return {"facts": facts or {"region": "a"}, "rules": rules}


if __name__ == "__main__":
    r = random.Random(20260102)
    compare([question(r) for _ in range(6000)], answer, 200)
