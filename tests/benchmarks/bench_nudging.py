"""What a run with a moved value takes, beside the same program run plainly and traced.

    python -m tests.benchmarks.bench_nudging

A user who drags a value waits for one request: a forked process, the program up to the backward
pass, and the loss.  Compare the ratios and not the milliseconds, which are the machine's.
"""

from __future__ import annotations

import statistics
import time
from contextlib import closing

from app.contract.messages import RunRequest
from app.contract.records import Snippet
from app.process.client import Tracer
from app.session import resources
from app.session.measuring.results import Measurement
from app.session.nudging.results import Nudging
from app.session.nudging.target import Target, target_of
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from tests.tools.tracing import request_for

SWISH = """\
import torch

x = torch.tensor([[2., -1.], [.5, 1.]])
w = torch.tensor([[1., 2.], [3., -1.]], requires_grad=True)
a = w * x
loss = (a * a.sigmoid()).sum()
loss.backward()
"""
PROGRAMS = "01_three_linear_layers.py", "10_training_loop.py"
TIMES = 20
LOADED = 6
"""Seconds in which the idle server has loaded what an optimizer needs."""


def main() -> None:
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        time.sleep(LOADED)
        texts = {"one multiplication": SWISH}
        texts |= {name: resources.read_text("examples", name) for name in PROGRAMS}
        for name, text in texts.items():
            print(f"\n{name}")
            nudged(tracer, request_for(text))


def nudged(tracer: Tracer, request: RunRequest) -> None:
    begin = time.perf_counter()
    builder = TraceBuilder(Snippet(path=request.path, text=request.text))
    builder.add_exited(tracer.run(request, builder.add_batch))
    run = builder.finish()
    traced = time.perf_counter() - begin
    measured = Measurement()
    tracer.run(request._replace(measured=[]), measured.add)
    plain = statistics.median(measured.modes["as-written"].seconds.values())
    target = first_target(run)
    nudging = Nudging(target, (0,) * len(target.shape))
    tracer.run(request._replace(nudge=target.nudge(nudging.element, [])), nudging.add)
    assert nudging.place is not None, nudging.failure
    taken = []
    for number in range(TIMES):
        value = nudging.moved_by(0.01 * number)
        ask = target.nudge(nudging.element, [value], nudging.place)
        begin = time.perf_counter()
        tracer.run(request._replace(nudge=ask), nudging.add)
        taken.append(time.perf_counter() - begin)
        assert value in nudging.runs, nudging.failure
    show("the program's own lines, plainly", plain)
    show("traced, until the trace is there", traced)
    show("one value, until the loss is there", statistics.median(taken))
    show("one value among several", nudging.seconds)


def first_target(run: Run) -> Target:
    found = (target_of(run, row.tensor) for row in run.trace.gradients)
    return next(one for one in found if isinstance(one, Target))


def show(what: str, seconds: float) -> None:
    print(f"    {what:<42} {1000 * seconds:8.1f} ms")


if __name__ == "__main__":
    main()
