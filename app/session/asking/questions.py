"""Questions about a run, with their answers read off the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from app.contract.records import BackwardPass, Gradient, WhyCode
from app.session.explain.phrases import joined
from app.session.graph.payloads import StatusKey
from app.session.language import ngettext, number, tr, translatable
from app.session.look.colors import ToneKey
from app.session.look.glyphs import Glyph
from app.session.look.status import STATUS_STYLES
from app.session.run import Run
from app.session.source.lines import LineMark, marks
from app.session.source.short_code import shortened
from app.session.summary.leaf_grads import leaf_grads, reached
from app.session.summary.why import short_why
from app.session.words import line_words

Topic = Literal["lines", "grads", "order"]
"""What may be asked about: which lines are recorded, every `.grad`, the order of backward."""
MOST_OPTIONS: Final = 4
_MOST_GRADS, _MOST_STEPS = 24, 8
"""Of longer runs, so many questions about `.grad` and about the order are enough for a room."""


class Option(NamedTuple):
    words: str
    short: str
    """For the line in the editor."""
    glyph: Glyph
    tone: ToneKey | None = None


@dataclass(frozen=True, slots=True)
class RoomQuestion:
    """`words` and `said` have code between backquotes; `said` is the answer as a sentence.

    What it covers: the line at `spot`, or these `tensors` of the gradient table.
    """

    topic: Topic
    words: str
    options: tuple[Option, ...]
    answer: int
    said: str
    spot: int | None = None
    tensors: frozenset[int] = frozenset()

    @property
    def true(self) -> Option:
        return self.options[self.answer]


def questions_of(run: Run) -> tuple[RoomQuestion, ...]:
    """Return the questions about a run: its lines in order, each `.grad`, the order of backward.

    Takes time in proportion to the trace.
    """
    found = marks(run)
    lines = [*_of_lines(run, found), *_of_passes(run, found), *_of_error(run, found)]
    lines.sort(key=lambda one: one.spot or 0)
    return (*lines, *_of_gradients(run), *_of_order(run, found))


def _choice(shown: Iterable[str], usual: Sequence[str], true: str) -> list[str]:
    """Return up to four keys in one order for all questions: the true one, the usual, others.

    `shown` are those of all questions of the kind, so that a rare one is not conspicuous.
    """
    counts = Counter(shown)
    others = sorted(counts.keys() - set(usual), key=lambda key: (-counts[key], key))
    keys = [*usual, *others]
    kept = keys[:MOST_OPTIONS]
    return kept if true in kept else [*kept[: MOST_OPTIONS - 1], true]


def _code(run: Run, spot: int) -> str:
    return shortened(run.line_text(spot).strip()) or line_words(spot)


# ------------------------------------------------------------------------------------- lines

_USUAL: Final[tuple[StatusKey, ...]] = ("recorded", "no_grad", "no_input_requires_grad")
_MIXED: Final = "mixed"
_SHORT: Final[dict[str, str]] = {"no_input_requires_grad": translatable("no input")}
_SKIPPED: Final = ("no_grad", "inference_mode")


def _status_option(key: StatusKey | Literal["mixed"]) -> Option:
    if key == _MIXED:
        return Option(tr("recorded in part"), tr("in part"), "steps", "neutral")
    label = tr(STATUS_STYLES[key].label)
    words = tr("skipped — {mode}").format(mode=label) if key in _SKIPPED else label
    return Option(words, tr(_SHORT.get(key, "")) or label, STATUS_STYLES[key].glyph, key)


def is_asked_about(mark: LineMark) -> bool:
    """Return whether a line is asked about: whether a status speaks of it."""
    return mark.key == _MIXED or (
        mark.key in STATUS_STYLES and mark.key not in ("neutral", "failed")
    )


def _of_lines(run: Run, found: Mapping[int, LineMark]) -> Iterator[RoomQuestion]:
    asked = {spot: mark for spot, mark in found.items() if is_asked_about(mark)}
    keys = [str(mark.key) for mark in asked.values()]
    for spot, mark in asked.items():
        chosen = _choice(keys, _USUAL, mark.key)
        code = _code(run, spot)
        yield RoomQuestion(
            "lines",
            tr("Will `{code}` be recorded?").format(code=code),
            tuple(_status_option(key) for key in chosen),  # type: ignore[arg-type]
            chosen.index(mark.key),
            tr("`{code}`: {what}.").format(code=code, what=mark.note),
            spot,
        )


def _of_passes(run: Run, found: Mapping[int, LineMark]) -> Iterator[RoomQuestion]:
    """Yield how many leaves the backward passes of a line reach."""
    passes: dict[int, list[BackwardPass]] = {}
    for one in run.trace.backward_passes:
        if one.spot is not None and found[one.spot].key == "backward":
            passes.setdefault(one.spot, []).append(one)
    total = len(leaf_grads(run))
    for spot, of_line in passes.items():
        if not total:
            return
        count, code = len(reached(run, of_line)), _code(run, spot)
        counts = sorted({count, total, 0, total // 2, *({1} if total > 1 else ())})
        while len(counts) > MOST_OPTIONS:
            counts.remove(next(one for one in counts if one not in (count, total, 0)))
        yield RoomQuestion(
            "lines",
            tr("How many leaves does `{code}` reach?").format(code=code),
            tuple(_count_option(one, total) for one in counts),
            counts.index(count),
            tr("`{code}`: {what}.").format(code=code, what=found[spot].note),
            spot,
        )


def _count_option(count: int, total: int) -> Option:
    text = ngettext("{count} of {total} leaf", "{count} of {total} leaves", total)
    words = text.format(count=number(count), total=number(total))
    return Option(words, number(count), "gradient", "gradient")


def _of_error(run: Run, found: Mapping[int, LineMark]) -> Iterator[RoomQuestion]:
    error = run.trace.error
    if error is None or error.spot is None or found[error.spot].key != "error":
        return
    code = _code(run, error.spot)
    options = (
        Option(tr("it runs"), tr("runs"), "check"),
        Option(tr("it raises an error"), tr("error"), "warning", "cut"),
    )
    said = tr("`{code}` raises {error}.").format(code=code, error=error.type)
    words = tr("Will `{code}` run?").format(code=code)
    yield RoomQuestion("lines", words, options, 1, said, error.spot)


# ------------------------------------------------------------------------------------- .grad

_KIND_OF: Final[dict[WhyCode, str]] = {
    "only_skipped": "cut",
    "not_on_path": "unused",
    "none_returned": "cut",
    "accumulated_repeatedly": "accumulated",
}
_GRADS: Final[dict[str, tuple[str, str, Glyph, ToneKey | None]]] = {
    "value": (translatable("a value"), translatable("a value"), "gradient", "gradient"),
    "cut": (translatable("None: the path to it is cut"), translatable("None: cut"), "cut", "cut"),
    "unused": (translatable("None: the loss does not use it"), translatable("None: unused"),
               "minus", None),
    "frozen": (translatable("None: it is frozen"), translatable("None: frozen"), "padlock",
               "no_input_requires_grad"),
}  # fmt: skip


def _kind(row: Gradient) -> str:
    """Return the option that is true of a row."""
    return "value" if row.grad is not None else _KIND_OF.get(row.why.code, row.why.code)


def _grad_option(run: Run, key: str, rows: Iterable[Gradient]) -> Option:
    if key in _GRADS:
        words, short, glyph, tone = _GRADS[key]
        return Option(tr(words), tr(short), glyph, tone)
    why = next(short_why(run, row) for row in rows if _kind(row) == key)
    return Option(tr("None: {why}").format(why=why), "None", "waiting")


def _of_gradients(run: Run) -> Iterator[RoomQuestion]:
    rows = run.trace.gradients
    keys = [_kind(row) for row in rows]
    groups: dict[tuple[str, str], list[Gradient]] = {}
    for row, key in zip(rows, keys, strict=True):
        module = row.name.rpartition(".")[0] or row.name
        groups.setdefault((module, key), []).append(row)
    for (_, true), group in list(groups.items())[:_MOST_GRADS]:
        chosen = _choice(keys, ("value", "cut", "unused"), true)
        names = joined([f"`{row.name}`" for row in group])
        text = ngettext(
            "What will the .grad of {names} be?", "What will the .grad of {names} be?", len(group)
        )
        options = tuple(_grad_option(run, key, rows) for key in chosen)
        said = group[0].why.text
        if len(group) > 1:
            what = options[chosen.index(true)].words
            said = tr("{names}: {what}.").format(names=names, what=what)
        yield RoomQuestion(
            "grads",
            text.format(names=names),
            options,
            chosen.index(true),
            said,
            tensors=frozenset(row.tensor for row in group),
        )


# --------------------------------------------------------------------------- order of backward


def _of_order(run: Run, found: Mapping[int, LineMark]) -> Iterator[RoomQuestion]:
    """Yield which line the first backward pass comes to next, for one step after another."""
    first = next(iter(run.trace.backward_passes), None)
    if first is None:
        return
    operations = run.operations
    spots = (operations[step.operation].spot for step in first.steps if step.operation is not None)
    order = list(dict.fromkeys(spot for spot in spots if spot is not None))
    asked = [spot for spot, mark in found.items() if is_asked_about(mark)]
    for place, spot in enumerate(order[:_MOST_STEPS]):
        left = [one for one in asked if one not in order[:place] and one != spot]
        near = sorted(left, key=lambda one: abs(one - spot))[: MOST_OPTIONS - 1]
        if not near:
            return
        lines = sorted([spot, *near])
        options = tuple(
            Option(_code(run, one), line_words(one), "gradient", "gradient") for one in lines
        )
        words = tr("Which line does backward come to first?")
        if place:
            before = _code(run, order[place - 1])
            words = tr("Where does backward go after `{code}`?").format(code=before)
        said = tr("Step {number} of backward: `{code}`.")
        said = said.format(number=number(place + 1), code=_code(run, spot))
        yield RoomQuestion("order", words, options, lines.index(spot), said)
