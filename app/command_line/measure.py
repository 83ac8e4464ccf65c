"""`tapescope measure`: time and memory of a program under each grad mode."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from app.command_line.reading import read_program, run_settings
from app.command_line.running import label_of, request_of, tracer_for, until_stopped
from app.command_line.streams import say
from app.command_line.usage import STOPPED, UsageError
from app.command_line.values import is_saved
from app.contract.records import MODES
from app.session.language import tr
from app.session.look.wrapping import padded, terminal_width
from app.session.measuring.lines import effect_of
from app.session.measuring.results import Measurement
from app.session.measuring.words import NAMES, machine_words, sentences
from app.session.numbers import duration, size


def measure_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Measure, print a table and what it shows, return the exit code.  Raises UsageError."""
    if is_saved(options.file):
        text = tr("{file} is a saved trace, which cannot be run; name the program")
        raise UsageError(text.format(file=options.file))
    settings = run_settings(options, arguments)
    program = read_program(options, settings)
    if not options.again and (effect := effect_of(program.text, options.lines)) is not None:
        text = tr("line {line} calls {call}, in every round; --again allows that")
        raise UsageError(text.format(line=effect.line, call=effect.call))
    found = Measurement()
    with tracer_for(settings) as tracer:
        request = request_of(tracer, program, settings, options)
        asked = request._replace(measured=options.lines)
        until_stopped(tracer, asked, found.add, settings.seconds)
        label = label_of(tracer, request.device)
    said = list(sentences(found))
    say("\n".join([*(_table(found, label) if found.rounds else ()), *said]))
    if found.rounds:
        return 0
    return 1 if said else STOPPED


def _table(found: Measurement, device: str) -> Iterator[str]:
    """Yield a line for each mode, below a heading."""
    rows = [("", tr("median"), tr("middle half"), tr("peak memory"), tr("held at the end"))]
    for mode in MODES:
        one = found.modes.get(mode)
        if one is None or (spread := one.spread) is None:
            continue
        half = f"{duration(spread.low)} – {duration(spread.high)}"
        held = [size(count) for count in (one.peak, one.held) if count is not None]
        rows.append((tr(NAMES[mode]), duration(spread.median), half, *(held or ("–", "–"))))
    widths = [max(map(terminal_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(padded, row, widths)).rstrip()
    yield tr("Median of {rounds} rounds, in turn, without tracing.").format(rounds=found.rounds)
    if found.machine is not None:
        yield tr("{title}.").format(title=machine_words(found.machine, device))
    if found.was_busy:
        yield tr("Other programs were busy meanwhile, so the spread is wide.")
