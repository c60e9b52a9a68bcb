#!/usr/bin/env python3
"""Makes the benchmark models and the request bodies that go with them. Neither is ever committed.

    apt-get install python3-numpy python3-onnx
    python3 tests/load/models.py DIR [--bodies DIR]

DIR becomes a model repository (DIR/<name>/1/model.onnx, no configuration); the bodies go to `bodies` beside it unless told
otherwise. Weights and values are random but seeded, so two machines measure the same work. The bodies:

    <model>.json            Open Inference Protocol v2, one row, four decimals
    <model>.bin             the same row by the binary tensor extension, asking for binary outputs
    <model>.bin.headers     the headers it needs, as `curl -H @FILE --data-binary @BODY` reads them
    mlp_b32.{json,bin}      thirty-two rows in one request
    identity_150000.*       150 000 floats (0.6 MB) there and back

    curl -H @bodies/mlp.bin.headers --data-binary @bodies/mlp.bin http://127.0.0.1:8000/v2/models/mlp/infer -o answer
"""
import argparse
import json
import zlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def seeded(text):
    return np.random.default_rng(zlib.crc32(text.encode()))


class Graph:
    """A chain of layers with random weights of a scale that neither dies out nor blows up."""

    def __init__(self, name, dims, tensor="input"):
        self.name, self.dims, self.last = name, dims, tensor
        self.rng, self.nodes, self.constants = seeded(name), [], []

    def node(self, operator, *constants, output=None, **attributes):
        output = output or f"{operator.lower()}{len(self.nodes)}"
        inputs = [self.last]
        for suffix, value in zip(("weight", "bias"), constants):
            self.constants.append(numpy_helper.from_array(value, f"{output}.{suffix}"))
            inputs.append(f"{output}.{suffix}")
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        self.last = output

    def weights(self, shape, fan_in):
        return self.rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / fan_in))

    def dense(self, inputs, outputs, output=None):
        self.node("Gemm", self.weights((inputs, outputs), inputs), np.zeros(outputs, np.float32), output=output)

    def conv3x3(self, inputs, outputs):
        weight = self.weights((outputs, inputs, 3, 3), 9 * inputs)
        self.node("Conv", weight, np.zeros(outputs, np.float32), kernel_shape=[3, 3], pads=[1, 1, 1, 1])

    def save(self, repository, outputs):
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *self.dims])],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, ["N", *outputs])],
            self.constants,
        )
        model = helper.make_model(
            graph, producer_name="tests/load/models.py", ir_version=7, opset_imports=[helper.make_opsetid("", 13)]
        )
        onnx.checker.check_model(model)
        path = repository / self.name / "1" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString())
        print(f"{self.name:10} {path.stat().st_size:12,} bytes")


def mlp(repository, name, sizes, probabilities=False):
    graph = Graph(name, sizes[:1])
    for inputs, outputs in zip(sizes[:-2], sizes[1:-1]):
        graph.dense(inputs, outputs)
        graph.node("Relu")
    graph.dense(sizes[-2], sizes[-1], output="logits" if probabilities else "scores")
    if probabilities:
        graph.node("Softmax", output="scores", axis=1)
    graph.save(repository, sizes[-1:])


def cnn(repository):
    """About 540 million multiplications an image: six milliseconds or so on one core."""
    graph = Graph("cnn", [3, 64, 64])
    channels = [3, 64, 64, 128, 128, 256, 256, 256]
    for layer, (inputs, outputs) in enumerate(zip(channels, channels[1:])):
        graph.conv3x3(inputs, outputs)
        graph.node("Relu")
        if layer in (0, 2):
            graph.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    graph.node("GlobalAveragePool")
    graph.node("Flatten", axis=1)
    graph.dense(256, 10, output="scores")
    graph.save(repository, [10])


def identity(repository):
    graph = Graph("identity", ["D"])
    graph.node("Identity", output="output")
    graph.save(repository, ["D"])


def write_json(path, values):
    tensor = {"name": "input", "shape": list(values.shape), "datatype": "FP32"}
    tensor["data"] = [round(value, 4) for value in values.ravel().tolist()]
    path.write_text(json.dumps({"inputs": [tensor]}, separators=(",", ":")))


def write_binary(path, values):
    raw = values.astype("<f4").tobytes()
    tensor = {"name": "input", "shape": list(values.shape), "datatype": "FP32", "parameters": {"binary_data_size": len(raw)}}
    header = json.dumps({"parameters": {"binary_data_output": True}, "inputs": [tensor]}, separators=(",", ":")).encode()
    path.write_bytes(header + raw)
    headers = f"Content-Type: application/octet-stream\nInference-Header-Content-Length: {len(header)}\n"
    Path(f"{path}.headers").write_text(headers)


def bodies(directory):
    directory.mkdir(parents=True, exist_ok=True)
    shapes = {
        "iris_mlp": (1, 4), "mlp": (1, 784), "mlp_b32": (32, 784), "mlpbig": (1, 1024), "wide": (1, 1024),
        "cnn": (1, 3, 64, 64), "identity": (1, 1024), "identity_150000": (1, 150_000),
    }  # fmt: skip
    for name, shape in shapes.items():
        values = seeded(name + " body").random(shape).round(4)
        write_binary(directory / f"{name}.bin", values)
        write_json(directory / f"{name}.json", values)


def main():
    arguments = argparse.ArgumentParser(description="Makes the benchmark models and their request bodies.")
    arguments.add_argument("repository", type=Path, metavar="DIR", help="where the model repository goes")
    arguments.add_argument("--bodies", type=Path, metavar="DIR", help="where the bodies go (default: bodies, beside the repository)")
    given = arguments.parse_args()
    repository = given.repository.resolve()

    mlp(repository, "iris_mlp", [4, 16, 3], probabilities=True)
    mlp(repository, "mlp", [784, 512, 512, 10])
    mlp(repository, "mlpbig", [1024, 2048, 2048, 2048, 16])
    mlp(repository, "wide", [1024, 4096, 4096, 16])
    cnn(repository)
    identity(repository)
    bodies(given.bodies or repository.parent / "bodies")


if __name__ == "__main__":
    main()
