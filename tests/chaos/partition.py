#!/usr/bin/env python3
"""Cuts one of three silos off from the other two, by network namespaces, and heals the network again: python3 tests/chaos/partition.py [SECONDS]

Each silo has a namespace of its own; a fourth one routes between them and has Redis and the callers. Three cuts, of SECONDS (30) each:
Redis in reach of all; Redis in reach of the two only; Redis in reach of the one only. Meanwhile callers send requests to every gateway and
changes of traffic to both sides. A silo that was declared dead ends, and is started again, as a supervisor would. Wanted:

  - no request fails at the two silos that are still connected to each other, while Redis is in their reach; where it is not, the one declares
    them dead, and they end when they learn of it
  - after the heal all gateways answer by one epoch, the highest one
  - no acknowledged change is lost: acknowledged epochs are all different, and what is in force is the last of them or a later one
  - no drift count doubled: the version that gets the traffic is watched, and its windows hold no more rows than the silos ran, by their own
    counters; all gateways report the same closed windows. A request that was answered by two silos ran twice, and is two rows
  - the silo that is cut off says so: not ready, 503 with the reason, within ten seconds; the other two, which reach each other, never do

Needs root, `ip` and redis-server; where it may not make namespaces it says so and ends with exit code 2.
"""
import ctypes
import http.client
import json
import os
import signal
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SILO = ROOT / "artifacts" / "bin" / "Silo" / "release" / "Silo"
ROUTER, NET = "serving-r", "10.213"
MODEL = "iris"
CLONE_NEWNET = 0x40000000
ROW = b'{"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}]}'
HTTP_PORT, SILO_PORT, CLIENT_PORT, REDIS_PORT = 8000, 11111, 30000, 6379


def run(*words, check=True):
    return subprocess.run([str(word) for word in words], check=check, capture_output=True, text=True)


def address(i):
    return f"{NET}.{i}.2"


class Network:
    """Namespaces serving-1 to serving-3, each linked to the router's."""

    def __enter__(self):
        self.drop()
        run("ip", "netns", "add", ROUTER)
        run("ip", "-n", ROUTER, "link", "set", "lo", "up")
        run("ip", "-n", ROUTER, "addr", "add", f"{NET}.0.1/32", "dev", "lo")
        run("ip", "netns", "exec", ROUTER, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")

        # The table of own addresses comes behind the cuts, which so hold for what is sent to Redis too.
        run("ip", "-n", ROUTER, "rule", "add", "priority", "100", "lookup", "local")
        run("ip", "-n", ROUTER, "rule", "del", "priority", "0")
        for i in (1, 2, 3):
            name = f"serving-{i}"
            run("ip", "netns", "add", name)
            run("ip", "-n", ROUTER, "link", "add", f"to{i}", "type", "veth", "peer", "name", "out", "netns", name)
            run("ip", "-n", ROUTER, "addr", "add", f"{NET}.{i}.1/24", "dev", f"to{i}")
            run("ip", "-n", ROUTER, "link", "set", f"to{i}", "up")
            run("ip", "-n", name, "addr", "add", f"{address(i)}/24", "dev", "out")
            run("ip", "-n", name, "link", "set", "out", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "route", "add", "default", "via", f"{NET}.{i}.1")
        return self

    def __exit__(self, *_):
        self.drop()

    def drop(self):
        for name in (ROUTER, "serving-1", "serving-2", "serving-3"):
            run("ip", "netns", "del", name, check=False)

    def rules(self, verb, pairs):
        """Packets between the two vanish, both ways, without a word."""
        for a, b in pairs:
            run("ip", "-n", ROUTER, "rule", verb, "from", a, "to", b, "priority", "10", "blackhole")
            run("ip", "-n", ROUTER, "rule", verb, "from", b, "to", a, "priority", "10", "blackhole")


def enter(name):
    """Moves this process into a namespace; threads and processes that it starts from then on are there too."""
    with open(f"/var/run/netns/{name}") as there:
        if ctypes.CDLL("libc.so.6", use_errno=True).setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"the namespace {name} cannot be entered")


class Silo:
    def __init__(self, number, folder, repository):
        self.number, self.log = number, open(folder / f"silo-{number}.log", "ab")
        self.words = ["ip", "netns", "exec", f"serving-{number}", SILO, "--silo-name", f"silo-{number}", "--silo-address", address(number)]
        self.words += ["--silo-port", SILO_PORT, "--client-port", CLIENT_PORT, "--http-address", address(number), "--http-port", HTTP_PORT]
        self.words += ["--grpc-port", 0, "--redis", f"{NET}.0.1:{REDIS_PORT}", "--model-repository", repository, "--allow-anonymous"]
        self.process = None
        self.lives = []

    def start(self):
        self.process = subprocess.Popen([str(word) for word in self.words], stdout=self.log, stderr=self.log)
        self.lives.append(Life(self.process))

    def is_ready(self):
        try:
            return call(self.number, "GET", "/v2/health/ready")[0] == 200
        except OSError:
            return False

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Life:
    """Rows that one process has run: at least what its counter last said, at most that and what was asked of all gateways since."""

    def __init__(self, process, before=0):
        self.process, self.before, self.counted, self.asked = process, before, 0, 0


def call(silo, verb, path, body=None, timeout=40, kind="application/json"):
    connection = http.client.HTTPConnection(address(silo), HTTP_PORT, timeout=timeout)
    try:
        connection.request(verb, path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read()
    finally:
        connection.close()


class Callers:
    """One thread a gateway for requests, one a side for changes of traffic, and one a silo that reads how many rows it ran."""

    def __init__(self, silos):
        self.asked, self.ended, self.silos = 0, {}, silos
        self.ends, self.requests, self.failed, self.slowest = threading.Event(), {1: 0, 2: 0, 3: 0}, {1: [], 2: [], 3: []}, {1: 0, 2: 0, 3: 0}
        self.acknowledged, self.refused, self.gate = [], 0, threading.Lock()
        self.threads = [threading.Thread(target=self.ask, args=(i,)) for i in (1, 2, 3)]
        self.threads += [threading.Thread(target=self.change, args=(i,)) for i in (1, 3)]
        self.threads += [threading.Thread(target=self.count, args=(silo,)) for silo in silos]
        for thread in self.threads:
            thread.start()

    def ask(self, silo):
        while not self.ends.is_set():
            begun = time.monotonic()
            with self.gate:
                self.asked += 1
            try:
                status, _, content = call(silo, "POST", f"/v2/models/{MODEL}/infer", ROW)
                if status != 200:
                    self.failed[silo].append(f"{status} {content[:200]}")
            except OSError as error:
                self.failed[silo].append(str(error))
            self.requests[silo] += 1
            self.slowest[silo] = max(self.slowest[silo], time.monotonic() - begun)
            time.sleep(0.02)

    def change(self, silo):
        weight = 0
        while not self.ends.is_set():
            weight += 1
            mark = silo * 100_000 + weight
            document = {"variants": [{"version": "1", "weight": mark, "label": "stable"}, {"version": "2", "weight": 1, "label": "canary"}]}
            try:
                status, _, content = call(silo, "PUT", f"/v2/models/{MODEL}/traffic", json.dumps(document))
                with self.gate:
                    if status == 200:
                        self.acknowledged.append((json.loads(content)["epoch"], mark, silo))
                    else:
                        self.refused += 1
            except OSError:
                self.refused += 1
            time.sleep(0.2)

    def count(self, silo):
        while not self.ends.is_set():
            self.read(silo)
            time.sleep(0.1)

    def read(self, silo):
        """Reads the counter of the silo's present life. Of one that has ended, what was asked until that was seen may have run there."""
        life = silo.lives[-1]
        if life.process.poll() is not None:
            self.ended.setdefault(life, self.asked)
            return
        asked = self.asked
        rows = ran(silo.number)
        if rows is not None and silo.lives[-1] is life:
            life.counted, life.asked = rows - life.before, asked

    def rows(self):
        """Rows that all silos ran since the callers began: at least, and at the most."""
        lives = [life for silo in self.silos for life in silo.lives]
        least = sum(life.counted for life in lives)
        return least, least + sum(self.ended.get(life, self.asked) - life.asked for life in lives)

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()
        for silo in self.silos:
            self.read(silo)


def ran(silo):
    """Rows that a silo's process has run of the watched version; None when it does not say."""
    try:
        text = call(silo, "GET", "/metrics", timeout=2)[2].decode()
    except OSError:
        return None
    found = [line for line in text.splitlines() if line.startswith("serving_inference_batch_size") and "_sum" in line.split("{")[0]]
    found = [line for line in found if f'model="{MODEL}"' in line and 'version="1"' in line]
    return sum(int(float(line.split()[-1])) for line in found)


def watch(silos):
    """Compares with the baseline from now on, with nothing counted yet, and forgets what silos ran before."""
    content = (ROOT / "deploy" / "models" / MODEL / "baseline.csv").read_bytes()
    status, _, answer = call(1, "PUT", f"/v2/models/{MODEL}/versions/1/baseline", content, kind="text/csv")
    if status != 200:
        raise SystemExit(f"no baseline: {status} {answer[:300]}")
    for silo in silos:
        silo.lives = [Life(silo.process, ran(silo.number))]


class Readiness:
    """When each silo said that it is cut off, in seconds from now on."""

    def __init__(self):
        self.begun, self.ends, self.said = time.monotonic(), threading.Event(), {1: [], 2: [], 3: []}
        self.threads = [threading.Thread(target=self.ask, args=(i,)) for i in self.said]
        for thread in self.threads:
            thread.start()

    def ask(self, silo):
        while not self.ends.wait(0.2):
            try:
                status, _, content = call(silo, "GET", "/v2/health/ready", timeout=2)
            except OSError:
                continue
            if status == 503 and b"cut off" in content:
                self.said[silo].append(time.monotonic() - self.begun)

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def of_the_one(self):
        return f"{self.said[3][0]:.1f} to {self.said[3][-1]:.1f}" if self.said[3] else "never"

    def faults(self):
        late = [] if self.said[3] and self.said[3][0] < 10 else [f"silo 3 was cut off and not ready from {self.of_the_one()} s"]
        return late + [f"silo {i} said that it was cut off, after {self.said[i]} s" for i in (1, 2) if self.said[i]]


def windows(silo):
    """The closed windows that a gateway reports, and all rows that it counts."""
    report = json.loads(call(silo, "GET", f"/v2/models/{MODEL}/versions/1/drift")[2])
    closed = [(w["start"], w["end"], w["count"]) for w in report["windows"] if not w["open"]]
    return closed, sum(w["count"] for w in report["windows"])


def until(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not after {seconds} s")
        time.sleep(0.2)


def in_force(silo):
    """The epoch that a gateway's answers go by, and the document it shows."""
    route = call(silo, "POST", f"/v2/models/{MODEL}/infer", (ROOT / "deploy" / "models" / "iris" / "example.json").read_bytes())[1]["x-serving-route"]
    document = json.loads(call(silo, "GET", f"/v2/models/{MODEL}/traffic")[2])
    return int(route.split("epoch=")[1]), document["epoch"], document["variants"][0]["weight"]


def settle(silos):
    """Has every silo back that ended, and waits until all are ready and route alike."""

    def whole():
        for silo in silos:
            if silo.process.poll() is not None:
                silo.start()
        try:
            seen = [json.loads(call(silo.number, "GET", "/v2/cluster", timeout=5)[2]) for silo in silos]
        except OSError:
            return False
        return all(silo.is_ready() for silo in silos) and all(
            len(one["silos"]) == 3 and one["replicas_elsewhere"] == 0 and not one["suspects"] for one in seen
        )

    until("all silos ready, in one cluster", whole)


def judge(name, silos, callers, readiness, connected, declared_dead):
    faults = readiness.faults()
    for i in () if declared_dead else connected:
        faults += [f"gateway {i}: {failure}" for failure in callers.failed[i][:3]]
    epochs = [epoch for epoch, _, _ in callers.acknowledged]
    if len(set(epochs)) != len(epochs):
        faults.append(f"an epoch was acknowledged twice: {sorted(e for e in set(epochs) if epochs.count(e) > 1)}")
    seen = [in_force(silo.number) for silo in silos]
    if len(set(seen)) != 1 or seen[0][0] != seen[0][1]:
        faults.append(f"not one epoch in force: {seen}")
    last = max(callers.acknowledged, default=(0, 0, 0))
    if seen[0][1] < last[0] or (seen[0][1] == last[0] and seen[0][2] != last[1]):
        faults.append(f"acknowledged {last}, in force {seen[0]}")
    sent, failed = sum(callers.requests[i] for i in connected), sum(len(callers.failed[i]) for i in connected)
    slowest = max(callers.slowest[i] for i in connected)
    for silo in silos:
        callers.read(silo)
    least, most = callers.rows()
    reports = [windows(silo.number) for silo in silos]
    counted, (closed, every) = [closed for closed, _ in reports], reports[0]
    if any(one != closed for one in counted):
        faults.append(f"not the same closed windows everywhere: {counted}")
    if every > most:
        faults.append(f"{every} rows were counted, and no more than {most} ran")
    if len(set(start for start, _, _ in closed)) != len(closed):
        faults.append(f"a window was closed twice: {closed}")
    epoch = f"{len(epochs)} | {callers.refused} | {seen[0][0]}"
    rows = f"{least} to {most} | {every} | {len(closed)}"
    print(f"| {name} | {sent} | {failed} | {slowest * 1e3:.0f} | {len(callers.failed[3])} of {callers.requests[3]} | {readiness.of_the_one()} | {epoch} | {rows} |", flush=True)
    return [f"{name}: {fault}" for fault in faults]


def cut(network, silos, name, seconds, without_redis):
    watch(silos)
    callers = Callers(silos)
    try:
        time.sleep(3)
        pairs = [(address(1), address(3)), (address(2), address(3)), *((address(i), f"{NET}.0.1") for i in without_redis)]
        network.rules("add", pairs)
        readiness = Readiness()
        time.sleep(seconds)
        readiness.stop()
        network.rules("del", pairs)
        time.sleep(3)
        settle(silos)
        time.sleep(2)
    finally:
        callers.stop()

    # What is open closes.
    time.sleep(12)
    return judge(name, silos, callers, readiness, (1, 2), declared_dead=1 in without_redis)


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    if os.geteuid() != 0 or run("ip", "netns", "add", "serving-probe", check=False).returncode != 0:
        print("network namespaces may not be made here (root and CAP_SYS_ADMIN are needed), so no network is cut")
        return 2
    run("ip", "netns", "del", "serving-probe")
    faults, silos, redis = [], [], None
    with tempfile.TemporaryDirectory(prefix="serving-partition-") as work, Network() as network:
        folder = Path(work)
        try:
            enter(ROUTER)
            words = ["redis-server", "--bind", f"{NET}.0.1", "--port", REDIS_PORT, "--protected-mode", "no", "--appendonly", "yes", "--dir", folder]
            output = open(folder / "redis.log", "ab")
            redis = subprocess.Popen([str(word) for word in words], stdout=output, stderr=output)
            time.sleep(1)
            shutil.copytree(ROOT / "deploy" / "models" / MODEL, folder / "models" / MODEL)
            config = {"version_policy": {"all": {}}, "serving": {"drift": {"window": {"seconds": 5}, "windows_kept": 100}}}
            (folder / "models" / MODEL / "model.json").write_text(json.dumps(config))
            silos = [Silo(i, folder, folder / "models") for i in (1, 2, 3)]
            for silo in silos:
                silo.start()
            settle(silos)
            head = "Redis in reach of | requests at the two | failed | slowest ms | failed at the one | the one not ready, s | changes acknowledged | refused | epoch after"
            print(f"| {head} | rows run | rows counted | closed windows |")
            print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
            for name, without in (("all", ()), ("the two", (3,)), ("the one", (1, 2))):
                faults += cut(network, silos, name, seconds, without)
        finally:
            for silo in silos:
                silo.kill()
            if redis:
                redis.send_signal(signal.SIGTERM)
                redis.wait()
            if "KEEP" in os.environ:
                subprocess.run(["cp", "-r", work, os.environ["KEEP"]])
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
