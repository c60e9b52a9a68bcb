"""What a server costs before and between requests: start, memory, and doing nothing."""
import http.client
import sys
import time
from statistics import median

from processes import HOST, measured
from setting import BENCHMARKS, MODELS, echo, product

PER_MODEL_HEAD = ["model", "file MB", "loading MB", "1.1 x file + 3", "left after unloading MB"]


def start_seconds(make, times):
    """The median time from the process's start to its readiness."""
    seen = []
    for _ in range(times):
        server = make()
        seen.append(server.start())
        server.stop()
    return median(seen)


def starts(words, times):
    """Seconds to readiness: of the bare Kestrel, without models, from another working directory, with all; and of the sessions alone."""
    print("starts", file=sys.stderr)
    return {
        "echo": start_seconds(echo, times),
        "empty": start_seconds(lambda: product("start", "empty", words), times),
        "empty from /": start_seconds(lambda: product("start", "empty", words, directory="/"), times),
        "all models": start_seconds(lambda: product("start", "batched", words), times),
        "sessions": median(measured([BENCHMARKS, "sessions", "--models", MODELS])["sessions_ms"] for _ in range(times)) / 1e3,
    }


def first_answer(make, workload, times):
    """Milliseconds of the first answer after readiness, and of the median of the two hundred after it; all over one connection, made before."""
    first, steady = [], []
    body, headers = workload.files()
    body, headers = body.read_bytes(), header_lines(headers)
    for _ in range(times):
        server = make()
        server.start()
        connection = http.client.HTTPConnection(HOST, server.port)
        connection.connect()
        seen = [post(connection, workload.model, body, headers) for _ in range(201)]
        connection.close()
        server.stop()
        first.append(seen[0])
        steady.append(median(seen[1:]))
    return median(first) * 1e3, median(steady) * 1e3


def header_lines(file):
    lines = file.read_text().splitlines() if file else ["Content-Type: application/json"]
    return dict(line.split(": ", 1) for line in lines if line)


def post(connection, model, body, headers):
    begun = time.perf_counter()
    connection.request("POST", f"/v2/models/{model}/infer", body, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"the first answer was {answer.status}")
    return time.perf_counter() - begun


def per_model(words):
    """Each model's resident memory: loaded into a server that has none, and unloaded again."""
    server = product("memory", "batched", [*words, "--model-control-mode", "explicit"])
    server.start()
    empty = server.resident()
    try:
        # The first time also brings in pages of the runtime and compiled code, once for all models.
        for folder in sorted(MODELS.iterdir()):
            change(server, folder.name, "load")
            change(server, folder.name, "unload")
        for folder in sorted(MODELS.iterdir()):
            print(f"memory: {folder.name}", file=sys.stderr)
            file = (folder / "1" / "model.onnx").stat().st_size / 1e6
            before = server.resident()
            change(server, folder.name, "load")
            loaded = server.resident()
            change(server, folder.name, "unload")
            yield folder.name, file, loaded - before, server.resident() - before
    finally:
        print(f"memory: {empty:.0f} MB without models", file=sys.stderr)
        server.stop()


def change(server, model, verb):
    status, content = server.send("POST", f"/v2/repository/models/{model}/{verb}", "{}", {"Content-Type": "application/json"})
    if status != 200:
        raise SystemExit(f"{verb} of {model} failed: {status} {content[:300]}")
    time.sleep(1)


def idle_cores(server, seconds):
    """The share of one core that a server without requests uses."""
    time.sleep(2)
    before, begun = server.cpu(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu() - before) / (time.monotonic() - begun)
