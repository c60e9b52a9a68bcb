"""The goals as ratios of what one run measured. Each gives rows: goal, measured, wanted, met."""

HEAD = ["goal", "measured", "wanted", "met"]


def row(goal, measured, wanted, at_most, unit=""):
    met = measured <= wanted if at_most else measured >= wanted
    return [goal, f"{measured:.3g}{unit}", f"{'≤' if at_most else '≥'} {wanted:.3g}{unit}", "yes" if met else "**no**"]


def closed(results):
    """Goals 1 to 3 of the closed loop; a row is left out when its measurements are."""
    high = max((count for _, count, _ in results), default=0)

    def find(workload, server, count=high):
        return results.get((workload, count, server))

    def pair(workload, ours, other, count=high):
        found = find(workload, ours, count), find(workload, other, count)
        return found if all(found) else None

    for workload in ("iris", "mlp", "wide", "cnn"):
        limit, ours = pair(workload, "echo", "bare runtime"), find(workload, "unbatched")
        if limit and ours:
            share = ours.cpu_us / (limit[0].cpu_us + limit[1].cpu_us_per_sample)
            yield row(f"1. {workload}: CPU, unbatched / (echo + bare runtime)", share, 1.25, True)
    if found := pair("mlp", "serving", "unbatched"):
        yield row("1. mlp: CPU, batched / unbatched", found[0].cpu_us / found[1].cpu_us, 0.65, True)

    for workload, wanted in (("iris", 1.6), ("mlp", 3), ("mlp_b32", 2.5), ("wide", 5), ("cnn", 1.05)):
        if found := pair(workload, "serving", "node"):
            yield row(f"2. {workload}: requests/s, ours / Node", found[0].per_s / found[1].per_s, wanted, False)
    if found := pair("identity", "serving", "node"):
        yield row("2. identity, 600 KB: CPU, ours / Node", found[0].cpu_us / found[1].cpu_us, 0.35, True)

    for workload, wanted in (("mlp", 2), ("wide", 4.5), ("cnn", 0.97)):
        if found := pair(workload, "serving", "unbatched"):
            yield row(f"3. {workload}: requests/s, batched / unbatched", found[0].per_s / found[1].per_s, wanted, False)
    for workload in ("iris", "mlp", "wide", "cnn"):
        if found := pair(workload, "serving", "unbatched", 1):
            ours, alone = found[0].p50_ms * 1e3, found[1].p50_ms * 1e3
            yield row(f"3. {workload}: a lone caller's p50, batched - unbatched", ours - alone, max(alone * 0.05, 20), True, " us")


def batch_share(ours, bare, batch):
    return row(f"3. wide: rows/s / bare runtime's at batch {batch}", ours / bare, 0.6, False)


def tails(workload, seen, service_ms):
    for name, one in seen.items():
        if name not in ("node", "echo"):
            yield row(f"4. {workload} at half load: p99 / the service median ({service_ms:.2f} ms)", one["p99_ms"] / service_ms, 3, True)


def equal_rate(seen):
    yield row("4. mlp at 4,000/s: p99, ours / Node", seen["serving"]["p99_ms"] / seen["node"]["p99_ms"], 0.6, True)
    yield row("4. mlp at 4,000/s: p99.9", seen["serving"]["p999_ms"], 3, True, " ms")


def low_load(seen):
    ours, theirs = seen["serving"]["cpu_us_per_request"], seen["node"]["cpu_us_per_request"]
    yield row("5. iris at 2,000/s: CPU, ours / Node", ours / theirs, 0.7, True)


def idle(cores):
    return row("5. idle after traffic, every model loaded: share of a core", cores * 100, 0.5, True, " %")


def start(seen):
    yield row("7. start without models", seen["empty"] * 1e3, 200, True, " ms")
    yield row("7. start from / as working directory / from elsewhere", seen["empty from /"] / seen["empty"], 1.1, True)
    yield row("7. what all models add / creating their sessions", (seen["all models"] - seen["empty"]) / seen["sessions"], 1.2, True)


def first_answer(name, first, steady):
    return row(f"7. first answer of {name} / the steady one ({steady:.2f} ms)", first / steady, 2, True)


def memory(name, file, loaded, left):
    yield row(f"7. {name}: loading", loaded, 1.1 * file + 3, True, " MB")
    yield row(f"7. {name}: left after unloading", left, 5, True, " MB")


def overload(name, seen):
    yield row(f"8. {name} at twice its capacity: answers/s / capacity", seen["good_per_s"] / seen["capacity"], 0.9, False)
    share = seen["late"] / max(1, seen["status_200"]) * 100
    yield row(f"8. {name}: answers later than their deadline of {seen['deadline_ms']:.0f} ms, run included", share, 0, True, " %")
    yield row(f"8. {name}: memory after / before", seen["resident_after"] / seen["resident_before"], 1.5, True)
