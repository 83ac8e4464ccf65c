"""The variable to which a call's result is assigned, read off the instructions after the call.

`x1 = lin0(x)` compiles to a call followed by a store; `a, b = f(x)` to a call, an unpacking and two
stores; `return f(x)` hands the value to the caller, whose own store then counts.  So the name is
known exactly, without looking at any variable.
"""

from __future__ import annotations

import dis
from types import CodeType
from typing import NamedTuple

_STORES = ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")
_LOADS = ("LOAD_FAST", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_FAST_BORROW")

_instructions = dis.get_instructions
"""Bound here, because a run replaces it: code that is read may be run otherwise."""


class Stored(NamedTuple):
    """`names` has one entry for a plain assignment, one per element (or None) for an unpacking."""

    names: tuple[str | None, ...]
    unpacked: bool
    line: int | None


class Returned(NamedTuple):
    """The value is returned by the function."""


Target = Stored | Returned | None


class StoreTargets:
    """Finds the target of the value that an instruction leaves on the stack."""

    def __init__(self) -> None:
        self._codes: dict[int, tuple[CodeType, dict[int, Target]]] = {}

    def after(self, code: CodeType, lasti: int) -> Target:
        known = self._codes.get(id(code))
        if known is None:
            # The code object is kept so that its id stays its own.
            known = self._codes[id(code)] = (code, _targets(code))
        return known[1].get(lasti)


def _targets(code: CodeType) -> dict[int, Target]:
    instructions = [i for i in _instructions(code) if i.opname not in ("CACHE", "NOP")]
    targets: dict[int, Target] = {}
    line = code.co_firstlineno
    for index, instruction in enumerate(instructions[:-1]):
        line = _line(instruction, line)
        target = _target(instructions[index + 1 : index + 40], line)
        if target is not None:
            targets[instruction.offset] = target
    return targets


def _line(instruction: dis.Instruction, before: int) -> int:
    positions = getattr(instruction, "positions", None)
    if positions is not None and positions.lineno is not None:
        return int(positions.lineno)
    starts = instruction.starts_line
    return starts if isinstance(starts, int) and not isinstance(starts, bool) else before


def _target(following: list[dis.Instruction], line: int) -> Target:
    first = following[0]
    if first.opname == "RETURN_VALUE":
        return Returned()
    if first.opname in ("COPY", "DUP_TOP") and len(following) > 1:  # a = b = f(x)
        return _target(following[1:], line)
    if first.opname == "UNPACK_SEQUENCE":
        names = _stored_names(following[1:], first.arg or 0)
        return Stored(tuple(names), True, line) if any(names) else None
    names = _stored_names(following, 1)
    return Stored(tuple(names), False, line) if names[0] is not None else None


def _stored_names(instructions: list[dis.Instruction], count: int) -> list[str | None]:
    """Return the next `count` targets of values from the stack; None for one without a name."""
    names: list[str | None] = []
    index = 0
    while len(names) < count and index < len(instructions):
        instruction = instructions[index]
        index += 1
        if instruction.opname == "STORE_FAST_STORE_FAST":
            names += [str(name) for name in instruction.argval]
        elif instruction.opname == "STORE_FAST_LOAD_FAST":
            names.append(str(instruction.argval[0]))
        elif instruction.opname in _STORES:
            names.append(str(instruction.argval))
        elif instruction.opname in _LOADS and index < len(instructions):
            names.append(_attribute(instruction, instructions[index]))
            index += 1
        else:
            break
    return (names + [None] * count)[:count]


def _attribute(owner: dis.Instruction, store: dis.Instruction) -> str | None:
    return f"{owner.argval}.{store.argval}" if store.opname == "STORE_ATTR" else None
