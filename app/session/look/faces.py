"""The faces of the graph: sizes and weights, for whoever can say how wide their texts are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Face(Protocol):
    """A font at a size.  Widths are logical pixels; `mono` is of fixed width."""

    @property
    def pixels(self) -> int: ...

    @property
    def bold(self) -> bool: ...

    @property
    def mono(self) -> bool: ...

    def width(self, text: str) -> float: ...

    def elided(self, text: str, width: float) -> str:
        """`text`, with its middle left out where it is wider than `width`."""
        ...


F = TypeVar("F", bound=Face, covariant=True)


@dataclass(frozen=True, slots=True)
class Faces(Generic[F]):
    """All that the graph is written in; `mono` is for code and numbers."""

    make: Callable[[int, bool, bool], F]
    """A face of other pixels, bold or not, of fixed width or not."""
    title: F
    title_mono: F
    plain: F
    bold: F
    mono: F
    mono_bold: F
    small: F
    small_bold: F
    small_mono: F
    small_mono_bold: F


def faces(make: Callable[[int, bool, bool], F]) -> Faces[F]:
    """`make` is given pixels, whether it is bold, and whether it is of fixed width."""
    return Faces(
        make=make,
        title=make(13, True, False),
        title_mono=make(13, True, True),
        plain=make(12, False, False),
        bold=make(12, True, False),
        mono=make(12, False, True),
        mono_bold=make(12, True, True),
        small=make(11, False, False),
        small_bold=make(11, True, False),
        small_mono=make(11, False, True),
        small_mono_bold=make(11, True, True),
    )
