"""What two servers cost when both are asked at the same time, so that whatever the machine does at a moment it does to both."""
import subprocess
import time
from pathlib import Path
from statistics import mean, stdev

from processes import words_of

HERE = Path(__file__).resolve().parent

# Seconds for what a server does behind its last answers.
BEAT = 0.15


def used_by(pid):
    """Seconds of processor time of a process so far, by its own clock: finer than the kernel's ticks."""
    return time.clock_gettime(~pid << 3 | 2)


def asking(url, body, seconds, connections, headers=""):
    """wrk, keeping some connections busy with one body (a file), with the headers of a file."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", HERE / "post.lua", url, "--", body, headers]
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)


def turn(pids, loads):
    """Microseconds of processor time that each server took for an answer. `loads` begin the asking, each of its server."""
    before = [used_by(pid) for pid in pids]
    outputs = [load.communicate()[0] for load in [load() for load in loads]]
    time.sleep(BEAT)
    seen = [words_of(output.splitlines()[-1]) for output in outputs]
    if any(one["refused"] or one["broken"] or not one["requests"] for one in seen):
        raise SystemExit(f"not all was answered: {seen}")
    return [(used_by(pid) - used) / one["requests"] * 1e6 for pid, used, one in zip(pids, before, seen)]


def compare(one, other, rounds):
    """What each of two servers took an answer, round by round. A server is its pid and what begins to ask it; who is asked first by a few
    milliseconds changes from round to round."""
    costs = []
    for number in range(rounds):
        if number % 2:
            costs.append(turn(*zip(one, other)))
        else:
            costs.append(turn(*zip(other, one))[::-1])
    return costs


def warm(one, other, turns=15):
    """Asks both until their compilers have nothing left to do, or nearly so."""
    for _ in range(turns):
        before = [compiling(one[0]), compiling(other[0])]
        compare(one, other, 1)
        if all(compiling(server[0]) - used < 0.05 for server, used in zip((one, other), before)):
            return


def compiling(pid):
    """Seconds of processor time that a process's compiler threads have used, of those that live."""
    used = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            if (task / "comm").read_text().startswith(".NET Tiered"):
                used += int((task / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            pass
    return used


def ratios(costs):
    return [first / second for first, second in costs]


def error(values):
    """Of their mean; of one value nobody knows it."""
    return stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def summary(values):
    return f"mean {mean(values):.4f} with a standard error of {error(values):.4f}, {min(values):.3f} to {max(values):.3f}"
