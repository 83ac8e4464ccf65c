"""`tapescope lecture`: a lecture as one page that steps through its scenes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.command_line.reading import ProgramText, run_settings
from app.command_line.running import exit_code, request_of, run_program, tracer_for
from app.command_line.streams import tell
from app.command_line.usage import UsageError
from app.contract.records import Change
from app.session.language import tr
from app.session.lectures.files import read_lecture
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import LectureProblem
from app.session.numbers import size
from app.session.places import message_of
from app.session.run import Run
from app.session.source.effects import first_effect

if TYPE_CHECKING:
    from app.contract.messages import RunRequest
    from app.session.chain_rule.model import StepPlace

_SECONDS = 60.0
"""A program of a lecture may run as long, unless another limit is given."""


def lecture_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Run the programs, write the page, return the exit code.  Raises UsageError."""
    try:
        lecture = read_lecture(Path(options.file))
    except LectureProblem as problem:
        raise UsageError(str(problem)) from None
    for page, block in lecture.unknown_scenes():
        said = tr("{file}, line {line}: {words}").format(
            file=page.file, line=block.line, words=lecture.why_unknown(page, block.text)
        )
        tell(f"tapescope: {said}\n")
    runs, written = _page(lecture, options, arguments)
    output = options.output or f"{lecture.key}.html"
    try:
        Path(output).write_bytes(written)
    except OSError as error:
        text = tr("{path} cannot be written: {error}")
        raise UsageError(text.format(path=output, error=error.strerror or error)) from None
    text = tr("{path} is written ({size}).")
    tell(f"tapescope: {text.format(path=output, size=size(len(written)))}\n")
    return max(map(exit_code, runs.values()), default=0)


def _page(
    lecture: Lecture, options: argparse.Namespace, arguments: Sequence[str]
) -> tuple[dict[str, Run], bytes]:
    """Run each program of a lecture, in the order of its pages, and those beside scenes.

    Return the runs of the programs, and the page.
    """
    from app.page.lectures.page import PageOptions, lecture_page
    from app.session.scenes.beside import changes_of  # loads msgspec

    settings = run_settings(options, arguments)
    names = dict.fromkeys(page.program for page in lecture.pages if page.program)
    seconds = settings.seconds or _SECONDS
    with tracer_for(settings) as tracer:

        def request(name: str) -> RunRequest:
            program = ProgramText(name, lecture.programs[name])
            return request_of(tracer, program, settings, options)

        def run(name: str, changes: Sequence[Change] = ()) -> Run:
            changed = request(name)._replace(what_if=changes)
            return run_program(tracer, changed, name, seconds, lambda _: None)

        def ask(name: str, place: StepPlace) -> list[list[Any]] | None:
            rows: list[list[Any]] = []
            if first_effect(lecture.programs[name]) is None:
                tracer.run(request(name)._replace(opened=place), rows.extend, seconds)
            return rows or None

        runs = {name: run(name) for name in names}
        besides = ((name, one) for name, one in lecture.what_ifs() if name in runs)
        changed = {
            (name, beside): run(name, changes)
            for name, beside in besides
            if (changes := changes_of(beside, lecture.programs[name])) is not None
        }
        shown = PageOptions(options.ground, options.questions, options.code, options.gradients)
        page = lecture_page(lecture, runs, shown, changed, ask)
    for name, one in runs.items():
        if (error := one.trace.error) is not None:
            text = tr("{name}, line {line}: {error}. Its scenes show how far it got.")
            words = f"{error.type}: {message_of(error)}".rstrip(".")
            tell(f"tapescope: {text.format(name=name, line=error.spot, error=words)}\n")
    return runs, page
