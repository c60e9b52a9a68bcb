"""Closed loop: wrk keeps N connections busy. Servers take turns within each round, so that all see the same machine."""
import sys
from dataclasses import dataclass, field
from statistics import median

from processes import measured
from setting import BENCHMARKS, HERE, MODELS


@dataclass
class Measurement:
    """The rounds of one server under one workload at one number of connections."""

    workload: str
    connections: int
    server: str
    rounds: list = field(default_factory=list)

    def __getattr__(self, name):
        """The median over the rounds of any value that a round has."""
        if name.startswith("_"):
            raise AttributeError(name)
        return median(one[name] for one in self.rounds)


def wrk(server, workload, connections, seconds):
    """One run of wrk: its own figures, the server's processor time for each request, and its mean batch when it tells."""
    before, cpu = server.executions(workload.model), server.cpu()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", HERE / "post.lua", server.url(workload.model)]
    seen = measured([*command, "--", *workload.files()])
    answered = max(seen["requests"], 1)
    seen["cpu_us"] = (server.cpu() - cpu) / answered * 1e6
    seen["per_s"] = seen["requests"] / seen["seconds"]
    seen["resident_mb"] = server.resident()
    after = server.executions(workload.model)
    seen["batch"] = (after[0] - before[0]) / max(1, after[1] - before[1]) if before else 0
    if seen["refused"] or seen["broken"]:
        print(f"  {server.name}: {seen['refused']:.0f} refused, {seen['broken']:.0f} broken of {answered:.0f}", file=sys.stderr)
    return seen


def bare(workload, seconds, batch=1, threads=2):
    """The model in a tight loop, without HTTP."""
    model = MODELS / workload.model
    arguments = ["--model", model, "--batch", batch, "--threads", threads, "--seconds", seconds, "--free", workload.free]
    return measured([BENCHMARKS, "ort", *arguments])


def measure(servers, workloads, connections, seconds, rounds, warmup):
    """Every server under every workload, and the bare runtime beside those at the highest number of connections."""
    results = {}
    for workload in workloads:
        for server in servers:
            wrk(server, workload, 8, warmup)
        for count in connections:
            keys = [server.name for server in servers] + (["bare runtime"] if count == max(connections) else [])
            row = {name: results.setdefault((workload.name, count, name), Measurement(workload.name, count, name)) for name in keys}
            for turn in range(rounds):
                print(f"closed loop: {workload.name}, {count} connections, round {turn + 1} of {rounds}", file=sys.stderr)
                for server in servers if turn % 2 == 0 else reversed(servers):
                    row[server.name].rounds.append(wrk(server, workload, count, seconds))
                if "bare runtime" in row:
                    row["bare runtime"].rounds.append(bare(workload, min(seconds, 2), workload.rows))
    return results


def rows(results):
    for (workload, count, server), seen in results.items():
        if server == "bare runtime":
            per_s = seen.samples_per_s / seen.batch
            cells = [f"{per_s:,.0f}", f"{seen.us_per_run / 1e3:.3f}", "", f"{seen.cpu_us_per_sample * seen.batch / 1e3:.4f}", "", f"{seen.batch:.0f}"]
        else:
            cells = [f"{seen.per_s:,.0f}", f"{seen.p50_ms:.3f}", f"{seen.p99_ms:.2f}", f"{seen.cpu_us / 1e3:.4f}", f"{seen.resident_mb:.0f}"]
            cells += [f"{seen.batch:.1f}" if seen.batch else ""]
        yield [workload, count, server, *cells]


HEAD = ["workload", "connections", "server", "requests/s", "p50 ms", "p99 ms", "CPU s per 1,000 requests", "RSS MB", "rows a run"]
