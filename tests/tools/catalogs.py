"""Catalogs of translations: what translators write (.po), and what gettext reads (.mo).

python -m tests.tools.catalogs             bring the program's own up to date  (`make catalogs`)
python -m tests.tools.catalogs de          begin one more

Both files are in the repository, so that a checkout speaks its languages without another step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.session.language import DOMAIN
from tests.tools.messages import ROOT, Message, messages

_LOCALE = ROOT / "resources" / "locale"
_WIDTH = 100
_HEADERS = ("Language", "Plural-Forms", "Content-Type")


class _Catalog(Catalog):
    """A catalog whose head says nothing that changes each time it is written."""

    @property  # type: ignore[misc]
    def mime_headers(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().mime_headers if name in _HEADERS]


def languages() -> list[str]:
    """Those that the program comes with: "zh_CN"."""
    return sorted(folder.name for folder in _LOCALE.iterdir())


def path(language: str) -> Path:
    """The catalog that translators edit."""
    return _LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    with path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def entries(found: Catalog) -> Iterator[tuple[Message, list[str], Entry]]:
    """Each text of a catalog with its translations, one for each plural form."""
    for entry in found:
        if entry.id:
            one, many = (entry.id, "") if isinstance(entry.id, str) else entry.id
            forms = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
            yield Message(one, many, entry.context or ""), forms, entry


def brought_up_to_date(language: str) -> Catalog:
    """Return the program's texts with the translations that there are."""
    known = {}
    if path(language).exists():
        known = {message: forms for message, forms, _ in entries(read(language))}
    places = messages()
    return catalog({message: known.get(message, []) for message in places}, language, places)


def catalog(
    translations: Mapping[Message, Sequence[str]],
    language: str,
    places: Mapping[Message, Sequence[str]] = MappingProxyType({}),
) -> Catalog:
    """Make a catalog; a text that counts has a translation for each form."""
    made = _Catalog(language, DOMAIN, f"# Tapescope in {language}", fuzzy=False)
    for message, forms in translations.items():
        made.add(
            (message.one, message.many) if message.many else message.one,
            tuple(forms) if message.many and any(forms) else "".join(forms),
            [(place.partition(":")[0], 0) for place in places.get(message, ())],
            ["python-brace-format"] if "{" in message.one else [],
            context=message.context or None,
        )
    return made


def compiled(made: Catalog) -> bytes:
    """Return it as gettext reads it."""
    file = BytesIO()
    write_mo(file, made)
    return file.getvalue()


def written(made: Catalog) -> bytes:
    """Return it as translators edit it, without line numbers, which would change all the time."""
    file = BytesIO()
    write_po(file, made, width=_WIDTH, include_lineno=False)
    return file.getvalue()


def main() -> None:
    for language in sys.argv[1:] or languages():
        made = brought_up_to_date(language)
        file = path(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written(made))
        file.with_suffix(".mo").write_bytes(compiled(made))
        missing = sum(not any(forms) for _, forms, _ in entries(made))
        print(f"{language}: {missing} of {len(made)} texts have no translation")


if __name__ == "__main__":
    main()
