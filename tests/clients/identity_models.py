#!/usr/bin/env python3
"""Makes a model repository with one identity model for each datatype of the protocol: whatever goes in comes out.

    python3 tests/clients/identity_models.py DIR

Writes the few bytes of ONNX by hand, so that it needs nothing but Python.
"""
import sys
from pathlib import Path

# By the protocol's name, the number of ONNX's element type.
ONNX_TYPES = {
    "BOOL": 9, "UINT8": 2, "UINT16": 4, "UINT32": 12, "UINT64": 13, "INT8": 3, "INT16": 5, "INT32": 6, "INT64": 7,
    "FP16": 10, "BF16": 16, "FP32": 1, "FP64": 11, "BYTES": 8,
}


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def piece(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, element_type):
    """A ValueInfo of shape [rows, columns], both variable."""
    shape = b"".join(piece(1, piece(2, dimension)) for dimension in ("rows", "columns"))
    return piece(1, name) + piece(2, piece(1, number(1, element_type) + piece(2, shape)))


def model(element_type):
    node = piece(1, "input") + piece(2, "output") + piece(4, "Identity")
    graph = piece(1, node) + piece(2, "identity") + piece(11, tensor("input", element_type)) + piece(12, tensor("output", element_type))
    opset = piece(1, "") + number(2, 16)
    return number(1, 8) + piece(7, graph) + piece(8, opset)


def main(folder):
    for name, element_type in ONNX_TYPES.items():
        version = Path(folder) / f"identity_{name.lower()}" / "1"
        version.mkdir(parents=True, exist_ok=True)
        (version / "model.onnx").write_bytes(model(element_type))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
