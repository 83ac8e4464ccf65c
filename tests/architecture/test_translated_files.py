"""Lessons, lectures, examples and the guide in other languages: all there, with the same code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from app.gui.commands import plain
from app.session import resources
from app.session.lectures.lecture import address_of
from tests.tools import catalogs

PAGES = ["lessons/*.md", "guide/*.md", "lectures/*/*.md"]


def pairs(patterns: Iterable[str]) -> list[tuple[Path, Path, str]]:
    """The English files, each with where its translation is, and the language."""
    return [
        (english, english.parent / language.replace("_", "-") / english.name, language)
        for language in catalogs.languages()
        for pattern in patterns
        for english in sorted(resources.path().glob(pattern))
    ]


_FENCED = re.compile(r"(?ms)^```.*?^```$|^<!--.*?-->$|^- `[^`\n]+`$")
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\]\((?!scene:)([^)]+)\)")
_ENTRY = re.compile(r"\*\*([^*]+)\*\*(?:\s*[(（]([^)）\s]+)[)）])?")
_NAME = re.compile(r"(?<!\*)\*([^*\n]+(?:\n[^*\n]+)?)\*(?!\*)")


def named(pair: tuple[Path, Path, str]) -> str:
    return f"{pair[0].parent.name}-{pair[0].stem}-{pair[2]}"


@cache
def translations(language: str) -> Mapping[str, str]:
    """What a text without its mnemonic is in a language; that of a menu comes first."""
    found = sorted(catalogs.entries(catalogs.read(language)), key=lambda one: "&" in one[0].one)
    return {plain(message.one): plain(forms[0]) for message, forms, _ in found if any(forms)}


@pytest.mark.parametrize("pair", pairs(PAGES), ids=named)
def test_code_questions_and_links_are_the_same(pair: tuple[Path, Path, str]) -> None:
    before, after = (path.read_text(encoding="utf-8") for path in pair[:2])
    assert _FENCED.findall(after) == _FENCED.findall(before)
    assert sorted(set(_LINK.findall(after))) == sorted(set(_LINK.findall(before)))
    assert set(_CODE.findall(after)) == set(_CODE.findall(before))
    assert after.startswith("# ")


@pytest.mark.parametrize("pair", pairs(["guide/*.md"]), ids=named)
def test_menus_and_names_are_those_of_the_catalog(pair: tuple[Path, Path, str]) -> None:
    before, after, language = pair
    assert list(entries(after)) == [
        (translated(path, language), keys) for path, keys in entries(before)
    ]
    shown = [*map(pattern, translations(language).values()), *_NAME.findall(prose(before))]
    for name in _NAME.findall(prose(after)):
        assert any(re.fullmatch(one, plain(name)) for one in shown), name


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"(?m)^    .*", "", page.read_text(encoding="utf-8"))


def pattern(text: str) -> str:
    """What fits a text, or the first part of it: "Language" of "Language, after a restart"."""
    if not re.search(r"\w", re.sub(r"\{\w+\}", "", text)):
        return r"(?!)"
    first, _, rest = text.partition("，")
    parts = [re.sub(r" ?\\\{\w+\\\} ?", ".+", re.escape(one).replace(r"\ ", " "))
             for one in (first, rest)]  # fmt: skip
    return f"{parts[0]}(，{parts[1]})?" if rest else parts[0]


@pytest.mark.parametrize("pair", pairs(["lectures/*/scenes.json"]), ids=named)
def test_scenes_show_the_same(pair: tuple[Path, Path, str]) -> None:
    before, after = (json.loads(path.read_text(encoding="utf-8"))["scenes"] for path in pair[:2])
    texts = ("name", "sentence", "notes")
    assert [set(one) for one in after] == [set(one) for one in before]
    for one, other in zip(before, after, strict=True):
        assert {k: v for k, v in one.items() if k not in texts} == {
            k: v for k, v in other.items() if k not in texts
        }
    lecture = pair[1].with_name("lecture.md").read_text(encoding="utf-8")
    shown = re.findall(r"\(scene:([^)]+)\)", lecture)
    assert set(shown) <= {address_of(one["name"]) for one in after}


@pytest.mark.parametrize("pair", pairs(["examples/*.py"]), ids=named)
def test_only_comments_of_examples_differ(pair: tuple[Path, Path, str]) -> None:
    """An example without comments needs no translation."""
    before = pair[0].read_text(encoding="utf-8")
    if not pair[1].exists():
        assert "#" not in before
        return
    after = pair[1].read_text(encoding="utf-8")
    assert without_words(after) == without_words(before)
    assert len(after.splitlines()) == len(before.splitlines())
    assert max(map(len, after.splitlines())) <= 120


def without_words(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


def entries(page: Path) -> Iterator[tuple[str, str]]:
    for path, keys in _ENTRY.findall(page.read_text(encoding="utf-8")):
        yield plain(path), keys


def translated(path: str, language: str) -> str:
    """ "File > Open" as its menus have it."""
    known = translations(language)
    return " > ".join(with_place(part, known) for part in path.split(" > "))


def with_place(part: str, known: Mapping[str, str]) -> str:
    """An entry; the number of a bookmark or of a depth is in braces in the catalog."""
    number = re.search(r"\d", part)
    if part in known or number is None:
        return known[part]
    braced = next(one for one in known if re.sub(r"\{\w+\}", number[0], one) == part)
    return re.sub(r"\{\w+\}", number[0], known[braced])
