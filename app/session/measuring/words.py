"""What is said of a measurement, and nothing more than it shows."""

from __future__ import annotations

from collections.abc import Iterator

from app.contract.records import Mode
from app.session.language import ngettext, number, tr, translatable
from app.session.measuring.results import Measurement, OfMode
from app.session.measuring.statistics import compare
from app.session.numbers import duration, size

NAMES: dict[Mode, str] = {
    "as-written": translatable("as written"),
    "grad": "grad",
    "no-grad": "no_grad",
    "inference": "inference_mode",
}
_BASE: Mode = "grad"
_COMPARED: tuple[Mode, ...] = ("no-grad", "inference")


def sentences(measurement: Measurement) -> Iterator[str]:
    """Yield what can be said of no_grad and inference_mode against grad: time, then memory."""
    written = measurement.modes.get("as-written")
    if measurement.failure is not None or (written is not None and written.error is not None):
        error = measurement.failure or (written and written.error) or ""
        yield tr("This cannot be measured: {reason}.").format(reason=error.rstrip("."))
        return
    base = measurement.modes.get(_BASE)
    for mode, found in measurement.modes.items():
        if found.error is not None:
            text = tr("It does not run under {mode}: {error}.")
            yield text.format(mode=tr(NAMES[mode]), error=found.error.rstrip("."))
        elif base is not None and base.error is None and mode in _COMPARED:
            yield _time(base, found, tr(NAMES[mode]))
    if base is not None:
        for mode in _COMPARED:
            yield from _memory(base, measurement.modes.get(mode), tr(NAMES[mode]))


def _time(base: OfMode, other: OfMode, name: str) -> str:
    both = [one for one in base.seconds if one in other.seconds]
    found = compare([base.seconds[one] for one in both], [other.seconds[one] for one in both])
    if found is None or base.spread is None:
        text = ngettext(
            "{mode}: {count} round is too few to say anything of time.",
            "{mode}: {count} rounds are too few to say anything of time.",
            len(both),
        )
        return text.format(mode=name, count=number(len(both)))
    if not found.is_real:
        text = tr("{mode}: no difference that this machine can measure ({low} to {high}).")
    elif found.middle > 0:
        text = tr("{mode} saves {saved} of {whole} (with 95 % confidence, {low} to {high}).")
    else:
        text = tr("{mode} takes {saved} more than {whole} (with 95 % confidence, {low} to {high}).")
    low, high = (found.low, found.high) if found.middle > 0 else (-found.high, -found.low)
    return text.format(
        mode=name,
        saved=duration(abs(found.middle)),
        whole=duration(base.spread.median),
        low=_signed(low),
        high=_signed(high),
    )


def _signed(seconds: float) -> str:
    return f"−{duration(-seconds)}" if seconds < 0 else duration(seconds)


def _memory(base: OfMode, other: OfMode | None, name: str) -> Iterator[str]:
    if other is None or base.peak is None or other.peak is None:
        return
    less, held = base.peak - other.peak, (base.held or 0) - (other.held or 0)
    if less > 0 and held > 0:
        text = tr("{mode} needs {less} less at the peak and holds {held} less at the end.")
    elif less > 0:
        text = tr("{mode} needs {less} less at the peak.")
    elif held > 0:
        text = tr("{mode} needs as much at the peak and holds {held} less at the end.")
    else:
        text = tr("{mode} needs as much memory at the peak as grad.")
    yield text.format(mode=name, less=size(less), held=size(held))
