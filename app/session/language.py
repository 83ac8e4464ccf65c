"""The program's words in the user's language: gettext catalogs, English where there is none.

The language is the one chosen in Settings, or that of the environment (LANGUAGE, LC_ALL,
LC_MESSAGES, LANG), or of the system.  Catalogs lie in
`resources/locale/<language>/LC_MESSAGES/tapescope.mo`; those below the user's own data folder,
`tapescope/locale`, come first, so that a translation can be tried without touching the program.

A text is a literal and a whole sentence; its variable parts are in braces and are filled in by
`format`:

    tr("{name} is written.").format(name=name)
    ngettext("{count} line", "{count} lines", n).format(count=number(n))

Chinese texts have spaces around braces, as around names in Latin letters; `format` leaves them out
where what it puts in is Chinese too.

A text in a table that is made when its module is imported is marked by `translatable`, and goes
through `tr` when it is shown: an import asks for no language.

Not translated are torch's terms and names (`grad_fn`, `no_grad`, a leaf's name), the codes and
keys of the trace document, and what the recorder itself wrote into it (`app.tracer` runs in the
user's interpreter, without this module): an exception's text, a hint, the cause of a grad mode.
Nor is what is wrong with a field of a document: msgspec's own words, for who writes one.
Reasons are clauses in a trace, so that each reader has them in his own language; only the text of
a document without clauses (`Why.text`, `Why.fix`) is in the language of who traced.
"""

from __future__ import annotations

import gettext
import os
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from app.session import resources

DOMAIN = "tapescope"


LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""The languages that the program comes in, by the names that their readers know."""

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_WITH_LINES = re.compile(r"(?P<on>\bon )?\b[Ll]ines? \{(?P<line>\w+)\}|第 \{(?P<行>\w+)\} 行")
HAN = "\u2e80-\u303f\u3041-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Chinese letters and marks, in a class of a regular expression."""
_MARKS = "，。：；、？！（）"
_PERHAPS = "\0"
"""A space that is left out beside Chinese letters."""
_BEFORE_OR_AFTER = rf"(?<=[{HAN}}}]) (?={{)|(?<=}}) (?=[{HAN}])"
_LEFT_OUT = rf"^\0+|\0+$|(?<=[ {_MARKS}])\0+|\0+(?=[{_MARKS}])|(?<=[{HAN}])\0+(?=[{HAN}])"
_compiled = cache(re.compile)
"""An expression that only Chinese texts need takes long to compile."""

_OBEYED = {
    mark: ascii(chr(mark))[1:-1]
    for mark in (
        *(one for one in range(0x20) if chr(one) not in "\t\n"), *range(0x7F, 0xA0),
        0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),
    )
}  # fmt: skip
"""The characters that turn the direction of what follows or that a terminal obeys, as Python
writes them."""


def shown(text: str) -> str:
    """Return a text of the user's with marks of direction and control characters made visible."""
    return text if text.isprintable() else text.translate(_OBEYED)


class _Template(str):
    """A text whose `format` shows control characters: a name in it cannot turn the rest round."""

    def format(self, *args: object, **values: object) -> str:
        return self.format_map(values)

    def format_map(self, values: Mapping[str, object]) -> str:  # type: ignore[override]
        return str.format_map(self, _Shown(values))


class _Chinese(_Template):
    """A text whose `format` leaves spaces out where both sides are Chinese."""

    def format_map(self, values: Mapping[str, object]) -> str:  # type: ignore[override]
        text = _with_choices(self).format_map(_Shown(values))
        return _compiled(_LEFT_OUT).sub("", text).replace(_PERHAPS, " ")


@cache
def _with_choices(text: str) -> str:
    return _compiled(_BEFORE_OR_AFTER).sub(_PERHAPS, text)


class _WithLines(_Template):
    """A template with "on line {line}" in it.

    Where several files ran, so that the line is a spot in one of them or a list of such, `format`
    gives "at freeze.py:6".
    """

    def format_map(self, values: Mapping[str, object]) -> str:  # type: ignore[override]
        def with_place(words: re.Match[str]) -> str:
            name = words["line"] or words["行"]
            if ":" not in str(values[name]):
                return words[0]
            if words["行"]:
                return f"{_PERHAPS}{{{name}}}{_PERHAPS}"
            return f"{'at ' if words['on'] else ''}{{{name}}}"

        return _fillable(_WITH_LINES.sub(with_place, self)).format_map(values)


class _Shown(Mapping[str, object]):
    """Values, which may be made as they are asked for, with their control characters shown."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> object:
        value = self._values[name]
        return shown(value) if isinstance(value, str) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def tr(text: str) -> str:
    """`text`, a literal or a text marked by `translatable`, in the user's language."""
    return _texts[text]


def ngettext(one: str, many: str, count: int) -> str:
    """Which of the two (or of the language's own forms) goes with `count`, not yet formatted."""
    return template(_catalog().ngettext(one, many, count))


@cache
def template(text: str) -> str:
    """Return a text to format."""
    if "{" not in text:
        return text
    return _WithLines(text) if _WITH_LINES.search(text) else _fillable(text)


def _fillable(text: str) -> _Template:
    return _Chinese(text) if code().startswith("zh") else _Template(text)


def pgettext(context: str, text: str) -> str:
    """Translate a `text` with several meanings; `context` says to translators which one."""
    return template(_catalog().pgettext(context, text))


def code() -> str:
    """The language's short name, "de"; "en" where there is no catalog."""
    return _catalog().info().get("language", "en").replace("_", "-")


def localized(path: Path) -> Path:
    """The resource in the user's language, from a folder beside it: `lessons/de/01_….md`.

    `path` itself where there is none.
    """
    own = path.parent / code() / path.name
    return own if own.is_file() else path


def translatable(text: str) -> str:
    """`text` itself, for a table; it goes through `tr` where it is shown."""
    return text


def plural(one: str, many: str) -> tuple[str, str]:
    """Both forms of a text that counts, for a table; they go through `ngettext` where shown."""
    return one, many


def number(count: int) -> str:
    """A count with the language's mark between thousands.

    Values of tensors are written as Python writes them in every language.
    """
    return f"{count:,}".replace(",", _between_thousands())


def listing(parts: Iterable[str]) -> str:
    """ "a, b, c"."""
    return pgettext("between parts of a list", ", ").join(parts)


def paragraph(parts: Iterable[str | None]) -> str:
    """Put whole sentences beside each other; Chinese ones need no space between them."""
    spaced = (part if part[-1] in _MARKS else f"{part} " for part in parts if part)
    return "".join(spaced).rstrip()


class _Texts(dict[str, str]):
    """Texts in the user's language: each is looked for once, as a graph asks for thousands."""

    def __missing__(self, text: str) -> str:
        found = self[text] = template(_catalog().gettext(text))
        return found


_texts = _Texts()


@cache
def _between_thousands() -> str:
    return pgettext("between thousands", ",")


def chosen() -> str | None:
    """Return the language chosen in Settings; None follows the system."""
    with suppress(OSError, UnicodeDecodeError):
        return _choice().read_text(encoding="utf-8").strip() or None
    return None


def choose(language: str | None) -> None:
    """Use a language from the next start on, in the window and in commands.

    Raises OSError where the choice cannot be kept.
    """
    _choice().parent.mkdir(parents=True, exist_ok=True)
    _choice().write_text(language or "", encoding="utf-8")


def _choice() -> Path:
    """Not among the window's settings: commands read it too, without Qt."""
    return _own_folder() / "chosen"


@cache
def _catalog() -> gettext.NullTranslations:
    """The first that there is and that can be read."""
    one = chosen()
    languages = [one] if one else _of_system()
    for folder in (_own_folder(), resources.path("locale")):
        found = gettext.find(DOMAIN, folder, languages)
        if found is not None:
            with suppress(OSError, ValueError, struct.error), open(found, "rb") as file:
                return gettext.GNUTranslations(file)
    return gettext.NullTranslations()


def _of_system() -> list[str] | None:
    """Return the languages of Windows and macOS; None where the environment says which."""
    if any(map(os.environ.get, _VARIABLES)):
        return None
    if sys.platform == "win32":
        import ctypes
        import locale

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return [locale.windows_locale.get(number, "en")]
    if sys.platform == "darwin":
        preferences = Path.home() / "Library" / "Preferences" / ".GlobalPreferences.plist"
        import plistlib

        with suppress(OSError, plistlib.InvalidFileException, KeyError):
            names = plistlib.loads(preferences.read_bytes())["AppleLanguages"]
            return [re.sub(r"^zh-Hans.*", "zh_CN", name).replace("-", "_") for name in names]
    return None


def _own_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or os.environ.get("APPDATA")
    return Path(data or Path.home() / ".local" / "share") / "tapescope" / "locale"
