"""Texts are plain English: expressions that made readers stumble do not come back."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSTEAD = {
    r"(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b)": "is not a …",
    r"\bnone of\b": "not one of, no …",
    r"\banew\b": "again",
    r"\bonce more\b": "again",
    r"\bways?\b": "path, form",
    r"\b(?:tells?|told)\b": "reports, says, received",
    r"\b(?:stands?|stood)\b": "is",
    r"\bcame to\b": "received, reached",
    r"\bof which\b": "whose, of these",
    r"\bgone? back through\b": "follow, differentiate",
    r"\bas many as there\b": "as many as fit",
}
"""What not to write, as a regular expression, and what to write."""
_CODE = re.compile(r"`[^`]*`")


def stumbled_over(text: str) -> Iterator[str]:
    """Yield the expressions in a text that are not plain, with what to write instead."""
    plain = " ".join(_CODE.sub("`…`", text).split())
    for pattern, instead in INSTEAD.items():
        for found in re.finditer(pattern, plain, re.IGNORECASE):
            yield f"“{found[0]}” in “{plain[:100]}”, better: {instead}"


def literals(source: str) -> Iterator[str]:
    """Yield the strings in Python code that may be sentences, docstrings left out."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in alone:
            text = node.value
            if isinstance(text, str) and " " in text:
                yield text


def test_the_check_sees_what_it_is_there_to_see() -> None:
    assert [*stumbled_over("It is no leaf, none of its values stands there.")] != []
    assert len([*stumbled_over("The line is no\nleaf.")]) == 1
    assert [*stumbled_over("It calls `stands.way()`.")] == []
    assert [*stumbled_over("There is no graph yet. It is no longer there, away from always.")] == []
    assert [*literals('"""A way."""\ntr("The way")\nf"a way {x} of it"')] == [
        "The way", "a way ", " of it",
    ]  # fmt: skip


def test_texts_in_the_code_are_plain() -> None:
    paths = [
        path for package in ("app", "graphviz_render") for path in (ROOT / package).rglob("*.py")
    ]
    assert len(paths) > 300
    found = [
        f"{path.relative_to(ROOT)}: {one}"
        for path in sorted(paths)
        for text in literals(path.read_text(encoding="utf-8"))
        for one in stumbled_over(text)
    ]
    assert found == []


def test_documents_lessons_and_guide_are_plain() -> None:
    resources = ROOT / "resources"
    paths = [*ROOT.glob("*.md"), *resources.glob("guide/*.md")]
    paths += [*resources.glob("lessons/*.md"), *resources.glob("lectures/*/*.[mj][ds]*")]
    texts = [(path, path.read_text(encoding="utf-8")) for path in sorted(paths)]
    index = resources / "examples/index.json"
    for example in json.loads(index.read_text(encoding="utf-8"))["examples"]:
        texts += [(index, example["title"]), (index, example["description"])]
    assert len(texts) > 30
    found = [
        f"{path.relative_to(ROOT)}: {one}"
        for path, text in texts
        for paragraph in text.split("\n\n")
        for one in stumbled_over(paragraph)
    ]
    assert found == []
