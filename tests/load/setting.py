"""What is measured with what: the repositories, the workloads and the servers."""
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import onnx

from processes import Server

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "artifacts" / "load"
BIN = ROOT / "artifacts" / "bin"
MODELS = WORK / "models"
BENCHMARKS = BIN / "Benchmarks" / "release" / "Benchmarks"

# The answer of the identity model is as large as the question: rows worth copying together are smaller.
NEVER_BATCHED = {"identity"}
MAX_BATCH = 64


@dataclass(frozen=True)
class Workload:
    name: str
    model: str
    body: str
    free: int = 1024  # what stands for the model's varying dimension in the bare runtime's loop
    rows: int = 1

    def files(self):
        """The body, and the headers it needs besides those of JSON ("" for none)."""
        headers = WORK / "bodies" / f"{self.body}.headers"
        return WORK / "bodies" / self.body, headers if headers.exists() else ""


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("iris", "iris_mlp", "iris_mlp.json"),
        Workload("mlp", "mlp", "mlp.json"),
        Workload("mlp_b32", "mlp", "mlp_b32.json", rows=32),
        Workload("wide", "wide", "wide.json"),
        Workload("cnn", "cnn", "cnn.json"),
        Workload("identity", "identity", "identity_150000.bin", free=150_000),
        Workload("mlpbig", "mlpbig", "mlpbig.json"),
        Workload("mlp_bin", "mlp", "mlp.bin"),
        Workload("cnn_bin", "cnn", "cnn.bin"),
        Workload("iris_bin", "iris_mlp", "iris_mlp.bin"),
        Workload("identity_json", "identity", "identity_150000.json", free=150_000),
    )
}


def tensor(value, batched):
    dims = [dim.dim_value or -1 for dim in value.type.tensor_type.shape.dim][1 if batched else 0 :]
    return f'{{ name: "{value.name}" data_type: TYPE_FP32 dims: {dims} }}'


def write_repository(name, batching):
    """The models with a whole configuration each, so that nothing is completed: with or without dynamic batching."""
    repository = WORK / name
    shutil.rmtree(repository, ignore_errors=True)
    for folder in sorted(MODELS.iterdir()):
        source = folder / "1" / "model.onnx"
        graph = onnx.load(source).graph
        batched = batching and folder.name not in NEVER_BATCHED
        lines = [f'name: "{folder.name}"', 'platform: "onnxruntime_onnx"', f"max_batch_size: {MAX_BATCH if batched else 0}"]
        lines += [f"input [ {tensor(value, batched)} ]" for value in graph.input]
        lines += [f"output [ {tensor(value, batched)} ]" for value in graph.output]
        lines += ["dynamic_batching { }"] if batched else []
        version = repository / folder.name / "1"
        version.mkdir(parents=True)
        (version.parent / "config.pbtxt").write_text("\n".join(lines) + "\n")
        os.link(source, version / "model.onnx")
    return repository


def write_repositories():
    write_repository("batched", True)
    write_repository("unbatched", False)
    (WORK / "empty").mkdir(exist_ok=True)


def product(name, repository="batched", words=(), directory=None):
    """
    Our server. Words of the form NAME=VALUE are its environment, but `program=FILE` another program than the one built here; `unbatched` is its
    repository, the others its arguments.
    """
    environment = dict(word.split("=", 1) for word in words if "=" in word and not word.startswith("-"))
    if "unbatched" in words:
        repository = "unbatched"
    arguments = [word for word in words if word != "unbatched" and word.split("=")[0] not in environment]
    command = [environment.pop("program", BIN / "Standalone" / "release" / "Standalone"), "--model-repository", WORK / repository]
    command += ["--model-control-mode", "none"] if "--model-control-mode" not in arguments else []
    command += ["--http-port", "{port}", "--grpc-port", "{grpc}", "--data-dir", WORK / "data" / name, *arguments]
    return Server(name, command, WORK, environment, directory)


def node(workers=2):
    script = HERE / "peers" / "node" / "server.mjs"
    return Server("node", ["node", script, "--models", MODELS, "--port", "{port}", "--workers", workers], WORK, {"NODE_ENV": "production"})


def echo():
    return Server("echo", [BIN / "Echo" / "release" / "Echo", "--urls", "http://127.0.0.1:{port}"], WORK)
