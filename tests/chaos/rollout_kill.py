#!/usr/bin/env python3
"""kill -9 during a rollout, at random moments: after each restart the state must be one that was acknowledged or a later one, and no
request may be counted twice.

usage: rollout_kill.py STANDALONE_DLL MODEL_REPOSITORY [KILLS]
"""

import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM, REPOSITORY = sys.argv[1:3]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
STEPS = {"to": "2", "steps": [1, 2, 5, 10, 20, 50, 100], "step_seconds": 2, "step_requests": 40, "guards": {"error_rate": {"max_increase": 0.2}}}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, data):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["dotnet", PROGRAM, "--model-repository", REPOSITORY, "--data-dir", data, "--http-port", str(self.port), "--grpc-port", "0"],
            stdout=subprocess.DEVNULL,
        )
        while not self.is_ready():
            assert self.process.poll() is None, "the server did not start"
            time.sleep(0.05)

    def is_ready(self):
        try:
            return self.call("GET", "/v2/health/ready")[0] == 200
        except OSError:
            return False

    def call(self, verb, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(verb, path, body if body is None or isinstance(body, str) else json.dumps(body))
        response = connection.getresponse()
        return response.status, response.read()

    def state(self):
        rollout = json.loads(self.call("GET", "/v2/models/iris/rollout")[1])
        traffic = json.loads(self.call("GET", "/v2/models/iris/traffic")[1])
        counted = sum(stage[arm]["requests"] for stage in rollout["stages"] for arm in ("stable", "canary"))
        return {"state": rollout["state"], "step": rollout["step"], "epoch": traffic["epoch"], "counted": counted}


def main():
    random.seed(5)
    example = open(f"{REPOSITORY}/iris/example.json").read()
    with tempfile.TemporaryDirectory() as data:
        server = Server(data)
        assert server.call("PUT", "/v2/models/iris/traffic", {"variants": [{"version": "1", "weight": 100, "label": "stable"}]})[0] == 200
        assert server.call("POST", "/v2/models/iris/rollout", STEPS)[0] == 200
        sent, acknowledged = 0, server.state()
        for kill in range(KILLS):
            end = time.time() + random.uniform(0.05, 1.5)
            while time.time() < end:
                sent += server.call("POST", "/v2/models/iris/infer", example)[0] == 200
                if random.random() < 0.1:
                    acknowledged = server.state()
            server.process.kill()
            server.process.wait()
            server = Server(data)
            state = server.state()
            print(f"kill {kill + 1}: {state}, acknowledged before {acknowledged}, sent {sent}", flush=True)
            assert state["state"] in ("running", "completed")
            assert all(state[key] >= acknowledged[key] for key in ("step", "epoch", "counted")), "an acknowledged state was lost"
            assert state["counted"] <= sent, "requests were counted twice"
        server.process.terminate()
        assert server.process.wait() == 0
    print(f"{KILLS} kills, nothing lost, nothing doubled")


main()
