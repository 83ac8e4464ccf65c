"""Ends a run's process.

It does what the interpreter does at its end, without taking torch apart module by module: that
takes two thirds of a second and shows nothing.  `multiprocessing` ends the processes that it forks
in the same manner.

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
from types import ModuleType
from typing import Any, NoReturn

_exit, _collect, _run_exit_functions = os._exit, gc.collect, atexit._run_exitfuncs
_join_threads: Callable[[], None] = vars(threading)["_shutdown"]  # no public name does this
_flush_c: Callable[[Any], int] | None = None
if sys.platform != "win32":
    _flush_c = ctypes.CDLL(None).fflush


def leave(exit_code: int, close_books: Callable[[], None], close: Callable[[], None]) -> NoReturn:
    """Join threads, call `atexit` functions, let go of the snippet's variables, flush, and end.

    `close_books` is registered with `atexit`, from where the snippet may have taken it.  `close` is
    called when nothing more will be written.  The process ends with `exit_code` whatever happens
    before: each step runs code of the snippet's or needs what the snippet may have replaced.
    """
    steps = (_join_threads, _run_exit_functions, close_books, flush_streams, _let_go_of_main)
    for step in (*steps, flush_streams, close):
        try:
            step()
        except BaseException:  # Python goes on, too
            continue
    _exit(exit_code & 0xFF)


def leave_torch_alone() -> None:
    """Exempt all objects that exist before a run from clean-up at the end and from collection.

    torch would unregister its operators one by one, and the collector would look at all of torch,
    which in a forked process means copying it.
    """
    finalizers: dict[Any, Any] = vars(weakref.finalize)["_registry"]  # no public name for it
    for finalizer in finalizers:
        finalizer.atexit = False
    gc.freeze()


def flush_streams() -> None:
    """Flush Python's and C's stdout and stderr, whatever the snippet did to them."""
    for name in ("stdout", "stderr"):
        try:
            vars(sys)[name].flush()
        except Exception:  # gone, closed, or none that flushes
            continue
    if _flush_c is not None:
        _flush_c(None)


def _let_go_of_main() -> None:
    """Finalise what the snippet made, in the interpreter's order.

    The module is freed when nothing refers to it; otherwise its variables are cleared, those with
    a leading underscore first.
    """
    module = sys.modules.pop("__main__", None)
    if not issubclass(type(module), ModuleType):  # the snippet has put something else there
        return
    main = weakref.ref(module)
    del module
    _collect()
    kept = main()
    if kept is None:
        return
    variables = vars(kept)
    private = [name for name in variables if name.startswith("_") and not name.startswith("__")]
    others = [name for name in variables if name not in private and name != "__builtins__"]
    for name in private + others:
        variables[name] = None
    _collect()
