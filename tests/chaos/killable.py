"""A standalone server to be killed, on a free port."""

import http.client
import json
import socket
import subprocess
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    last = None

    def __init__(self, program, repository, data, log=subprocess.DEVNULL):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["dotnet", program, "--model-repository", str(repository), "--data-dir", data, "--http-port", str(self.port), "--grpc-port", "0"],
            stdout=log, stderr=log,
        )
        Server.last = self
        while not self.is_ready():
            assert self.process.poll() is None, "the server did not start"
            time.sleep(0.05)

    def is_ready(self):
        try:
            return self.call("GET", "/v2/health/ready")[0] == 200
        except OSError:
            return False

    def call(self, verb, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(verb, path, body if body is None or isinstance(body, str) else json.dumps(body))
        response = connection.getresponse()
        return response.status, response.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
