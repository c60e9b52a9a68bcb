#!/usr/bin/env python3
"""What watching drift and quality costs a request: CPU of the server per request, turn by turn with a model that is watched in full
and the same model that is not, in one process, with as many requests as it can answer (wrk, closed loop). iris, one row a request.
What is done behind the requests is counted with the turn that brought them, but for what happens once in five seconds.

Turns of the same model differ by a tenth and more. With ROUNDS 0 the server is sampled instead (perf, as root) while the watched model is
asked, and then the other one: the share of its CPU that is spent in the tap and behind it, and on the garbage collector's threads.

usage: tap_cost.py STANDALONE_DLL MODEL_REPOSITORY [ROUNDS [SECONDS [CONNECTIONS]]]
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

PROGRAM, REPOSITORY = sys.argv[1:3]
ROUNDS, SECONDS, CONNECTIONS = (int(word) for word in (sys.argv[3:] + ["20", "2", "16"][len(sys.argv) - 3 :]))
BEAT = 0.25

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


def cpu(pid):
    """The CPU clock of another process, in seconds: /proc/PID/stat is too coarse for a difference of one in a hundred."""
    return time.clock_gettime((~pid << 3) | 2)


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


def main():
    with tempfile.TemporaryDirectory() as work, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        work = pathlib.Path(work)
        for name, config in (("watched", "{}"), ("plain", '{"serving":{"quality":{"capacity":0}}}')):
            shutil.copytree(f"{REPOSITORY}/iris", work / "models" / name)
            (work / "models" / name / "model.json").write_text(config)
        (work / "models" / "plain" / "baseline.csv").unlink()
        (work / "post.lua").write_text(f"wrk.method = 'POST'\nwrk.body = '{BODY}'\n")
        server = subprocess.Popen(
            ["dotnet", PROGRAM, "--model-repository", str(work / "models"), "--data-dir", str(work / "data"), "--http-port", str(port), "--grpc-port", "0"],
            stdout=subprocess.DEVNULL,
            env={**os.environ, **({} if ROUNDS else {"DOTNET_PerfMapEnabled": "1"})},
        )
        try:
            while True:
                try:
                    if call(port, "GET", "/v2/models/watched/versions/2/baseline")[0] == 200:
                        break
                except OSError:
                    pass
                time.sleep(0.1)

            def load(model, seconds):
                url = f"http://127.0.0.1:{port}/v2/models/{model}/infer"
                return subprocess.Popen(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(work / "post.lua"), url], stdout=subprocess.DEVNULL)

            def turn(model, seconds):
                before, since = cpu(server.pid), count(model)
                assert load(model, seconds).wait() == 0
                time.sleep(BEAT)
                return (cpu(server.pid) - before) / (count(model) - since) * 1e6

            def count(model):
                return json.loads(call(port, "GET", f"/v2/models/{model}/versions/2/stats")[1])["model_stats"][0]["inference_stats"]["success"]["count"]

            for model in ("watched", "plain") * 2:
                turn(model, 3)
            if not ROUNDS:
                for model in ("watched", "plain"):
                    counts, total = sample(server, lambda: load(model, SECONDS + 1), work)
                    print(f"{model}: {total} samples")
                    for part, found in counts.items():
                        if part:
                            print(f"  {part}: {found} = {100 * found / total:.2f} %")
                return
            ratios, plain, watched = [], [], []
            for round in range(ROUNDS):
                # A turn after one of the other model costs more, so each model has one of both kinds.
                costs = {"watched": 0.0, "plain": 0.0}
                for model in ("plain", "watched", "watched", "plain"):
                    costs[model] += turn(model, SECONDS) / 2
                plain.append(costs["plain"])
                watched.append(costs["watched"])
                ratios.append(costs["watched"] / costs["plain"])
                print(f"round {round + 1}: watched {watched[-1]:.2f} us, plain {plain[-1]:.2f} us a request, ratio {ratios[-1]:.3f}", flush=True)
            error = statistics.stdev(ratios) / len(ratios) ** 0.5
            print(f"plain {statistics.mean(plain):.2f} us, watched {statistics.mean(watched):.2f} us a request")
            print(f"ratio: median {statistics.median(ratios):.4f}, mean {statistics.mean(ratios):.4f} with a standard error of {error:.4f}, {min(ratios):.3f} to {max(ratios):.3f}")
            print("dropped:", json.loads(call(port, "GET", "/v2/models/watched/versions/2/drift")[1])["dropped"])
        finally:
            server.kill()


if __name__ == "__main__":
    main()
