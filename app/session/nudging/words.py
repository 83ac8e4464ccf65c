"""The figures and sentences of nudging."""

from __future__ import annotations

import math

from app.session.language import ngettext, number, tr
from app.session.nudging.results import NudgeRow, Nudging

_LONGEST_FIXED = 1e7


def figure(value: float, decimals: int = 4, *, signed: bool = False) -> str:
    """Return a number with decimals for its size, so that figures of one size line up.

    >>> figure(2.48061), figure(-0.0907), figure(1234.5678), figure(0.0000123), figure(0.0)
    ('2.4806', '−0.0907', '1234.6', '1.23e-05', '0.0000')
    >>> figure(0.036673, 5, signed=True), figure(float("nan"))
    ('+0.03667', 'NaN')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Inf" if value > 0 else "−Inf"
    magnitude = abs(value)
    places = max(0, decimals - (math.floor(math.log10(magnitude)) if magnitude >= 1 else 0))
    text = f"{magnitude:.{places}f}"
    if magnitude >= _LONGEST_FIXED or (magnitude and magnitude < 10.0 ** (1 - decimals)):
        text = f"{magnitude:.2e}"
    return ("−" if value < 0 else "+" if signed else "") + text


def value_text(value: float) -> str:
    """Return a value of a leaf, or a step.

    It has two decimals, or as many as steps of 0.001 need to differ.  One that is not known, or is
    not a number, is a dash.

    >>> value_text(-0.7), value_text(0.123), value_text(0.1234567), value_text(1e-5)
    ('−0.70', '0.123', '0.1235', '1e-05')
    >>> value_text(0.30000001192), value_text(-0.011), value_text(0.0078125)
    ('0.30', '−0.011', '0.0078')
    """
    if math.isnan(value):
        return "–"
    magnitude = abs(value)
    places = next((n for n in (2, 3) if abs(round(magnitude, n) - magnitude) < 5e-7), 4)
    if not math.isfinite(magnitude) or magnitude >= 1e5 or 0 < magnitude < 5e-5:
        text = f"{magnitude:.2g}"
    else:
        text = f"{magnitude:.{places}f}"
    return f"−{text}" if value < 0 else text


def losses_text(before: float, after: float) -> tuple[str, str]:
    """Return two losses with as many decimals as show the difference.

    >>> losses_text(2.48061, 2.51728), losses_text(0.055601, 0.055568), losses_text(2.0, 2.0)
    (('2.4806', '2.5173'), ('0.05560', '0.05557'), ('2.0000', '2.0000'))
    """
    decimals = 4
    while before != after and decimals < 7 and figure(before, decimals) == figure(after, decimals):
        decimals += 1
    return figure(before, decimals), figure(after, decimals)


def cells(row: NudgeRow) -> tuple[str, str, str, str]:
    """Return a line of the table: step, change of the loss, change / ε, off .grad by."""
    change = figure(row.change, 5, signed=True)
    return value_text(row.step), change, figure(row.slope), figure(row.off)


def sentence(nudging: Nudging, value: float) -> str:
    """Return what a run shows, for who cannot see the picture."""
    outcome, row = nudging.runs.get(value), nudging.row(value)
    loss = figure(nudging.target.loss)
    if outcome is not None and outcome.error is not None:
        text = tr("{name} = {value}: {reason}.")
        return text.format(
            name=nudging.name, value=value_text(outcome.value), reason=outcome.error.rstrip(".")
        )
    if row is None or outcome is None:
        text = tr("{name} = {value}: loss {loss}, .grad {grad}.")
        grad = figure(nudging.grad)
        return text.format(name=nudging.name, value=value_text(nudging.value), loss=loss, grad=grad)
    text = tr("{name} = {value}: loss {before} to {after}, change / ε {slope}, .grad {grad}.")
    before, after = losses_text(nudging.target.loss, outcome.loss)
    return text.format(
        name=nudging.name, value=value_text(outcome.value), before=before, after=after,
        slope=figure(row.slope), grad=figure(nudging.grad),
    )  # fmt: skip


def counted(nudging: Nudging) -> str:
    """
    >>> from app.session.nudging.target import Target
    >>> target = Target(0, "w", (), 0, (), 1.0, "loss", 3, 1)
    >>> counted(Nudging(target, (), count=12, total=0.1234))
    '12 nudge runs in 0.1 s, not traced'
    """
    text = ngettext(
        "{count} nudge run in {seconds} s, not traced",
        "{count} nudge runs in {seconds} s, not traced",
        nudging.count,
    )
    return text.format(count=number(nudging.count), seconds=f"{nudging.total:.1f}")


def slow_words(seconds: float) -> str:
    """
    >>> slow_words(5.2)
    'One run takes 5 s: press Enter to run once.'
    """
    text = tr("One run takes {seconds} s: press Enter to run once.")
    return text.format(seconds=number(round(seconds)))
