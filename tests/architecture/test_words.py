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
    r"\b(?:came|comes?|becomes?|became) of\b": "the result of, the state of",
    r"\bgone? back through\b": "follow, differentiate",
    r"\bas many as there\b": "as many as fit",
}
"""What not to write, as a regular expression, and what to write."""
_CODE = re.compile(r"`[^`]*`")
_COMMENTS = re.compile(r"(?:^ *#.*\n)+|#.*", re.MULTILINE)
"""Lines of a comment, or one behind code."""


def stumbled_over(text: str) -> Iterator[str]:
    """Yield the expressions in a text that are not plain, with what to write instead."""
    plain = " ".join(_CODE.sub("`…`", text).split())
    for pattern, instead in INSTEAD.items():
        for found in re.finditer(pattern, plain, re.IGNORECASE):
            around = plain[max(0, found.start() - 50) : found.end() + 50]
            yield f"“{found[0]}” in “{around}”, better: {instead}"


def texts_in(source: str) -> Iterator[str]:
    """Yield the strings in Python code that may be sentences, docstrings too, and the comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value
    for block in _COMMENTS.findall(source):
        yield block.replace("#", " ")


def test_the_check_sees_what_it_is_there_to_see() -> None:
    assert [*stumbled_over("It is no leaf, none of its values stands there.")] != []
    assert len([*stumbled_over("The line is no\nleaf.")]) == 1
    assert [*stumbled_over("It calls `stands.way()`.")] == []
    assert [*stumbled_over("There is no graph yet. It is no longer there, away from always.")] == []
    code = '"""A way."""\ntr("The way")\nf"a way {x} of it"  # This is\n# It is\n# no way.\n'
    assert [" ".join(text.split()) for text in texts_in(code)] == [
        "A way.", "The way", "a way", "of it", "This is", "It is no way.",
    ]  # fmt: skip


def test_texts_in_the_code_are_plain() -> None:
    folders = ("app", "graphviz_render", "tests")
    paths = {path for folder in folders for path in (ROOT / folder).rglob("*.py")}
    assert len(paths) > 900
    found = [
        f"{path.relative_to(ROOT)}: {one}"
        for path in sorted(paths - {Path(__file__)})  # which quotes what it refuses
        for text in texts_in(path.read_text(encoding="utf-8"))
        for one in stumbled_over(text)
    ]
    assert found == []


def test_documents_lessons_and_guide_are_plain() -> None:
    resources = ROOT / "resources"
    paths = [*ROOT.glob("*.md"), *resources.glob("guide/*.md")]
    paths += [*resources.glob("lessons/*.md"), *resources.glob("lectures/*/*.[mj][ds]*")]
    paths += [ROOT / "Makefile", ROOT / "pyproject.toml", *resources.glob("page/*.[jc]s*")]
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
