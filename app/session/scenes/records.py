"""A scene: a view of a run that was kept, as plain data.

Nothing in it is an id of a trace.  Things and moments are described by the line's text and by
name, so that they are found again after the text around them was edited and it ran again.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, get_args

import msgspec

from app.contract.records import ChangeKind
from app.session.asking.questions import Topic
from app.session.graph.choice import GraphChoice, Grouping, Level, without_answers
from app.session.graph.grouping.folds import AT_FIRST, FoldState
from app.session.timeline.moments import MomentKind

ThingKind = Literal["operation", "tensor", "cut", "group", "region", "line", "row"]
"""`cut` is the bar behind an operation, `region` a frame, `row` a tensor's row in the table."""
ScenePane = Literal["code", "graph", "gradients", "words"]
PANES: tuple[ScenePane, ...] = get_args(ScenePane)

Name = Annotated[str, msgspec.Meta(min_length=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Number = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Zoom = Annotated[float, msgspec.Meta(gt=0, le=64)]
Share = Annotated[float, msgspec.Meta(ge=-4, le=4)]
_A_LINE = re.compile(r"(.+:)?[1-9][0-9]*")
"""A line as the target of a change: "9", "lib/freeze.py:6"."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
              omit_defaults=True):  # fmt: skip
    """A record without room for fields that nobody knows."""


class Described(_Strict, frozen=True, kw_only=True):
    """What is found again: the `nth` (from 0) of this name that a line with this text made.

    `line` is where that line was when the scene was kept; it only serves to say what is gone.
    """

    name: str = ""
    code: str = ""
    line: int | None = None
    nth: Count = 0


class Thing(Described, frozen=True, kw_only=True):
    """Something to point at.  The `name` of a group is its key, that of a tensor its own."""

    kind: ThingKind


class SceneMoment(Described, frozen=True, kw_only=True):
    """A step of the timeline; `start` is before the first."""

    kind: MomentKind | Literal["start"]


class Centre(_Strict, frozen=True, kw_only=True):
    """What is in the middle of the pane: a thing, and how far beside its middle, in pixels at
    100 %."""

    thing: Thing
    x: Number = 0
    y: Number = 0


class FreePart(Centre, frozen=True, kw_only=True):
    """A free part of the graph: its middle, and its size in pixels at 100 %."""

    width: Number
    height: Number


class Altered(Described, frozen=True, kw_only=True):
    """A change of a what-if: the `name` is the pattern, or the `code` of a line left out."""

    kind: ChangeKind

    def __post_init__(self) -> None:
        """Raises ValueError where no line is named that could be left out."""
        if self.kind == "without" and not self.code and not _A_LINE.fullmatch(self.name):
            raise ValueError("expected the code of a line")


class Beside(_Strict, frozen=True, kw_only=True):
    """The run beside that of a scene: of the same text changed, or of another program."""

    what_if: tuple[Altered, ...] = ()
    program: str = ""
    """One of the lecture, by its name."""

    def __post_init__(self) -> None:
        """Raises ValueError where it is not one of the two."""
        if bool(self.what_if) is bool(self.program):
            raise ValueError("expected what_if or program")


class Asked(_Strict, frozen=True, kw_only=True):
    """A question about a run, by what it is about: a line, or a row of the table.

    One about the order of backward is the `nth` of them, from 0.  Words, choices and answer are
    read off the run.
    """

    topic: Topic
    thing: Thing | None = None
    nth: Count = 0


Shape: TypeAlias = tuple[str, Share, Share, Share, Share]
"""A rectangle of a small picture: role of its color, left, top, width and height as shares."""


class Scene(_Strict, frozen=True, kw_only=True):
    """A kept view.  `sentence` is for the room, `notes` are for the speaker alone."""

    name: Name
    sentence: str = ""
    notes: str = ""
    snippet: str = ""
    """The file that it shows, of a lecture with several; empty where there is one."""
    moment: SceneMoment | None = None
    """None is the end, where the whole run is shown."""
    pane: ScenePane = "graph"
    zoom: Zoom | None = None
    """None shows the whole graph."""
    centre: Centre | None = None
    selection: tuple[Thing, ...] = ()
    level: Level = "calls"
    grouping: Grouping = "structure"
    hide_setup: bool = True
    folds: FoldState = AT_FIRST
    spotlight: Thing | None = None
    part: FreePart | None = None
    """The part of the graph that is lit in place of a thing."""
    numbers: bool = False
    """Whether the node of a backward step is open."""
    covered: bool = False
    """Whether the answers are covered, to ask the room."""
    asks: Asked | None = None
    """What the room is asked first where the answers are covered; None asks in the usual order."""
    beside: Beside | None = None
    """What its run is compared with."""
    picture: tuple[Shape, ...] = ()
    """The small picture as it was kept, for when the scene no longer fits."""

    def but(self, **changes: object) -> Scene:
        """Return the scene with other fields."""
        return msgspec.structs.replace(self, **changes)

    @property
    def choice(self) -> GraphChoice:
        """How its graph is drawn; covered, it does not show what was recorded."""
        level = without_answers(self.level) if self.covered else self.level
        return GraphChoice(level, self.hide_setup, self.grouping, self.folds)

    @property
    def things(self) -> tuple[Thing, ...]:
        """All that has to be there for the scene to be shown as it was kept."""
        centre = (self.centre.thing,) if self.centre is not None else ()
        spotlight = (self.spotlight,) if self.spotlight is not None else ()
        part = (self.part.thing,) if self.part is not None else ()
        return (*self.selection, *spotlight, *part, *centre)
