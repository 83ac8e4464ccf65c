"""What tracing costs, beside a plain run, an empty function mode and other tools.

    python -m tests.benchmarks.bench_tracing

A complete trace (values and backward) by the real child process against plain forward and backward
in a process of its own; the two take turns.  Times are those of the thread that computes, on one
core: what else the machine does counts little.  The first pass of a process is shown by itself, as
torch and the recorder meet everything for the first time then; the others are told by their median.
The other tools look at forward alone, and so does the plain run that they are compared with.  They
are looked for in the folder that the variable BENCH_TOOLS names, apart from the program's own
packages: torchvista brings a package `tests` that would hide ours, and all three ask for more than
they need here (torchvision does not import beside every torch).  So make that folder with

    pip install --no-deps --target FOLDER torchlens torchview torchvista

Compare the ratios and not the milliseconds, which are the machine's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

from app.contract.messages import RunRequest
from app.contract.records import Snippet
from app.process.client import Tracer
from app.session.trace.assembly import TraceBuilder
from tests.benchmarks.traced_models import (
    BEGIN,
    EMPTY_MODE,
    FORWARD_AND_BACKWARD,
    HOOKED,
    MANY_OPERATIONS,
    MODELS,
    REPEATED,
)
from tests.tools.tracing import trace_with

TURNS = 3
PASSES = 6
OPERATIONS = 100_000

OTHER_TOOLS = {
    "torchlens": "import torchlens; torchlens.trace(model, inputs)",
    "torchview": "import torchview; torchview.draw_graph(model, inputs)",
    "torchvista": "import torchvista; torchvista.trace_model(model, inputs)",
}


def main() -> None:
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        for name, text in MODELS.items():
            print(f"\n{name}, forward and backward")
            against_plain(tracer, text)
            for tool in OTHER_TOOLS:
                other_tool(tool, text)
        memory(tracer)


def against_plain(tracer: Tracer, text: str) -> None:
    timed = BEGIN + text + FORWARD_AND_BACKWARD
    once = timed + REPEATED.format(times=PASSES, work="forward_and_backward()")
    in_mode = timed + EMPTY_MODE + REPEATED.format(times=PASSES, work="in_empty_mode()")
    with_hooks = timed + EMPTY_MODE + HOOKED + REPEATED.format(times=PASSES, work="hooked()")
    plain: list[list[float]] = []
    empty: list[list[float]] = []
    hooked: list[list[float]] = []
    traced: list[list[float]] = []
    whole: list[float] = []
    for _ in range(TURNS):
        plain.append(run_plainly(once))
        empty.append(run_plainly(in_mode))
        hooked.append(run_plainly(with_hooks))
        began = time.perf_counter()
        trace = trace_with(tracer, once)
        whole.append(time.perf_counter() - began)
        assert trace.error is None, trace.error
        traced.append(numbers(trace.output.stdout))
    base = later(plain)
    show("plain", base)
    show("in an empty function mode", later(empty), base)
    show("and with an empty hook on each node", later(hooked), base)
    show("traced", later(traced), base)
    show("traced, the first pass of a run", first(traced), first(plain))
    show(f"whole run, {PASSES} passes, until the trace is there", statistics.median(whole))


def first(turns: list[list[float]]) -> float:
    return statistics.median(taken[0] for taken in turns)


def later(turns: list[list[float]]) -> float:
    return statistics.median(one for taken in turns for one in taken[1:])


def other_tool(tool: str, text: str) -> None:
    """Another tool in multiples of the forward pass that it looks at."""
    if not (Path(os.environ.get("BENCH_TOOLS", "")) / tool).is_dir():
        print(f"    {tool}: not installed")
        return
    work = OTHER_TOOLS[tool]
    forward = BEGIN + text + "\nsys.stdout = sys.stderr\n"
    end = "sys.stdout = sys.__stdout__\nprint(*taken)\n"
    timed = REPEATED.replace("print(*taken)", end)
    plain = run_plainly(forward + timed.format(times=3, work="model(*inputs)"))
    try:
        taken = run_plainly(forward + timed.format(times=3, work=work))
    except subprocess.CalledProcessError:
        print(f"    {tool}: failed")
        return
    show(f"{tool}, forward alone", statistics.median(taken[1:]), statistics.median(plain[1:]))


def run_plainly(text: str) -> list[float]:
    """What the text prints when a new interpreter runs it."""
    command = [sys.executable, "-c", text]
    environment = os.environ | {"PYTHONPATH": os.environ.get("BENCH_TOOLS", "")}
    output = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL, env=environment)
    return numbers(output)


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.split()]


def memory(tracer: Tracer) -> None:
    """What a long run keeps, here and in the child, and what it takes to put it together."""
    print(f"\n{OPERATIONS:,} operations")
    text = MANY_OPERATIONS.format(operations=OPERATIONS)
    batches: list[list[list[Any]]] = []
    request = RunRequest(
         text=text, path=None, argv=[], cwd=None, environment={}, device="cpu",
        seed=0, mode="as-written", max_ops=2 * OPERATIONS, memory_mib=None, stdin="",
    )  # fmt: skip
    began = time.process_time()
    exited = tracer.run(request, batches.append)
    receiving = time.process_time() - began
    builder = TraceBuilder(Snippet(path=None, text=text))
    began = time.process_time()
    for batch in batches:
        builder.add_batch(batch)
    builder.add_exited(exited)
    trace = builder.finish().trace
    assembling = time.process_time() - began
    assert trace.error is None, trace.error
    growth = numbers(trace.output.stdout)[0] - run_plainly(text)[0]
    print(f"    {'growth of the child by an operation':<52} {growth / OPERATIONS:10.0f} bytes")
    del builder, trace
    show("receiving", receiving)
    show("assembling", assembling)
    tracemalloc.start()
    builder = TraceBuilder(Snippet(path=None, text=text))
    while batches:
        builder.add_batch(batches.pop(0))
    trace = builder.finish().trace
    del builder
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"    {'kept here by an operation':<52} {kept / len(trace.operations):10.0f} bytes")


def show(what: str, seconds: float, plain: float = 0.0) -> None:
    ratio = f"{seconds / plain:6.2f} x plain" if plain else ""
    print(f"    {what:<52} {seconds * 1e3:10.2f} ms {ratio}", flush=True)


if __name__ == "__main__":
    main()
