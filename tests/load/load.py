#!/usr/bin/env python3
"""Measures the server against its peers and its limits, and prints tables and goals in Markdown. Progress goes to stderr.

  serving     the server, dynamic batching on (max_batch_size 64)
  unbatched   the same program with configurations that do not batch
  node        fastify and onnxruntime-node, two cluster workers
  echo        a bare Kestrel that reads the body and gives a fixed answer
  bare runtime  the same sessions in a tight loop, two callers

All servers run at once and take turns, so every ratio compares neighbours in time; figures are medians over the rounds. The
load generator shares the machine with them: CPU per request is the most robust figure. Parts:

  closed      wrk at each number of connections                                        goals 1-3
  wire        gRPC, binary HTTP and JSON side by side
  tail        Poisson arrivals at half of each server's own best (the echo's: at half
              of ours), and mlp at 4,000/s                                              goal 4
  low         iris at 2,000/s, and the server idle afterwards                           goal 5
  footprint   start, first answer, memory per model                                     goal 7
  overload    cnn and wide at twice their capacity, each request with a deadline        goal 8
"""
import argparse
import contextlib
import os
import platform
import shlex
import sys

import closed
import footprint
import goals
import tail
import wire
from setting import WORK, WORKLOADS, echo, node, product, write_repositories

PARTS = ["closed", "wire", "tail", "low", "footprint", "overload"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="closed", help=f"comma-separated, or all (default closed; of {', '.join(PARTS)})")
    parser.add_argument("--workloads", default="iris,mlp,mlp_b32,wide,cnn,identity", help=f"comma-separated, of {', '.join(WORKLOADS)}")
    parser.add_argument("--servers", default="serving,unbatched,node,echo", help="comma-separated")
    parser.add_argument("--connections", default="1,8,64", help="comma-separated")
    parser.add_argument("--seconds", type=int, default=4, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of the servers' taking turns")
    parser.add_argument("--warmup", type=int, default=3, help="seconds for each server and workload, not counted")
    parser.add_argument("--overload-seconds", type=int, default=60)
    parser.add_argument("--deadline-ms", type=float, default=500, help="of each request under overload")
    parser.add_argument("--server-words", default="", metavar="WORDS", help="NAME=VALUE for our servers' environment (program=FILE: another program), others as arguments")
    parser.add_argument("--variant", nargs=2, action="append", default=[], metavar=("NAME", "WORDS"),
                        help="one more of our servers, with these words; the word `unbatched` takes that repository")  # fmt: skip
    given = parser.parse_args()
    given.parts = PARTS if given.parts == "all" else given.parts.split(",")
    given.words = shlex.split(given.server_words)
    if set(given.parts) - {"closed", "footprint"} and "serving" not in given.servers.split(","):
        parser.error("the parts wire, tail, low and overload need the server `serving`")
    return given


def make_servers(given):
    made = {
        "serving": lambda: product("serving", "batched", given.words),
        "unbatched": lambda: product("unbatched", "unbatched", given.words),
        "node": node,
        "echo": echo,
    }
    servers = [made[name]() for name in given.servers.split(",")]
    return servers + [product(name, "batched", given.words + shlex.split(words)) for name, words in given.variant]


def table(title, head, rows):
    lines = [f"\n### {title}\n", head, ["---"] * len(head), *rows]
    print("\n".join(line if isinstance(line, str) else "| " + " | ".join(map(str, line)) + " |" for line in lines), flush=True)


def run_closed(given, servers, workloads):
    results = closed.measure(servers, workloads, [int(n) for n in given.connections.split(",")], given.seconds, given.rounds, given.warmup)
    table("Closed loop", closed.HEAD, closed.rows(results))
    reached = list(goals.closed(results))
    ours = results.get(("wide", 64, "serving"))
    if ours:
        batch = max(1, round(ours.batch))
        reached.append(goals.batch_share(ours.per_s, closed.bare(WORKLOADS["wide"], given.seconds, batch)["samples_per_s"], batch))
    return results, reached


def best_rate(results, server, workload, given):
    """What the server reaches at 64 connections: as measured before, else measured now, warm."""
    known = results.get((workload.name, 64, server.name))
    if known:
        return known.per_s
    closed.wrk(server, workload, 64, given.warmup)
    return closed.wrk(server, workload, 64, given.seconds)["per_s"]


def run_tail(given, servers, workloads, results):
    reached, rows = [], []
    compared = [server for server in servers if server.name != "unbatched"]
    for workload in [one for one in workloads if one.name in ("iris", "mlp", "wide", "cnn")]:
        rate = {server.name: best_rate(results, server, workload, given) / 2 for server in compared if server.name != "echo"}
        # What the machine and the generator do to a server that has nothing to compute.
        rate["echo"] = rate["serving"]
        service = closed.wrk(next(s for s in servers if s.name == "serving"), workload, 1, given.seconds)["p50_ms"]
        seen = tail.measure(compared, workload, rate, given.seconds, given.rounds)
        rows += tail.rows(workload, seen)
        reached += goals.tails(workload.name, seen, service)
    seen = tail.measure(compared, WORKLOADS["mlp"], 4000, given.seconds, given.rounds)
    rows += tail.rows(WORKLOADS["mlp"], seen)
    table("Open loop: half of each server's own best, and 4,000/s for all", tail.HEAD, rows)
    return reached + (list(goals.equal_rate(seen)) if {"serving", "node"} <= seen.keys() else [])


def run_wire(given, servers):
    ours = next(server for server in servers if server.name == "serving")
    seen = wire.measure(ours, given.seconds, given.rounds, given.warmup)
    table("gRPC, binary HTTP and JSON", wire.HEAD, wire.rows(seen))


def run_low(given, servers):
    compared = [server for server in servers if server.name != "echo"]
    for server in compared:
        closed.wrk(server, WORKLOADS["iris"], 64, given.warmup)
    seen = tail.measure(compared, WORKLOADS["iris"], 2000, given.seconds, given.rounds)
    table("Low load", tail.HEAD, tail.rows(WORKLOADS["iris"], seen))
    reached = list(goals.low_load(seen)) if {"serving", "node"} <= seen.keys() else []
    return reached + [goals.idle(footprint.idle_cores(server, 10)) for server in servers if server.name == "serving"]


def run_footprint(given):
    seen = footprint.starts(given.words, 5)
    table("Start", ["case", "ms"], [[name, f"{seconds * 1e3:.0f}"] for name, seconds in seen.items()])
    reached = list(goals.start(seen))
    ours = {name: footprint.first_answer(lambda: product("start", "batched", given.words), WORKLOADS[name], 5) for name in ("iris", "mlp", "mlp_bin")}
    # What a server that has nothing to do but to answer needs for its first answer.
    answers = {"echo": footprint.first_answer(echo, WORKLOADS["iris"], 5), **ours}
    rows = [[name, f"{first:.2f}", f"{steady:.2f}", f"{first / steady:.1f}"] for name, (first, steady) in answers.items()]
    table("First answers", ["server or workload", "first ms", "steady ms", "ratio"], rows)
    reached += [goals.first_answer(name, *seen) for name, seen in ours.items()]
    models = list(footprint.per_model(given.words))
    rows = [[name, f"{file:.2f}", f"{loaded:.1f}", f"{1.1 * file + 3:.1f}", f"{left:.1f}"] for name, file, loaded, left in models]
    table("Memory per model", footprint.PER_MODEL_HEAD, rows)
    return reached + [goal for model in models for goal in goals.memory(*model)]


def run_overload(given, servers, workloads, results):
    ours = next(server for server in servers if server.name == "serving")
    # Of the others, sending a request costs more than answering it: the generator would be what is overloaded.
    for workload in [one for one in workloads if one.name in ("wide", "cnn")]:
        capacity = best_rate(results, ours, workload, given)
        seen = tail.overload(ours, workload, capacity, given.overload_seconds, given.deadline_ms)
        table(f"Overload of {workload.name}", ["figure", "value"], [[name, f"{value:,.4g}"] for name, value in seen.items()])
        yield from goals.overload(workload.name, seen)


def main():
    given = parse()
    workloads = [WORKLOADS[name] for name in given.workloads.split(",")]
    write_repositories()
    print(f"`{shlex.join(['tests/load/run', *sys.argv[1:]])}`: {given.rounds} rounds of {given.seconds} s, {os.cpu_count()} cores,")
    print(f"Linux {platform.release()}, load average before {os.getloadavg()[0]:.1f}")
    reached, results = [], {}
    if "footprint" in given.parts:
        reached += run_footprint(given)
    servers = make_servers(given) if set(given.parts) - {"footprint"} else []
    with contextlib.ExitStack() as running:
        for server in servers:
            running.callback(server.stop)
            server.start()
        if "closed" in given.parts:
            results, goals_reached = run_closed(given, servers, workloads)
            reached += goals_reached
        if "wire" in given.parts:
            run_wire(given, servers)
        if "tail" in given.parts:
            reached += run_tail(given, servers, workloads, results)
        if "low" in given.parts:
            reached += run_low(given, servers)
        if "overload" in given.parts:
            reached += run_overload(given, servers, workloads, results)
    if reached:
        table("Goals", goals.HEAD, sorted(reached))


if __name__ == "__main__":
    main()
