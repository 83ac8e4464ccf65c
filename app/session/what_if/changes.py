"""The changes of a what-if in words, and their meaning for the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from app.contract.patterns import covers
from app.contract.records import Change, Mode, RunInfo, Trace, WhatIf
from app.session.language import listing, ngettext, tr
from app.session.recorder_words import translated

Icon = Literal["recorded", "no_grad", "inference_mode", "padlock", "fork"]


def of_mode(mode: Mode) -> list[Change]:
    """Return the change that a mode is for the whole program; none for "as-written"."""
    return [] if mode == "as-written" else [Change(mode)]


def mode_of(changes: Iterable[Change]) -> Mode:
    """Return the mode that the last such change asks for."""
    mode: Mode = "as-written"
    for kind, _ in changes:
        if kind == "grad" or kind == "no-grad" or kind == "inference":
            mode = kind
    return mode


def with_mode(changes: Sequence[Change], mode: Mode) -> tuple[Change, ...]:
    """Return the changes with another mode, in the place of the one that they have."""
    others = [one for one in changes if mode_of([one]) == "as-written"]
    return (*others, *of_mode(mode))


def without(line: int, path: str | None = None) -> Change:
    """Return the change that leaves out what a line says about recording.

    `path` is that of its file, None for the snippet.

    >>> without(9), without(6, "freeze.py")
    (Change(kind='without', target='9'), Change(kind='without', target='freeze.py:6'))
    """
    return Change("without", str(line) if path is None else f"{path}:{line}")


_OPPOSITE = {"freeze": "unfreeze", "unfreeze": "freeze", "eval": "train", "train": "eval"}


def state_asked(changes: Iterable[Change], name: str, *kinds: str) -> Change | None:
    """Return the last change of some kinds that covers a parameter's or a module's name."""
    found = None
    for change in changes:
        if change.kind in kinds and covers(change.target, name):
            found = change
    return found


def put_in_state(
    changes: Sequence[Change], wanted: Change, *, as_written: bool
) -> tuple[Change, ...]:
    """Return the changes with a parameter or a module in another state.

    `as_written` says that it has this state in the run as written, so that no change is needed
    unless a wider one asks for the contrary.
    """
    kinds = wanted.kind, _OPPOSITE[wanted.kind]
    left = tuple(one for one in changes if one.kind not in kinds or one.target != wanted.target)
    around = state_asked(left, wanted.target, *kinds)
    is_so = as_written if around is None else around.kind == wanted.kind
    return left if is_so else (*left, wanted)


class Sign(NamedTuple):
    """The glyph and the words of a change."""

    icon: Icon
    text: str


def sign(change: Change, matched: Sequence[str] = ()) -> Sign:
    """Return the sign of a change; `matched` is what a `without` leaves out."""
    target = change.target
    match change.kind:
        case "without":
            name = listing(dict.fromkeys(map(_short, matched))) or tr("recording")
            at = target if ":" in target else tr("line {line}").format(line=target)
            at = at.replace("\\", "/").rpartition("/")[2]
            return Sign("no_grad", tr("{place}: {region} off").format(place=at, region=name))
        case "freeze":
            return Sign("padlock", tr("{name} frozen").format(name=target))
        case "unfreeze":
            return Sign("fork", tr("{name} unfrozen").format(name=target))
        case "eval":
            return Sign("fork", tr("{name} in eval").format(name=target))
        case "train":
            return Sign("fork", tr("{name} in train").format(name=target))
        case "grad":
            return Sign("recorded", tr("grad everywhere"))
        case "no-grad":
            return Sign("no_grad", tr("no_grad everywhere"))
        case "inference":
            return Sign("inference_mode", tr("inference_mode everywhere"))


def _short(region: str) -> str:
    """
    >>> _short("@torch.no_grad()"), _short("torch.set_grad_enabled(False)"), _short("detach()")
    ('no_grad', 'set_grad_enabled', 'detach')
    """
    return region.lstrip("@").partition("(")[0].rpartition(".")[2]


def signs(run: RunInfo) -> list[Sign]:
    """Return the signs of the changes of a run."""
    return [sign(one.change, one.matched) for one in run.what_if]


def heading(run: RunInfo) -> Sign | None:
    """Return the sign of a changed run, None for a run as written."""
    found = signs(run)
    if not found:
        return None
    if len(found) == 1:
        return Sign(found[0].icon, tr("What if: {change}").format(change=found[0].text))
    count = ngettext("What if: {count} change", "What if: {count} changes", len(found))
    return Sign("fork", count.format(count=len(found)))


def in_one_sentence(trace: Trace) -> str | None:
    """Return how the run was changed, with how much each change applied to; None as written."""
    if not trace.run.what_if:
        return None
    words = [_noting_none(one, _applied(trace, one)) for one in trace.run.what_if]
    text = tr("What if: {changes}. The text is not changed.")
    return text.format(changes="; ".join(words))


def _applied(trace: Trace, change: WhatIf) -> str:
    words = sign(change.change, change.matched).text
    if change.tensors:
        count = len(change.tensors)
        text = ngettext("{change} ({count} parameter)", "{change} ({count} parameters)", count)
        return text.format(change=words, count=count)
    if change.modules:
        count = len(change.modules)
        text = ngettext("{change} ({count} module)", "{change} ({count} modules)", count)
        return text.format(change=words, count=count)
    if _is_unmatched(change):
        if refusals(trace, change):
            return tr("{change} (torch refused it)").format(change=words)
        return tr("{change} (nothing matched)").format(change=words)
    return words


def _noting_none(change: WhatIf, words: str) -> str:
    """Say so where what a change applied to was in that state whenever it was used."""
    if change.changed == 0:
        return tr("{change}, which changes nothing").format(change=words)
    return words


def refusals(trace: Trace, change: WhatIf | None = None) -> list[str]:
    """Return what torch refused of the changes of a run, or of one of them."""
    notes = [note.text for note in trace.notes if note.code == "what_if"]
    if change is not None:
        begin = f"--{change.kind} "
        names = {text: text.removeprefix(begin).partition(" had no effect: ")[0] for text in notes}
        notes = [
            text
            for text, name in names.items()
            if text.startswith(begin) and covers(change.target, name)
        ]
    return list(map(translated, notes))


def unmatched(trace: Trace) -> list[WhatIf]:
    """Return the changes that nothing in a run matched."""
    found = filter(_is_unmatched, trace.run.what_if)
    return [change for change in found if not refusals(trace, change)]


def _is_unmatched(change: WhatIf) -> bool:
    return not change.matched and mode_of([change.change]) == "as-written"


def is_frozen(trace: Trace, identity: int) -> bool:
    """Return whether a what-if holds a tensor frozen, given by its identity."""
    return any(one.kind == "freeze" and identity in one.tensors for one in trace.run.what_if)
