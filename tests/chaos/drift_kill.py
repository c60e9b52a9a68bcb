#!/usr/bin/env python3
"""kill -9 while drift is watched. A raised alert, its webhook, a baseline and every pane that was closed must be there again after
each restart, and of the open pane all but what came since the last flush (five seconds). The webhook of an alert that was seen is
delivered, signed, once its receiver is back. The receiver may see an event twice, never a second one.

usage: drift_kill.py STANDALONE_DLL MODEL_REPOSITORY [KILLS]
"""

import hashlib
import hmac
import http.server
import json
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time

from killable import Server, free_port

PROGRAM, REPOSITORY = sys.argv[1:3]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
SECRET = "open sesame"
FLUSH_SECONDS = 5
PANE = 1000
PATH = "/v2/models/iris/versions/1"


class Watched(Server):
    """Serves iris from a repository of its own."""

    def ask(self, path):
        status, body = self.call("GET", f"{PATH}/{path}")
        assert status == 200, body
        return json.loads(body)

    def infer(self, rows):
        body = {"inputs": [{"name": "input", "shape": [len(rows), 4], "datatype": "FP32", "data": rows}]}
        assert self.call("POST", f"{PATH}/infer", body)[0] == 200


class Receiver(http.server.BaseHTTPRequestHandler):
    taken = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(signature, self.headers["x-serving-signature"]), "the signature is wrong"
        event = json.loads(body)
        assert event["id"] == self.headers["x-serving-event"]
        Receiver.taken.append(event)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def counted(report):
    return sum(window["count"] for window in report["windows"])


def main():
    random.seed(7)
    hook = free_port()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        shutil.copytree(f"{REPOSITORY}/iris", work / "models" / "iris")
        (work / "models" / "iris" / "model.json").write_text(json.dumps({
            "version_policy": {"all": {}},
            "serving": {"drift": {"window": {"count": 5 * PANE}, "windows_kept": 1000, "webhooks": [{"url": f"http://127.0.0.1:{hook}/alerts", "secret": SECRET}]}},
        }))
        lines = (work / "models" / "iris" / "baseline.csv").read_text().split()
        rows = [[float(cell) for cell in line.split(",")] for line in lines[1:]]
        log = open(work / "log", "w")
        server = Watched(PROGRAM, work / "models", str(work / "data"), log)
        assert server.call("PUT", f"{PATH}/baseline", {"columns": {name: [row[c] for row in rows * 40] for c, name in enumerate(lines[0].split(","))}})[0] == 200
        baseline = server.ask("baseline")["hash"]

        # Kills at random moments of quiet traffic: closed panes and what was flushed are never lost, nothing is counted twice.
        sent = 0
        for kill in range(KILLS):
            until, marks = time.time() + random.uniform(0.5, 2 * FLUSH_SECONDS), []
            while time.time() < until:
                server.infer(random.choices(rows, k=20))
                sent += 20
                marks.append((time.time(), sent))
            flushed = max([0] + [count for at, count in marks if at < time.time() - FLUSH_SECONDS - 0.5])
            closed = max([0] + [count for at, count in marks if at < time.time() - 0.5]) - PANE
            saved = max(flushed, closed)
            server.kill()
            server = Watched(PROGRAM, work / "models", str(work / "data"), log)
            report = server.ask("drift")
            assert server.ask("baseline")["hash"] == baseline
            assert saved <= counted(report) <= sent, (saved, counted(report), sent)
            assert report["alerts"] == [], report["alerts"]
            print(f"kill {kill + 1}: sent {sent}, to be kept at least {saved}, counted {counted(report)}", flush=True)
            sent = counted(report)

        # One column goes wrong: as soon as the alert is seen the process dies.
        while not server.ask("drift/events")["events"]:
            server.infer([[row[0], row[1], row[2], row[0]] for row in random.choices(rows, k=50)])
        server.kill()
        server = Watched(PROGRAM, work / "models", str(work / "data"), log)
        events = server.ask("drift/events")["events"]
        assert events and events[0]["feature"] == "petal_width", events
        assert server.ask("drift")["alerts"], "the alert is lost"
        time.sleep(3)
        receiver = http.server.ThreadingHTTPServer(("127.0.0.1", hook), Receiver)
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        began = time.time()
        raised = {event["id"] for event in events}  # of one window there may be several, in no order
        while not raised <= {event["alert"]["id"] for event in Receiver.taken}:
            assert time.time() - began < 60, "a webhook was not delivered"
            time.sleep(0.1)
        print(f"webhooks of {len(raised)} alerts delivered {time.time() - began:.1f} s after their receiver came back")
        time.sleep(2)
        assert {event["alert"]["id"] for event in Receiver.taken} <= {event["id"] for event in server.ask("drift/events")["events"]}
        assert len({event["id"] for event in Receiver.taken}) == len(Receiver.taken), "an event came twice"
        shown = server.call("GET", f"{PATH}/config")[1] + (work / "log").read_bytes() + json.dumps(events).encode()
        assert SECRET.encode() not in shown, "the secret is shown"
        assert SECRET.encode() not in (work / "data" / "state.db").read_bytes(), "the secret is stored"
        server.kill()
        server = Watched(PROGRAM, work / "models", str(work / "data"), log)
        time.sleep(2)
        assert len({event["id"] for event in Receiver.taken}) == len(Receiver.taken), "a delivered event came again after a restart"
        server.kill()
    print("ok")


if __name__ == "__main__":
    try:
        main()
    finally:
        if Server.last:
            Server.last.kill()
