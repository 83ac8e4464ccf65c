"""Which statement imports each file of a run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePath

from app.contract.records import Trace
from app.contract.spots import spot
from app.session.source.parsing import parsed


def imported_at(trace: Trace) -> dict[int, int]:
    """Return the spot of the first statement that imports each file, by the file's number.

    The files are read in the order in which they ran; what no statement names is missing.
    """
    modules = {file.id: _module(file.path) for file in trace.files[1:] if file.path}
    found: dict[int, int] = {}
    for file in trace.files:
        for line, names in _imports(file.text or ""):
            for other, module in modules.items():
                if other not in found and other != file.id and any(map(module.endswith, names)):
                    found[other] = spot(file.id, line)
    return found


def _module(path: str) -> str:
    """
    >>> _module("/work/net/blocks/__init__.py"), _module("/work/net/model.py")
    ('.work.net.blocks', '.work.net.model')
    """
    parts = PurePath(path).with_suffix("").parts[1:]
    return "".join(f".{part}" for part in (parts[:-1] if parts[-1:] == ("__init__",) else parts))


@lru_cache(maxsize=256)
def _imports(text: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the lines with an import, and the modules that each may import: ".a.b"."""
    found = [
        (node.lineno, tuple(_names(node)))
        for node in ast.walk(parsed(text if "import" in text else ""))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return tuple(sorted(found))


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = f".{node.module}" if isinstance(node, ast.ImportFrom) and node.module else ""
    if module:
        yield module
    for alias in node.names:
        yield f"{module}.{alias.name}"
