"""The page's texts and tables: sentences, gradients with reasons, findings, output."""

from __future__ import annotations

import math
import re

from app.contract.records import Finding, Gradient, Summary, Trace
from app.page.markup import Markup, element, joined
from app.page.pen import icon
from app.session.findings.words import advice, titled
from app.session.language import number, paragraph, tr
from app.session.look.glyphs import Glyph
from app.session.look.heat import strength
from app.session.look.marks import SENTENCES, why_look
from app.session.numbers import values_counted
from app.session.run import Run
from app.session.summary.in_words import in_words
from app.session.trace.values.summaries import Element, flatten

MOST_ROWS = 400
"""The largest number of rows of the table of gradients."""
_MOST_CELLS = 64
_MOST_WRITTEN = 6
"""Up to this many columns, a heat map contains its numbers."""
_MOST_FINDINGS = 100
_MOST_OUTPUT = 100_000
_NOT_FINITE = ("nan", "inf", "-inf")
_SEVERITIES: dict[str, tuple[Glyph, str]] = {
    "error": ("warning", "cut"),
    "warning": ("warning", "no_grad"),
    "info": ("info", "plain"),
}


def sentences(run: Run) -> Markup:
    rows = []
    for sentence in (said for said in in_words(run) if said.icon != "trains"):
        glyph, tone = SENTENCES[sentence.icon]
        rows.append(
            element("li", icon(glyph, tone or "plain"), element("p", with_code(sentence.text)),
                    data_lines=sentence.line)
        )  # fmt: skip
    return element("ul", *rows, class_="sentences")


def findings(trace: Trace) -> Markup:
    shown = [_finding(finding) for finding in trace.findings[:_MOST_FINDINGS]]
    if left_out := len(trace.findings) - len(shown):
        more = tr("{count} more findings are in the trace.").format(count=number(left_out))
        shown.append(element("li", icon("info", "plain"), element("p", more)))
    return element("ul", *shown, class_="sentences")


def _finding(finding: Finding) -> Markup:
    title = element("strong", with_code(f"{titled(finding)} "))
    text = with_code(paragraph((finding.text, advice(finding.fix))))
    return element("li", icon(*_SEVERITIES[finding.severity]), element("p", title, text),
                   data_lines=finding.spot)  # fmt: skip


def gradients(run: Run) -> Markup:
    """Return the table of gradients, up to `MOST_ROWS`; headers sort when the script runs."""
    trace = run.trace
    titles = (tr("Leaf"), ".grad", tr("Norm"), tr("Why"))
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    shown = trace.gradients[:MOST_ROWS]
    rows = [_gradient(run, gradient) for gradient in shown]
    table = element("table", element("thead", head), element("tbody", *rows))
    return joined([table, left_out(len(trace.gradients) - len(shown))])


def left_out(count: int) -> Markup:
    """Say that a page does not have so many further rows; nothing for 0."""
    if not count:
        return Markup()
    text = tr("{count} more are not on this page, to keep it small; the trace has them.")
    return element("p", text.format(count=number(count)), class_="said")


def _gradient(run: Run, gradient: Gradient) -> Markup:
    glyph, tone = why_look(gradient, run.operations)
    said = [element("p", gradient.why.text)]
    if gradient.why.fix:
        said.append(element("p", gradient.why.fix, class_="fix"))
    grad = gradient.grad
    norm = None if grad is None else grad.norm
    return element(
        "tr",
        element("th", element("code", gradient.name), scope="row"),
        element("td", value(grad) if grad else element("span", "None", class_="none")),
        element("td", figure(norm) if grad else "–", data_value="" if norm is None else str(norm)),
        element("td", element("div", icon(glyph, tone), element("div", *said), class_="why"),
                class_=f"t-{tone}"),
        tabindex=-1,
        data_lines=" ".join(map(str, gradient.why.lines)) or None,
        data_key=f"tensor:{gradient.tensor}",
        data_none="" if grad is None else None,
    )  # fmt: skip


def value(grad: Summary) -> Markup:
    """Return a small gradient as a heat map, with its numbers if they fit, and its range."""
    span = tr("{values}, {low} to {high}").format(
        values=values_counted(grad.numel), low=figure(grad.min), high=figure(grad.max)
    )
    if grad.values is None or not 0 < grad.numel <= _MOST_CELLS:
        return joined([span])
    values = flatten(grad.values)
    known = [abs(one) for one in values if isinstance(one, (int, float)) and math.isfinite(one)]
    largest = max(known, default=0.0) or 1.0
    columns = _columns(grad.values)
    written = columns <= _MOST_WRITTEN
    cells = [_cell(one, largest, written=written) for one in values]
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    drawn = (element("span", *row) for row in rows)
    if written:
        return element("span", *drawn, class_="heat")
    return joined(
        [
            element("span", *drawn, class_="heat small", style=f"--columns: {columns}"),
            element("small", span),
        ]
    )


def _columns(values: object) -> int:
    while isinstance(values, list) and values and isinstance(values[0], list):
        values = values[0]
    return len(values) if isinstance(values, list) and values else 1


def _cell(value: Element, largest: float, *, written: bool) -> Markup:
    """Return a cell; words ("nan", "inf") and complex numbers have no colour."""
    if isinstance(value, (int, float)):
        share, words = strength(value, largest), figure(value)
        side = "zero" if not share else "negative" if value < 0 else "positive"
        color = f"--share: {share:.0%}" if share else None
    else:
        words, color = str(value), None
        side = "bad" if value in _NOT_FINITE else "zero"
    said = {} if written else {"title": words}
    return element("b", words if written else "", class_=side, style=color, **said)


def figure(value: float | str | None) -> str:
    """Return a number in a few characters; "–" for None."""
    if value is None:
        return "–"
    return f"{float(value):.3g}".replace("-", "−")


def output(trace: Trace) -> Markup:
    parts = [
        element("details", element("summary", title), element("pre", _ending(text)))
        for title, text in (
            (tr("Output"), trace.output.stdout),
            (tr("Errors"), trace.output.stderr),
        )
        if text
    ]
    return joined(parts)


def _ending(text: str) -> str:
    """Return the end of a long text, which says how the run ended."""
    if len(text) <= _MOST_OUTPUT:
        return text
    return tr("(only the end)\n{text}").format(text=text[-_MOST_OUTPUT:])


def with_code(text: str) -> Markup:
    """Return a text with its parts between backquotes as code."""
    pieces = re.split("`([^`]*)`", text)
    return joined(
        element("code", piece) if place % 2 else piece for place, piece in enumerate(pieces)
    )
