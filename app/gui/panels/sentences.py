"""Sentences of `app.session` as items of the panels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.contract.records import Finding, Trace
from app.contract.spots import spot
from app.gui.panels.flow_text import Span, spans_of, with_places
from app.gui.panels.sentence_list import Item
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.chain_rule.words import step_in_words
from app.session.comparing.what_if import Comparison
from app.session.findings.offers import is_offered, is_pending
from app.session.findings.words import advice, titled
from app.session.iterations.series import number_at
from app.session.language import number, paragraph, tr
from app.session.look.marks import SENTENCES
from app.session.run import Run
from app.session.summary.in_words import in_words, what_if_in_words
from app.session.timeline import Snapshot
from app.session.timeline.words import sentences_of_backward
from app.session.trace.files import file_names

_MOMENT_LOOKS: dict[str, tuple[Glyph, ToneKey | None]] = {
    "done": ("check", "gradient"),
    "waiting": ("waiting", None),
}
SEVERITIES: dict[str, tuple[Glyph, ToneKey | None]] = {
    "error": ("warning", "cut"),
    "warning": ("warning", "no_grad"),
    "info": ("info", None),
}


def words_of(run: Run, comparison: Comparison | None = None) -> list[Item]:
    """Return the items of the In words panel."""
    spots = _spots(run.trace)
    return [
        Item(*SENTENCES[sentence.icon], _linked(spans_of(sentence.text), spots), sentence.line)
        for sentence in (*what_if_in_words(run.trace, comparison), *in_words(run))
    ]


def _spots(trace: Trace) -> dict[str, int]:
    """Return where each file begins by its name; empty if there is one file only."""
    if len(trace.files) < 2:
        return {}
    names = file_names(trace.files)
    return {name: spot(file.id, 0) for name, file in zip(names, trace.files, strict=True)}


def _linked(spans: Iterable[Span], spots: Mapping[str, int]) -> tuple[Span, ...]:
    return tuple(with_places(spans, spots))


def moment_words(then: Snapshot, caption: str) -> list[Item]:
    """Return the items of the In words panel at a moment: what happens, then what backward does.

    Of a backward step they say what it adds up and what was kept for it.
    """
    spots = _spots(then.history.run.trace)
    look: tuple[Glyph, ToneKey | None] = ("steps", None)
    if then.backward is not None:
        look = ("gradient", "gradient")
    items = [(look, caption)]
    items += (((glyph, None), text) for glyph, text in step_in_words(then))
    items += ((_MOMENT_LOOKS[kind], text) for kind, text in sentences_of_backward(then))
    return [Item(*look, _linked(spans_of(text), spots)) for look, text in items]


def findings_of(trace: Trace, findings: Iterable[Finding], *, are_tried: bool) -> list[Item]:
    """Return the items of findings about a trace; if `are_tried`, pending fixes are being tried."""
    spots = _spots(trace)
    return [
        _item(trace, finding, are_tried and is_pending(finding.fix), spots) for finding in findings
    ]


def _item(trace: Trace, finding: Finding, is_waiting: bool, spots: Mapping[str, int]) -> Item:
    glyph, tone = SEVERITIES[finding.severity]
    title = titled(finding)
    spans = [replace(span, is_strong=not span.is_code) for span in spans_of(title)]
    fix = tr("Trying a fix…") if is_waiting else advice(finding.fix)
    spans += spans_of(paragraph((title, finding.text, fix)).removeprefix(title))
    action = tr("Preview fix") if is_offered(finding.fix) else ""
    if not action and finding.since is not None:
        iteration = number(number_at(trace.iterations, finding.since))
        action = tr("Go to iteration {iteration}").format(iteration=iteration)
    return Item(glyph, tone, _linked(spans, spots), finding.spot, action)
