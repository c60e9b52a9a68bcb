#!/usr/bin/env python3
"""Makes the small models beside this file, with Debian's python3-onnx. They are committed; run this only to change them."""

import pathlib

from onnx import TensorProto, TypeProto, helper, save
from onnx.external_data_helper import convert_model_to_external_data
import numpy as np
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
TYPES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16, "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64, "INT8": TensorProto.INT8, "INT16": TensorProto.INT16, "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64, "FP16": TensorProto.FLOAT16, "BF16": TensorProto.BFLOAT16, "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE, "BYTES": TensorProto.STRING,
}


def write(name, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="tests")
    model.ir_version = 7
    save(model, str(HERE / f"{name}.onnx"))
    return model


def tensor(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


for text, kind in TYPES.items():
    write(f"identity_{text}", [helper.make_node("Identity", ["x"], ["y"])], [tensor("x", kind, ["N", "D"])], [tensor("y", kind, ["N", "D"])])

write("scalar", [helper.make_node("Neg", ["x"], ["y"])], [tensor("x", TensorProto.FLOAT, [])], [tensor("y", TensorProto.FLOAT, [])])

for text, keys in {"strings": {"classlabels_strings": ["no", "yes"]}, "int64s": {"classlabels_int64s": [3, 7]}}.items():
    kind = TensorProto.STRING if text == "strings" else TensorProto.INT64
    row = TypeProto()
    row.map_type.key_type = kind
    row.map_type.value_type.CopyFrom(helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    output = helper.make_value_info("p", helper.make_sequence_type_proto(row))
    write(f"zipmap_{text}", [helper.make_node("ZipMap", ["x"], ["p"], domain="ai.onnx.ml", **keys)], [tensor("x", TensorProto.FLOAT, ["N", 2])], [output])

write(
    "sequence",
    [helper.make_node("SplitToSequence", ["x"], ["s"], axis=1)],
    [tensor("x", TensorProto.FLOAT, [1, "N"])],
    [helper.make_value_info("s", helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [1, 1])))],
)

# A loop that runs as often as it is told: for a run that must be terminated.
body = helper.make_graph(
    [helper.make_node("Identity", ["more"], ["more_out"]), helper.make_node("Add", ["v", "v"], ["v_out"])],
    "body",
    [tensor("i", TensorProto.INT64, []), tensor("more", TensorProto.BOOL, []), tensor("v", TensorProto.FLOAT, [1])],
    [tensor("more_out", TensorProto.BOOL, []), tensor("v_out", TensorProto.FLOAT, [1])],
)
write(
    "loop",
    [helper.make_node("Loop", ["times", "", "v"], ["y"], body=body)],
    [tensor("times", TensorProto.INT64, []), tensor("v", TensorProto.FLOAT, [1])],
    [tensor("y", TensorProto.FLOAT, [1])],
)

# Fails when the two rows of numbers cannot be broadcast: a valid request that the model itself refuses.
write(
    "add",
    [helper.make_node("Add", ["a", "b"], ["y"])],
    [tensor("a", TensorProto.FLOAT, ["N", "A"]), tensor("b", TensorProto.FLOAT, ["N", "B"])],
    [tensor("y", TensorProto.FLOAT, ["N", "C"])],
)

weight = numpy_helper.from_array(np.arange(1024, dtype=np.float32), "weight")
external = write("external", [helper.make_node("Add", ["x", "weight"], ["y"])], [tensor("x", TensorProto.FLOAT, [1024])], [tensor("y", TensorProto.FLOAT, [1024])], [weight])
(HERE / "external.onnx").unlink()
convert_model_to_external_data(external, location="weights.bin", size_threshold=0)
(HERE / "external").mkdir(exist_ok=True)
(HERE / "external" / "weights.bin").unlink(missing_ok=True)
save(external, str(HERE / "external" / "model.onnx"))

# Two versions that answer alike, but the second fails on rows whose number is above 0.95: for a rollout that must be rolled back.
def guarded(folder, limit):
    nodes = [
        helper.make_node("Greater", ["x", "limit"], ["above"]),
        helper.make_node("Cast", ["above"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["one", "index"], ["picked"]),
        helper.make_node("Add", ["x", "picked"], ["y"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([limit], dtype=np.float32), "limit"),
        numpy_helper.from_array(np.array([1], dtype=np.float32), "one"),
    ]
    write("guarded", nodes, [tensor("x", TensorProto.FLOAT, ["N", 1])], [tensor("y", TensorProto.FLOAT, ["N", 1])], constants)
    target = HERE.parents[2] / "Gateway.Tests/EndToEnd/Models/guarded" / folder
    target.mkdir(parents=True, exist_ok=True)
    (HERE / "guarded.onnx").rename(target / "model.onnx")


guarded("1", 2.0)
guarded("2", 0.95)
