"""Small placeholders for what an article cannot bring along: pretrained models, data, calls."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from app.session.repairs.names import IMPORTS, stand_in, undefined
from app.session.source.parsing import parsed

_PRETRAINED = re.compile(r"\b(?:torchvision\.)?models\.(\w+)\([^()]*\)")
_TORCHVISION = re.compile(r"^(import torchvision\b.*|from torchvision import models\b.*)$", re.M)


class Named(NamedTuple):
    text: str
    imports: list[str]
    """The names that are imported now."""
    made: list[str]
    """The names that have a placeholder now."""
    left: list[str]
    """The names that are still undefined."""


def with_small_models(text: str) -> tuple[str, list[str]]:
    """Replace torchvision's pretrained models, which are large downloads; return their names."""
    if not (names := list(dict.fromkeys(_PRETRAINED.findall(text)))):
        return text, []

    def small(match: re.Match[str]) -> str:
        return f"small_{match[1]}()"

    text = _PRETRAINED.sub(small, text)
    if len(re.findall(r"\btorchvision\b", text)) == len(_TORCHVISION.findall(text)):
        text = _TORCHVISION.sub(r"# \1", text)
    functions = "".join(_small_model(name) for name in names)
    return _put(text, undefined(text).line, functions), names


def _small_model(name: str) -> str:
    head = "classifier" if name.startswith(("vgg", "alex", "mobile", "dense", "eff")) else "fc"
    return (
        f"def small_{name}():  # in place of torchvision's, which is a large download\n"
        f"    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(),\n"
        f"                             nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
        f"    return nn.Sequential(OrderedDict(features=features, {head}=nn.Linear(4, 3)))\n\n\n"
    )


def with_calls(text: str) -> tuple[str, list[str]]:
    """Call each function right after its definition, if nothing in the text runs otherwise.

    Returns the text and the names of these functions.
    """
    tree = parsed(text)
    passive = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    if not functions or not all(isinstance(one, passive) or _is_text(one) for one in tree.body):
        return text, []
    lines, called = text.split("\n"), []
    for function in reversed(functions):
        arguments = function.args
        needed = arguments.args[: len(arguments.args) - len(arguments.defaults)]
        names = [one.arg for one in needed]
        if all(stand_in(name, text) is not None for name in names):
            call = f"{function.name}({', '.join(names)})"
            lines[function.end_lineno or 0 : function.end_lineno or 0] = ["", call]
            called.append(function.name)
    return "\n".join(lines), list(dict.fromkeys(reversed(called)))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def with_names(text: str) -> Named:
    """Import and define what is used and not defined.  Raises SyntaxError."""
    found = undefined(text)
    imports = [name for name in found.names if name in IMPORTS]
    values = {
        name: value
        for name in found.names
        if name not in IMPORTS and (value := stand_in(name, text)) is not None
    }
    if "optimizer" in values and not re.search(r"\bmodel\b", text):
        values["model"] = stand_in("model", text) or ""
    values = dict(sorted(values.items(), key=lambda one: one[0] != "model"))  # others use it
    left = [name for name in found.names if name not in IMPORTS and name not in values]
    made = [f"{name} = {value}" for name, value in values.items()]
    for name in ("torch", "nn"):
        is_used = any(re.search(rf"\b{name}\.", line) for line in made)
        if is_used and name not in imports and not _is_imported(text, name):
            imports.append(name)
    before = [IMPORTS[name] for name in sorted(imports, key=list(IMPORTS).index)]
    added = "\n".join([*before, *([""] if before and made else []), *made])
    return Named(_put(text, found.line, added + "\n\n") if added else text, imports,
                 list(values), left)  # fmt: skip


def _is_imported(text: str, name: str) -> bool:
    tree = ast.walk(parsed(text))
    imports = (one for one in tree if isinstance(one, ast.Import | ast.ImportFrom))
    return any((alias.asname or alias.name) == name for one in imports for alias in one.names)


def _put(text: str, line: int, added: str) -> str:
    lines = text.split("\n")
    before = lines[: line - 1]
    gap = [""] if before and before[-1].strip() and not added.startswith(("import", "from")) else []
    return "\n".join([*before, *gap, added.rstrip("\n"), "", *lines[line - 1 :]])
