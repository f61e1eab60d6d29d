# SPDX-License-Identifier: MIT
"""Versions and ranges as formats/manifest.md section 4 has them, written apart from libota."""
import random
import re

from model import compare

VERSION = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
TOP = 2**31 - 1


def key(text):
    """What sorts as SemVer 2.0.0 rule 11 says; None if it is no version."""
    m = VERSION.fullmatch(text)
    if not m or len(text) > 64 or max(int(n) for n in m.groups()[:3]) > TOP:
        return None
    pre = []
    for part in m[4].split(".") if m[4] else []:
        if part.isdigit() and (int(part) > TOP or (len(part) > 1 and part[0] == "0")):
            return None
        pre.append((0, int(part), "") if part.isdigit() else (1, 0, part))
    return [int(n) for n in m.groups()[:3]], not pre, pre


def within(version, text):
    """True, False, or None where the range is none."""
    any_set = False
    for one in text.split(" || "):
        every = True
        for comparator in one.split(" "):
            op, bound = re.fullmatch(r"(>=|<=|>|<|=|)(.*)", comparator, re.S).groups()
            k = key(bound)
            if comparator == "*":
                continue
            if k is None:
                return None
            v = key(version)
            every &= {"": v == k, "=": v == k, ">": v > k, ">=": v >= k, "<": v < k, "<=": v <= k}[op]
        any_set |= every
    return any_set if len(text) <= 1024 else None


def answer(q):
    if "a" in q:
        a, b = key(q["a"]), key(q["b"])
        return "bad" if a is None or b is None else str((a > b) - (a < b))
    inside = within(q["version"], q["range"]) if key(q["version"]) else None
    return "bad" if inside is None else "in" if inside else "out"


def number(r):
    odd = ["01", str(TOP + 1), "-1", "", "1x"]
    return r.choice(odd) if r.random() < 0.02 else r.choice(["0", "1", "2", "9", "10", str(TOP)])


def version(r):
    text = ".".join(number(r) for _ in range(3 if r.random() < 0.97 else r.choice([2, 4])))
    parts = ["0", "1", "2", "10", "a", "b", "A", "rc", "1a", "-", "a-b", str(TOP)]
    if r.random() < 0.05:
        parts += ["", "01", "ä", "a_b", "a" * 60]
    if r.random() < 0.5:
        text += "-" + ".".join(r.choice(parts) for _ in range(r.randint(1, 3)))
    return text + (r.choice(["+1", "+01.x", "+-"]) if r.random() < 0.2 else "+" if r.random() < 0.02 else "")


def a_range(r):
    def comparator():
        op = r.choice(["~", "=>", ">= "]) if r.random() < 0.03 else r.choice(["", "=", ">", ">=", "<", "<="])
        return "*" if r.random() < 0.1 else op + version(r)

    sets = [" ".join(comparator() for _ in range(r.randint(1, 3))) for _ in range(r.randint(1, 3))]
    return (" || " if r.random() < 0.95 else "||").join(sets)


if __name__ == "__main__":
    r = random.Random(20260101)
    pool = [version(r) for _ in range(300)]
    ask = [{"a": r.choice(pool), "b": r.choice(pool)} for _ in range(5000)]
    ask += [{"a": a, "b": a.split("+")[0] + "+7"} for a in r.choices(pool, k=500)]
    compare(ask + [{"version": r.choice(pool), "range": a_range(r)} for _ in range(5000)], answer, 100)
