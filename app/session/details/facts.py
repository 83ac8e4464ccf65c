"""Facts for the details: a label, a value, and perhaps a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.session.details.pictures import CurvePicture, ValuesPicture
from app.session.look.colors import ToneKey
from app.session.look.glyphs import Glyph

if TYPE_CHECKING:
    from app.session.decision import DecisionStep


@dataclass(frozen=True, slots=True)
class FactTarget:
    """The target of a fact; `id` is an id of the trace, or a line number."""

    kind: Literal["tensor", "operation", "module", "line"]
    id: int


@dataclass(frozen=True, slots=True)
class DetailFact:
    """A fact; `copied` is the text for copying, if it differs from the value."""

    label: str
    value: str
    detail: str = ""
    mono: bool = False
    mono_label: bool = False
    glyph: Glyph | None = None
    tone: ToneKey | None = None
    tooltip: str = ""
    link: FactTarget | None = None
    picture: ValuesPicture | CurvePicture | None = None
    copied: str = ""


@dataclass(frozen=True, slots=True)
class DetailBox:
    title: str
    facts: tuple[DetailFact, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """The content of the details panel; `steps` are torch's questions about an operation."""

    title: str
    expression: str
    glyph: Glyph
    tone: ToneKey
    words: str
    caption: str = ""
    steps: tuple[DecisionStep, ...] = ()
    boxes: tuple[DetailBox, ...] = ()
    text: str = ""
