#!/usr/bin/env python3
"""Measures the 99th percentile of a good client with and without each attack, in turns within one run, and the server's memory.

The good client sends an inference every few milliseconds; its latency counts from when each was due. Attackers run only when a core has
nothing else to do (SCHED_IDLE), so that what is measured is what the server does with them, not the attackers' own work on the same
machine. Turns without and with an attack follow each other; the p99 is that of all turns' requests together, since a turn's own is a few
requests, which one hiccup of the machine moves.
"""
import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import callers

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "artifacts/bin/Standalone/release/Standalone.dll"
MOST_RATIO = 2.0
MOST_MEGABYTES = 512
SHORT_ROUNDS = 8

# The attack, and the port that it goes for; the good client asks over HTTP at the same server.
ATTACKS = {
    "slow headers (slow-loris), 2,000 connections": (callers.slow_loris, "http"),
    "slow bodies, 2,000 connections": (callers.slow_bodies, "http"),
    "header flood, 1 MB each, 400/s": (callers.header_flood, "http"),
    "HTTP/2 continuation flood, 400/s": (callers.continuation_flood, "grpc"),
    "HTTP/2 rapid reset, 100 calls each, 400/s": (callers.rapid_reset, "grpc"),
    "10,000 idle connections": (callers.idle, "http"),
    "gzip bombs, 1 MB to 1 GB, 20/s": (callers.bombs, "http"),
    "TLS handshakes, 200/s": (callers.handshakes, "tls"),
    "TLS renegotiations, on 8 connections, 100/s each": (callers.renegotiations, "tls"),
    "TLS handshakes that do not end, 2,000 connections": (callers.half_handshakes, "tls"),
}

# No attacks, and heavy all the same: only run when asked for by name.
HEAVY = {"JSON bodies of 60 MB, one after the other": (callers.large_bodies, "http")}


class Server:
    def __init__(self, folder, *arguments):
        command = ["dotnet", SERVER, "--model-repository", ROOT / "deploy/models", "--data-dir", Path(folder) / "data", "--http-port", "0", "--grpc-port", "0"]
        self.process = subprocess.Popen([*map(str, command), *arguments], stdout=subprocess.PIPE, text=True)
        ports = []
        for line in self.process.stdout:
            if line.startswith("Listening on "):
                ports.append(int(line.split(" ")[2].rsplit(":", 1)[1]))
            if line.startswith("Try: "):
                break
        self.http, self.grpc = ports
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def megabytes(self):
        words = Path(f"/proc/{self.process.pid}/status").read_text().split("VmRSS:")[1].split()
        return int(words[0]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def certificate(folder):
    """A certificate of its own, as PEM files."""
    paths = [str(Path(folder) / name) for name in ("server.pem", "server.key")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run([*command, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths


def renegotiations(port):
    """How many of ten tries to renegotiate inside a connection of TLS 1.2 succeed."""
    done = 0
    for _ in range(10):
        seen = subprocess.run(
            ["openssl", "s_client", "-tls1_2", "-connect", f"{callers.HOST}:{port}"], input=b"R\n", capture_output=True, timeout=30)
        done += b"RENEGOTIATING" in seen.stdout + seen.stderr and b"error" not in seen.stderr.lower() and b"no renegotiation" not in seen.stderr.lower()
    return done


def idly(act, *given):
    """For a process of its own: acts while a core is idle."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    act(*given)


def sink(certificate):
    """Something to attack that is not the server: its port."""
    port = multiprocessing.Queue()
    multiprocessing.Process(target=idly, args=(callers.sink, port, certificate), daemon=True).start()
    return port.get(timeout=60)


class Attack:
    """The attack in a process of its own, between entering and leaving."""

    def __init__(self, attack, port):
        self.ready = multiprocessing.Event()
        self.process = multiprocessing.Process(target=idly, args=(attack, port, self.ready), daemon=True)

    def __enter__(self):
        self.process.start()
        self.ready.wait(120)

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()


def watch(server, peak, done):
    while not done.wait(0.1):
        peak[0] = max(peak[0], server.megabytes())


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def ratio_of(turns):
    calm, attacked = turns
    return p99(attacked) / p99(calm)


def measure(server, attack, port, tls, given):
    """Latencies without and with the attack, a list for each round, the good client's failures, the server's memory at most."""
    rounds, failed, peak, done = [], 0, [0.0], threading.Event()
    threading.Thread(target=watch, args=(server, peak, done), daemon=True).start()
    while len(rounds) < given.rounds and not (given.short and min(map(ratio_of, rounds), default=99) <= MOST_RATIO):
        calm, bad = callers.good(server.http, tls, given.seconds, given.rate)
        with Attack(attack, port):
            time.sleep(0.5)
            attacked, worse = callers.good(server.http, tls, given.seconds, given.rate)
        rounds.append((calm, attacked))
        failed += bad + worse
        time.sleep(0.5)
    done.set()
    return rounds, failed, peak[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3, help="of each turn")
    parser.add_argument("--rounds", type=int, default=4, help="of turns with and without each attack")
    parser.add_argument("--rate", type=float, default=200, help="the good client's requests a second")
    parser.add_argument("--only", default="", help="attacks whose name has one of these, separated by |")
    parser.add_argument("--short", action="store_true", help=f"turns of a second; the first round within the ratio is the last, of {SHORT_ROUNDS} at most")
    parser.add_argument("--control", action="store_true",
                        help="the attacks go to something that takes them and does nothing: what the attackers' own work on this machine costs the good client")
    given = parser.parse_args()
    if given.short:
        given.seconds, given.rounds = 1, SHORT_ROUNDS
    print(f"Linux, {os.cpu_count()} cores, load average before {os.getloadavg()[0]:.1f}; {given.rounds} rounds of {given.seconds:g} s, {given.rate:g} requests/s\n")
    print("| attack | p99 without, ms | p99 with, ms | ratio (of single rounds) | good client's failures | server's memory at most, MB |\n|---|---|---|---|---|---|", flush=True)
    wrong = []
    callers.bomb()  # Once, before the attackers are forked.
    with tempfile.TemporaryDirectory() as folder:
        cert, key = certificate(folder)
        servers = {"plain": Server(f"{folder}/plain"), "tls": Server(f"{folder}/tls", "--tls-certificate", cert, "--tls-key", key)}
        sinks = {False: sink(None), True: sink((cert, key))} if given.control else None
        try:
            for server in servers.values():
                callers.good(server.http, server is servers["tls"], 2, given.rate)
            for name, (attack, target) in (ATTACKS | HEAVY if given.only else ATTACKS).items():
                if not any(word in name for word in given.only.split("|")):
                    continue
                tls = target == "tls"
                server = servers["tls" if tls else "plain"]
                port = sinks[tls] if sinks else server.grpc if target == "grpc" else server.http
                rounds, failed, memory = measure(server, attack, port, tls, given)
                before, under = (p99(sum(turns, [])) for turns in zip(*rounds))
                ratios = sorted(map(ratio_of, rounds))
                print(f"| {name} | {before:.2f} | {under:.2f} | {under / before:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) | {failed} | {memory:.0f} |", flush=True)
                over = (ratios[0] if given.short else under / before) > MOST_RATIO
                if failed or memory > MOST_MEGABYTES or over:
                    wrong.append(name)
            done = renegotiations(servers["tls"].http)
            print(f"\nTLS renegotiations that succeeded, of 10: {done}")
            wrong += ["renegotiation"] if done else []
        finally:
            for server in servers.values():
                server.stop()
    if wrong:
        print(f"over a limit: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
