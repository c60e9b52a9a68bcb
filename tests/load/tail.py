"""Open loop: requests arrive by a Poisson process whatever became of those before. Tails, low load, and overload."""
import json
import sys
from statistics import median

from processes import measured
from setting import BENCHMARKS, WORK

HEAD = ["workload", "rate /s", "server", "p50 ms", "p99 ms", "p99.9 ms", "CPU us per request", "good /s", "not 200"]


def open_loop(server, workload, rate, seconds, connections=32, seed=1, deadline=()):
    """One run of the open loop. `deadline` is a body to send instead of the workload's, and the milliseconds that it asks for."""
    body, headers = workload.files()
    command = [BENCHMARKS, "openload", "--url", server.url(workload.model), "--rate", rate, "--connections", connections]
    command += ["--seconds", seconds, "--pids", ",".join(map(str, server.pids())), "--seed", seed]
    command += ["--headers", headers] if headers else []
    return measured([*command, "--body", *(deadline[:1] or [body]), *(["--deadline", deadline[1]] if deadline else [])])


def measure(servers, workload, rate, seconds, rounds):
    """The rounds of each server by name, at one rate for all or at one for each."""
    seen = {server.name: [] for server in servers}
    for turn in range(rounds):
        for server in servers if turn % 2 == 0 else reversed(servers):
            own = rate[server.name] if isinstance(rate, dict) else rate
            print(f"open loop: {workload.name}, {server.name}, {own:.0f}/s, round {turn + 1} of {rounds}", file=sys.stderr)
            seen[server.name].append(open_loop(server, workload, own, seconds, seed=turn + 1))
    return {name: {key: median(one.get(key, 0) for one in turns) for key in set().union(*turns)} for name, turns in seen.items()}


def rows(workload, seen):
    for name, one in seen.items():
        refused = sum(count for key, count in one.items() if key.startswith("status_") and key != "status_200") + one.get("broken", 0)
        cells = [one["p50_ms"], one["p99_ms"], one["p999_ms"], one.get("cpu_us_per_request", 0)]
        counts = [f"{one['good_per_s']:,.0f}", f"{refused + one['unanswered']:.0f}"]
        yield [workload.name, f"{one['rate']:,.0f}", name, *(f"{cell:.3g}" for cell in cells), *counts]


def overload(server, workload, capacity, seconds, deadline_ms, connections=512):
    """Twice the capacity, every request with a deadline of its own; and the resident memory before and after."""
    document = json.loads(workload.files()[0].read_text())
    document["parameters"] = {"timeout": int(deadline_ms * 1000)}
    body = WORK / "bodies" / f"{workload.name}-deadline.json"
    body.write_text(json.dumps(document))
    before, ran = server.resident(), server.executions(workload.model)
    print(f"overload: {workload.name}, {2 * capacity:.0f}/s for {seconds} s", file=sys.stderr)
    seen = open_loop(server, workload, 2 * capacity, seconds, connections, deadline=(body, deadline_ms))
    rows, runs = (after - already for after, already in zip(server.executions(workload.model), ran))
    seen |= {"rows_a_run": rows / max(1, runs), "deadline_ms": deadline_ms, "capacity": capacity}
    return {**seen, "resident_before": before, "resident_after": server.resident()}
