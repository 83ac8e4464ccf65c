"""The kinds of messages: a class becomes one where it is declared, and is listed nowhere else.

What encodes, decodes, counts or documents messages goes over `MESSAGES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any, TypeVar

T = TypeVar("T")

MESSAGES: dict[str, type] = {}
"""The class of each kind of message: a NamedTuple, or a record of `app.contract.records`."""
KINDS: dict[type, str] = {}
"""The kind of each class."""
PACKED: list[type] = []
"""The classes that are sent as bytes of a fixed layout (`app.contract.packing`)."""

Long = Annotated[int, "64 bits"]
"""A packed number that 32 bits may not hold; not negative, as all packed numbers."""
Word = Annotated[str, "by number"]
"""A packed string that many rows share: sent once and then named by number."""


def message(kind: str, *, packed: bool = False) -> Callable[[type[T]], type[T]]:
    """Declare a class as the messages of a kind."""

    def declare(cls: type[T]) -> type[T]:
        assert kind not in MESSAGES, kind
        MESSAGES[kind] = cls
        KINDS[cls] = kind
        if packed:
            PACKED.append(cls)
        return cls

    return declare


def fields_of(cls: type) -> tuple[str, ...]:
    """Return the names of a message's fields, in order."""
    found: Any = cls
    return found._fields if issubclass(cls, tuple) else tuple(f.name for f in fields(found))


def plain(message: Any) -> list[Any]:
    """Return a message as it is sent: its kind, then its fields."""
    cls = type(message)
    if isinstance(message, tuple):
        return [KINDS[cls], *message]
    return [KINDS[cls], *(getattr(message, name) for name in fields_of(cls))]
