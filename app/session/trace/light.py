"""Light copies of the records of the contract, for those that are decoded and not kept.

A record that goes into columns lives for a moment.  msgspec makes one of its own structures in half
the time that a dataclass takes, and Python's garbage collector need not look at it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from app.contract.records import Cause


@cache
def light(kind: type) -> Any:
    """Return a structure with the fields of a dataclass, and with light records in them."""
    hints, fields = get_type_hints(kind), dataclasses.fields(kind)
    made = [(one.name, _light(hints[one.name]), _default(one)) for one in fields]
    return msgspec.defstruct(kind.__name__, made, gc=False)


def _light(hint: Any) -> Any:
    """Return a type in which light records have taken the place of dataclasses.

    `Cause` stays as it is: it is kept, as what many records have in common.
    """
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return hint if hint is Cause else light(hint)
    parts = tuple(map(_light, get_args(hint)))
    if get_origin(hint) in (list, Sequence):
        return list[parts[0]]  # type: ignore[valid-type]
    return Union[parts] if get_origin(hint) in (Union, UnionType) else hint  # noqa: UP007


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return msgspec.field(default_factory=field.default_factory)
    return msgspec.NODEFAULT if field.default is dataclasses.MISSING else field.default
