#!/usr/bin/env python3
"""Measures what the cluster costs, and prints tables and goals in Markdown.

  local   a silo with a gateway and the replica, beside Standalone: CPU per request of a 4 KB binary body
  remote  a gateway without models and the silo that has the replica: CPU per request of both together
  scale   sessions that wait 20 ms and compute nothing: requests/s of one silo and of four, all gateways busy
  watch   iris in JSON on one silo that watches nothing, beside one that watches drift and quality (a truth has come, so that answers are kept
          in Redis), and one that sends a copy of each request to a shadow: CPU per request, what is done behind the requests included

All servers of a part run at once and take turns, so every ratio compares neighbours in time; figures are medians over the rounds, and so
are the ratios of a round. Rounds before those are not counted: code is compiled again while it gets warm.
"""
import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from statistics import median

from closed import wrk
from goals import HEAD, row
from processes import HOST, Server, free_port
from setting import BIN, HERE, ROOT, WORK, Workload, product, write_repository

WORKLOAD = Workload("identity, 4 KB", "identity", "identity.bin")
WATCHED = Workload("iris", "iris", "iris_mlp.json")


class Redis(Server):
    """Keeps nothing on disk: one run is one cluster."""

    def __init__(self):
        super().__init__("redis", ["redis-server", "--bind", HOST, "--port", "{port}", "--save", "", "--appendonly", "no"], WORK)

    def is_ready(self):
        asked = subprocess.run(["redis-cli", "-h", HOST, "-p", str(self.port), "ping"], capture_output=True, text=True)
        return asked.stdout.strip() == "PONG"


class Silo(Server):
    """One silo of a cluster; with `others`, what its requests cost counts their processor time too."""

    def __init__(self, name, redis, cluster, *arguments, program="Silo", others=(), repository="cluster"):
        command = [BIN / program / "release" / program, "--redis", f"{HOST}:{redis.port}", "--cluster-id", cluster, "--silo-name", name]
        command += ["--silo-port", free_port(), "--client-port", free_port(), "--http-port", "{port}", "--grpc-port", "{grpc}"]
        super().__init__(name, [*command, "--model-repository", WORK / repository, "--model-control-mode", "none", *arguments], WORK)
        self.others = others

    def cpu(self):
        return super().cpu() + sum(other.cpu() for other in self.others)

    def executions(self, model):
        """Not asked for: statistics of a cluster cost calls to its replicas."""
        return None


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="cost,scale", help="comma-separated, of cost, scale, watch")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=4, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=8, help="of the servers' taking turns")
    parser.add_argument("--warmup", type=int, default=5, help="rounds before, that are not counted; not of scale")
    return parser.parse_args()


def write_one_model():
    """The cluster's repository: the identity model alone, so that one replica is all there is."""
    shutil.rmtree(WORK / "cluster", ignore_errors=True)
    (WORK / "cluster").mkdir()
    shutil.move(write_repository("unbatched", False) / "identity", WORK / "cluster" / "identity")


def start(running, server):
    running.callback(server.stop)
    server.start()
    return server


def settle(silos, replicas):
    """Waits until every silo routes to so many replicas."""
    until = time.monotonic() + 60
    while any(json.loads(silo.send("GET", "/v2/cluster")[1])["replicas"] != replicas for silo in silos):
        if time.monotonic() > until:
            raise SystemExit(f"not {replicas} replicas after 60 s")
        time.sleep(0.2)


def cost(given):
    with contextlib.ExitStack() as running:
        redis = start(running, Redis())
        alone = start(running, product("standalone", "cluster"))
        alone.executions = lambda model: None
        local = start(running, Silo("local", redis, "cost", "--role", "both", "--replicas", "1"))
        settle([local], 1)
        remote = start(running, Silo("remote", redis, "cost", "--role", "gateway", "--replicas", "1", others=[local]))
        settle([remote], 1)
        seen = take_turns("cost", [alone, local, remote], WORKLOAD, given)
    yield from figures(seen)
    yield row("CPU per request, local replica / Standalone", ratio(seen, "local", "standalone"), 1.2, True)
    yield row("CPU per request, remote replica / Standalone", ratio(seen, "remote", "standalone"), 2.5, True)


def take_turns(part, servers, workload, given):
    """What each round found, by server."""
    seen = {server.name: [] for server in servers}
    for turn in range(-given.warmup, given.rounds):
        print(f"{part}: round {turn + 1} of {given.rounds}", file=sys.stderr)
        for server in servers if turn % 2 == 0 else reversed(servers):
            one = wrk(server, workload, given.connections, given.seconds)
            if turn >= 0:
                seen[server.name].append(one)
    return seen


def ratio(seen, name, beside):
    return median(one["cpu_us"] / other["cpu_us"] for one, other in zip(seen[name], seen[beside]))


def figures(seen):
    def middle(name, figure):
        return median(one[figure] for one in seen[name])

    yield ["server", "requests/s", "p50 ms", "p99 ms", "CPU us per request", "lowest", "highest"]
    for name in seen:
        yield [name, f"{middle(name, 'per_s'):,.0f}", f"{middle(name, 'p50_ms'):.3f}", f"{middle(name, 'p99_ms'):.2f}", f"{middle(name, 'cpu_us'):.1f}",
               f"{min(one['cpu_us'] for one in seen[name]):.1f}", f"{max(one['cpu_us'] for one in seen[name]):.1f}"]


def write_iris(name, watches):
    """A repository of the sample iris alone, watched or not."""
    repository = WORK / name
    shutil.rmtree(repository, ignore_errors=True)
    shutil.copytree(ROOT / "deploy" / "models" / "iris", repository / "iris")
    if not watches:
        (repository / "iris" / "model.json").write_text('{"version_policy": {"all": {}}, "serving": {"quality": {"capacity": 0}}}')
        (repository / "iris" / "baseline.csv").unlink()
    return name


def change(server, verb, path, body):
    status, answer = server.send(verb, f"/v2/models/iris/{path}", json.dumps(body))
    if status != 200:
        raise SystemExit(f"{server.name}: {verb} {path}: {status} {answer.decode()}")
    return json.loads(answer)


def watch(given):
    with contextlib.ExitStack() as running:
        redis = start(running, Redis())
        repositories = {name: write_iris(f"cluster-{name}", name == "watched") for name in ("plain", "watched", "shadowed")}
        plain, watched, shadowed = [
            start(running, Silo(name, redis, name, "--replicas", "1", repository=repository)) for name, repository in repositories.items()
        ]
        request = json.loads((WORK / "bodies" / WATCHED.body).read_text())
        change(watched, "POST", "infer", {**request, "id": "first"})
        change(watched, "POST", "feedback", [{"id": "first", "label": "setosa"}])
        change(shadowed, "PUT", "traffic", {"variants": [{"version": "2", "weight": 1}], "shadows": [{"version": "1", "percent": 100}]})
        seen = take_turns("watch", [plain, watched, shadowed], WATCHED, given)
        time.sleep(2)
        shadow = json.loads(shadowed.send("GET", "/v2/models/iris/traffic/shadows")[1])["shadows"][0]
        print(f"copies sent to the shadow {shadow['sent']:,}, dropped {shadow['dropped']:,}, compared {shadow['compared']:,}", file=sys.stderr)
    head, *rows = figures(seen)
    yield [*head, "of plain"]
    for cells in rows:
        yield [*cells, f"{ratio(seen, cells[0], 'plain'):.2f}"]


def all_at_once(silos, given):
    """Requests/s of all gateways together."""
    command = ["wrk", "-t1", f"-c{given.connections}", f"-d{given.seconds}s", "--timeout", "20s", "-s", str(HERE / "post.lua")]
    files = [str(file) for file in WORKLOAD.files()]
    callers = [
        subprocess.Popen([*command, silo.url(WORKLOAD.model), "--", *files], stdout=subprocess.PIPE, text=True) for silo in silos
    ]
    lines = [caller.communicate()[0].splitlines()[-1] for caller in callers]
    words = [{k: float(v) for k, _, v in (word.partition("=") for word in line.split()) if v} for line in lines]
    if any(one["refused"] or one["broken"] for one in words):
        print(f"  refused or broken: {words}", file=sys.stderr)
    return sum(one["requests"] / one["seconds"] for one in words)


def scale(given):
    seen = {}
    for count in (1, 4):
        with contextlib.ExitStack() as running:
            redis = start(running, Redis())
            silos = [
                start(running, Silo(f"waiting-{i}", redis, f"scale-{count}", "--replicas", str(count), program="WaitingSilo"))
                for i in range(count)
            ]
            settle(silos, count)
            all_at_once(silos, given)
            seen[count] = [all_at_once(silos, given) for _ in range(given.rounds)]
    yield ["silos", "requests/s", "lowest", "highest"]
    for count, rates in seen.items():
        yield [count, f"{median(rates):,.1f}", f"{min(rates):,.1f}", f"{max(rates):,.1f}"]
    yield row("requests/s with sessions that wait, 4 silos / 1", median(seen[4]) / median(seen[1]), 3.6, False)


def main():
    given = parse()
    write_one_model()
    print(f"{given.rounds} rounds of {given.seconds} s, {given.connections} connections a gateway, {os.cpu_count()} cores,")
    print(f"Linux {platform.release()}, load average before {os.getloadavg()[0]:.1f}")
    goals = []
    for part in given.parts.split(","):
        head, *rows = {"cost": cost, "scale": scale, "watch": watch}[part](given)
        goals += [one for one in rows if len(one) == len(HEAD) and one[-1] in ("yes", "**no**")]
        table(part, head, [one for one in rows if one not in goals])
    if goals:
        table("goals", HEAD, goals)


def table(title, head, rows):
    print(f"\n### {title}\n")
    for cells in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


if __name__ == "__main__":
    main()
