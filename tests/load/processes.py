"""Servers as processes: started, waited for, measured by the kernel's own accounting, stopped."""
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

HOST = "127.0.0.1"
handed_out = set()
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Server:
    """One server and its children. `repository` is what it serves, or None."""

    def __init__(self, name, command, log, environment=None, directory=None):
        self.name, self.command, self.directory = name, command, directory
        self.environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1", **(environment or {})}
        self.log = log
        self.process = None

    def start(self):
        """Starts it and waits until it is ready. The seconds this took."""
        self.port, self.grpc = free_port(), free_port()
        words = [str(word).replace("{port}", str(self.port)).replace("{grpc}", str(self.grpc)) for word in self.command]
        output = open(self.log / f"{self.name}.log".replace(" ", "-"), "ab")
        begun = time.monotonic()
        self.process = subprocess.Popen(words, stdout=output, stderr=output, env=self.environment, cwd=self.directory)
        output.close()
        while not self.is_ready():
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended with exit code {self.process.returncode}: {shlex.join(words)}; see {output.name}")
            if time.monotonic() - begun > 120:
                raise SystemExit(f"{self.name} was not ready after 120 s; see {output.name}")
            time.sleep(0.002)
        return time.monotonic() - begun

    def is_ready(self):
        try:
            return self.send("GET", "/v2/health/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def send(self, verb, path, body=None, headers=None):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(verb, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def executions(self, model):
        """Rows inferred and runs of the model so far, by the server's own statistics; None when it keeps none."""
        status, content = self.send("GET", f"/v2/models/{model}/stats")
        if status != 200:
            return None
        stats = json.loads(content)["model_stats"][0]
        return stats["inference_count"], stats["execution_count"]

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def url(self, model):
        return f"http://{HOST}:{self.port}/v2/models/{model}/infer"

    def pids(self):
        """The process and its living descendants."""
        children = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = entry.read_text().split(" (", 1)
            except OSError:
                continue
            children.setdefault(int(rest.rsplit(") ", 1)[1].split()[1]), []).append(int(pid))
        found = [self.process.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def cpu(self):
        """User and system seconds so far."""
        return sum(cpu_seconds(pid) for pid in self.pids())

    def resident(self):
        """Resident megabytes."""
        return sum(resident_kilobytes(pid) for pid in self.pids()) / 1024


def cpu_seconds(pid):
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return 0
    return (int(words[11]) + int(words[12])) * TICK


def resident_kilobytes(pid):
    try:
        return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])
    except (OSError, IndexError):
        return 0


def free_port():
    """A port that nobody listens on, another one each time: who asked before may not listen on theirs yet."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        if port not in handed_out:
            handed_out.add(port)
            return port


def words_of(line):
    """The numbers of a line of name=value words."""
    return {name: float(value) for name, _, value in (word.partition("=") for word in line.split()) if value}


def measured(command):
    """Runs a measuring program that prints such a line last."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{shlex.join(map(str, command))} failed:\n{result.stdout}{result.stderr}")
    return words_of(result.stdout.splitlines()[-1])
