"""Places of one picture in that of a later run: what was selected there, and where it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from PySide6.QtCore import QPointF

from app.gui.graph import describe
from app.gui.graph.interaction import Viewpoint
from app.gui.graph.scenes.scene import Scene


class Carrying:
    """From the picture `before` to the one `after`, whose nodes know which they were (`kept`).

    `names` are those of tensors then, `tensors` the tensors that have these names now; `is_group`
    says whether a key is that of a group now, drawn or not: these are the same in a later run.
    """

    def __init__(
        self,
        before: Scene,
        after: Scene,
        names: Mapping[int, str],
        tensors: Mapping[str, int],
        is_group: Callable[[str], bool],
    ) -> None:
        self._before, self._after = before, after
        self._now = {old: key for key, old in after.kept.items()}
        self._names, self._tensors = names, tensors
        self._is_group = is_group

    def carried(self, place: Viewpoint) -> Viewpoint | None:
        """None for a place where nothing was selected that is still there."""
        nodes = frozenset(key for old in place.nodes if (key := self._key(old)) is not None)
        names = (self._names.get(old, "") for old in place.tensors)
        tensors = frozenset(self._tensors[name] for name in names if name in self._tensors)
        if not nodes and not tensors:
            return None
        shift = self._shift(place)
        camera = replace(place.camera, x=place.camera.x + shift.x(), y=place.camera.y + shift.y())
        return replace(place, nodes=nodes, tensors=tensors, camera=camera)

    def found_again(self, place: Viewpoint) -> Viewpoint | None:
        """A place that an earlier run did not have, by what it is called."""
        key = self._headings.get(place.title)
        return None if key is None else replace(place, nodes=frozenset({key}))

    def _key(self, old: str) -> str | None:
        if (key := self._now.get(old)) is not None:
            return key
        return old if self._is_group(old) else None

    def _shift(self, place: Viewpoint) -> QPointF:
        """By how much the first of its nodes has moved."""
        for old in place.nodes & self._before.nodes.keys():
            if (key := self._now.get(old)) is not None:
                was = self._before.nodes[old].rect.center()
                return self._after.nodes[key].rect.center() - was
        return QPointF()

    @cached_property
    def _headings(self) -> dict[str, str]:
        return {describe.heading(node.item): key for key, node in self._after.nodes.items()}
