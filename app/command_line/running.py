"""Running the program of a command, or reading the trace that it names instead."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.command_line.reading import ProgramText, read_program, read_trace, run_settings
from app.command_line.streams import tell
from app.command_line.usage import STOPPED, UsageError
from app.command_line.values import is_saved
from app.command_line.what_if import refuse_lines, refuse_unmatched
from app.contract.messages import Device, Exited, RunRequest
from app.contract.records import MODES, Snippet
from app.process.client import Tracer, TracerUnavailableError
from app.session.cells.marks import code_cells
from app.session.garbage import undisturbed
from app.session.language import listing, tr
from app.session.run import Run
from app.session.run_settings import RunSettings

if TYPE_CHECKING:
    from app.page.scenes.opening import Ask
    from app.session.chain_rule.model import OpenedStep, StepPlace
    from app.session.trace.assembly import TraceBuilder

Hear = Callable[[str], None]

STDIN_TIMEOUT = 60.0
"""Seconds that a program from standard input may run unless another limit is given."""
_RUN_OPTIONS = (
    "device", "seed", "cwd", "python", "env", "stdin", "timeout", "memory", "iterations",
    "follow", "no_follow", "children", "max_ops",
)  # fmt: skip
"""The options that only a run can follow."""


class Traced(NamedTuple):
    run: Run
    ask: Ask = lambda _: None
    """Asks torch for the numbers of a step, in another run of the program."""


def run_of(
    options: argparse.Namespace, arguments: Sequence[str], *, tries_fixes: bool = True
) -> Run:
    """Trace the program that the options name, or read the trace.  Raises UsageError."""
    with traced(options, arguments, tries_fixes=tries_fixes) as found:
        return found.run


@contextmanager
def traced(
    options: argparse.Namespace,
    arguments: Sequence[str],
    *,
    tries_fixes: bool = True,
    children: str | None = None,
) -> Iterator[Traced]:
    """Trace as `run_of` does; inside of the block torch can be asked for more.

    `children` is a folder for the rows of the processes that it forks.
    """
    if is_saved(options.file):
        refuse_run_options(options, arguments)
        yield Traced(read_trace(options.file))
        return
    settings = run_settings(options, arguments)
    program = read_program(options, settings)
    refuse_lines(options.what_if, program)
    with tracer_for(settings) as tracer:
        request = request_of(tracer, program, settings, options)
        seconds = settings.seconds
        if seconds is None and program.path is None:
            seconds = STDIN_TIMEOUT
        followed = request._replace(children=children)
        run = run_program(tracer, followed, program.path, seconds, tell)
        if not exit_code(run):
            refuse_unmatched(run)
        if tries_fixes:
            _try_fixes(tracer, request, run)
        yield Traced(run, lambda place: _asked(tracer, request, run, place, seconds))


@contextmanager
def tracer_for(settings: RunSettings) -> Iterator[Tracer]:
    """A tracer in the Python of the settings, closed at the end.  Raises UsageError."""
    try:
        with closing(Tracer(settings.interpreter or None)) as tracer:
            tracer.prepare(settings.environment)  # torch is imported there meanwhile
            yield tracer
    except TracerUnavailableError as error:
        raise UsageError(str(error)) from None


def exit_code(run: Run) -> int:
    """Return the exit code that says how a run ended."""
    return {"ok": 0, "raised": 1, "syntax_error": 1}.get(run.trace.run.status, STOPPED)


def refuse_run_options(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Raise UsageError if anything was asked for that only a run can give."""
    given = [one.kind for one in getattr(options, "what_if", ())]
    given = ["mode" if kind in MODES else kind for kind in given]
    given += [name for name in _RUN_OPTIONS if name in options.changed]
    if given or arguments:
        text = tr("{file} is a saved trace and is not run, so {option} has no effect; leave it out")
        option = f"--{given[0].replace('_', '-')}" if given else tr("what follows --")
        raise UsageError(text.format(file=options.file, option=option))


def request_of(
    tracer: Tracer, program: ProgramText, settings: RunSettings, options: argparse.Namespace
) -> RunRequest:
    """Return the request to run a program.  Raises UsageError if its device is absent."""
    path = program.path
    return RunRequest(
        text=program.text,
        path=str(Path(path).absolute()) if path and settings.folder else path,
        argv=settings.argument_list(),
        cwd=settings.folder or None,
        environment=settings.environment,
        device=_choose_device(tracer, options.device),
        seed=options.seed,
        what_if=options.what_if,
        max_ops=options.max_ops,
        memory_mib=settings.memory_mib,
        stdin=settings.stdin,
        cells=code_cells(program.text),
        iterations=settings.iterations or None,
        module=program.module,
        follow=settings.follow.split(),
        no_follow=settings.no_follow.split(),
    )


def run_program(
    tracer: Tracer, request: RunRequest, path: str | None, seconds: float | None, hear: Hear
) -> Run:
    from app.session.trace.assembly import TraceBuilder

    builder = TraceBuilder(Snippet(path, request.text))
    with undisturbed():
        builder.add_exited(_run_interruptibly(tracer, request, builder, seconds, hear))
        return builder.finish()


def _try_fixes(tracer: Tracer, request: RunRequest, traced: Run) -> None:
    """Run the edited texts without showing their output; add the results to the findings."""
    from app.session.findings.trials import none_tried, try_fixes

    def run_edited(text: str, files: dict[str, str], seconds: float, iterations: int | None) -> Run:
        edited = request._replace(
            text=text, edited=files, iterations=iterations or request.iterations
        )
        return run_program(tracer, edited, traced.trace.snippet.path, seconds, lambda text: None)

    try:
        if traced.trace.run.rank is None:
            tried = try_fixes(traced, run_edited)
        else:
            tried = none_tried(traced.trace, tr("the other ranks would have to run again too"))
    except (TracerUnavailableError, UsageError) as error:
        tried = none_tried(traced.trace, str(error).rstrip("."))
    if tried is not None:
        tried.put_into(traced.trace)


def _asked(
    tracer: Tracer, request: RunRequest, run: Run, place: StepPlace, seconds: float | None
) -> OpenedStep | None:
    """Return a step with what torch answers; None where other ranks would have to run again."""
    from app.session.chain_rule.opening import not_asked, opened_step

    if run.trace.run.rank is not None:
        return None
    if (step := not_asked(run, place)) is not None:
        return step
    rows: list[list[Any]] = []
    try:
        until_stopped(tracer, request._replace(opened=place), rows.extend, seconds)
    except TracerUnavailableError as error:
        return replace(opened_step(run, *place), problem=str(error))
    return opened_step(run, *place, rows)


def _choose_device(tracer: Tracer, wanted: str) -> str:
    """Return the device to run on.  Raises UsageError with the reason if it is not available."""
    if wanted == "cpu":
        return wanted
    devices = tracer.wait_for_devices()
    present = [device.name for device in devices if device.reason is None]
    if wanted == "auto":
        return next((name for name in present if name != "cpu"), "cpu")
    name = "cuda:0" if wanted == "cuda" else wanted
    if name in present:
        return name
    raise UsageError(f"--device {wanted}: {_why_absent(devices, name)}")


def label_of(tracer: Tracer, name: str) -> str:
    """Return what a device is called: "CPU", "CUDA 0: NVIDIA H200"."""
    devices = tracer.wait_for_devices()
    return next((device.label for device in devices if device.name == name), name)


def _why_absent(devices: list[Device], name: str) -> str:
    kind = name.split(":")[0]
    reasons = [device.reason for device in devices if device.name == kind and device.reason]
    found = [device.name for device in devices if device.reason is None]
    absent = tr("there is no {device}, only {found}.").format(device=name, found=listing(found))
    return reasons[0] if reasons else absent


def _run_interruptibly(
    tracer: Tracer, request: RunRequest, builder: TraceBuilder, timeout: float | None, hear: Hear
) -> Exited:
    """Run, and take what was traced.  `hear` receives the output."""
    from app.session.trace.assembly import output_in

    def take(batch: list[list[Any]]) -> None:
        builder.add_batch(batch)
        if text := "".join(text for _, text in output_in(batch)):
            hear(text)

    return until_stopped(tracer, request, take, timeout)


def until_stopped(
    tracer: Tracer,
    request: RunRequest,
    take: Callable[[list[list[Any]]], None],
    timeout: float | None,
) -> Exited:
    """Run until the end, Ctrl-C, or SIGTERM, which keep what was taken.

    torchrun sends SIGTERM where another rank failed; afterwards it has no effect, so that what was
    taken can be written.
    """
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(tracer.run, request, take, timeout)
        while True:
            try:
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                exited = run.result()
                signal.signal(signal.SIGTERM, lambda *_: None)
                return exited
            except KeyboardInterrupt:
                tracer.stop()
