"""The lessons and lectures that come along."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.session import resources
from app.session.language import localized
from app.session.lectures.files import read_files
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import TEXT, lecture_of


@cache
def lessons() -> Lecture:
    """Return the lessons, each a page, in the user's language as far as they are written in it."""
    return _shipped("lessons")


@cache
def titles() -> dict[str, str]:
    """Return the titles of the lectures by their keys, in the order of the menu."""
    texts = sorted(resources.path("lectures").glob(f"*/{TEXT}"))
    return {text.parent.name: _first_line(localized(text)).removeprefix("# ") for text in texts}


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return next(file).strip()


@cache
def lecture(key: str) -> Lecture:
    """Return one of the lectures."""
    return _shipped("lectures", key)


def _shipped(*parts: str) -> Lecture:
    folder = resources.path(*parts)
    files = {
        name: localized(folder / name).read_text(encoding="utf-8") for name in read_files(folder)
    }
    return lecture_of(folder.name, files)
