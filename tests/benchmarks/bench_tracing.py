"""What tracing costs, beside a plain run, an empty function mode and other tools.

    python -m tests.benchmarks.bench_tracing [SECONDS]

A complete trace (values and backward) against plain forward and backward, as `race` measures it.
SECONDS are those of each race.  torchlens, torchview and torchvista look at forward alone, and so
does the plain run that they are compared with.  They are looked for in the folder that the variable
BENCH_TOOLS names, apart from the program's own packages, as they ask for more than they need here
(torchvision does not import beside every torch).  So make that folder with

    pip install --no-deps --target FOLDER torchlens torchview torchvista
    pip install --target FOLDER ipython

Compare the ratios and not the milliseconds, which are the machine's.

Where an aim is missed, the time goes here, in microseconds for an operation of both loops; plain
torch takes 7.9 and 11.4 of it (torch 2.13, Python 3.11, a busy machine; a piece contains what is
sent in it, so the last row is already counted):

    piece                                                    one number        8x8
    before the call: site, pass of its loop, frames, inputs        10.0       12.9
        pass of the loop, with its row                              5.4        6.4
        numbers of the user's frames                                2.1        3.7
    nodes that the call added                                       1.6        5.8
    inputs that it changed                                          1.3        1.4
    result: number, storage, name, form, values                     8.5       10.4
        values                                                      3.4        4.0
    what its nodes keep                                             8.5        9.5
        asking a node for its hooks, to note it there               2.7        2.0
    row of the operation                                            8.7       10.6
    backward: telling a node and giving it a hook                   7.2        7.9
    backward: a step, with what the one before let go               8.7       13.1
        values                                                      2.3        6.6
    all over plain                                                   75        102
    sending rows: seven and six for an operation, all of it        13.2       14.2

Switching a piece off takes so much from an operation of the loop over one number, of 100 steps,
which takes 77 over plain (in turns, fastest sixth, a load of 15 on two cores; what is described
nowhere is not described elsewhere either, so pieces overlap):

    all calls                                                      54
    sending rows                                                   20
    telling nodes in advance, with their hooks (empty ones: 5)     20
    what nodes keep                                                16
    pass of the loop, with its row                                 10
    steps of the backward pass                                      9
    values                                                          6
    saved tensors in the rows of nodes                              6
    what nodes let go                                               4
    numbers of the user's frames                                    2

An operation calls 100 functions of ours and 200 of C, 0.7 microseconds each.  Packing and writing
its seven rows takes 6 when nothing else is done, and 20 here: the processor has not got that code
and memory at hand.  So it takes fewer steps to get to the aim, not faster ones.

On the encoder half of the rest is figures.  65,536 elements take 67 microseconds.  Half of that is
torch's own reductions (extremes 8, squares 6, sum 4, zeros 14); each is a pass through memory.

Tried without a gain that can be measured: looking up a site from the last call of a module inwards,
as frames are (2 % fewer bytecodes on the encoder); zeros by the least absolute value or by
reciprocals instead of signs; `std_mean` (five times as long as all).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

from app.contract.messages import RunRequest
from app.contract.records import Snippet
from app.process.client import Tracer
from app.session.trace.assembly import TraceBuilder
from app.session.trace.document import dump, load
from tests.benchmarks.traced_models import MANY_OPERATIONS, MODELS, WORK
from tests.tools.tracing import trace_with

SECONDS = 15
WHOLE_RUN = 6
OPERATIONS = 100_000
GROWTH_AIM = 20
OTHER_TOOLS = ("torchlens", "torchview", "torchvista")
BACKWARD_TOO = ("empty function mode", "empty mode and empty hooks", "traced", "DebugMode")


def main(seconds: float = SECONDS) -> None:
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        for name, model in MODELS.items():
            print(f"\n{name}, forward and backward")
            compare(name, "plain", BACKWARD_TOO, seconds, model.aim)
            whole_run(tracer, model.text)
            for tool in OTHER_TOOLS:
                if (Path(os.environ.get("BENCH_TOOLS", "")) / tool).is_dir():
                    compare(name, "plain forward", (tool,), seconds / 3)
                else:
                    print(f"    {tool}: not installed")
        memory(tracer)


def compare(
    model: str, base: str, variants: tuple[str, ...], seconds: float, aim: float | None = None
) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.race", model, str(seconds), base, *variants]
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode:
        print(f"    {', '.join(variants)}: failed: {done.stderr.splitlines()[-1:]}")
        return
    taken = json.loads(done.stdout)
    for name, pass_seconds in taken.items():
        show(name, pass_seconds, taken[base], aim if name == "traced" else None)


def whole_run(tracer: Tracer, text: str) -> None:
    """Show how long a user waits: the real child's run, until the trace is put together."""
    begin = time.perf_counter()
    work = f"torch.set_num_threads(1)\n{WORK}for _ in range({WHOLE_RUN}):\n    work()\n"
    trace = trace_with(tracer, text + work)
    assert trace.error is None, trace.error
    show(f"whole run, {WHOLE_RUN} passes, until the trace is there", time.perf_counter() - begin)


def memory(tracer: Tracer) -> None:
    """What a long run keeps, here and in the child, and what it takes to put it together."""
    print(f"\n{OPERATIONS:,} operations")
    text = MANY_OPERATIONS.format(operations=OPERATIONS)
    batches: list[list[list[Any]]] = []
    request = RunRequest(
         text=text, path=None, argv=[], cwd=None, environment={}, device="cpu",
        seed=0, what_if=[], max_ops=2 * OPERATIONS, memory_mib=None, stdin="",
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
    plain = subprocess.check_output([sys.executable, "-c", text], text=True)
    growth = (float(trace.output.stdout) - float(plain)) / OPERATIONS
    what = f"growth of the child by an operation (aim: {GROWTH_AIM})"
    print(f"    {what:<52} {growth:10.0f} bytes")
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
    began = time.process_time()
    document = dump(trace)
    show("saving", time.process_time() - began)
    del trace
    began = time.process_time()
    load(document)
    show("opening", time.process_time() - began)
    show("longest time in which opening lets no other thread run", longest_hold(document))


def longest_hold(document: bytes) -> float:
    """Return the most processor time that opening takes between two turns of another thread."""
    opening = threading.Thread(target=load, args=(document,))
    longest, before = 0.0, time.process_time()
    opening.start()
    while opening.is_alive():
        time.sleep(0.001)
        before, last = time.process_time(), before
        longest = max(longest, before - last)
    return longest


def show(what: str, seconds: float, base: float | None = None, aim: float | None = None) -> None:
    ratio = f"{seconds / base:6.2f} x plain" if base else ""
    wanted = f" (aim: {aim})" if aim else ""
    print(f"    {what:<52} {seconds * 1e3:10.2f} ms {ratio}{wanted}", flush=True)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
