"""Skipping work of Python and PySide that would delay the start by a seventh."""

from __future__ import annotations

import builtins
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unhindered() -> Iterator[None]:
    """Disable the cyclic collector, and exempt all objects made in this block for ever.

    They are modules, classes and the window, which live until the program ends. Later ones are
    left to the window's `running.collector`.
    """
    _import_plainly()
    gc.disable()
    yield
    gc.freeze()


def _import_plainly() -> None:
    """Load Qt, and undo its replacement of `import`, if there is one.

    PySide reads the source of each module that is imported after it, to see whether the module
    asks for another spelling of Qt's names (`from __feature__ import snake_case`). Ours do not.
    """
    import PySide6.QtCore  # noqa: F401  # puts its own in

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
