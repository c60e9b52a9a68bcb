"""ONNX's own backend test cases: a model, what goes in and what must come out, as the protocol's tensors."""
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

# ONNX element type -> the protocol's name and the type of the wire. BF16 travels as its sixteen bits.
TYPES = {
    TensorProto.BOOL: ("BOOL", np.dtype("?")),
    TensorProto.UINT8: ("UINT8", np.dtype("u1")),
    TensorProto.UINT16: ("UINT16", np.dtype("<u2")),
    TensorProto.UINT32: ("UINT32", np.dtype("<u4")),
    TensorProto.UINT64: ("UINT64", np.dtype("<u8")),
    TensorProto.INT8: ("INT8", np.dtype("i1")),
    TensorProto.INT16: ("INT16", np.dtype("<i2")),
    TensorProto.INT32: ("INT32", np.dtype("<i4")),
    TensorProto.INT64: ("INT64", np.dtype("<i8")),
    TensorProto.FLOAT16: ("FP16", np.dtype("<f2")),
    TensorProto.BFLOAT16: ("BF16", np.dtype("<u2")),
    TensorProto.FLOAT: ("FP32", np.dtype("<f4")),
    TensorProto.DOUBLE: ("FP64", np.dtype("<f8")),
    TensorProto.STRING: ("BYTES", np.dtype("O")),
}  # fmt: skip
WIRE = dict(TYPES.values())
FOLDERS = ("node", "pytorch-converted", "pytorch-operator", "simple")


class NotCarried(Exception):
    """The protocol has no form for a value."""


@dataclass
class Tensor:
    name: str
    datatype: str
    shape: list
    data: np.ndarray  # of the wire's type, in any shape; bytes objects for BYTES

    def numbers(self):
        """The values to calculate with: BF16 widened to the float it stands for."""
        return (self.data.astype(np.uint32) << 16).view(np.float32) if self.datatype == "BF16" else self.data

    def fits_json(self):
        """JSON has no NaN, no Infinity and no bytes that are not text."""
        if self.datatype == "BYTES":
            return all(is_text(value) for value in self.data.ravel())
        return self.data.dtype.kind not in "f" and self.datatype != "BF16" or bool(np.isfinite(self.numbers()).all())


@dataclass
class Case:
    name: str
    model: Path
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    not_sendable: str = ""


def is_text(value):
    try:
        value.decode()
        return True
    except UnicodeDecodeError:
        return False


def find(data, pattern):
    """Every case of the suite whose name matches, with its data."""
    models = [model for folder in FOLDERS for model in sorted((data / folder).glob(f"{pattern}/model.onnx"))]
    return [read(model) for model in models]


def read(model):
    case = Case(model.parent.name, model)
    graph = onnx.load(model).graph
    constants = {constant.name for constant in graph.initializer}
    data = model.parent / "test_data_set_0"
    try:
        for index, value in enumerate(value for value in graph.input if value.name not in constants):
            case.inputs += read_value(data / f"input_{index}.pb", value, sendable=True)
    except NotCarried as reason:
        case.not_sendable = str(reason)
        return case
    for index, value in enumerate(graph.output):
        case.outputs += read_value(data / f"output_{index}.pb", value, sendable=False)
    return case


def read_value(path, value, sendable):
    kind = value.type.WhichOneof("value")
    content = path.read_bytes()
    if kind == "tensor_type":
        tensor = TensorProto.FromString(content)
        # The suite stores BF16 as UINT16 bits; the model says what they are.
        return [read_tensor(value.name, tensor, value.type.tensor_type.elem_type or tensor.data_type)]
    if sendable:
        raise NotCarried(f"input '{value.name}' is of {kind.removesuffix('_type')} type, which the protocol cannot send")
    if kind == "sequence_type":
        return read_sequence(value.name, onnx.SequenceProto.FromString(content))
    if kind == "optional_type":
        optional = onnx.OptionalProto.FromString(content)
        if optional.HasField("tensor_value"):
            return [read_tensor(value.name, optional.tensor_value, optional.tensor_value.data_type)]
        return read_sequence(value.name, optional.sequence_value) if optional.HasField("sequence_value") else []
    raise NotCarried(f"output '{value.name}' is of {kind}")


def read_sequence(name, sequence):
    """As the server names the elements of a sequence."""
    return [read_tensor(f"{name}.{index}", tensor, tensor.data_type) for index, tensor in enumerate(sequence.tensor_values)]


def read_tensor(name, tensor, element):
    if element not in TYPES:
        raise NotCarried(f"'{name}' has elements of {TensorProto.DataType.Name(element)}, which the protocol has no name for")
    datatype, wire = TYPES[element]
    if datatype == "BYTES":
        data = np.empty(len(tensor.string_data), object)
        data[:] = list(tensor.string_data)
    else:
        data = np.ascontiguousarray(numpy_helper.to_array(tensor), wire)
    return Tensor(name, datatype, list(tensor.dims), data)
