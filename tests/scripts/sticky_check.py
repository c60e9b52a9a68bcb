#!/usr/bin/env python3
"""Recomputes the arms of 100,000 sticky keys from the published rule and compares them with the product's choice.

The rule (docs/rollout.md): u = (h + 0.5) / 2**53, where h is the top 53 bits, read big-endian, of SHA-256 of the UTF-8 text
model \\n version \\n key; score = -weight / ln(u); the highest score wins. Nothing here comes from the product but its answers.

    tests/scripts/sticky_check.py [--keys N]
"""
import argparse
import hashlib
import math
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPLITS = [
    ("iris", [("1", 95), ("2", 5)]),
    ("iris", [("1", 50), ("2", 50)]),
    ("fraud-détection", [("9", 70), ("10", 20), ("20261101", 9), ("12", 1), ("13", 0)]),
    ("many", [(str(v), 1 + v % 7) for v in range(1, 33)]),
]


def arm(model, variants, key):
    best_score, best = -math.inf, None
    for version, weight in variants:
        if weight == 0:
            continue
        digest = hashlib.sha256(f"{model}\n{version}\n{key}".encode()).digest()
        u = ((int.from_bytes(digest[:8], "big") >> 11) + 0.5) / 2**53
        score = -weight / math.log(u)
        if score > best_score:
            best_score, best = score, version
    return best


def make_keys(count):
    draw = random.Random(20261101)
    letters = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.@:/ äßéñøλжш漢字キー🔑🙂"
    for i in range(count):
        if i % 3 == 0:
            yield f"user-{i}"
        elif i % 3 == 1:
            yield f"{draw.getrandbits(128):032x}"
        else:
            length = 600 if i % 1000 == 2 else draw.randint(1, 40)
            yield "k" + "".join(draw.choice(letters) for _ in range(length))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=100_000)
    options = parser.parse_args()
    keys = list(make_keys(options.keys))
    text = "".join(key + "\n" for key in keys).encode()
    project = str(ROOT / "tests" / "Benchmarks")
    subprocess.run(["dotnet", "build", "-c", "Release", "-v", "q", "--nologo", project], check=True, stdout=subprocess.DEVNULL)
    failed = False
    for model, variants in SPLITS:
        command = ["dotnet", "run", "-c", "Release", "--no-build", "--project", project, "--", "sticky", "dump", model]
        command += [f"{version}={weight}" for version, weight in variants]
        answer = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
        if len(answer) != len(keys):
            sys.exit(f"{len(keys)} keys, but {len(answer)} answers")
        wrong = [key for key, version in zip(keys, answer) if arm(model, variants, key) != version]
        failed |= bool(wrong)
        shares = ", ".join(f"{v}: {answer.count(v)}" for v, _ in variants[:5]) + (", ..." if len(variants) > 5 else "")
        print(f"{model}, {len(variants)} variants: {len(keys) - len(wrong)} of {len(keys)} keys agree ({shares})")
        for key in wrong[:5]:
            print(f"  differs: {key!r}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
