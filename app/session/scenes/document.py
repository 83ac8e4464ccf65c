"""`scenes.json`: a list of scenes with a version, read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from app.session.language import tr
from app.session.scenes.records import Scene
from app.session.trace.json_text import TraceFormatError, decode

VERSION: Final = 1
LARGEST: Final = 20_000_000
"""Bytes."""


class ScenesError(ValueError):
    """The file cannot be used; the message says which part, why, and what to do."""


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    scenes: list[msgspec.Raw]


_header = msgspec.json.Decoder(_Header)
_scene = msgspec.json.Decoder(Scene)


class _Named(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1)]


_named = msgspec.json.Decoder(_Named)


def dump(scenes: Sequence[Scene]) -> bytes:
    """Return the text of the file, one field a line, so that it can be read and compared."""
    document = {"version": VERSION, "scenes": list(scenes)}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def load(data: bytes) -> tuple[Scene, ...]:
    """Return the scenes of a file.  Raises ScenesError."""
    if len(data) > LARGEST:
        text = tr("The scenes take more than {size} MB. Check that this is the right file.")
        raise ScenesError(text.format(size=LARGEST // 1_000_000))
    header = _read(_header, data, tr("The scenes cannot be read ({problem}). Correct the file."))
    if header.version != VERSION:
        text = tr(
            "The scenes have version {version}; this program reads version {known}. "
            "Open them with a newer one."
        )
        raise ScenesError(text.format(version=header.version, known=VERSION))
    found: dict[str, Scene] = {}
    for number, raw in enumerate(header.scenes, 1):
        scene = _read(_scene, bytes(raw), _about(number, bytes(raw)))
        if scene.name in found:
            text = tr("Scene {number} is called “{name}” like another. Give each its own name.")
            raise ScenesError(text.format(number=number, name=scene.name))
        found[scene.name] = scene
    return tuple(found.values())


def _about(number: int, raw: bytes) -> str:
    """Return a sentence about a scene that cannot be read, with room for the problem."""
    try:
        name = _named.decode(raw).name.replace("{", "{{").replace("}", "}}")
    except msgspec.MsgspecError:
        text = tr("Scene {number} cannot be read ({problem}). Correct or delete it.")
        return text.replace("{number}", str(number))
    text = tr("Scene {number}, “{name}”, cannot be read ({problem}). Correct or delete it.")
    return text.replace("{number}", str(number)).replace("{name}", name)


def _read(decoder: msgspec.json.Decoder[Any], data: bytes, sentence: str) -> Any:
    try:
        return decode(decoder, data)
    except TraceFormatError as error:
        raise ScenesError(sentence.format(problem=error)) from None
