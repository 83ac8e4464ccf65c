"""Weak references of the recorder, which the snippet cannot see.

Torch refuses to swap tensors to which there are weak references, and a program may count them.
"""

from __future__ import annotations

import weakref
from typing import Any

from app.tracer.patches import Patches


class Weak(weakref.ref):  # type: ignore[type-arg]  # a subclass with slots cannot be subscripted
    """A weak reference that `weakref.getweakrefs` and `getweakrefcount` leave out."""

    __slots__ = ()


def hide_references(patches: Patches) -> None:
    """Hide every `Weak` from the functions of `weakref` until `patches` is undone."""
    original = weakref.getweakrefs

    def getweakrefs(object: Any) -> list[Any]:
        return [reference for reference in original(object) if not isinstance(reference, Weak)]

    def getweakrefcount(object: Any) -> int:
        return len(getweakrefs(object))

    patches.set(weakref, "getweakrefs", getweakrefs)
    patches.set(weakref, "getweakrefcount", getweakrefcount)
