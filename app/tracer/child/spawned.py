"""Records what a process does that `multiprocessing` has spawned: a new interpreter."""

from __future__ import annotations

import json
import sys
from multiprocessing.process import BaseProcess
from typing import Any

from app.contract.messages import RunRequest
from app.tracer.child.outgoing import RowSender
from app.tracer.child.spool import REQUEST, Spool
from app.tracer.patches import Patches
from app.tracer.snippet.sandbox import record_spawned


def follow(folder: str, name: str) -> None:
    """Record from where the process begins its own work, after it has imported the program."""
    with open(f"{folder}/{REQUEST}", encoding="utf-8") as file:
        request = RunRequest(*json.load(file))
    rows = RowSender(bytearray.clear, Spool(folder, name), is_child=True)
    patches = Patches()
    original: Any = BaseProcess._bootstrap  # type: ignore[attr-defined]

    def _bootstrap(self: Any, *given: Any, **named: Any) -> int:
        patches.undo()
        variables = vars(sys.modules["__main__"])
        return record_spawned(request, rows, variables, lambda: original(self, *given, **named))

    patches.set(BaseProcess, "_bootstrap", _bootstrap)
