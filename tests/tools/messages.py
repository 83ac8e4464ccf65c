"""The texts that can be translated: a template for translators, and catalogs for tests.

python -m tests.tools.messages > tapescope.pot     (`make messages`)
"""

from __future__ import annotations

import ast
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_WRAPPERS = ("tr", "_add")
"""`tr` itself, and the method of `app.gui.actions` whose first argument goes through it."""


def messages() -> dict[str, list[str]]:
    """Every text, and the places ("app/gui/menus.py:32") where it stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        constants = _constants(tree)
        for call in _calls(tree):
            first = call.args[0] if call.args else None
            text = _text(first, constants)
            if text is not None:
                found[text].append(f"{path.relative_to(ROOT)}:{call.lineno}")
    return found


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _WRAPPERS:
                yield node


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


def template(found: Mapping[str, list[str]]) -> str:
    """In the form that gettext's tools and translators' programs read."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    entries = (
        f'#: {" ".join(places)}\nmsgid {_quoted(text)}\nmsgstr ""\n'
        for text, places in sorted(found.items())
    )
    return "\n".join([head, *entries])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def catalog(translations: Mapping[str, str]) -> bytes:
    """A compiled catalog, as `msgfmt` makes one."""
    entries = {"": "Content-Type: text/plain; charset=UTF-8\n", **translations}
    keys = sorted(entries, key=str.encode)
    ids, texts, table = b"", b"", []
    for key in keys:
        id_, text = key.encode(), entries[key].encode()
        table.append((len(id_), len(ids), len(text), len(texts)))
        ids += id_ + b"\0"
        texts += text + b"\0"
    start = 7 * 4 + 16 * len(keys)
    originals = b"".join(struct.pack("<2I", size, start + at) for size, at, _, _ in table)
    translated = b"".join(
        struct.pack("<2I", size, start + len(ids) + at) for _, _, size, at in table
    )
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return head + originals + translated + ids + texts


if __name__ == "__main__":
    print(template(messages()))
