#!/usr/bin/env python3
"""Measures the front door: quotas by two keys, Prometheus's rates against the load generator's, merged histograms, and what keys,
quotas and metrics cost. Needs the builds of Standalone and tests/Benchmarks; `prometheus` needs Debian's package of that name, `cost`
needs wrk.

    tests/load/front.py quota|prometheus|merge|cost [--seconds N] [--rate R] [--rounds N]
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from statistics import mean, median

from processes import HOST, Server, free_port, words_of
from together import asking, compare, ratios, summary, warm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STANDALONE = ROOT / "artifacts/bin/Standalone/release/Standalone"
BENCHMARKS = ROOT / "artifacts/bin/Benchmarks/release/Benchmarks"
BODY = ROOT / "deploy/models/iris/example.json"


class Product(Server):
    """The standalone edition on the sample repository, with a data directory of its own."""

    def __init__(self, name, work, *words, environment=None):
        self.data = work / name
        command = [STANDALONE, "--http-port", "{port}", "--grpc-port", "{grpc}", "--data-dir", self.data, *words]
        super().__init__(name, command, work, environment, directory=ROOT)

    def key(self, name, *words):
        """A new key, and a file of headers that sends it."""
        made = subprocess.run(
            [STANDALONE, "keys", "create", "--name", name, "--data-dir", self.data, *words], capture_output=True, text=True, check=True, cwd=ROOT)
        headers = self.log / f"{name}.headers"
        headers.write_text(f"Content-Type: application/json\nAuthorization: Bearer {made.stdout.strip()}\n")
        return headers

    def load(self, rate, seconds, headers=None, warmup=0, pids=False, arrivals="even"):
        command = [BENCHMARKS, "openload", "--url", self.url("iris"), "--body", BODY, "--rate", rate, "--seconds", seconds,
                   "--warmup", warmup, "--arrivals", arrivals, "--connections", 16]
        if headers:
            command += ["--headers", headers]
        if pids:
            command += ["--pids", ",".join(map(str, self.pids()))]
        return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)

    def asked(self, seconds, headers, connections):
        """The process, and what keeps some connections to it busy."""
        return self.process.pid, lambda: asking(self.url("iris"), BODY, seconds, connections, headers)


def words(process):
    output, _ = process.communicate()
    return words_of(output.splitlines()[-1])


def quota(work, options):
    seconds, limit = options.seconds or 60, 100
    server = Product("quota", work)
    noisy = server.key("noisy", "--scope", "infer", "--requests-per-second", str(limit))
    quiet = server.key("quiet", "--scope", "infer", "--requests-per-second", str(limit))
    server.start()
    loads = [server.load(10 * limit, seconds, noisy), server.load(limit, seconds, quiet)]
    loud, still = words(loads[0]), words(loads[1])
    server.stop()
    admitted, wanted = loud.get("status_200", 0), limit * seconds
    print(f"noisy: {admitted:.0f} of {sum(v for k, v in loud.items() if k.startswith('status_')):.0f} admitted, "
          f"{admitted / wanted:.4f} of its limit (wanted within 2 %)")
    print(f"quiet: {still.get('status_200', 0):.0f} admitted, {still.get('status_429', 0):.0f} refused (wanted none), "
          f"p99 {still.get('p99_ms', still.get('p99', 0))} ms")
    return abs(admitted / wanted - 1) <= 0.02 and still.get("status_429", 0) == 0


def prometheus(work, options):
    seconds, rate = options.seconds or 310, options.rate or 400
    server = Product("scraped", work)
    server.start()
    port = free_port()
    (work / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 5s}}\nscrape_configs:\n  - job_name: serving\n    static_configs: [{{targets: ['{HOST}:{server.port}']}}]\n"
        f"rule_files: ['{ROOT}/deploy/observability/alerts.yaml']\n")
    log = open(work / "prometheus.log", "wb")
    watcher = subprocess.Popen(
        ["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/tsdb", f"--web.listen-address={HOST}:{port}"],
        stdout=log, stderr=log)
    try:
        load = server.load(rate, seconds)
        window = max(60, int(seconds) - 15)
        time.sleep(seconds - 3)
        expression = f'sum(rate(serving_requests_total{{operation="infer",code="ok"}}[{window}s]))'
        seen = query(port, expression)
        counted = query(port, f"sum(rate(serving_request_duration_seconds_count{{operation=\"infer\"}}[{window}s]))")
        rules = json.load(urllib.request.urlopen(f"http://{HOST}:{port}/api/v1/rules"))["data"]["groups"][0]["rules"]
        generated = words(load)
    finally:
        watcher.terminate()
        watcher.wait()
        server.stop()
    ratio = seen / generated["good_per_s"]
    print(f"Prometheus over {window} s: {seen:.2f} requests/s (histogram {counted:.2f}); the generator: {generated['good_per_s']:.2f}; "
          f"ratio {ratio:.4f} (wanted within 1 %)")
    print(f"{len(rules)} rules evaluated, health: {sorted({rule['health'] for rule in rules})}, firing: "
          f"{[rule['name'] for rule in rules if rule['state'] == 'firing']}")
    return abs(ratio - 1) <= 0.01


def query(port, expression):
    url = f"http://{HOST}:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    return float(json.load(urllib.request.urlopen(url))["data"]["result"][0]["value"][1])


def merge(work, options):
    seconds, rate = options.seconds or 10, options.rate or 300
    servers = [Product(name, work, "--request-log-share", "1", "--log-format", "json") for name in ("first", "second")]
    for server in servers:
        server.start()

    # Unlike load, so that the two have unlike tails.
    loads = [server.load(rate * (1 + 4 * i), seconds, arrivals="poisson") for i, server in enumerate(servers)]
    for load in loads:
        load.communicate()
    merged = {}
    for server in servers:
        text = server.send("GET", "/metrics")[1].decode()
        for bound, count in re.findall(
                r'serving_request_duration_seconds_bucket\{operation="infer",protocol="http",le="([^"]+)"\} (\d+)', text):
            merged[float(bound)] = merged.get(float(bound), 0) + int(count)
        server.stop()
    samples = []
    for server in servers:
        for line in (work / f"{server.name}.log").read_text().splitlines():
            if line.startswith("{") and '"EventId":40' in line and "/infer" in line:
                samples.append(json.loads(line)["State"]["Milliseconds"] / 1e3)
    samples.sort()
    pooled = samples[int(0.99 * len(samples))]
    bounds = sorted(merged)
    bucket = next(bound for bound in bounds if merged[bound] >= 0.99 * merged[bounds[-1]])
    own = next(bound for bound in bounds if pooled <= bound)
    print(f"{len(samples)} samples of two processes, {merged[bounds[-1]]} in their histograms; pooled p99 {pooled * 1e3:.3f} ms is in the "
          f"bucket up to {own * 1e3:g} ms, the merged histograms' p99 in the one up to {bucket * 1e3:g} ms (wanted: the same)")
    return own == bucket and len(samples) == merged[bounds[-1]]


def cost(work, options):
    """Pairs of processes, one without keys, quotas and metrics and one with them, both sent the same key; again with a new pair, since no
    two processes compile their code alike. What counts is the mean over the pairs and how far they are from each other. One connection to
    each: of several, some requests share a run, as many as it happens to become in a process, and that moves what a request costs by more
    than what is looked for here."""
    seconds, pairs, rounds, connections = options.seconds or 1, options.rounds or 8, 12, options.connections
    found = []
    for pair in range(pairs):
        off = Product(f"off{pair}", work, environment={"Serving__Metrics": "false"})
        on = Product(f"on{pair}", work, environment={"Serving__Metrics": "false"} if options.same else None)
        headers = on.key(
            on.name, "--scope", "infer", "--requests-per-second", "1000000", "--rows-per-second", "1000000", "--concurrent", "10000")
        subprocess.run([STANDALONE, "keys", "limit-model", "iris", "--data-dir", on.data, "--requests-per-second", "1000000"], check=True,
                       capture_output=True, cwd=ROOT)
        if options.same:
            on.data.rename(work / f"unused{pair}")
        try:
            for server in (off, on):
                server.start()

            warm(on.asked(4, headers, connections), off.asked(4, headers, connections))
            costs = compare(on.asked(seconds, headers, connections), off.asked(seconds, headers, connections), rounds)
        finally:
            for server in (off, on):
                server.stop()
        found.append(median(ratios(costs)))
        print(f"on {median(cost[0] for cost in costs):.1f} us, off {median(cost[1] for cost in costs):.1f} us, ratio {found[-1]:.3f}, "
              f"its rounds' {summary(ratios(costs))}", file=sys.stderr)
    print(f"CPU per request of connections that are always busy, {connections} to each server, {pairs} pairs of processes, {rounds} rounds of "
          f"{seconds:g} s each: ratio {summary(found)} (wanted <= 1.05)")
    return mean(found) <= 1.05


def main():
    parts = {"quota": quota, "prometheus": prometheus, "merge": merge, "cost": cost}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=parts)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--connections", type=int, default=1, help="cost: to each server")
    parser.add_argument("--same", action="store_true", help="cost: both are without, which shows what two equal processes differ by")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="serving-front-") as work:
        raise SystemExit(0 if parts[options.part](Path(work), options) else 1)


if __name__ == "__main__":
    main()
