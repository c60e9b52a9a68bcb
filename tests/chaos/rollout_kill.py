#!/usr/bin/env python3
"""kill -9 during a rollout, at random moments: after each restart the state must be one that was acknowledged or a later one, and no
request may be counted twice.

usage: rollout_kill.py STANDALONE_DLL MODEL_REPOSITORY [KILLS]
"""

import json
import random
import sys
import tempfile
import time

from killable import Server

PROGRAM, REPOSITORY = sys.argv[1:3]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
STEPS = {"to": "2", "steps": [1, 2, 5, 10, 20, 50, 100], "step_seconds": 2, "step_requests": 40, "guards": {"error_rate": {"max_increase": 0.2}}}


class RollingOut(Server):
    def state(self):
        rollout = json.loads(self.call("GET", "/v2/models/iris/rollout")[1])
        traffic = json.loads(self.call("GET", "/v2/models/iris/traffic")[1])
        counted = sum(stage[arm]["requests"] for stage in rollout["stages"] for arm in ("stable", "canary"))
        return {"state": rollout["state"], "step": rollout["step"], "epoch": traffic["epoch"], "counted": counted}


def main():
    random.seed(5)
    example = open(f"{REPOSITORY}/iris/example.json").read()
    with tempfile.TemporaryDirectory() as data:
        server = RollingOut(PROGRAM, REPOSITORY, data)
        assert server.call("PUT", "/v2/models/iris/traffic", {"variants": [{"version": "1", "weight": 100, "label": "stable"}]})[0] == 200
        assert server.call("POST", "/v2/models/iris/rollout", STEPS)[0] == 200
        sent, acknowledged = 0, server.state()
        for kill in range(KILLS):
            end = time.time() + random.uniform(0.05, 1.5)
            while time.time() < end:
                sent += server.call("POST", "/v2/models/iris/infer", example)[0] == 200
                if random.random() < 0.1:
                    acknowledged = server.state()
            server.kill()
            server = RollingOut(PROGRAM, REPOSITORY, data)
            state = server.state()
            print(f"kill {kill + 1}: {state}, acknowledged before {acknowledged}, sent {sent}", flush=True)
            assert state["state"] in ("running", "completed")
            assert all(state[key] >= acknowledged[key] for key in ("step", "epoch", "counted")), "an acknowledged state was lost"
            assert state["counted"] <= sent, "requests were counted twice"
        server.process.terminate()
        assert server.process.wait() == 0
    print(f"{KILLS} kills, nothing lost, nothing doubled")


main()
