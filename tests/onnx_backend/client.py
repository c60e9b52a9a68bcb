"""The protocol as a client speaks it: a case's tensors out, the answer's tensors back, over JSON and over the binary extension."""
import http.client
import json
import math

import numpy as np

from cases import WIRE, Tensor


class Refused(Exception):
    """An answer that is not 2xx: its status and its sentence."""

    def __init__(self, status, sentence):
        super().__init__(f"HTTP {status}: {sentence}")
        self.status, self.sentence = status, sentence


class Client:
    def __init__(self, host, port):
        self.connection = http.client.HTTPConnection(host, port, timeout=120)

    def send(self, verb, path, body=None, headers=None):
        try:
            self.connection.request(verb, path, body, headers or {})
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        if answer.status // 100 != 2:
            raise Refused(answer.status, sentence(content))
        return answer.headers, content

    def post(self, path, document=None):
        return self.send("POST", path, json.dumps(document or {}), {"Content-Type": "application/json"})

    def infer_json(self, model, inputs):
        _, content = self.post(f"/v2/models/{model}/infer", {"inputs": [describe(t, data=json_data(t)) for t in inputs]})
        return [read_json(output) for output in json.loads(content)["outputs"]]

    def infer_binary(self, model, inputs):
        blobs = [wire_data(tensor) for tensor in inputs]
        described = [describe(t, parameters={"binary_data_size": len(blob)}) for t, blob in zip(inputs, blobs)]
        head = json.dumps({"parameters": {"binary_data_output": True}, "inputs": described}).encode()
        headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
        headers, content = self.send("POST", f"/v2/models/{model}/infer", b"".join([head, *blobs]), headers)
        length = int(headers.get("Inference-Header-Content-Length", len(content)))
        return list(read_binary(json.loads(content[:length])["outputs"], content[length:]))


def sentence(content):
    """The error's sentence; an answer without one is itself a fault that must show."""
    try:
        return json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return f"(no error document) {content[:200]!r}"


def describe(tensor, **more):
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": tensor.shape, **more}


def json_data(tensor):
    if tensor.datatype == "BYTES":
        return [value.decode() for value in tensor.data.ravel()]
    return tensor.numbers().ravel().tolist()


def wire_data(tensor):
    if tensor.datatype == "BYTES":
        return b"".join(len(value).to_bytes(4, "little") + value for value in tensor.data.ravel())
    return tensor.data.tobytes()


def read_json(output):
    datatype, values = output["datatype"], output["data"]
    if datatype == "BYTES":
        data = strings([value.encode() for value in values])
    elif datatype == "BF16":
        data = (np.array(values, np.float32).view(np.uint32) >> 16).astype(WIRE[datatype])
    else:
        data = np.array(values, WIRE[datatype])
    return Tensor(output["name"], datatype, output["shape"], data)


def read_binary(outputs, content):
    for output in outputs:
        size = output["parameters"]["binary_data_size"]
        blob, content = content[:size], content[size:]
        if len(blob) < size:
            raise ValueError(f"output '{output['name']}' announces {size} bytes and has {len(blob)}")
        data = split(blob) if output["datatype"] == "BYTES" else np.frombuffer(blob, WIRE[output["datatype"]])
        if data.size != math.prod(output["shape"]):
            raise ValueError(f"output '{output['name']}' of shape {output['shape']} has {data.size} elements")
        yield Tensor(output["name"], output["datatype"], output["shape"], data)
    if content:
        raise ValueError(f"{len(content)} bytes follow the last output")


def split(blob):
    values = []
    while blob:
        end = 4 + int.from_bytes(blob[:4], "little")
        values.append(blob[4:end])
        blob = blob[end:]
    return strings(values)


def strings(values):
    data = np.empty(len(values), object)
    data[:] = values
    return data
