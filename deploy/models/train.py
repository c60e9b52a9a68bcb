#!/usr/bin/env python3
"""Trains the sample models and writes the model repository beside this file.

    apt-get install python3-sklearn python3-onnx
    python3 deploy/models/train.py

The data are the sets scikit-learn ships, so nothing is downloaded. Every draw is seeded and the arithmetic runs on one
thread: a second run on the same machine writes the same bytes. (Another BLAS may round differently in the last bits.)

The numbers in the READMEs and the answers in expected.json do not come from the trainer: they come from the second,
plainer forward pass under "Reference", which reads the weights back from the files just written.
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy: a BLAS with threads adds in an order that varies

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import RepeatedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
SEED = 7
ADDRESS = "http://127.0.0.1:8000"


# ---------------------------------------------------------------------------------------------------------- Networks
# Just enough of a neural network: each layer computes forward, hands its gradient back, and writes itself as ONNX.
# Arrays are float32, images are [N, channels, height, width].


class Dense:
    def __init__(self, rng, inputs, outputs):
        self.weight = rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, gradient):
        self.gradients = self.x.T @ gradient, gradient.sum(0)
        return gradient @ self.weight.T

    def export(self, graph, x, name):
        return graph.node("Gemm", [x, graph.constant(name + ".weight", self.weight), graph.constant(name + ".bias", self.bias)], name)


class Conv3x3:
    """Stride 1, padded by one, so the image keeps its size."""

    def __init__(self, rng, inputs, outputs):
        self.weight = rng.normal(0, np.sqrt(2 / (9 * inputs)), (outputs, inputs, 3, 3)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    @staticmethod
    def windows(x):  # [N, C, H, W] -> [N, C, H, W, 3, 3]
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))

    @classmethod
    def convolve(cls, x, weight):
        return np.moveaxis(np.tensordot(cls.windows(x), weight, ([1, 4, 5], [1, 2, 3])), 3, 1)

    def forward(self, x):
        self.x = x
        return self.convolve(x, self.weight) + self.bias[:, None, None]

    def backward(self, gradient):
        self.gradients = np.tensordot(gradient, self.windows(self.x), ([0, 2, 3], [0, 2, 3])), gradient.sum((0, 2, 3))
        return self.convolve(gradient, self.weight.swapaxes(0, 1)[:, :, ::-1, ::-1])

    def export(self, graph, x, name):
        inputs = [x, graph.constant(name + ".weight", self.weight), graph.constant(name + ".bias", self.bias)]
        return graph.node("Conv", inputs, name, kernel_shape=[3, 3], pads=[1, 1, 1, 1])


class Relu:
    def forward(self, x):
        self.on = x > 0
        return x * self.on

    def backward(self, gradient):
        return gradient * self.on

    def export(self, graph, x, name):
        return graph.node("Relu", [x], name)


class MaxPool2x2:
    def forward(self, x):
        count, channels, height, width = x.shape
        tiles = x.reshape(count, channels, height // 2, 2, width // 2, 2)
        highest = tiles.max((3, 5), keepdims=True)
        self.winners = tiles == highest  # ties are zeros from the Relu before, whose gradient is zero anyway
        return highest[:, :, :, 0, :, 0]

    def backward(self, gradient):
        spread = self.winners * gradient[:, :, :, None, :, None]
        count, channels, height, _, width, _ = spread.shape
        return spread.reshape(count, channels, height * 2, width * 2)

    def export(self, graph, x, name):
        return graph.node("MaxPool", [x], name, kernel_shape=[2, 2], strides=[2, 2])


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, gradient):
        return gradient.reshape(self.shape)

    def export(self, graph, x, name):
        return graph.node("Flatten", [x], name, axis=1)


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def fit(layers, x, y, rng, epochs, batch, rate, decay):
    """Adam on the cross-entropy; the rate falls to zero along a cosine, decay pulls the weights towards zero."""
    trainable = [layer for layer in layers if hasattr(layer, "weight")]
    moments = [[np.zeros_like(p) for p in (l.weight, l.weight, l.bias, l.bias)] for l in trainable]
    step, steps = 0, epochs * -(-len(x) // batch)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            out = x[rows]
            for layer in layers:
                out = layer.forward(out)
            gradient = softmax(out)
            gradient[np.arange(len(rows)), y[rows]] -= 1
            gradient /= len(rows)
            for layer in reversed(layers):
                gradient = layer.backward(gradient)

            speed = np.float32(rate * (1 + np.cos(np.pi * step / steps)) / 2)
            step += 1
            for layer, (mean_w, square_w, mean_b, square_b) in zip(trainable, moments):
                layer.weight *= 1 - speed * np.float32(decay)
                adam(layer.weight, layer.gradients[0], mean_w, square_w, speed, step)
                adam(layer.bias, layer.gradients[1], mean_b, square_b, speed, step)


def adam(parameter, gradient, mean, square, speed, step):
    mean += np.float32(0.1) * (gradient - mean)
    square += np.float32(0.001) * (gradient * gradient - square)
    parameter -= speed * (mean / np.float32(1 - 0.9**step)) / (np.sqrt(square / np.float32(1 - 0.999**step)) + np.float32(1e-8))


# -------------------------------------------------------------------------------------------------------------- ONNX


class Graph:
    """Collects nodes and constants; a node's output bears the node's name."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        value = np.ascontiguousarray(value, np.float32)
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, operator, inputs, output, domain=None, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def save(self, path, doc, inputs, outputs):
        graph = helper.make_graph(self.nodes, path.parent.parent.name, tensor_infos(inputs), tensor_infos(outputs), self.constants)
        model = helper.make_model(
            graph,
            producer_name="deploy/models/train.py",
            doc_string=doc,
            model_version=int(path.parent.name),
            ir_version=7,
            opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 2)],
        )
        onnx.checker.check_model(model, full_check=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString())


def tensor_infos(shapes):
    return [helper.make_tensor_value_info(name, kind, ["N", *dims]) for name, kind, dims in shapes]


def standardised(graph, x, scaler):
    centred = graph.node("Sub", [x, graph.constant("mean", scaler.mean_)], "centred")
    return graph.node("Div", [centred, graph.constant("deviation", scaler.scale_)], "standardised")


# --------------------------------------------------------------------------------------------------------- Reference
# The forward passes a second time, in float64, from the weights in the files and sharing no code with the networks above.


def weights_of(path):
    return {t.name: numpy_helper.to_array(t).astype(np.float64) for t in onnx.load(str(path)).graph.initializer}


def reference_softmax(logits):
    return np.array([[1 / np.exp(row - value).sum() for value in row] for row in logits])


def reference_linear(x, w, name):
    return np.einsum("ni,io->no", x, w[name + ".weight"]) + w[name + ".bias"]


def reference_convolution(x, w, name):
    weight, size = w[name + ".weight"], x.shape[2]
    out = np.zeros((len(x), len(weight), size, size)) + w[name + ".bias"].reshape(1, -1, 1, 1)
    for row in range(size):
        for column in range(size):
            for dy in range(3):
                for dx in range(3):
                    y0, x0 = row + dy - 1, column + dx - 1
                    if 0 <= y0 < size and 0 <= x0 < size:
                        out[:, :, row, column] += np.einsum("nc,oc->no", x[:, :, y0, x0], weight[:, :, dy, dx])
    return out


def reference_iris(version, x):
    w = weights_of(HERE / f"iris/{version}/model.onnx")
    x = (x - w["mean"]) / w["deviation"]
    if version == 1:
        return reference_softmax(reference_linear(x, w, "logits"))
    hidden = np.maximum(reference_linear(x, w, "hidden"), 0)
    return reference_softmax(reference_linear(hidden, w, "logits"))


def reference_digits(images):
    w = weights_of(HERE / "digits/1/model.onnx")
    x = np.maximum(reference_convolution(images * w["scale"], w, "conv1"), 0)
    x = np.array([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]).max(0)
    x = np.maximum(reference_convolution(x, w, "conv2"), 0)
    return reference_softmax(reference_linear(x.reshape(len(x), -1), w, "logits"))


def reference_diabetes(x):
    w = weights_of(HERE / "diabetes/1/model.onnx")
    return reference_linear((x - w["mean"]) / w["deviation"], w, "progression")


# ------------------------------------------------------------------------------------------------------------- Files


def write(path, text):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def tensor(name, datatype, values, per_line=None):
    """One tensor of the protocol as JSON text, its data row-major and broken into lines."""
    values = np.asarray(values)
    flat = [value if isinstance(value, str) else round(float(value), 6) for value in values.ravel().tolist()]
    flat = [json.dumps(int(value) if isinstance(value, float) and value == int(value) else value) for value in flat]
    per_line = per_line or (values.shape[1] if values.ndim > 1 else len(flat))
    lines = [", ".join(flat[i : i + per_line]) for i in range(0, len(flat), per_line)]
    data = "[" + ",\n       ".join(lines) + "]"
    return f'{{"name": "{name}", "shape": {json.dumps(list(values.shape))}, "datatype": "{datatype}",\n     "data":\n      {data}}}'


def write_example(model, inputs, outputs):
    write(f"{model}/example.json", '{"inputs": [\n    ' + ",\n    ".join(inputs) + "\n]}\n")
    write(f"{model}/expected.json", "[\n    " + ",\n    ".join(outputs) + "\n]\n")


def curl(model):
    return (
        f"```sh\ncurl -H 'Content-Type: application/json' -d @deploy/models/{model}/example.json {ADDRESS}/v2/models/{model}/infer\n```\n"
    )


def share(scores, truth):
    right = int((scores.argmax(1) == truth).sum())
    return f"{right / len(truth):.3f} ({right} of {len(truth)})"


# -------------------------------------------------------------------------------------------------------------- Iris

IRIS_COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def split_iris():
    data = load_iris()
    return train_test_split(data.data, data.target, test_size=0.3, stratify=data.target, random_state=SEED)


def save_iris(version, doc, graph, logits, names):
    graph.node("Softmax", [logits], "scores", axis=1)
    index = graph.node("ArgMax", ["scores"], "index", axis=1, keepdims=0)
    graph.node(
        "LabelEncoder", [index], "label", domain="ai.onnx.ml",
        keys_int64s=list(range(len(names))), values_strings=names, default_string="",
    )
    graph.save(
        HERE / f"iris/{version}/model.onnx", doc,
        inputs=[("input", TensorProto.FLOAT, [4])],
        outputs=[("label", TensorProto.STRING, []), ("scores", TensorProto.FLOAT, [3])],
    )


def make_iris():
    names = load_iris().target_names.tolist()
    train, held_out, truth, held_out_truth = split_iris()
    scaler = StandardScaler().fit(train)
    x = scaler.transform(train).astype(np.float32)

    linear = LogisticRegression(max_iter=1000).fit(x.astype(np.float64), truth)
    graph = Graph()
    weights = [graph.constant("logits.weight", linear.coef_.T), graph.constant("logits.bias", linear.intercept_)]
    logits = graph.node("Gemm", [standardised(graph, "input", scaler), *weights], "logits")
    save_iris(1, "Iris species, multinomial logistic regression", graph, logits, names)

    rng = np.random.default_rng(SEED)
    hidden, relu, last = layers = [Dense(rng, 4, 16), Relu(), Dense(rng, 16, 3)]
    fit(layers, x, truth, rng, epochs=150, batch=16, rate=0.01, decay=0.1)
    graph = Graph()
    out = hidden.export(graph, standardised(graph, "input", scaler), "hidden")
    out = relu.export(graph, out, "hidden.relu")
    save_iris(2, "Iris species, one hidden layer of 16", graph, last.export(graph, out, "logits"), names)

    accuracy = {version: share(reference_iris(version, held_out), held_out_truth) for version in (1, 2)}
    for version in accuracy:
        print(f"iris/{version}      held-out accuracy {accuracy[version]}")

    rows = held_out[[int(np.flatnonzero(held_out_truth == species)[0]) for species in range(3)]]
    scores = reference_iris(2, rows)
    # A batching model without configuration answers one element a row as [N,1], as Triton does.
    labels = np.array([[names[i]] for i in scores.argmax(1)])
    write_example("iris", [tensor("input", "FP32", rows)], [tensor("label", "BYTES", labels), tensor("scores", "FP32", scores)])
    write("iris/labels.txt", "\n".join(names) + "\n")
    write("iris/baseline.csv", "".join(",".join(row) + "\n" for row in [IRIS_COLUMNS, *train.astype(str).tolist()]))
    write("iris/model.json", '{"version_policy":{"all":{}}}\n')
    write(
        "iris/README.md",
        f"""# iris

The species of an iris from four lengths in centimetres (sepal length, sepal width, petal length, petal width): Fisher's data
as scikit-learn ships them, {len(train)} rows for training and {len(held_out)} held out. The answer is the `label` and the three `scores`.

| version | model | held-out accuracy |
|---|---|---|
| 1 | multinomial logistic regression | {accuracy[1]} |
| 2 | neural network, one hidden layer of 16 | {accuracy[2]} |

`model.json` asks for both versions to be served and says nothing else: inputs, outputs and batching are read from the model.
`baseline.csv` is the training rows, to watch drift against. `expected.json` is what version 2 answers to `example.json`.

{curl("iris")}""",
    )


# ------------------------------------------------------------------------------------------------------------ Digits


def split_digits():
    data = load_digits()
    images = data.images[:, None].astype(np.float32)
    return train_test_split(images, data.target, test_size=0.2, stratify=data.target, random_state=SEED)


def make_digits():
    train, held_out, truth, held_out_truth = split_digits()
    rng = np.random.default_rng(SEED)
    named = {
        "conv1": Conv3x3(rng, 1, 16), "conv1.relu": Relu(), "pool": MaxPool2x2(),
        "conv2": Conv3x3(rng, 16, 32), "conv2.relu": Relu(), "flat": Flatten(),
        "logits": Dense(rng, 512, 10),
    }  # fmt: skip
    fit(list(named.values()), train / np.float32(16), truth, rng, epochs=15, batch=32, rate=0.003, decay=0.05)

    graph = Graph()
    out = graph.node("Mul", ["image", graph.constant("scale", 1 / 16)], "scaled")
    for name, layer in named.items():
        out = layer.export(graph, out, name)
    graph.node("Softmax", [out], "scores", axis=1)
    graph.save(
        HERE / "digits/1/model.onnx", "Handwritten digits, convolutional network",
        inputs=[("image", TensorProto.FLOAT, [1, 8, 8])],
        outputs=[("scores", TensorProto.FLOAT, [10])],
    )

    accuracy = share(reference_digits(held_out), held_out_truth)
    print(f"digits/1    held-out accuracy {accuracy}")

    rows = held_out[:3]
    write_example("digits", [tensor("image", "FP32", rows, per_line=8)], [tensor("scores", "FP32", reference_digits(rows))])
    write("digits/labels.txt", "".join(f"{digit}\n" for digit in range(10)))
    write(
        "digits/config.pbtxt",
        """name: "digits"
backend: "onnxruntime"
max_batch_size: 64
input [
  { name: "image" data_type: TYPE_FP32 dims: [ 1, 8, 8 ] }
]
output [
  { name: "scores" data_type: TYPE_FP32 dims: [ 10 ] label_filename: "labels.txt" }
]
dynamic_batching { }
""",
    )
    write(
        "digits/README.md",
        f"""# digits

A handwritten digit from an image of 8x8 pixels, each 0 (paper) to 16 (ink): the UCI optical digits as scikit-learn ships them,
{len(train)} images for training and {len(held_out)} held out. The answer is one score per digit.

| version | model | held-out accuracy |
|---|---|---|
| 1 | convolutions 3x3 of 16 and 32 channels with a pool between, one dense layer | {accuracy} |

`config.pbtxt` is written out in full and batches requests together. `expected.json` is what version 1 answers to `example.json`
(written were a {held_out_truth[0]}, a {held_out_truth[1]} and a {held_out_truth[2]}).

{curl("digits")}""",
    )


# ---------------------------------------------------------------------------------------------------------- Diabetes


def split_diabetes():
    data = load_diabetes(scaled=False)
    return train_test_split(data.data, data.target, test_size=0.25, random_state=SEED)


def make_diabetes():
    train, held_out, truth, held_out_truth = split_diabetes()
    ridge = make_pipeline(StandardScaler(), Ridge(alpha=10.0))
    trees = GradientBoostingRegressor(
        n_estimators=150, max_depth=2, learning_rate=0.05, subsample=0.5, max_features=0.3, min_samples_leaf=8, random_state=SEED
    )
    folds = RepeatedKFold(n_splits=10, n_repeats=3, random_state=SEED)
    validated = {name: cross_val_score(m, train, truth, cv=folds).mean() for name, m in (("ridge", ridge), ("trees", trees))}

    scaler, linear = (step for _, step in ridge.fit(train, truth).steps)
    graph = Graph()
    weights = [graph.constant("progression.weight", linear.coef_[:, None]), graph.constant("progression.bias", [linear.intercept_])]
    graph.node("Gemm", [standardised(graph, "features", scaler), *weights], "progression")
    graph.save(
        HERE / "diabetes/1/model.onnx", "Progression of diabetes in a year, ridge regression",
        inputs=[("features", TensorProto.FLOAT, [10])],
        outputs=[("progression", TensorProto.FLOAT, [1])],
    )

    errors = reference_diabetes(held_out)[:, 0] - held_out_truth
    r2 = 1 - (errors**2).sum() / ((held_out_truth - held_out_truth.mean()) ** 2).sum()
    print(f"diabetes/1  held-out R2 {r2:.3f} (cross-validated: ridge {validated['ridge']:.3f}, boosted trees {validated['trees']:.3f})")

    rows = held_out[:3]
    write_example("diabetes", [tensor("features", "FP32", rows)], [tensor("progression", "FP32", reference_diabetes(rows))])
    write(
        "diabetes/model.json",
        """{
  "name": "diabetes",
  "max_batch_size": 64,
  "input": [ { "name": "features", "data_type": "TYPE_FP32", "dims": [10] } ],
  "output": [ { "name": "progression", "data_type": "TYPE_FP32", "dims": [1] } ]
}
""",
    )
    write(
        "diabetes/README.md",
        f"""# diabetes

How far diabetes has progressed after a year (a score from 25 to 346) from ten measurements in their own units: age, sex (1 or
2), body mass index, blood pressure and six blood serum values, in that order. The data are those of "Least angle regression"
(2004) as scikit-learn ships them, {len(train)} rows for training and {len(held_out)} held out.

| version | model | held-out R² |
|---|---|---|
| 1 | ridge regression | {r2:.3f} |

Boosted trees did no better on the training rows (cross-validated R² {validated["trees"]:.3f}, ridge {validated["ridge"]:.3f}), so the plain model stays.
`model.json` is the whole configuration in JSON. `expected.json` is what version 1 answers to `example.json`.

{curl("diabetes")}""",
    )


if __name__ == "__main__":
    make_iris()
    make_digits()
    make_diabetes()
