# SPDX-License-Identifier: MIT
"""What the models share: ask judge many questions at once, and compare."""
import json
import subprocess
import sys


def compare(questions, model, seen_at_least):
    """questions: dicts; model(q) is the answer. Every answer must come up that often."""
    text = "".join(
        json.dumps(q, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for q in questions
    )
    answers = subprocess.run(
        [sys.argv[1]], input=text, stdout=subprocess.PIPE, check=True, encoding="utf-8"
    ).stdout.split("\n")[:-1]
    assert len(answers) == len(questions), "%d answers" % len(answers)
    seen, bad = {}, 0
    for q, a in zip(questions, answers):
        seen[a] = seen.get(a, 0) + 1
        if a != model(q):
            bad += 1
            if bad < 10:
                print("%s: judge says %s, the model %s" % (json.dumps(q), a, model(q)))
    print(len(questions), "questions", seen)
    sys.exit(bad > 0 or min(seen.values()) < seen_at_least)
