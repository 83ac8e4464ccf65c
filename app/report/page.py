"""The page: snippet and graph side by side, below them the gradients and what was found."""

from __future__ import annotations

from app.contract.records import Trace
from app.report import tables
from app.report.code import snippet
from app.report.drawing import drawing
from app.report.glyphs import icon, symbols
from app.report.markup import Markup, element, joined
from app.report.style import style
from app.session import resources
from app.session.anonymous import anonymous
from app.session.counts import status_counts
from app.session.graph.building import build
from app.session.language import code, number, tr
from app.session.look.status import LEGEND_ORDER, STATUS_STYLES
from app.session.numbers import operations_counted
from app.session.where import where_it_ran
from graphviz_render import LayoutError

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""Should a browser ever take something of the trace for an address, it fetches nothing."""

_BESIDE = 1000.0
"""A graph up to this width stands beside the snippet, a wider one below it."""


def page(trace: Trace) -> bytes:
    """A whole document in UTF-8 that refers to nothing outside itself."""
    trace = anonymous(trace)
    name = trace.snippet.path or tr("Snippet")
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        element("title", f"{name} — Tapescope"),
        element("style", style()),
    )
    script = element("script", Markup(resources.read_text("report", "page.js")))
    body = element("body", symbols(), _header(trace, name), _main(trace), _footer(trace), script)
    document = f"<!DOCTYPE html>\n{element('html', head, body, lang=code())}\n"
    return document.encode("utf-8", "replace")


def _header(trace: Trace, name: str) -> Markup:
    error = trace.error
    outcome = Markup()
    if error is not None:
        kind = error.type
        if error.line is not None:
            kind = tr("{error} on line {line}").format(error=error.type, line=error.line)
        text = f"{kind}: {error.message}"
        outcome = element("p", icon("warning", "cut"), text, class_="error", data_lines=error.line)
    return element("header", element("h1", name), element("p", where_it_ran(trace)), outcome)


def _main(trace: Trace) -> Markup:
    graph, width = _graph(trace)
    place = "wide" if width > _BESIDE else None
    parts = [
        element("section", element("h2", tr("Snippet")), snippet(trace),
                element("h2", tr("In words")), tables.sentences(trace), class_=place),
        element("section", element("h2", tr("Graph")), _legend(trace), graph, class_=place),
    ]  # fmt: skip
    if trace.findings:
        parts.append(_wide(tr("Findings"), tables.findings(trace)))
    if trace.gradients:
        parts.append(_wide(tr("Gradients"), tables.gradients(trace)))
    if said := tables.output(trace):
        parts.append(element("section", said, class_="wide"))
    return element("main", *parts)


def _wide(title: str, content: Markup) -> Markup:
    return element("section", element("h2", title), content, class_="wide")


def _legend(trace: Trace) -> Markup:
    counts = status_counts(trace)
    rows = []
    for status in LEGEND_ORDER:
        look = STATUS_STYLES[status]
        if count := counts.get(status, 0):
            rows.append(
                element("li", icon(look.glyph, status), f"{number(count)} {tr(look.label)}")
            )
    return element("ul", *rows, class_="legend")


def _graph(trace: Trace) -> tuple[Markup, float]:
    """The graph, and how wide it is."""
    graph = build(trace)
    if not graph:
        nothing = tr("No operation on a tensor ran, so there is nothing to draw.")
        return element("p", nothing, class_="said"), 0.0
    lines = {op.id: op.line for op in trace.operations if op.line is not None}
    try:
        drawn = drawing(graph, lines)
    except LayoutError as error:
        text = tr("The graph could not be laid out: {error}").format(error=error)
        return element("p", text, class_="said"), 0.0
    return element("div", drawn.markup, class_="canvas", tabindex=0), drawn.width


def _footer(trace: Trace) -> Markup:
    seconds = f"{trace.run.seconds:.3g} s" if trace.run.seconds else ""
    parts = [operations_counted(len(trace.operations)), seconds, tr("made with Tapescope")]
    return element("footer", joined([", ".join(part for part in parts if part)]))
