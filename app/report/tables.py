"""What is said in words and numbers: sentences, gradients with their reasons, findings, output."""

from __future__ import annotations

import math
import re

from app.contract.records import Finding, Gradient, Summary, Trace
from app.report.glyphs import icon
from app.report.markup import Markup, element, joined
from app.session.in_words import in_words
from app.session.index import index_of
from app.session.language import tr
from app.session.look.glyphs import Glyph
from app.session.look.marks import SENTENCES, why_look
from app.session.numbers import values_counted
from app.session.summaries import Element, flatten

_MOST_CELLS = 64
_NOT_FINITE = ("nan", "inf", "-inf")
_SEVERITIES: dict[str, tuple[Glyph, str]] = {
    "error": ("warning", "cut"),
    "warning": ("warning", "no_grad"),
    "info": ("info", "plain"),
}


def sentences(trace: Trace) -> Markup:
    rows = []
    for sentence in in_words(trace):
        glyph, tone = SENTENCES[sentence.icon]
        rows.append(
            element("li", icon(glyph, tone or "plain"), element("p", _with_code(sentence.text)),
                    data_lines=sentence.line)
        )  # fmt: skip
    return element("ul", *rows, class_="sentences")


def findings(trace: Trace) -> Markup:
    return element("ul", *map(_finding, trace.findings), class_="sentences")


def _finding(finding: Finding) -> Markup:
    fix = f" {finding.fix.description}" if finding.fix else ""
    title = element("strong", f"{finding.title}. ")
    text = _with_code(finding.text + fix)
    return element("li", icon(*_SEVERITIES[finding.severity]), element("p", title, text),
                   data_lines=finding.line)  # fmt: skip


def gradients(trace: Trace) -> Markup:
    head = element(
        "tr", *(element("th", text) for text in (tr("Leaf"), ".grad", tr("Norm"), tr("Why")))
    )
    rows = [_gradient(trace, gradient) for gradient in trace.gradients]
    return element("table", element("thead", head), element("tbody", *rows))


def _gradient(trace: Trace, gradient: Gradient) -> Markup:
    index = index_of(trace)
    glyph, tone = why_look(gradient, index.operations)
    said = [element("p", gradient.why.text)]
    if gradient.why.fix:
        said.append(element("p", gradient.why.fix, class_="fix"))
    lines = " ".join(map(str, gradient.why.lines)) or None
    grad = gradient.grad
    return element(
        "tr",
        element("td", element("code", gradient.name)),
        element("td", _value(grad) if grad else element("span", "None", class_="none")),
        element("td", _figure(grad.norm) if grad else "–"),
        element("td", element("div", icon(glyph, tone), element("div", *said), class_="why"),
                class_=f"t-{tone}"),
        data_lines=lines,
    )  # fmt: skip


def _value(grad: Summary) -> Markup:
    """The values of a small gradient as a heat map with its numbers; of a large one its span."""
    if grad.values is None or not 0 < grad.numel <= _MOST_CELLS:
        text = tr("{values}, {low} to {high}").format(
            values=values_counted(grad.numel), low=_figure(grad.min), high=_figure(grad.max)
        )
        return joined([text])
    values = flatten(grad.values)
    known = [abs(one) for one in values if isinstance(one, (int, float)) and math.isfinite(one)]
    largest = max(known, default=0.0) or 1.0
    columns = _columns(grad.values)
    cells = [_cell(one, largest) for one in values]
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    return element("span", *(element("span", *row) for row in rows), class_="heat")


def _columns(values: object) -> int:
    while isinstance(values, list) and values and isinstance(values[0], list):
        values = values[0]
    return len(values) if isinstance(values, list) and values else 1


def _cell(value: Element, largest: float) -> Markup:
    """Words ("nan", "inf") and complex numbers have no place between negative and positive."""
    if not isinstance(value, (int, float)):
        return element("b", str(value), class_="bad" if value in _NOT_FINITE else "zero")
    share = abs(value) / largest
    side = "zero" if share < 0.004 else "negative" if value < 0 else "positive"
    strength = f"--share: {round(15 + 85 * share)}%" if side != "zero" else None
    return element("b", _figure(value), class_=side, style=strength)


def _figure(value: float | str | None) -> str:
    if value is None:
        return "–"
    return f"{float(value):.3g}".replace("-", "−")


def output(trace: Trace) -> Markup:
    parts = [
        element("details", element("summary", title), element("pre", text))
        for title, text in (
            (tr("Output"), trace.output.stdout),
            (tr("Errors"), trace.output.stderr),
        )
        if text
    ]
    return joined(parts)


def _with_code(text: str) -> Markup:
    """Pieces between backquotes as code."""
    pieces = re.split("`([^`]*)`", text)
    return joined(
        element("code", piece) if place % 2 else piece for place, piece in enumerate(pieces)
    )
