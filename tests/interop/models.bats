#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# libota's answers against models in Python that know the specification alone; thousands of seeded cases.
load lib

model() # NAME
{
	need python3
	[ -x "$JUDGE" ] || skip "make check builds the program that answers"
	PYTHONDONTWRITEBYTECODE=1 python3 "$BATS_TEST_DIRNAME/$1_model.py" "$JUDGE"
}

@test "SemVer: the order of versions, and ranges" { model semver; }
@test "rules: Kleene's logic, all facts and ops" { model rules; }
