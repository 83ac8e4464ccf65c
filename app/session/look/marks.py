"""The glyph and tone of each mark: of a line, of a gradient, of the whole run."""

from __future__ import annotations

from collections.abc import Mapping

from app.contract.records import Gradient, Operation, TrainState, WhyCode
from app.session.graph.payloads import STATUS_OF_REASON, GuessState, TileKind
from app.session.look.colors import Tone, ToneKey
from app.session.look.glyphs import Glyph
from app.session.look.status import STATUS_STYLES
from app.session.source.lines import MarkKey
from app.session.summary.in_words import Icon
from app.session.summary.progress import PassState

LINES: dict[MarkKey, tuple[Glyph | None, Tone]] = {
    **{key: (style.glyph, key) for key, style in STATUS_STYLES.items()},
    "neutral": ("dot", "plain"),
    "mixed": ("steps", "neutral"),
    "leaf": ("leaf", "plain"),
    "frozen": ("padlock", "no_input_requires_grad"),
    "backward": ("gradient", "gradient"),
    "mode": ("sliders", "plain"),
    "error": ("warning", "cut"),
    "not_run": ("not_run", "plain"),
    "nothing": (None, "plain"),
    "ran": (None, "plain"),
    "ran_to_here": ("play", "gradient"),
    "raised": ("warning", "cut"),
}
SENTENCES: dict[Icon, tuple[Glyph, ToneKey | None]] = {
    "trains": ("stair", None),
    "recorded": ("recorded", "recorded"),
    "no_grad": ("no_grad", "no_grad"),
    "inference_mode": ("inference_mode", "inference_mode"),
    "cut": ("cut", "cut"),
    "backward": ("gradient", "gradient"),
    "error": ("warning", "cut"),
    "fix": ("bulb", None),
    "info": ("info", None),
    "what_if": ("fork", None),
}
ROLES: dict[str, tuple[Glyph, Tone]] = {
    "leaf": ("leaf", "plain"),
    "frozen": ("padlock", "no_input_requires_grad"),
    "cut": ("cut", "cut"),
}
"""Of the capsules of tensors; results have no glyph."""
PASSES: dict[PassState, tuple[Glyph, ToneKey]] = {
    "done": ("check", "gradient"),
    "running": ("gradient", "gradient"),
    "waiting": ("waiting", "neutral"),
}
GUESSES: dict[GuessState, Glyph] = {"right": "check", "other": "swap"}
"""What has been turned over and was guessed."""
_WHY: dict[WhyCode, tuple[Glyph, ToneKey]] = {
    "accumulated": ("gradient", "gradient"),
    "accumulated_repeatedly": ("gradient", "gradient"),
    "assigned": ("accumulate", "neutral"),
    "frozen": ("padlock", "no_input_requires_grad"),
    "no_backward": ("waiting", "neutral"),
    "backward_failed": ("warning", "cut"),
    "unused": ("minus", "neutral"),
    "only_skipped": ("cut", "cut"),
    "cut": ("cut", "cut"),
    "not_on_path": ("minus", "neutral"),
    "returned": ("export", "gradient"),
    "none_returned": ("cut", "cut"),
    "non_leaf": ("leaf", "neutral"),
    "cleared": ("close", "neutral"),
    "unknown": ("waiting", "neutral"),
}


TRAINS: dict[TrainState, tuple[Glyph, ToneKey]] = {
    "trained": ("check", "gradient"),
    "no_step": ("gradient", "gradient"),
    "stepped_without_gradient": ("minus", "neutral"),
    "moved_while_frozen": ("warning", "no_grad"),
    "unchanged": ("minus", "neutral"),
    "frozen": _WHY["frozen"],
    "cut": _WHY["cut"],
    "not_on_path": _WHY["not_on_path"],
    "only_skipped": _WHY["only_skipped"],
    "unused": _WHY["unused"],
    "unknown": _WHY["unknown"],
}


TILES: dict[TileKind, tuple[Glyph, ToneKey]] = {
    "unregistered": ("warning", "cut"),
    "not_reached": ("minus", "neutral"),
    "frozen": ("padlock", "no_input_requires_grad"),
    "no_step": ("gradient", "gradient"),
    "unchanged": ("minus", "neutral"),
    "unknown": ("waiting", "neutral"),
    "trained": ("check", "gradient"),
}
"""Of parameters on the graph, which have less room than the table."""


def why_look(gradient: Gradient, operations: Mapping[int, Operation]) -> tuple[Glyph, ToneKey]:
    """Where operations were skipped, what skipped them says it best."""
    why = gradient.why
    if why.code == "only_skipped":
        skipped = [operations[id_] for id_ in why.operations if id_ in operations]
        statuses = {STATUS_OF_REASON[operation.reason] for operation in skipped}
        if len(statuses) == 1:
            (status,) = statuses
            return STATUS_STYLES[status].glyph, status
    return _WHY[why.code]
