#!/usr/bin/env python3
"""What watching drift and quality costs a request: CPU of the server per request, turn by turn with a model that is watched in full
and the same model that is not, in one process, with as many requests as it can answer (wrk, closed loop). iris, one row a request.
What is done behind the requests is counted with the turn that brought them, but for what happens once in five seconds.

usage: tap_cost.py STANDALONE_DLL MODEL_REPOSITORY [ROUNDS [SECONDS [CONNECTIONS]]]
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

PROGRAM, REPOSITORY = sys.argv[1:3]
ROUNDS, SECONDS, CONNECTIONS = (int(word) for word in (sys.argv[3:] + ["20", "2", "16"][len(sys.argv) - 3 :]))
BEAT = 0.25
BODY = '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}'


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
        (work / "post.lua").write_text(f"wrk.method = 'POST'\nwrk.body = '{BODY}'\n")
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
                url = f"http://127.0.0.1:{port}/v2/models/{model}/infer"
                before, since = cpu(server.pid), count(model)
                subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(work / "post.lua"), url], check=True, capture_output=True)
                time.sleep(BEAT)
                return (cpu(server.pid) - before) / (count(model) - since) * 1e6

            def count(model):
                return json.loads(call(port, "GET", f"/v2/models/{model}/versions/2/stats")[1])["model_stats"][0]["inference_stats"]["success"]["count"]

            for model in ("watched", "plain") * 2:
                turn(model, 3)
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
