"""The server under test: its repository, its process, its index."""
import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from client import Client, Refused


class Server:
    host = "127.0.0.1"

    def __init__(self, program, work, mode, found):
        self.program, self.mode, self.work = program, mode, work
        self.repository = work / "repository"
        shutil.rmtree(self.repository, ignore_errors=True)
        for case in found:
            version = self.repository / case.name / "1"
            version.mkdir(parents=True)
            shutil.copy(case.model, version / "model.onnx")

    def __enter__(self):
        self.port, grpc = free_port(), free_port()
        command = ["dotnet", self.program, "--model-repository", self.repository, "--model-control-mode", self.mode]
        command += ["--http-port", self.port, "--grpc-port", grpc, "--data-dir", self.work / "data"]
        self.log = open(self.work / "server.log", "w")
        self.started = time.monotonic()
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *failure):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.log.close()
        if code and not failure[0]:
            raise SystemExit(f"the server ended with exit code {code}; its output is in {self.log.name}")

    def seconds(self):
        return time.monotonic() - self.started

    def resident(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def wait_live(self, limit=120):
        self.wait(lambda client: client.send("GET", "/v2/health/live"), limit)

    def wait_loaded(self, count, limit=600):
        """The index by model, once no model is still to be decided."""

        def index(client):
            rows = {row["name"]: row for row in json.loads(client.post("/v2/repository/index")[1])}
            return rows if len(rows) >= count and not any(row.get("state") in ("UNKNOWN", "LOADING") for row in rows.values()) else None

        return self.wait(index, limit)

    def wait(self, look, limit):
        client = Client(self.host, self.port)
        while self.seconds() < limit:
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with exit code {self.process.returncode}; its output is in {self.log.name}")
            try:
                seen = look(client)
                if seen is not None:
                    return seen
            except (OSError, Refused):
                pass  # Not listening yet, or not live yet.
            time.sleep(0.05)
        raise SystemExit(f"the server was not there after {limit} s; its output is in {self.log.name}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
