"""The program's words in the user's language: gettext catalogs, English where there is none.

The language is that of the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG).  Catalogs lie in
`resources/locale/<language>/LC_MESSAGES/tapescope.mo`; those below the user's own data folder,
`tapescope/locale`, come first, so that a translation can be tried without touching the program.
"""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path

from app.session import resources

DOMAIN = "tapescope"


def tr(text: str) -> str:
    """`text`, a literal, in the user's language.

    What changes in it stands in braces: ``tr("{name} is written.").format(name=name)``.
    """
    return _catalog().gettext(text)


@cache
def _catalog() -> gettext.NullTranslations:
    """The first that there is."""
    for folder in (_own_folder(), resources.path("locale")):
        found = gettext.find(DOMAIN, folder)
        if found is not None:
            with open(found, "rb") as file:
                return gettext.GNUTranslations(file)
    return gettext.NullTranslations()


def _own_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or os.environ.get("APPDATA")
    return Path(data or Path.home() / ".local" / "share") / "tapescope" / "locale"
