"""The texts that can be translated: a template for translators, and catalogs for tests.

python -m tests.tools.messages > tapescope.pot     (`make messages`)
"""

from __future__ import annotations

import ast
import json
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_WRAPPERS = ("tr", "translatable", "_add")
"""`tr` itself, and the method of `app.gui.actions` whose first argument goes through it."""
_MARKING = (*_WRAPPERS, "ngettext", "plural", "pgettext")


class Message(NamedTuple):
    """`many` is empty for a text that counts nothing, `context` where the text says enough."""

    one: str
    many: str = ""
    context: str = ""


def messages() -> dict[Message, list[str]]:
    """Every text, and the places ("app/gui/menus.py:32") where it stands."""
    found: dict[Message, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        constants = _constants(tree)
        for call in _calls(tree):
            message = _message(call, constants)
            if message is not None:
                found[message].append(f"{path.relative_to(ROOT)}:{call.lineno}")
    index = ROOT / "resources/examples/index.json"
    for example in json.loads(index.read_text(encoding="utf-8"))["examples"]:
        for text in (example["title"], example["description"]):
            found[Message(text)].append(str(index.relative_to(ROOT)))
    return _once(found)


def _once(found: Mapping[Message, list[str]]) -> dict[Message, list[str]]:
    """In a catalog a text that counts stands for the same text alone, and may not stand twice."""
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


_HEADER = (
    "Project-Id-Version: tapescope\n",
    "Language: \n",
    "MIME-Version: 1.0\n",
    "Content-Type: text/plain; charset=UTF-8\n",
    "Content-Transfer-Encoding: 8bit\n",
    "Plural-Forms: nplurals=2; plural=(n != 1);\n",
)


def template(found: Mapping[Message, list[str]]) -> str:
    """In the form that gettext's tools and translators' programs read."""
    head = "".join(f"{_quoted(line)}\n" for line in ("", *_HEADER))
    head = f'msgid ""\nmsgstr {head}'
    return "\n".join([head, *(_entry(message, found[message]) for message in sorted(found))])


def _entry(message: Message, places: Sequence[str]) -> str:
    lines = [f"#: {' '.join(places)}"]
    if "{" in message.one:
        lines.append("#, python-brace-format")
    if message.context:
        lines.append(f"msgctxt {_quoted(message.context)}")
    lines.append(f"msgid {_quoted(message.one)}")
    if message.many:
        lines += [f"msgid_plural {_quoted(message.many)}", 'msgstr[0] ""', 'msgstr[1] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def catalog(translations: Mapping[Message, Sequence[str]], language: str = "xx") -> bytes:
    """A compiled catalog, as `msgfmt` makes one; a text that counts has a translation per form."""
    entries = {
        "": f"Language: {language}\n"
        "Content-Type: text/plain; charset=UTF-8\n"
        "Plural-Forms: nplurals=2; plural=(n != 1);\n"
    }
    for message, forms in translations.items():
        one = f"{message.context}\4{message.one}" if message.context else message.one
        entries["\0".join(filter(None, (one, message.many)))] = "\0".join(forms)
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
