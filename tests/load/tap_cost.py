#!/usr/bin/env python3
"""What watching drift and quality costs a request: CPU of the server per request, turn by turn with a model that is watched in full
and the same model that is not, in one process. iris, one row a request. A turn is as long as some flushes, which come every five
seconds, so that what is done behind the requests counts too.

usage: tap_cost.py STANDALONE_DLL BENCHMARKS_DLL MODEL_REPOSITORY [RATE [SECONDS [ROUNDS]]]
"""

import http.client
import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM, BENCHMARKS, REPOSITORY = sys.argv[1:4]
RATE, SECONDS, ROUNDS = (int(word) for word in (sys.argv[4:] + ["4000", "10", "5"][len(sys.argv) - 4 :]))


def call(port, verb, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(verb, path, body)
    response = connection.getresponse()
    return response.status, response.read()


def cpu(pid):
    """The CPU clock of another process, in seconds: /proc/PID/stat is too coarse for a difference of one in a hundred."""
    return time.clock_gettime((~pid << 3) | 2)


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
        (work / "body").write_text('{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}')
        server = subprocess.Popen(
            ["dotnet", PROGRAM, "--model-repository", str(work / "models"), "--data-dir", str(work / "data"), "--http-port", str(port), "--grpc-port", "0"],
            stdout=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    if call(port, "GET", "/v2/models/watched/versions/2/baseline")[0] == 200:
                        break
                except OSError:
                    pass
                time.sleep(0.1)

            def turn(model, seconds):
                command = ["dotnet", BENCHMARKS, "openload", "--url", f"http://127.0.0.1:{port}/v2/models/{model}/infer", "--body", str(work / "body")]
                before, since = cpu(server.pid), count(model)
                subprocess.run([*command, "--rate", str(RATE), "--connections", "16", "--seconds", str(seconds), "--warmup", "0"], check=True, capture_output=True)
                return (cpu(server.pid) - before) / (count(model) - since) * 1e6

            def count(model):
                return json.loads(call(port, "GET", f"/v2/models/{model}/versions/2/stats")[1])["model_stats"][0]["inference_stats"]["success"]["count"]

            for model in ("watched", "plain") * 2:
                turn(model, 10)
            ratios = []
            for round in range(ROUNDS):
                # A turn after one of the other model costs more, so each model has one of both kinds.
                costs = {"watched": 0.0, "plain": 0.0}
                for model in ("plain", "watched", "watched", "plain"):
                    costs[model] += turn(model, SECONDS) / 2
                ratios.append(costs["watched"] / costs["plain"])
                print(f"round {round + 1}: watched {costs['watched']:.1f} us, plain {costs['plain']:.1f} us a request, ratio {ratios[-1]:.3f}", flush=True)
            error = statistics.stdev(ratios) / len(ratios) ** 0.5
            print(f"ratio: median {statistics.median(ratios):.3f}, mean {statistics.mean(ratios):.3f} with a standard error of {error:.3f}, {min(ratios):.3f} to {max(ratios):.3f}")
            print("dropped:", json.loads(call(port, "GET", "/v2/models/watched/versions/2/drift")[1])["dropped"])
        finally:
            server.kill()


if __name__ == "__main__":
    main()
