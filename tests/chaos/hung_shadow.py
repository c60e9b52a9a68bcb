#!/usr/bin/env python3
"""What a shadow that hangs does to the callers' latencies: Poisson arrivals at about half load, turn by turn without and with a
shadow whose runs never end. Needs Debian's python3-onnx, and tests/Benchmarks built.

usage: hung_shadow.py STANDALONE_DLL BENCHMARKS_DLL [RATE [SECONDS [ROUNDS]]]
"""

import http.client
import json
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

PROGRAM, BENCHMARKS = sys.argv[1:3]
RATE, SECONDS, ROUNDS = (int(word) for word in (sys.argv[3:] + ["1500", "10", "3"][len(sys.argv) - 3 :]))
WIDTH = 784


def tensor(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def write(folder, nodes, constants):
    graph = helper.make_graph(nodes, "hang", [tensor("x", TensorProto.FLOAT, ["N", WIDTH])], [tensor("y", TensorProto.FLOAT, ["N", WIDTH])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    folder.mkdir(parents=True)
    save(model, str(folder / "model.onnx"))


def make_models(root):
    weight = numpy_helper.from_array(np.eye(WIDTH, dtype=np.float32), "w")
    write(root / "hang" / "1", [helper.make_node("MatMul", ["x", "w"], ["y"])], [weight])
    body = helper.make_graph(
        [helper.make_node("Identity", ["more"], ["more_out"]), helper.make_node("Mul", ["v", "v"], ["v_out"])],
        "body",
        [tensor("i", TensorProto.INT64, []), tensor("more", TensorProto.BOOL, []), tensor("v", TensorProto.FLOAT, None)],
        [tensor("more_out", TensorProto.BOOL, []), tensor("v_out", TensorProto.FLOAT, None)],
    )
    # The sum of what is sent decides: zeros, as in the warm-up, end at once; anything else runs on for good.
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "huge"], ["many"]),
        helper.make_node("Cast", ["many"], ["times"], to=TensorProto.INT64),
        helper.make_node("Loop", ["times", "", "x"], ["y"], body=body),
    ]
    write(root / "hang" / "2", nodes, [numpy_helper.from_array(np.float32(1e15), "huge")])
    (root / "hang" / "model.json").write_text('{"version_policy":{"all":{}}}')


def call(port, verb, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(verb, path, body)
    response = connection.getresponse()
    return response.status, response.read()


def p99(port, body):
    command = ["dotnet", BENCHMARKS, "openload", "--url", f"http://127.0.0.1:{port}/v2/models/hang/infer", "--body", body]
    out = subprocess.run([*command, "--rate", str(RATE), "--connections", "32", "--seconds", str(SECONDS)], capture_output=True, text=True)
    found = re.search(r"p99_ms=([0-9.]+)", out.stdout)
    assert found and float(found.group(1)) > 0, out.stdout + out.stderr
    return float(found.group(1))


def main():
    with tempfile.TemporaryDirectory() as work, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        root = pathlib.Path(work)
        make_models(root / "models")
        body = root / "body.json"
        body.write_text(json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, WIDTH], "data": [0.5] * WIDTH}]}))
        server = subprocess.Popen(
            ["dotnet", PROGRAM, "--model-repository", work + "/models", "--data-dir", work + "/data", "--http-port", str(port), "--grpc-port", "0"],
            stdout=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    if call(port, "GET", "/v2/health/ready")[0] == 200:
                        break
                except OSError:
                    time.sleep(0.1)
            without, shadowed = [], []
            assert call(port, "PUT", "/v2/models/hang/traffic", json.dumps({"variants": [{"version": "1", "weight": 1}]}))[0] == 200
            p99(port, str(body))
            for turn in range(ROUNDS):
                # The hung run stays hung, so the quiet turns come first; both kinds are measured in one run of the server.
                without.append(p99(port, str(body)))
            for turn in range(ROUNDS):
                document = {"variants": [{"version": "1", "weight": 1}], "shadows": [{"version": "2", "percent": 100}]}
                assert call(port, "PUT", "/v2/models/hang/traffic", json.dumps(document))[0] == 200
                shadowed.append(p99(port, str(body)))
            print(call(port, "GET", "/v2/models/hang/traffic/shadows")[1].decode())
        finally:
            server.kill()
        ratio = statistics.median(shadowed) / statistics.median(without)
        print(f"p99 without {without}, with a hung shadow {shadowed}: ratio of the medians {ratio:.2f}")


main()
