"""The same inference by each protocol, closed loop, taking turns: what a request costs the server by itself."""
import sys
from statistics import median

from closed import wrk
from processes import measured
from setting import BENCHMARKS, WORKLOADS

# A way to ask: its workload by HTTP, or the columns of its row by gRPC with the calls that share a connection.
WAYS = {
    "iris, one row of 4": {
        "JSON, 16 connections": ("iris", 16),
        "binary HTTP, 16 connections": ("iris_bin", 16),
        "gRPC, 16 connections": ("iris_mlp", 4, 16, 1),
        "gRPC, 1 connection, 16 calls": ("iris_mlp", 4, 1, 16),
    },
    "identity, 600 KB each way": {
        "JSON, 4 connections": ("identity_json", 4),
        "binary HTTP, 4 connections": ("identity", 4),
        "gRPC, 4 connections": ("identity", 150_000, 4, 1),
        "gRPC, 1 connection, 4 calls": ("identity", 150_000, 1, 4),
    },
}
HEAD = ["model", "protocol", "requests/s", "p50 ms", "p99 ms", "server's CPU µs a request", "of JSON's"]


def ask(server, way, seconds):
    if len(way) == 2:
        return wrk(server, WORKLOADS[way[0]], way[1], seconds)
    model, columns, connections, streams = way
    cpu = server.cpu()
    arguments = ["--url", f"http://127.0.0.1:{server.grpc}", "--model", model, "--columns", columns]
    seen = measured([BENCHMARKS, "grpcload", *arguments, "--connections", connections, "--streams", streams, "--seconds", seconds])
    if seen["refused"]:
        raise SystemExit(f"{seen['refused']:.0f} calls were refused")
    return {**seen, "cpu_us": (server.cpu() - cpu) / seen["requests"] * 1e6, "per_s": seen["requests"] / seen["seconds"]}


def measure(server, seconds, rounds, warmup):
    seen = {}
    for model, ways in WAYS.items():
        for way in ways.values():
            ask(server, way, warmup)
        for turn in range(rounds):
            print(f"wire: {model}, round {turn + 1} of {rounds}", file=sys.stderr)
            for name, way in ways.items():
                seen.setdefault((model, name), []).append(ask(server, way, seconds))
    return {key: {figure: median(one[figure] for one in turns) for figure in turns[0]} for key, turns in seen.items()}


def rows(seen):
    for (model, name), row in seen.items():
        json = next(other for (same, way), other in seen.items() if same == model and way.startswith("JSON"))
        yield [model, name, f"{row['per_s']:,.0f}", f"{row['p50_ms']:.3f}", f"{row['p99_ms']:.2f}", f"{row['cpu_us']:,.1f}", f"{row['cpu_us'] / json['cpu_us']:.2f}"]
