"""The page: snippet and graph side by side, below them gradients and output."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.contract.records import Trace
from app.page import controls, tables
from app.page.code import snippet
from app.page.details import details
from app.page.kept import kept
from app.page.markup import Markup, data, element
from app.page.pen import Pen, icon, symbols
from app.page.pictures import PagePicture, Pictures, pictures
from app.page.scenes import stepper
from app.page.scenes.backward import backward_steps
from app.page.scenes.opening import Ask, opener
from app.page.scenes.stepper import Stepping
from app.page.style import style
from app.page.training import training
from app.session import resources
from app.session.graph.choice import GraphChoice
from app.session.language import code, listing, ngettext, number, tr
from app.session.look.status import LEGEND_ORDER, STATUS_STYLES
from app.session.numbers import operations_counted
from app.session.places import error_words
from app.session.run import Run
from app.session.shown import Shown, show
from app.session.summary.counts import status_counts
from app.session.summary.partial_words import partial_words
from app.session.summary.where import where_it_ran
from app.session.trace.anonymous import anonymous
from app.session.what_if.changes import in_one_sentence, refusals
from graphviz_render import LayoutError

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""Forbids all requests, in case a browser takes something in the trace for an address."""

_SCRIPTS = ("parts", "details", "canvas", "graph", "search", "table", "theme", "stepper",
            "page")  # fmt: skip


def page(
    trace: Trace, ask: Ask = lambda _: None, tick: Callable[[], object] = lambda: None
) -> bytes:
    """Return a whole document in UTF-8 that refers to nothing outside itself.

    `ask` asks torch for the numbers of the steps of backward passes.  `tick` is called before each
    part of the work, the making or drawing of a graph; what it raises ends it.
    """
    run = Run(anonymous(trace))
    trace = run.trace
    name = trace.snippet.path or tr("Snippet")
    pen = Pen()
    content = _content(run, pen, ask, tick)
    return document(name, pen, [_header(trace, name), *content], _SCRIPTS)


def document(
    title: str,
    pen: Pen,
    content: Sequence[Markup],
    scripts: Sequence[str],
    theme: str | None = None,
) -> bytes:
    """Return a page in UTF-8; `content` was drawn with `pen`.

    With a `theme`, "light" or "dark", it has that one for every reader.
    """
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        element("title", f"{title} — Tapescope"),
        element("style", style(), pen.rules()),
    )
    body = element("body", symbols(), *content, _script(scripts))
    whole = f"<!DOCTYPE html>\n{element('html', head, body, lang=code(), data_theme=theme)}\n"
    return whole.encode("utf-8", "replace")


def _script(names: Sequence[str]) -> Markup:
    parts = (resources.read_text("page", f"{name}.js") for name in names)
    return element("script", Markup('"use strict";\n(() => {\n' + "".join(parts) + "})();\n"))


def _header(trace: Trace, name: str) -> Markup:
    error = trace.error
    outcome = Markup()
    if error is not None:
        outcome = element(
            "p", icon("warning", "cut"), error_words(error), class_="error", data_lines=error.spot
        )
    elif partial := partial_words(trace):
        outcome = element("p", icon("warning", "cut"), partial, class_="error")
    asked = Markup()
    if (words := in_one_sentence(trace)) is not None:
        chip = element("p", icon("fork", "plain"), words, class_="chip")
        refused = (element("p", icon("warning", "cut"), text) for text in refusals(trace))
        asked = element("div", chip, *refused)
    where = element("p", where_it_ran(trace))
    words = element("div", element("h1", name), where, asked, outcome)
    return element("header", words, controls.theme())


def _content(run: Run, pen: Pen, ask: Ask, tick: Callable[[], object]) -> list[Markup]:
    """Return the sections, and after them the data of the script."""
    trace, shown, stepping = run.trace, show(run, GraphChoice()), Stepping()
    steps: list[Markup] = []
    try:
        drawn = pictures(shown, pen, tick)
        steps = backward_steps(shown, pen, stepping, opener(run, ask), tick)
        problem = tr("No operation on a tensor ran, so there is nothing to draw.")
    except LayoutError as error:
        drawn = Pictures()
        problem = tr("The graph could not be laid out: {error}").format(error=error)
    known = details(shown.history, drawn.operations, [*drawn.tensors, *_asked(trace)])
    main = element(
        "main",
        *training(trace),
        element(
            "div",
            element("section", *_read(run), class_="read"),
            element("section", *_graph(run, drawn, problem), class_="draw"),
            class_="pair",
        ),
        *steps,
        *kept(shown.history, pen),
        *_below(run),
    )
    return [
        main,
        _footer(shown, drawn),
        stepping.parts.markup(),
        *map(_template, range(len(drawn.shown)), drawn.shown),
        data("details", known),
        stepping.data(),
        data("words", controls.words() | stepper.words()),
    ]


def _asked(trace: Trace) -> list[int]:
    return [row.tensor for row in trace.gradients[: tables.MOST_ROWS]]


def _read(run: Run) -> list[Markup]:
    parts = [
        element("h2", tr("Snippet")), snippet(run),
        element("h2", tr("In words")), tables.sentences(run),
    ]  # fmt: skip
    if run.trace.findings:
        parts += [element("h2", tr("Findings")), tables.findings(run.trace)]
    return parts


def _graph(run: Run, drawn: Pictures, problem: str) -> list[Markup]:
    head = element("h2", tr("Graph"), id="graph-title")
    if not drawn.shown:
        return [head, element("p", problem, class_="said")]
    first = drawn.shown[0].drawn
    room = element(
        "div", first.markup, class_="canvas", tabindex=0, role="region",
        aria_labelledby="graph-title",
    )  # fmt: skip
    side = element("aside", class_="details", aria_live="polite", hidden="")
    return [
        element("div", head, controls.search(), controls.view(drawn), class_="bar"),
        controls.trail(),
        _legend(run),
        element("div", room, side, class_="stage", style=f"--high: {first.height:.0f}px"),
    ]


def _template(number: int, picture: PagePicture) -> Markup:
    """Return a picture as an inert template; the first picture is in the page itself."""
    return element(
        "template",
        picture.drawn.markup if number else "",
        class_="picture",
        data_title=picture.title,
        data_parent=picture.parent,
    )


def _legend(run: Run) -> Markup:
    counts = status_counts(run)
    rows = []
    for status in LEGEND_ORDER:
        look = STATUS_STYLES[status]
        if count := counts.get(status, 0):
            rows.append(
                element("li", icon(look.glyph, status), f"{number(count)} {tr(look.label)}")
            )
    return element("ul", *rows, class_="legend")


def _below(run: Run) -> list[Markup]:
    parts = []
    if run.trace.gradients:
        bar = element("div", element("h2", tr("Gradients")), controls.table(), class_="bar")
        parts.append(element("section", bar, tables.gradients(run), class_="wide grads"))
    if said := tables.output(run.trace):
        parts.append(element("section", said, class_="wide"))
    return parts


def _footer(shown: Shown, drawn: Pictures) -> Markup:
    words, run = operations_counted(shown.calls), shown.run.trace.run
    seconds = f"{run.seconds:.3g} s" if run.seconds else ""
    parts = listing(part for part in (words, seconds, tr("made with Tapescope")) if part)
    left_out = Markup()
    if drawn.left_out:
        said = ngettext(
            "The inside of {count} group is not on this page, to keep it small; the trace has it.",
            "The insides of {count} groups are not on this page, to keep it small; the trace has "
            "them.",
            drawn.left_out,
        )
        left_out = element("p", said.format(count=number(drawn.left_out)))
    return element("footer", element("p", parts), left_out)
