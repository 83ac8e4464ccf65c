"""The few sentences under the editor: what was recorded, what was not, what it did to the grads."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from app.contract.records import Cause, Error, Gradient, Reason, Trace, WhyCode
from app.session.causes.registry import is_own, kind_of
from app.session.comparing.what_if import NOT_COMPARED, Comparison
from app.session.explain.phrases import Phrases, listed
from app.session.explain.texts import advice, reason, whole
from app.session.language import ngettext, number, paragraph, tr
from app.session.places import error_words
from app.session.recorder_words import about_children, translated
from app.session.run import Run
from app.session.source.code_marks import marked
from app.session.source.not_run import Stretch, not_run
from app.session.summary.counts import status_counts
from app.session.summary.leaf_grads import leaf_grads, reached
from app.session.summary.partial_words import last_line, partial_words
from app.session.summary.practice import practice
from app.session.trace.partial import has_gaps
from app.session.what_if.changes import heading, refusals

Icon = Literal[
    "trains",
    "recorded",
    "no_grad",
    "inference_mode",
    "cut",
    "backward",
    "error",
    "fix",
    "info",
    "what_if",
]

_MOST = 4
_UNWANTED: tuple[WhyCode, ...] = (
    "cut",
    "backward_failed",
    "only_skipped",
    "not_on_path",
    "non_leaf",
    "unused",
)
"""Reasons for a `.grad` that is None which are seldom meant, the gravest first.

Freezing and leaving backward out mostly are meant: nobody needs advice on undoing them.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` has code between backquotes; `line` is where it leads, if anywhere."""

    icon: Icon
    text: str
    line: int | None = None


def in_words(run: Run) -> list[Sentence]:
    """What trained, then one to four sentences, the most important things first; the last one a
    fix, if any.  What the findings say is not said again.
    """
    trace = run.trace
    if trace.error is not None:
        from app.session.findings.registry import tells_of_error  # loads every rule

        if not tells_of_error(trace):
            return _after_error(trace, trace.error)
    return [*trains(trace), *_what_ran(run)]


def trains(trace: Trace) -> list[Sentence]:
    """The verdict on what trained, where there are parameters."""
    return [] if trace.training is None else [Sentence("trains", trace.training.verdict)]


def _what_ran(run: Run) -> list[Sentence]:
    trace = run.trace
    lost = _unnamed(trace)
    sentences = [
        *_partial(trace),
        _recorded(run),
        *_skipped(run),
        *_gradients(run, lost),
        *_children(trace),
        *_practice(run),
        *_not_run(trace),
    ]
    if trace.error is not None:
        return [sentences[0], Sentence("info", tr("The graph shows what ran before the error."))]
    say = Phrases(run, marks=True)
    fix = next((fix for row in lost if (fix := advice(say, row))), None)
    return [*sentences[: _MOST - 1], Sentence("fix", fix)] if fix else sentences[:_MOST]


def what_if_in_words(trace: Trace, comparison: Comparison | None) -> list[Sentence]:
    """That it is a what-if, and what is different in it from the run as written; else nothing."""
    changed = heading(trace.run)
    if changed is None:
        return []
    differences = [tr(NOT_COMPARED)] if comparison is None else comparison.sentences
    said = paragraph([f"{changed.text}.", *refusals(trace)])
    return [Sentence("what_if", text) for text in (said, *differences)]


def _after_error(trace: Trace, error: Error) -> list[Sentence]:
    says_it = error.spot is None and error.message.startswith(error.type)  # "Stopped after 8 …"
    text = error.message if says_it else error_words(error)
    found = [Sentence("error", text, error.spot)]
    if error.hint:
        found.append(Sentence("fix", translated(error.hint)))
    found += trains(trace)
    if partial := _partial(trace):
        found += partial
    elif trace.operations:
        found.append(Sentence("info", tr("The graph shows what ran before the error.")))
    return [*found, *_children(trace)]


def _partial(trace: Trace) -> list[Sentence]:
    words = partial_words(trace)
    if words is None or trace.run.partial is None:
        return []
    return [Sentence("info", marked(words), last_line(trace, trace.run.partial))]


def _children(trace: Trace) -> list[Sentence]:
    return [Sentence("info", text) for text in about_children(trace)]


def _unnamed(trace: Trace) -> list[Gradient]:
    """The rows that got no gradient, though that is seldom meant, and that no finding names."""
    named = {tensor for one in trace.findings for tensor in one.tensors}
    return [row for row in trace.gradients if row.why.code in _UNWANTED and row.tensor not in named]


def _recorded(run: Run) -> Sentence:
    counts = status_counts(run)
    total, recorded = sum(counts.values()), counts.get("recorded", 0)
    if not run.trace.operations:
        return Sentence("info", tr("No tensor was made or used, so there is nothing to draw."))
    if not total:
        return Sentence("info", tr("Tensors were made, and nothing was computed with them."))
    if not recorded:
        only_inputs = {k for k, n in counts.items() if n} == {"no_input_requires_grad"}
        if only_inputs:
            return Sentence("info", tr("Nothing was recorded: no input requires grad."))
        return Sentence("info", tr("Nothing was recorded."))
    text = ngettext(
        "{count} of {total} operation was recorded.",
        "{count} of {total} operations were recorded.",
        total,
    )
    return Sentence("recorded", text.format(count=number(recorded), total=number(total)))


def _skipped(run: Run) -> list[Sentence]:
    """What kept the most operations from being recorded, if anything switched recording off."""
    found: dict[tuple[Reason, Cause], list[int]] = defaultdict(list)
    for op in run.units.like(lambda form: form.cause is not None):
        cause = op.cause
        if cause is None or op.spot is None or op.id in run.set_up:
            continue
        if is_own(cause) or op.would_record:  # clip_grad_norm_ on gradients loses nothing
            found[op.reason, cause].append(op.spot)
    if not found:
        return []
    (reason, cause), skipped = max(found.items(), key=lambda item: len(item[1]))
    icon: Icon = "inference_mode" if reason == "inference_mode" else "no_grad"
    unique = sorted(set(skipped))
    numbers = listed(map(str, unique))
    subject = ngettext("Line {lines} was skipped", "Lines {lines} were skipped", len(unique))
    all_of_them = run.units_beside_set_up.like(lambda form: form.spot in unique)
    if len(all_of_them) > len(skipped):
        on = ngettext("line {lines}", "lines {lines}", len(unique)).format(lines=numbers)
        subject = ngettext(
            "{count} of the {total} operations on {lines} was skipped",
            "{count} of the {total} operations on {lines} were skipped",
            len(skipped),
        )
        numbers = on
    subject = subject.format(
        lines=numbers, count=number(len(skipped)), total=number(len(all_of_them))
    )
    said = tr("{what}: {because}.").format(what=subject, because=kind_of(cause).since(cause))
    return [Sentence(icon, said, unique[0])]


def _practice(run: Run) -> list[Sentence]:
    """What the program does with gradients before its steps, in one item."""
    facts = list(practice(run))
    return [Sentence("info", paragraph(text for text, _ in facts), facts[0][1])] if facts else []


def _not_run(trace: Trace) -> list[Sentence]:
    """What did not run, where that is the answer to why the run shows so little."""
    found = not_run(trace)
    if not trace.backward_passes:
        found.sort(key=lambda stretch: not _calls_backward(stretch))
    for stretch in found:
        missed = _calls_backward(stretch) and not trace.backward_passes
        unused = stretch.is_function and not trace.operations
        if stretch.cause and (missed or unused or stretch.is_loop):
            return [Sentence("info", stretch.text, stretch.lines[0])]
    return []


def _calls_backward(stretch: Stretch) -> bool:
    """Torch's name for it, on whatever: what did not run cannot be asked."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "backward"
        for statement in stretch.nodes
        for node in ast.walk(statement)
    )


def _gradients(run: Run, lost: list[Gradient]) -> list[Sentence]:
    trace = run.trace
    rows = trace.gradients
    if not rows:
        return []
    if not trace.backward_passes and (has_gaps(trace.run) or trace.run.status == "running"):
        return []
    if not trace.backward_passes:
        text = tr("No `backward()` was called, so every `.grad` is None.")
        return [Sentence("backward", text)]
    by_code: dict[str, list[Gradient]] = defaultdict(list)
    for row in lost:
        by_code[row.why.code].append(row)
    for code in _UNWANTED:
        if code in by_code:
            return [_lost(run, by_code[code])]
    leaves, filled = leaf_grads(run), reached(run, trace.backward_passes)
    text = ngettext(
        "`backward()` filled `.grad` of {count} of {total} leaf.",
        "`backward()` filled `.grad` of {count} of {total} leaves.",
        len(leaves),
    ).format(count=number(len(filled)), total=number(len(leaves)))
    if gone := sum(not leaves[identity].is_set for identity in filled):
        since = ngettext(
            "{count} is None again at the end of the run.",
            "{count} are None again at the end of the run.",
            gone,
        )
        if trace.run.status == "running":
            since = ngettext(
                "{count} is None again so far.", "{count} are None again so far.", gone
            )
        text = paragraph((text, since.format(count=number(gone))))
    return [Sentence("backward", text, trace.backward_passes[-1].spot)]


def _lost(run: Run, rows: list[Gradient]) -> Sentence:
    """Those that share the first one's story, in its words."""
    first = rows[0].why
    say = Phrases(run, marks=True)
    line = first.lines[0] if first.lines else None
    alike = [row for row in rows if row.why.cuts == first.cuts]
    owners = dict.fromkeys(run.layer_of(row) or row.name for row in alike)
    if len(owners) == 1 and len(alike) == 1:
        return Sentence("cut", whole(say, rows[0]), line)
    names = listed(f"`{owner}`" for owner in owners)
    text = tr("{names} got no gradient: {reason}")
    text = text.format(names=names, reason=reason(say, rows[0]))
    return Sentence("cut", text, line)
