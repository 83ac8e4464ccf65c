"""The way out of a run's process.

What the interpreter does at its end, without taking torch apart module by module: that takes two
thirds of a second and shows nothing.  `multiprocessing` ends the processes that it forks likewise.

Known limitations: modules other than `__main__` are not cleared, so what only they keep alive is
not finalised; destructors of C++ libraries and functions registered with C's `atexit` do not run.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn


def leave(exit_code: int, close: Callable[[], None]) -> NoReturn:
    """Joins threads, calls `atexit` functions, lets go of the snippet's variables, flushes; ends.

    `close` is called when nothing more will be written.
    """
    with suppress(KeyboardInterrupt):
        threading._shutdown()  # type: ignore[attr-defined]  # no public name does this
    with suppress(KeyboardInterrupt):
        atexit._run_exitfuncs()
    flush_streams()
    _let_go_of_main()
    flush_streams()
    close()
    os._exit(exit_code & 0xFF)


def leave_torch_alone() -> None:
    """Called before a run: what is there now is not taken apart at the end, nor collected.

    torch would unregister its operators one by one, and the collector would look at all of torch,
    which in a forked process means copying it.
    """
    finalizers: dict[Any, Any] = vars(weakref.finalize)["_registry"]  # no public name for it
    for finalizer in finalizers:
        finalizer.atexit = False
    gc.freeze()


def flush_streams() -> None:
    """Python's and C's stdout and stderr, whatever the snippet did to them."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    if sys.platform != "win32":
        ctypes.CDLL(None).fflush(None)


def _let_go_of_main() -> None:
    """Finalises what the snippet made, in the interpreter's order.

    The module goes when nobody refers to it; if somebody does, its variables are cleared, those
    with a leading underscore first.
    """
    main = weakref.ref(sys.modules.pop("__main__"))
    gc.collect()
    kept = main()
    if kept is None:
        return
    variables = vars(kept)
    private = [name for name in variables if name.startswith("_") and not name.startswith("__")]
    others = [name for name in variables if name not in private and name != "__builtins__"]
    for name in private + others:
        variables[name] = None
    gc.collect()
