#!/usr/bin/env python3
"""What watching drift and quality costs a request: CPU of the server per request, iris, one row a request, as many as it can answer
(wrk, closed loop). Two servers, one that watches in full and one that does not watch at all, are asked at the same time, so that whatever
the machine does at a moment it does to both: each round gives a ratio. What is done behind the requests is in it.

With ROUNDS 0 the servers are sampled instead (perf, as root) for SECONDS each: the share of the CPU that is spent in the tap and behind
it, and on the garbage collector's threads.

usage: tap_cost.py STANDALONE_DLL MODEL_REPOSITORY [ROUNDS [SECONDS [CONNECTIONS [same]]]]
With "same" neither server watches: what two equal servers differ by.
"""

import bisect
import collections
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import together

PROGRAM, REPOSITORY = sys.argv[1:3]
ROUNDS, SECONDS, CONNECTIONS = (int(word) for word in (sys.argv[3:6] + ["40", "2", "8"][len(sys.argv[3:6]) :]))
SAME = sys.argv[6:] == ["same"]
WARM_SECONDS = 20

# Parts of watching, by names in the stack: the first that is found.
PARTS = {
    "on the request's thread": ["ObservationTap::"],
    "keeping answers for feedback": ["QualityDesk", "Drift.Quality"],
    "counting": ["RowCounting", "WindowAccumulator"],
    "looking, testing and saving": ["DriftLoop", "WatchStore", "Serving.Drift."],
}
BODY = '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}'


def call(port, verb, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(verb, path, body)
    response = connection.getresponse()
    return response.status, response.read()


def read_map(pid):
    """The addresses of the compiled methods, sorted: (start, end, name)."""
    with open(f"/tmp/perf-{pid}.map", errors="replace") as lines:
        rows = [line.rstrip("\n").split(" ", 2) for line in lines]
    return sorted((int(row[0], 16), int(row[0], 16) + int(row[1], 16), row[2]) for row in rows if len(row) == 3)


def part_of(methods, thread):
    """What a sample's stack, innermost first, was busy with, as far as watching is concerned; None for anything else."""
    stack = " ".join(methods)
    for part, words in PARTS.items():
        if any(word in stack for word in words):
            return part
    if methods and "ObserveAsync" in methods[0]:
        return "awaiting the answer"
    return "garbage collector's threads" if "GC" in thread else None


def sample(server, load, work):
    """Shares of the server's samples while this load runs, by part."""
    data, counts, total = str(work / "perf.data"), collections.Counter(), 0
    with load():
        subprocess.run(["perf", "record", "-F", "997", "-g", "-e", "cpu-clock", "-p", str(server.pid), "-o", data, "--", "sleep", str(SECONDS)], check=True, capture_output=True)
    methods = read_map(server.pid)
    starts = [method[0] for method in methods]

    def name(address):
        place = bisect.bisect_right(starts, address) - 1
        return methods[place][2] if place >= 0 and address < methods[place][1] else None

    chain = None
    for line in subprocess.run(["perf", "script", "-i", data, "-D"], check=True, capture_output=True, text=True, errors="replace").stdout.split("\n"):
        frame = re.match(r"\.{5}\s*\d+: ([0-9a-f]{16})", line)
        if "PERF_RECORD_SAMPLE" in line:
            chain = []
        elif frame and chain is not None:
            chain.append(int(frame[1], 16))
        elif chain is not None and line.startswith(" ... thread:"):
            total += 1
            counts[part_of([found for found in map(name, chain) if found], line)] += 1
            chain = None
    return counts, total


class Server:
    """One process that serves iris, watched or not."""

    def __init__(self, work, watches):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        models = work / "models" / "iris"
        shutil.copytree(f"{REPOSITORY}/iris", models)
        if not watches:
            (models / "model.json").write_text('{"serving":{"quality":{"capacity":0}}}')
            (models / "baseline.csv").unlink()
        self.body = work / "body.json"
        self.body.write_text(BODY)
        self.process = subprocess.Popen(
            ["dotnet", PROGRAM, "--model-repository", str(work / "models"), "--data-dir", str(work / "data"), "--http-port", str(self.port), "--grpc-port", "0"],
            stdout=subprocess.DEVNULL,
            env={**os.environ, **({} if ROUNDS else {"DOTNET_PerfMapEnabled": "1"})},
        )
        self.pid = self.process.pid
        while not self.is_ready("baseline" if watches else ""):
            time.sleep(0.1)

    def is_ready(self, path):
        try:
            return call(self.port, "GET", f"/v2/models/iris/versions/2/{path}".rstrip("/"))[0] == 200
        except OSError:
            return False

    def load(self, seconds):
        return together.asking(f"http://127.0.0.1:{self.port}/v2/models/iris/infer", self.body, seconds, CONNECTIONS)

    def asked(self, seconds):
        return self.pid, lambda: self.load(seconds)


def main():
    with tempfile.TemporaryDirectory() as work:
        servers = {}
        try:
            for name in ("watched", "plain"):
                (pathlib.Path(work) / name).mkdir()
                servers[name] = Server(pathlib.Path(work) / name, name == "watched" and not SAME)
            together.compare(servers["watched"].asked(WARM_SECONDS), servers["plain"].asked(WARM_SECONDS), 1)
            if ROUNDS:
                compare(servers["watched"], servers["plain"])
            else:
                for name, server in servers.items():
                    counts, total = sample(server, lambda: server.load(SECONDS + 1), pathlib.Path(work))
                    print(f"{name}: {total} samples")
                    for part, found in counts.items():
                        if part:
                            print(f"  {part}: {found} = {100 * found / total:.2f} %")
            if not SAME:
                print("dropped:", json.loads(call(servers["watched"].port, "GET", "/v2/models/iris/versions/2/drift")[1])["dropped"])
        finally:
            for server in servers.values():
                server.process.kill()


def compare(watched, plain):
    costs = together.compare(watched.asked(SECONDS), plain.asked(SECONDS), ROUNDS)
    ratios = together.ratios(costs)
    print(f"plain {statistics.mean(other for _, other in costs):.2f} us, watched {statistics.mean(one for one, _ in costs):.2f} us of CPU a request; {ROUNDS} rounds")
    print(f"ratio: {together.summary(ratios)}, median {statistics.median(ratios):.4f}")


if __name__ == "__main__":
    main()
