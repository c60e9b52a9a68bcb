#!/usr/bin/env python3
"""Walks every call and datatype that Triton's Python client offers against a running server: HTTP and gRPC, each plain and
with asyncio, and gRPC's streams.

    python3 tests/clients/tritonclient_walk.py HTTP_HOST:PORT GRPC_HOST:PORT

The server must run in explicit mode, with the sample models and those of identity_models.py loaded; `tests/clients/run` starts
one. The client is not part of this project: where it cannot be imported, the walk says so and is skipped.
"""
import asyncio
import inspect
import sys
import traceback

SKIPPED = 0
DATATYPES = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"]

try:
    import numpy as np
    import tritonclient.grpc as grpc_client
    import tritonclient.grpc.aio as grpc_aio
    import tritonclient.http as http_client
    import tritonclient.http.aio as http_aio
    from tritonclient.utils import InferenceServerException, triton_to_np_dtype
except ImportError as missing:
    print(f"skipped: the Python tritonclient is not here ({missing})")
    sys.exit(SKIPPED)


class Report:
    def __init__(self):
        self.passed, self.failed = 0, 0

    async def check(self, name, step):
        try:
            outcome = step()
            if inspect.isawaitable(outcome):
                await outcome
            self.passed += 1
        except Exception:
            self.failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}")


class Api:
    """One of the four clients, asked alike: what returns something to wait for is waited for."""

    def __init__(self, name, module, client):
        self.name, self.module, self.client = name, module, client
        self.is_http = name.startswith("http")
        self.is_aio = name.endswith("aio")

    async def __call__(self, method, *positional, **named):
        outcome = getattr(self.client, method)(*positional, **named)
        return await outcome if inspect.isawaitable(outcome) else outcome

    async def refuses(self, status, method, *positional, **named):
        """The call must fail; for gRPC with that status, for HTTP with the one that the error table puts beside it."""
        http = {"NOT_FOUND": "404", "INVALID_ARGUMENT": "400", "UNIMPLEMENTED": "501", "UNAVAILABLE": "503", "DEADLINE_EXCEEDED": "504"}
        try:
            await self(method, *positional, **named)
        except InferenceServerException as error:
            assert error.message(), "an error without a sentence"
            # asyncio's HTTP client and streams keep no status; 404 of a path that is not served has its own text.
            wanted = f"StatusCode.{status}" if not self.is_http else http[status]
            assert error.status() in (None, wanted), f"{error.status()} rather than {wanted}: {error.message()}"
            return error
        raise AssertionError(f"{method} was not refused")

    async def json(self, method, *positional, **named):
        """The answer as a dictionary, which gRPC gives when asked."""
        return await self(method, *positional, **named, **({} if self.is_http else {"as_json": True}))

    def input(self, name, array, datatype, **how):
        tensor = self.module.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, **(how if self.is_http else {}))
        return tensor

    def output(self, name, **how):
        return self.module.InferRequestedOutput(name, **how)


def same(left, right):
    return left.shape == right.shape and (left == right).all()


def elements(datatype):
    """Two rows of three elements, the extremes among them."""
    if datatype == "BYTES":
        return np.array([[b"", "ä".encode(), b"\0\xff"], [b"a" * 1000, b"x", b"{}"]], dtype=object)
    if datatype == "BOOL":
        return np.array([[True, False, True], [False, False, True]])
    if datatype == "BF16":
        return np.array([[0, 1, -2], [0.5, 384, -0.25]], dtype=np.float32)
    kind = np.dtype(triton_to_np_dtype(datatype))
    limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    return np.array([[limits.min, limits.max, 0], [1, 2, 3]], dtype=kind)


async def walk_server(api):
    assert await api("is_server_live") is True
    assert await api("is_server_ready") is True
    metadata = await api.json("get_server_metadata")
    assert metadata["name"] and metadata["version"] and "binary_tensor_data" in metadata["extensions"], metadata


async def walk_model(api):
    assert await api("is_model_ready", "iris") is True
    assert await api("is_model_ready", "iris", "2") is True
    if api.is_http:
        assert await api("is_model_ready", "nope") is False
    else:
        await api.refuses("NOT_FOUND", "is_model_ready", "nope")
    metadata = await api.json("get_model_metadata", "iris")
    assert sorted(metadata["versions"]) == ["1", "2"], metadata
    assert (metadata["inputs"][0]["name"], [int(d) for d in metadata["inputs"][0]["shape"]]) == ("input", [-1, 4]), metadata
    assert metadata["platform"] == "onnxruntime_onnx", metadata
    config = await api.json("get_model_config", "digits", "1")
    config = config if api.is_http else config["config"]
    assert config["name"] == "digits" and int(config["max_batch_size"]) == 64, config
    assert config["input"][0]["data_type"] == "TYPE_FP32" and "dynamic_batching" in config, config
    for method in ("get_model_metadata", "get_model_config"):
        await api.refuses("NOT_FOUND", method, "nope")
        await api.refuses("NOT_FOUND", method, "iris", "77")


async def walk_statistics(api):
    before = await rows_inferred(api)
    await api("infer", "diabetes", [api.input("features", np.zeros([3, 10], np.float32), "FP32")])
    assert await rows_inferred(api) == before + 3
    everything = await api.json("get_inference_statistics")
    assert {"iris", "digits", "diabetes"} <= {row["name"] for row in everything["model_stats"]}
    await api.refuses("NOT_FOUND", "get_inference_statistics", "nope")


async def rows_inferred(api):
    statistics = await api.json("get_inference_statistics", "diabetes", "1")
    return int(statistics["model_stats"][0].get("inference_count", 0))


async def walk_repository(api):
    index = await api.json("get_model_repository_index")
    rows = index if api.is_http else index["models"]
    assert {row["name"]: row["state"] for row in rows}["diabetes"] == "READY", rows
    await api("unload_model", "diabetes")
    try:
        await api.refuses("UNAVAILABLE", "infer", "diabetes", [api.input("features", np.zeros([1, 10], np.float32), "FP32")])
    finally:
        await api("load_model", "diabetes")
    assert await api("is_model_ready", "diabetes")
    # A configuration of the caller's own stands in for the repository's, until the next load.
    await api("load_model", "diabetes", config='{"max_batch_size": 2}')
    config = await api.json("get_model_config", "diabetes")
    assert int((config if api.is_http else config["config"])["max_batch_size"]) == 2, config
    await api("load_model", "diabetes")
    try:
        await api("load_model", "not-there")
    except InferenceServerException as error:
        assert error.message()
    else:
        raise AssertionError("a model that is not there was loaded")


async def walk_settings(api):
    """Either served, or refused with the status for what is not."""
    for method, change in (("log_settings", {"log_verbose_level": 0}), ("trace_settings", {"trace_rate": "1000"})):
        extension = method.split("_")[0].replace("log", "logging")
        offered = extension in (await api.json("get_server_metadata"))["extensions"]
        for call, arguments in ((f"get_{method}", {}), (f"update_{method}", {"settings": change})):
            if offered:
                assert await api.json(call, **arguments)
                continue
            try:
                await api(call, **arguments)
            except InferenceServerException as error:
                assert error.status() in (None, "404", "501", "StatusCode.UNIMPLEMENTED"), error
            else:
                raise AssertionError(f"{call} is served, but {extension} is not among the extensions")


async def walk_shared_memory(api):
    calls = [
        ("get_system_shared_memory_status",), ("register_system_shared_memory", "r", "/r", 64), ("unregister_system_shared_memory", "r"),
        ("get_cuda_shared_memory_status",), ("register_cuda_shared_memory", "r", b"aGFuZGxl", 0, 64), ("unregister_cuda_shared_memory", "r"),
    ]
    for call in calls:
        try:
            await api(*call)
        except InferenceServerException as error:
            assert error.status() in (None, "404", "501", "StatusCode.UNIMPLEMENTED"), error
        else:
            raise AssertionError(f"{call[0]} is served")
    tensor = api.module.InferInput("input", [1, 4], "FP32")
    tensor.set_shared_memory("r", 16)
    try:
        await api("infer", "iris", [tensor])
    except InferenceServerException as error:
        assert "shared memory" in error.message(), error
    else:
        raise AssertionError("an input in shared memory was taken")


async def walk_datatype(api, datatype):
    sent = elements(datatype)
    model = f"identity_{datatype.lower()}"
    forms = [{"binary_data": True}]
    if api.is_http and datatype not in ("FP16", "BF16"):
        forms.append({"binary_data": False})
    for form in forms:
        # JSON carries text, not bytes.
        array = sent if form["binary_data"] or datatype != "BYTES" else np.array([["", "ä", "x"], ["a", "b", "{}"]], dtype=object)
        outputs = [api.output("output", **(form if api.is_http else {}))]
        for wanted in (outputs, None):
            result = await api("infer", model, [api.input("input", array, datatype, **form)], outputs=wanted)
            came = result.as_numpy("output")
            if datatype == "BYTES":
                came = np.array([[item if isinstance(item, bytes) else item.encode() for item in row] for row in came], dtype=object)
                array = np.array([[item if isinstance(item, bytes) else item.encode() for item in row] for row in array], dtype=object)
            assert same(array, came), f"{form}: {came} rather than {array}"
    # No rows at all.
    empty = np.zeros([0, 3], object if datatype == "BYTES" else sent.dtype)
    if api.is_http or datatype not in ("BYTES", "BF16"):
        await accept_or_refuse(api, model, empty, datatype)


async def accept_or_refuse(api, model, array, datatype):
    try:
        result = await api("infer", model, [api.input("input", array, datatype)])
        assert result.as_numpy("output").shape == array.shape
    except InferenceServerException as error:
        assert "batch" in error.message() or "shape" in error.message(), error


async def walk_inference(api):
    rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 2.5, 5.8, 1.8]], np.float32)
    given = api.input("input", rows, "FP32")
    metadata = await api.json("get_model_metadata", "iris")
    names = [output["name"] for output in metadata["outputs"]]
    plain = await api("infer", "iris", [given])
    response = plain.get_response()
    model, version = (response["model_name"], response["model_version"]) if api.is_http else (response.model_name, response.model_version)
    assert (model, version) == ("iris", "2"), response
    assert all(plain.as_numpy(name) is not None for name in names)
    assert plain.as_numpy("nope") is None and plain.get_output(names[0]) is not None

    everything = await api(
        "infer", "iris", [given], model_version="1", outputs=[api.output(names[0])], request_id="walk 1", sequence_id=7,
        sequence_start=True, sequence_end=True, priority=1, timeout=5_000_000, headers={"x-request-id": "from-header"},
        parameters={"text": "a", "flag": True, "count": 3, **({} if api.is_http else {"share": 0.5})})
    response = everything.get_response()
    assert (response["id"] if api.is_http else response.id) == "walk 1", response
    assert (response["model_version"] if api.is_http else response.model_version) == "1", response
    assert len(response["outputs"] if api.is_http else response.outputs) == 1, response

    named = await api("infer", "iris", [given], sequence_id="by name", sequence_start=True)
    assert same(named.as_numpy(names[0]), plain.as_numpy(names[0]))
    # The shape and the data of an input can be changed and sent again.
    given.set_shape([1, 4])
    given.set_data_from_numpy(rows[:1])
    assert (await api("infer", "iris", [given])).as_numpy(names[0]).shape[0] == 1


async def walk_classification(api):
    image = np.zeros([2, 1, 8, 8], np.float32)
    tensor = api.input("image", image, "FP32")
    result = await api("infer", "digits", [tensor], outputs=[api.output("scores", class_count=3)])
    best = result.as_numpy("scores")
    assert best.shape == (2, 3), best
    value, index, label = best[0][0].decode().split(":")
    assert float(value) == float(value) and 0 <= int(index) < 10 and label, best


async def walk_compression(api):
    rows = np.arange(4000, dtype=np.float32).reshape(40, 100)
    for algorithm in ("gzip", "deflate"):
        how = (
            {"request_compression_algorithm": algorithm, "response_compression_algorithm": algorithm} if api.is_http
            else {"compression_algorithm": algorithm})
        result = await api("infer", "identity_fp32", [api.input("input", rows, "FP32")], **how)
        assert same(rows, result.as_numpy("output")), algorithm


async def walk_large(api):
    rows = np.random.default_rng(1).standard_normal((60, 50_000)).astype(np.float32)
    result = await api("infer", "identity_fp32", [api.input("input", rows, "FP32")])
    assert same(rows, result.as_numpy("output"))


async def walk_errors(api):
    one = np.zeros([1, 4], np.float32)
    await api.refuses("NOT_FOUND", "infer", "nope", [api.input("input", one, "FP32")])
    await api.refuses("NOT_FOUND", "infer", "iris", [api.input("input", one, "FP32")], model_version="77")
    await api.refuses("INVALID_ARGUMENT", "infer", "iris", [api.input("input", np.zeros([1, 5], np.float32), "FP32")])
    await api.refuses("INVALID_ARGUMENT", "infer", "iris", [api.input("input", one.astype(np.float64), "FP64")])
    await api.refuses("INVALID_ARGUMENT", "infer", "iris", [api.input("wrong", one, "FP32")])
    await api.refuses("INVALID_ARGUMENT", "infer", "iris", [api.input("input", one, "FP32")], outputs=[api.output("wrong")])
    await api.refuses("INVALID_ARGUMENT", "infer", "iris", [])
    await api.refuses("INVALID_ARGUMENT", "infer", "iris", [api.input("input", np.zeros([65, 4], np.float32), "FP32")])


async def walk_many(api):
    """Two hundred requests under way together, each with its own answer."""
    rows = [np.full([1, 4], i, np.float32) for i in range(200)]
    if api.is_aio:
        answers = await asyncio.gather(*(api("infer", "identity_fp32", [api.input("input", row, "FP32")]) for row in rows))
    elif api.is_http:
        pending = [api.client.async_infer("identity_fp32", [api.input("input", row, "FP32")]) for row in rows]
        answers = [request.get_result() for request in pending]
    else:
        answers = await callbacks(len(rows), lambda done: [
            api.client.async_infer("identity_fp32", [api.input("input", row, "FP32")], lambda result, error, i=i: done(i, result, error))
            for i, row in enumerate(rows)])
    assert all(same(row, answer.as_numpy("output")) for row, answer in zip(rows, answers))


async def callbacks(count, start):
    """Runs what calls back from threads of its own; the results in their order."""
    loop = asyncio.get_running_loop()
    results = [loop.create_future() for _ in range(count)]

    def done(index, result, error):
        settle = results[index].set_exception if error else results[index].set_result
        loop.call_soon_threadsafe(settle, error or result)

    keep = start(done)
    answers = await asyncio.wait_for(asyncio.gather(*results), 60)
    del keep
    return answers


async def walk_timeout(api):
    one = api.input("input", np.zeros([1, 4], np.float32), "FP32")
    assert await api("infer", "iris", [one], client_timeout=30)
    large = api.input("input", np.zeros([60, 50_000], np.float32), "FP32")
    await api.refuses("DEADLINE_EXCEEDED", "infer", "identity_fp32", [large], client_timeout=0.001)


async def walk_stream(api):
    import queue
    answers = queue.Queue()
    api.client.start_stream(lambda result, error: answers.put((result, error)), compression_algorithm="gzip")
    for i in range(100):
        one = api.input("input", np.full([1, 4], i, np.float32), "FP32")
        api.client.async_stream_infer("identity_fp32", [one], request_id=str(i), enable_empty_final_response=True)
    api.client.async_stream_infer("nope", [one], request_id="bad")
    api.client.async_stream_infer("iris", [one], request_id="good", sequence_id=3, sequence_start=True, priority=1, timeout=1_000_000)
    api.client.stop_stream()
    seen, errors = {}, []
    while not answers.empty():
        result, error = answers.get()
        if error:
            errors.append(error)
            continue
        response = result.get_response()
        assert response.parameters["triton_final_response"].bool_param
        seen[response.id] = result
    assert len(errors) == 1 and "nope" in errors[0].message(), errors
    assert len(seen) == 101, sorted(seen)
    assert all(seen[str(i)].as_numpy("output")[0, 0] == i for i in range(100))


async def walk_cancelled_stream(api):
    import queue
    answers = queue.Queue()
    api.client.start_stream(lambda result, error: answers.put((result, error)))
    api.client.async_stream_infer("iris", [api.input("input", np.zeros([1, 4], np.float32), "FP32")])
    api.client.stop_stream(cancel_requests=True)
    assert await api("is_server_live")


async def walk_aio_stream(api):
    async def requests():
        for i in range(100):
            yield {"model_name": "identity_fp32", "inputs": [api.input("input", np.full([1, 4], i, np.float32), "FP32")], "request_id": str(i)}
        yield {"model_name": "nope", "inputs": [api.input("input", np.zeros([1, 4], np.float32), "FP32")]}

    seen, errors = {}, []
    async for result, error in api.client.stream_infer(requests()):
        if error:
            errors.append(error)
        else:
            seen[result.get_response().id] = result.as_numpy("output")[0, 0]
    assert seen == {str(i): i for i in range(100)} and len(errors) == 1, (seen, errors)


async def walk_http_bodies(api):
    rows = np.array([[5.1, 3.5, 1.4, 0.2]], np.float32)
    body, length = api.client.generate_request_body([api.input("input", rows, "FP32")])
    assert length and body[length:] == rows.tobytes()


async def walk(api, report):
    steps = [
        walk_server, walk_model, walk_statistics, walk_repository, walk_settings, walk_shared_memory, walk_inference,
        walk_classification, walk_compression, walk_large, walk_errors, walk_many,
    ]
    if api.is_http:
        steps.append(walk_http_bodies)
    else:
        steps.append(walk_timeout)
        steps += [walk_aio_stream] if api.is_aio else [walk_stream, walk_cancelled_stream]
    for step in steps:
        await report.check(f"{api.name} {step.__name__.removeprefix('walk_')}", lambda: step(api))
    for datatype in DATATYPES:
        await report.check(f"{api.name} {datatype}", lambda: walk_datatype(api, datatype))


async def main(http, grpc):
    report = Report()
    with http_client.InferenceServerClient(http, concurrency=8) as client:
        await walk(Api("http", http_client, client), report)
    with grpc_client.InferenceServerClient(grpc) as client:
        await walk(Api("grpc", grpc_client, client), report)
    async with http_aio.InferenceServerClient(http) as client:
        await walk(Api("http.aio", http_aio, client), report)
    async with grpc_aio.InferenceServerClient(grpc) as client:
        await walk(Api("grpc.aio", grpc_aio, client), report)
    print(f"tritonclient: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2])))
