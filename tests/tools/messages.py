"""The texts that can be translated, as they are found in the code and the examples' index."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from app.tracer.snippet import hints

ROOT = Path(__file__).resolve().parents[2]
_WRAPPERS = ("tr", "translatable", "_add", "_")
"""`tr` itself, and the method of `app.gui.actions` whose first argument goes through it."""
_MARKING = (*_WRAPPERS, "ngettext", "plural", "pgettext")


class Message(NamedTuple):
    """`many` is empty for a text that counts nothing, `context` where the text says enough."""

    one: str
    many: str = ""
    context: str = ""


@cache
def messages() -> Mapping[Message, list[str]]:
    """Return every text, and the places ("app/gui/menus.py:32") where it is used."""
    found: dict[Message, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        constants = _constants(tree)
        for call in _calls(tree):
            message = _message(call, constants)
            if message is not None:
                found[message].append(f"{path.relative_to(ROOT)}:{call.lineno}")
    for text in hints.TEXTS:
        found[Message(text)].append("app/tracer/snippet/hints.py")
    for text in _without_names_of_torch():
        found[Message(text)].append("app/tracer/private.py")
    index = ROOT / "resources/examples/index.json"
    for example in json.loads(index.read_text(encoding="utf-8"))["examples"]:
        for text in (example["title"], example["description"]):
            found[Message(text)].append(str(index.relative_to(ROOT)))
    return _once(found)


def _without_names_of_torch() -> Iterator[str]:
    """What is not recorded without a name that the recorder uses, for each of these."""
    tree = ast.parse((ROOT / "app/tracer/private.py").read_bytes())
    constants = _constants(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        said = [given.value for given in call.keywords if given.arg == "without"]
        if _name(call) == "_get":
            said = call.args[1:2]
        yield from (text for one in said if (text := _text(one, constants)) is not None)


def _once(found: Mapping[Message, list[str]]) -> dict[Message, list[str]]:
    """In a catalog a text with a count serves as the same text alone, which is not repeated."""
    counting = {(message.one, message.context): message for message in found if message.many}
    merged: dict[Message, list[str]] = defaultdict(list)
    for message, places in found.items():
        merged[counting.get((message.one, message.context), message)] += places
    return merged


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in _MARKING:
            yield node


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _message(call: ast.Call, constants: Mapping[str, str]) -> Message | None:
    texts = [_text(argument, constants) for argument in call.args[:2]]
    match _name(call), texts:
        case "ngettext" | "plural", [str(one), str(many)]:
            return Message(one, many)
        case "pgettext", [str(context), str(one)]:
            return Message(one, context=context)
        case _, [str(one), *_]:
            return Message(one)
    return None


def _constants(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives names to."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _text(node: ast.expr | None, constants: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
