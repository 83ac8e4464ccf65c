"""A language of no country: every text in brackets, accented and a third longer.

With it one sees what a translator could not reach, and what a longer text does to the window:

python -m tests.tools.pseudo FOLDER      pictures of the window in it, under Xvfb
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from tests.tools.catalogs import catalog, compiled
from tests.tools.messages import Message, messages

LANGUAGE = "xx"
"""No language has this code, and gettext does not ask."""
_KEPT = re.compile(r"(\{[^{}]*\}|\(\*\.\w+\))")
"""What `format` fills in, and the patterns of file dialogs."""
_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "äƀçđëƒğħïĵķłṃñöƥqŕšťüṽŵẋýžÄƁÇĐËƑĞĦÏĴĶŁṂÑÖƤQŔŠŤÜṼŴẊÝŽ".replace("q", "ɋ").replace("Q", "Ɋ"),
)
_LONGER = 0.3


def pseudo(text: str) -> str:
    """
    >>> pseudo("Line {line} of it")
    '⟦Łïñë {line} öƒ ïť ~~~~⟧'
    """
    pieces = _KEPT.split(text)
    accented = "".join(
        piece if place % 2 else piece.translate(_ACCENTED) for place, piece in enumerate(pieces)
    )
    return f"⟦{accented} {'~' * max(1, round(len(text) * _LONGER) - 1)}⟧"


def install(data: Path) -> dict[str, str]:
    """Write its catalog below a data folder; the environment in which a program speaks it."""
    folder = data / "tapescope" / "locale" / LANGUAGE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    translations = {message: _forms(message) for message in messages()}
    (folder / "tapescope.mo").write_bytes(compiled(catalog(translations, LANGUAGE)))
    return {"XDG_DATA_HOME": str(data), "LANGUAGE": LANGUAGE, "LANG": "C.UTF-8"}


def _forms(message: Message) -> list[str]:
    if message.context == "between thousands":
        return ["’"]
    return [pseudo(text) for text in (message.one, message.many) if text]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(install(Path(folder)))
        from tests.tools import screenshots  # what it loads speaks the language from now on

        return screenshots.main()


if __name__ == "__main__":
    sys.exit(main())
