"""The examples that come with the program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from app.session import resources
from app.session.language import localized, tr


@dataclass(frozen=True, slots=True)
class Example:
    title: str
    description: str
    path: Path


def examples() -> list[Example]:
    """In the order of the menu."""
    index = json.loads(resources.read_text("examples", "index.json"))
    return [
        Example(
            tr(entry["title"]),
            tr(entry["description"]),
            localized(resources.path("examples", entry["file"])),
        )
        for entry in index["examples"]
    ]
