#!/usr/bin/env python3
"""Serves ONNX's backend test suite through the HTTP API, over JSON and over the binary extension, and compares every answer.

The cases are those of Debian's libonnx-testdata: about a thousand small models with their inputs and outputs. All are put into
one model repository (or, with --mode explicit, loaded, asked and unloaded one by one). A case passes when every output has the
expected name, type and shape, and values within 1e-3 relative and 1e-5 absolute. known.txt names what ONNX Runtime itself
cannot run or answers otherwise; the exit code is 1 when any other case fails, or fewer pass than --at-least.
"""
import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

import cases
import compare
from client import Client, Refused
from server import Server

HERE = Path(__file__).resolve().parent


def known():
    """The class of every case that ONNX Runtime itself does not pass, and each class's reason."""
    classes, reasons, name = {}, {}, ""
    for line in (HERE / "known.txt").read_text().splitlines():
        if line.startswith("["):
            name, reason = line[1:].split("] ", 1)
            reasons[name] = reason
        elif not line.startswith("#"):
            classes.update((case, name) for case in line.split())
    return classes, reasons


def ask(infer, case):
    """None when the answer is right, else what is wrong with it."""
    try:
        return compare.difference(case, infer(case.name, case.inputs))
    except (Refused, ValueError, KeyError) as fault:
        return str(fault) or repr(fault)


def ask_json(client, case):
    """As ask, and whether JSON can carry the case at all. What it cannot carry must be refused by name, not be altered."""
    if not all(tensor.fits_json() for tensor in case.inputs):
        return None, False
    hidden = [tensor.name for tensor in case.outputs if not tensor.fits_json()]
    fault = ask(client.infer_json, case)
    if not hidden:
        return fault, True
    refused = fault is not None and "HTTP 400" in fault and any(name in fault for name in hidden)
    return None if refused else f"JSON cannot carry {hidden}, and the answer was: {fault or 'accepted'}", False


class Results:
    def __init__(self):
        self.count = Counter()
        self.failed = {}

    def run(self, client, case, state, reason):
        if case.not_sendable:
            self.count["not sendable"] += 1
            self.failed[case.name] = ("not sendable", case.not_sendable)
        elif state != "READY":
            self.failed[case.name] = ("not loaded", reason or f"(state {state}, no reason given)")
        else:
            self.infer(client, case)

    def infer(self, client, case):
        fault = ask(client.infer_binary, case)
        if fault is not None:
            self.failed[case.name] = ("binary", fault)
            return
        self.count["binary"] += 1
        fault, carried = ask_json(client, case)
        if fault is not None:
            self.failed[case.name] = ("JSON", fault)
        else:
            self.count["JSON" if carried else "not JSON"] += 1


def report(results, found, at_least):
    classes, reasons = known()
    listed = defaultdict(list)
    for name, (kind, reason) in results.failed.items():
        listed["not sendable" if kind == "not sendable" else classes.get(name, "fault")].append((name, kind, reason))
    reasons |= {"not sendable": "sequence and optional inputs, for which the protocol has no form", "fault": "faults of the server"}
    for name, rows in listed.items():
        print(f"\n{name}: {reasons[name]} ({len(rows)})")
        for case, kind, reason in rows:
            print(f"  {case}: {kind}: {' '.join(reason.split())[:300]}")
    surprises = [case.name for case in found if case.name in classes and case.name not in results.failed]
    if surprises:
        print(f"\nnamed in known.txt, passed here: {' '.join(surprises)}")
    count, total, faults = results.count, len(found), len(listed["fault"])
    print(f"\n{total} cases: {count['binary']} passed over binary, {count['JSON']} of them over JSON too ({count['not JSON']} hold NaN or Infinity, which JSON")
    print(f"cannot carry); {len(results.failed) - faults} are beyond ONNX Runtime or the protocol, as listed; {faults} faults")
    if count["binary"] < at_least:
        print(f"fewer than {at_least} passed")
        return 1
    return 1 if faults else 0


def run_all(server, found):
    """Every model in one repository, served together."""
    results = Results()
    client = Client(server.host, server.port)
    index = server.wait_loaded(len(found))
    print(f"{len(found)} models served after {server.seconds():.1f} s, {server.resident():.0f} MB resident")
    for case in found:
        row = index.get(case.name, {})
        results.run(client, case, row.get("state", "MISSING"), row.get("reason", ""))
    print(f"all asked after {server.seconds():.1f} s, {server.resident():.0f} MB resident")
    return results


def run_one_by_one(server, found):
    """Each model is loaded, asked and unloaded."""
    results = Results()
    client = Client(server.host, server.port)
    server.wait_live()
    print(f"live after {server.seconds():.1f} s, {server.resident():.0f} MB resident")
    for case in found:
        try:
            client.post(f"/v2/repository/models/{case.name}/load")
            results.run(client, case, "READY", "")
            client.post(f"/v2/repository/models/{case.name}/unload")
        except Refused as refusal:
            results.run(client, case, "UNAVAILABLE", refusal.sentence)
    print(f"all loaded, asked and unloaded after {server.seconds():.1f} s, {server.resident():.0f} MB resident")
    return results


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--server", required=True, type=Path, metavar="DLL", help="the built Standalone.dll")
    arguments.add_argument("--work", required=True, type=Path, metavar="DIR", help="where the model repository and the server's log go")
    arguments.add_argument("--data", type=Path, default=Path("/usr/share/libonnx-testdata/data"), metavar="DIR", help="the suite")
    arguments.add_argument("--mode", choices=["none", "poll", "explicit"], default="none", help="the server's model control mode")
    arguments.add_argument("--only", default="*", metavar="PATTERN", help="cases whose name matches, such as 'test_cast_*'")
    arguments.add_argument("--at-least", type=int, default=959, metavar="N", help="passes that a run of the whole suite must have")
    given = arguments.parse_args()

    found = cases.find(given.data, given.only)
    if not found:
        sys.exit(f"no case in {given.data} matches {given.only}")
    with Server(given.server, given.work, given.mode, found) as server:
        results = (run_one_by_one if given.mode == "explicit" else run_all)(server, found)
    sys.exit(report(results, found, given.at_least if given.only == "*" else 0))


if __name__ == "__main__":
    main()
