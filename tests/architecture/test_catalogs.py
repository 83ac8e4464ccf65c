"""The catalogs that come along: what is read is what was written, and says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import pytest

from app.session.language import LANGUAGES
from tests.tools import catalogs
from tests.tools.messages import Message, messages

_KEPT = re.compile(r"`[^`]*`|%\(\w+\)s|\*\.\w+|(?<!&)&(?!&)|\.\.\.|--[a-z-]+|\\n")
"""Code, what argparse fills in, patterns of file dialogs, letters that open a menu, options."""


def translated(language: str) -> Iterator[tuple[Message, str]]:
    for message, forms, _ in catalogs.entries(catalogs.read(language)):
        for text in filter(None, forms):
            yield message, text


def names(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_language_can_be_chosen() -> None:
    assert {"en", *catalogs.languages()} == set(LANGUAGES)


@pytest.mark.parametrize("language", catalogs.languages())
def test_what_is_read_is_what_was_written(language: str) -> None:
    """Where this fails: `make catalogs`."""
    made = catalogs.read(language)
    again = catalogs.catalog({m: forms for m, forms, _ in catalogs.entries(made)}, language)
    compiled = catalogs.path(language).with_suffix(".mo").read_bytes()
    assert catalogs.compiled(again) == compiled


@pytest.mark.parametrize("language", catalogs.languages())
def test_a_translation_has_the_same_names_and_the_same_code(language: str) -> None:
    for message, text in translated(language):
        full = message.many or message.one
        assert names(text) == names(full), message
        assert _kept(text) == _kept(full), message


def _kept(text: str) -> list[str]:
    return sorted(set(_KEPT.findall(text)))


@pytest.mark.parametrize("language", catalogs.languages())
def test_every_text_is_translated(language: str) -> None:
    """Where this fails: `make catalogs`, translate what is empty, and `make catalogs` again."""
    there = {message for message, _ in translated(language)}
    found = messages()
    assert [f"{found[one][0]}: {one.one}" for one in found if one not in there] == []
    assert there <= set(found)
