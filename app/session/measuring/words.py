"""What is said of a measurement, and nothing more than it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.contract.messages import LEAST_ROUNDS
from app.contract.records import Mode
from app.session.language import ngettext, number, paragraph, tr, translatable
from app.session.measuring.results import Machine, Measurement, OfMode
from app.session.measuring.statistics import compare
from app.session.numbers import duration, size

NAMES: dict[Mode, str] = {
    "as-written": translatable("as written"),
    "grad": "grad",
    "no-grad": "no_grad",
    "inference": "inference_mode",
}
_COMPARED: tuple[tuple[Mode, Mode], ...] = (
    ("no-grad", "grad"),
    ("inference", "grad"),
    ("inference", "no-grad"),
)
"""Each mode with what it is compared with."""


class MeasuringVerdict(NamedTuple):
    """What a measurement shows: the answer in a sentence, and what it rests on.

    `finds`: whether there is a difference; None if nothing can be said.
    """

    about: Literal["failure", "time", "memory"]
    answer: str
    reason: str
    finds: bool | None

    @property
    def text(self) -> str:
        return paragraph((self.answer, self.reason))


def failure_of(measurement: Measurement) -> str | None:
    """Return why nothing could be measured, None if something was."""
    written = measurement.modes.get("as-written")
    return measurement.failure or (None if written is None else written.error)


def verdicts(measurement: Measurement) -> Iterator[MeasuringVerdict]:
    """Yield what can be said of no_grad and inference_mode: failures, time, then memory."""
    if (error := failure_of(measurement)) is not None:
        text = tr("This cannot be measured: {reason}.").format(reason=error.rstrip("."))
        yield MeasuringVerdict("failure", text, "", None)
        return
    modes = measurement.modes
    for mode, found in modes.items():
        if found.error is not None:
            text = tr("It does not run under {mode}: {error}.")
            said = text.format(mode=tr(NAMES[mode]), error=found.error.rstrip("."))
            yield MeasuringVerdict("failure", said, "", None)
    runs = {mode: found for mode, found in modes.items() if found.error is None}
    pairs = [(mode, base) for mode, base in _COMPARED if mode in runs and base in runs]
    for mode, base in pairs:
        yield _time(runs[base], runs[mode], tr(NAMES[base]), tr(NAMES[mode]))
    for mode, base in pairs:
        if base == "grad":
            yield from _memory(runs[base], runs[mode], tr(NAMES[mode]))


def sentences(measurement: Measurement) -> Iterator[str]:
    """Yield the verdicts as plain text."""
    return (verdict.text for verdict in verdicts(measurement))


def _time(base: OfMode, other: OfMode, base_name: str, name: str) -> MeasuringVerdict:
    both = [one for one in base.seconds if one in other.seconds]
    found = compare([base.seconds[one] for one in both], [other.seconds[one] for one in both])
    names = {"mode": name, "base": base_name}
    if found is None or base.spread is None:
        answer = tr("Too few rounds to compare the time of {mode} and {base}.")
        reason = ngettext(
            "{count} round was measured, and {least} are needed.",
            "{count} rounds were measured, and {least} are needed.",
            len(both),
        ).format(count=number(len(both)), least=number(LEAST_ROUNDS))
        return MeasuringVerdict("time", answer.format(**names), reason, None)
    is_less = found.middle > 0
    low, high = (found.low, found.high) if is_less else (-found.high, -found.low)
    if not found.is_real:
        answer = tr("{mode} and {base}: no difference that this machine can measure.")
        if found.is_sure:
            answer = tr("{mode} and {base} differ by less than 2 %.")
        text = tr(
            "{slower} took {saved} longer in the middle of all rounds; with 95 % confidence it is "
            "between {low} and {high}."
        )
    else:
        answer = tr("{mode} saves {saved} of the {whole} under {base}.")
        if not is_less:
            answer = tr("{mode} takes {saved} more than the {whole} under {base}.")
        text = tr("With 95 % confidence it is between {low} and {high}.")
    values = {
        **names,
        "saved": duration(abs(found.middle)),
        "whole": duration(base.spread.median),
        "slower": base_name if is_less else name,
        "low": _signed(low),
        "high": _signed(high),
    }
    return MeasuringVerdict("time", answer.format(**values), text.format(**values), found.is_real)


def _signed(seconds: float) -> str:
    return f"−{duration(-seconds)}" if seconds < 0 else duration(seconds)


def _memory(base: OfMode, other: OfMode, name: str) -> Iterator[MeasuringVerdict]:
    if base.peak is None or other.peak is None:
        return
    less, held = base.peak - other.peak, (base.held or 0) - (other.held or 0)
    if less > 0:
        answer = tr("{mode} needs {less} less at the peak.")
    elif less < 0:
        answer = tr("{mode} needs {less} more at the peak.")
    else:
        answer = tr("{mode} needs as much memory at the peak as grad.")
    reason = tr("It holds {held} less at the end.") if held > 0 else ""
    values = {"mode": name, "less": size(abs(less)), "held": size(held)}
    yield MeasuringVerdict("memory", answer.format(**values), reason.format(**values), less != 0)


def machine_words(machine: Machine, device: str) -> str:
    """Return where something was measured: "torch 2.13.0, CPU, 2 threads, Linux x86_64"."""
    threads = ngettext("{count} thread", "{count} threads", machine.threads)
    text = tr("torch {torch}, {device}, {threads}, {system}")
    return text.format(
        torch=machine.torch,
        device=device,
        threads=threads.format(count=number(machine.threads)),
        system=machine.system,
    )
