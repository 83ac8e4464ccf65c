"""What Python would do while the program starts, and nobody needs.

Together it costs a seventh of the time until the window is there.
"""

from __future__ import annotations

import builtins
import gc
from collections.abc import Iterator
from contextlib import contextmanager

from app.gui.garbage import undisturbed


@contextmanager
def unhindered() -> Iterator[None]:
    """No looking for garbage inside; what was made inside is never looked through.

    It is modules, classes and the window, which all stay to the end.
    """
    _import_plainly()
    with undisturbed():
        yield
        gc.freeze()


def _import_plainly() -> None:
    """Loads Qt, and takes back its own `import`, if it has one.

    PySide reads the source of each module that is imported after it, to see whether the module
    asks for another spelling of Qt's names (`from __feature__ import snake_case`). None of ours
    does.
    """
    import PySide6.QtCore  # noqa: F401  # puts its own in

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
