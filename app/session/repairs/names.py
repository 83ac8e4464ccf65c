"""Names that a text uses and never defines: what to import, and placeholders for the rest."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterator
from typing import NamedTuple

from app.session.source.parsing import first_line, parsed

IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "optim": "from torch import optim",
    "np": "import numpy as np",
    "DataLoader": "from torch.utils.data import DataLoader",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    "OrderedDict": "from collections import OrderedDict",
} | {name: f"import {name}" for name in ("math", "random", "time", "os", "copy")}
_NAMESPACE = {"__name__", "__file__", "__doc__", "__builtins__"}
_BATCH, _FEATURES, _CLASSES = 8, 4, 3
_IMAGE = 32
_INPUTS = re.compile(r"(x|batch|data|images?|inputs?|input_\w+|features)", re.IGNORECASE)
_TARGETS = re.compile(r"(y|y_true|targets?|labels?)", re.IGNORECASE)
_PATTERNS = (
    (re.compile(r"\w*loader|dataset|batches", re.IGNORECASE), "loader"),
    (re.compile(r"(\w*_)?model|net|network", re.IGNORECASE), "model"),
    (re.compile(r"criterion|loss_f(n|unc|unction)?", re.IGNORECASE), "loss"),
    (re.compile(r"opt|optimizer", re.IGNORECASE), "optimizer"),
    (_INPUTS, "inputs"),
    (_TARGETS, "targets"),
    (re.compile(r"device"), "device"),
    (re.compile(r"(num_|n_)?epochs"), "epochs"),
    (re.compile(r"lr|learning_rate"), "rate"),
    (re.compile(r"batch_size"), "batch"),
)


class Undefined(NamedTuple):
    """Names that are used and not defined before `line`, in the order of their use."""

    names: list[str]
    line: int
    """Where definitions belong: before the first statement that may use them, 1-based."""


def undefined(text: str) -> Undefined:
    """Return the undefined names of Python code.  Raises SyntaxError."""
    tree = parsed(text)
    first = next((one for one in tree.body if not _is_passive(one)), None)
    line = text.count("\n") + 2 if first is None else first_line(first)
    top = symtable.symtable(text, "snippet", "exec")
    defined = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    defined |= {s.get_name() for s in top.get_symbols() if s.is_namespace()}
    for table in _tables(top):
        defined |= {s.get_name() for s in table.get_symbols() if s.is_declared_global()}
    used = {
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or table is top)
    }
    if any(isinstance(one, ast.ImportFrom) and one.names[0].name == "*" for one in tree.body):
        return Undefined([], line)  # what it defines is not in the text
    missing = used - defined - set(dir(builtins)) - _NAMESPACE
    return Undefined(sorted(missing, key=lambda name: _place(tree, name)), line)


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _is_passive(statement: ast.stmt) -> bool:
    """Return whether a statement comes before all others anyway: an import, the docstring."""
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, ast.Import | ast.ImportFrom)


def _place(tree: ast.Module, name: str) -> tuple[int, int]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name)
    return min(((node.lineno, node.col_offset) for node in nodes), default=(0, 0))


def stand_in(name: str, text: str) -> str | None:
    """Return a small value for an undefined name, as Python code; None if it is unclear what.

    >>> stand_in("criterion", ""), stand_in("A", "B = A * 6"), stand_in("save", "save(x)")
    ('nn.CrossEntropyLoss()', 'torch.tensor([1.0, 2.0, 3.0], requires_grad=True)', None)
    """
    kind = next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(name)), None)
    inputs, targets, model = _shapes(text)
    known = {
        "loader": f"[({inputs}, {targets})]",
        "model": model,
        "loss": "nn.CrossEntropyLoss()",
        "optimizer": "torch.optim.SGD(model.parameters(), lr=0.1)",
        "inputs": inputs,
        "targets": targets,
        "device": 'torch.device("cpu")',
        "epochs": "2",
        "rate": "0.1",
        "batch": str(_BATCH),
    }
    if kind is not None:
        return known[kind]
    if re.search(rf"\b{re.escape(name)}\s*[.(]", text):
        return None  # it is called, or something of its own is asked for
    return "torch.tensor([1.0, 2.0, 3.0], requires_grad=True)"


def _shapes(text: str) -> tuple[str, str, str]:
    """Return inputs, targets and a model that fit the first and the last layer of a text."""
    first = re.search(r"\b(Linear|Conv2d|LazyLinear)\((?:in_\w+ *= *)?(\d+)", text)
    last = re.findall(r"\bLinear\(\w+ *, *(?:out_\w+ *= *)?(\d+)", text)
    classes = int(last[-1]) if last else _CLASSES
    targets = f"torch.randint(0, {classes}, ({_BATCH},))"
    if first is not None and first[1] == "Conv2d":
        shape = f"{_BATCH}, {first[2]}, {_IMAGE}, {_IMAGE}"
    else:
        shape = f"{_BATCH}, {first[2] if first else _FEATURES}"
    layers = f"nn.Linear({_FEATURES}, 8), nn.ReLU(), nn.Linear(8, {_CLASSES})"
    return f"torch.randn({shape})", targets, f"nn.Sequential({layers})"
