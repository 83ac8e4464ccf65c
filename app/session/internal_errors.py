"""Tapescope's own failures: a rotating log in the user's state folder, and where to find it.

What is not caught where it happens comes here by Python's own hooks (`sys.excepthook`), so code
that must go on after a bug of ours calls that hook and needs nothing of this module.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from types import TracebackType

from app.session.language import tr
from app.session.versions import own_version

_MOST_BYTES = 1_000_000
_OLDER_FILES = 2


def log_path() -> Path:
    """Return the path of the log, which exists once something has gone wrong.

    On Linux that is `$XDG_STATE_HOME/tapescope/log/tapescope.log`.
    """
    from platformdirs import user_log_path  # 20 ms, needed in the rare case

    return user_log_path("tapescope", appauthor=False) / "tapescope.log"


def details() -> str:
    """Return the sentence that says where a failure is described."""
    return tr("Details are in {log}.").format(log=log_path())


def record(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Append an exception with its traceback to the log; never raises."""
    _log().error("An internal error", exc_info=(kind, error, traceback))


def record_warning(text: str) -> None:
    """Append a line to the log; never raises."""
    _log().warning("%s", text)


@cache
def _log() -> logging.Logger:
    from logging.handlers import RotatingFileHandler  # 20 ms, needed in the rare case

    class Handler(RotatingFileHandler):
        def handleError(self, record: logging.LogRecord) -> None:
            """Do nothing: where the log cannot be written, there is nowhere to say so."""

    log = logging.getLogger("tapescope")
    log.propagate = False
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = Handler(
            path, maxBytes=_MOST_BYTES, backupCount=_OLDER_FILES, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    version = own_version()
    line = f"%(asctime)s tapescope {version} (process %(process)d) %(levelname)s: %(message)s"
    handler.setFormatter(logging.Formatter(line))
    log.addHandler(handler)
    return log
