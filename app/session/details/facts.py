"""Facts, side by side: what on the left, the value on the right; some lead elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.session.details.pictures import ValuesPicture
from app.session.look.colors import ToneKey
from app.session.look.glyphs import Glyph

if TYPE_CHECKING:
    from app.session.decision import DecisionStep


@dataclass(frozen=True, slots=True)
class Link:
    """Where a click on a fact leads: `id` is that of the trace, or a line's number."""

    kind: Literal["tensor", "operation", "module", "line"]
    id: int


@dataclass(frozen=True, slots=True)
class Fact:
    """`copied` is what a copy of it takes; the value where it is empty."""

    label: str
    value: str
    detail: str = ""
    mono: bool = False
    mono_label: bool = False
    glyph: Glyph | None = None
    tone: ToneKey | None = None
    tooltip: str = ""
    link: Link | None = None
    picture: ValuesPicture | None = None
    copied: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """`steps` are torch's questions, of an operation; `text` says it in sentences."""

    title: str
    expression: str
    glyph: Glyph
    tone: ToneKey
    words: str
    caption: str = ""
    steps: tuple[DecisionStep, ...] = ()
    boxes: tuple[Box, ...] = ()
    text: str = ""
