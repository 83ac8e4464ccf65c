"""Records kept field by field: a long trace in a tenth of the memory of its records.

A field has one array for all records (a column), and what many records have in common is kept once,
under a number.  A record is made when one is asked for; it reads its columns, so it stays cheap,
and it never changes.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, repeat
from operator import eq, sub
from typing import Any, Generic, TypeVar, cast, overload

NONE = -(1 << 63)
"""Stands for None in a column of integers."""

Record = TypeVar("Record")
Default = TypeVar("Default")
Row = TypeVar("Row", bound=tuple[Any, ...])


def or_none(number: int) -> int | None:
    return None if number == NONE else number


class IdPlaces:
    """The place of each id: in an array, as recorders count from 0, and in a dict for others."""

    def __init__(self, known: Mapping[int, int] | None = None) -> None:
        self._near = array("i")
        self._far: dict[int, int] = {}
        if known:
            self._near.extend(repeat(-1, min(max(known) + 1, 2 * len(known) + 1024)))
            for number, place in known.items():
                self.put(number, place)

    def put(self, number: int, place: int) -> None:
        if number == len(self._near):
            self._near.append(place)
        elif 0 <= number < len(self._near):
            self._near[number] = place
        elif 0 <= number < 2 * place + 1024:
            self._near.extend(repeat(-1, number + 1 - len(self._near)))
            self._near[number] = place
        else:
            self._far[number] = place

    def get(self, number: int | None) -> int | None:
        if number is None:
            return None
        if 0 <= number < len(self._near) and (place := self._near[number]) >= 0:
            return place
        return self._far.get(number)

    def __getitem__(self, number: int) -> int:
        """Return the place; raises KeyError if there is none."""
        place = self.get(number)
        if place is None:
            raise KeyError(number)
        return place

    def __contains__(self, number: int | None) -> bool:
        return self.get(number) is not None

    def known(self, numbers: list[int]) -> list[int]:
        """Return those of the numbers that have a place; all of them, mostly, as they are."""
        near = self._near
        for number in numbers:
            if not 0 <= number < len(near) or near[number] < 0:
                return [one for one in numbers if one in self]
        return numbers


class SharedValues(Generic[Row]):
    """Named tuples kept once each, by number.  Their last field may be a list."""

    def __init__(self, kind: Callable[..., Row]) -> None:
        self.values: list[Row] = []
        self._kind = kind
        self._numbers: dict[Hashable, int] = {}

    def number(self, fields: tuple[Any, ...]) -> int:
        """Return the number of the tuple with these fields."""
        last = fields[-1]
        key = (*fields[:-1], tuple(last)) if isinstance(last, list) else fields
        found = self._numbers.setdefault(key, len(self.values))
        if found == len(self.values):
            self.values.append(self._kind(*fields))
        return found


class Columns(Sequence[Record]):
    """A list of records.  `ids` has their ids; other columns are attributes of each kind.

    A record whose fields do not fit into 64 bits is refused with OverflowError, and leaves nothing.
    """

    _record: Callable[[Any, int], Any]
    """Makes the record at a place."""

    def __init__(self, form: type) -> None:
        self.ids = array("q")
        self.places = IdPlaces()
        self.forms: SharedValues[Any] = SharedValues(form)
        """What records have in common."""
        self.form = array("i")
        self._columns: tuple[array[Any], ...] = ()
        """All that have a value for each record."""

    def _append(self, values: Iterable[float]) -> None:
        """Append to each column its value.

        Raises OverflowError, and appends nothing, where one of them does not fit.
        """
        end = len(self.ids)
        try:
            deque(map(array.append, self._columns, values), 0)
        except OverflowError:
            for column in self._columns:
                del column[end:]
            raise

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        if isinstance(place, slice):
            return list(self.at(range(len(self.ids))[place]))
        return cast(Record, self._record(self, range(len(self.ids))[place]))

    def __iter__(self) -> Iterator[Record]:
        return self.at(range(len(self.ids)))

    @property
    def by_id(self) -> ById[Record]:
        return ById(self, self.ids, self.places)

    def like(self, test: Callable[[Any], bool]) -> Chosen[Record]:
        """Return the records whose form passes a test, which is asked once for each form."""
        return Chosen(self, range(len(self))).like(test)

    def at(self, places: Iterable[int]) -> Iterator[Record]:
        """Yield the records at some places."""
        return map(self._record, repeat(self), places)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]


class ById(Mapping[int, Record]):
    """Records of a list by their ids, or by another number that one of them has."""

    def __init__(self, records: Columns[Record], ids: Sequence[int], places: IdPlaces) -> None:
        self._records = records
        self._ids = ids
        self.places = places

    def __getitem__(self, number: int) -> Record:
        return self._records[self.places[number]]

    @overload
    def get(self, number: int, /) -> Record | None: ...
    @overload
    def get(self, number: int, default: Default, /) -> Record | Default: ...
    def get(self, number: int, default: Any = None, /) -> Any:
        place = self.places.get(number)
        return default if place is None else self._records[place]

    def __contains__(self, number: Any) -> bool:
        return number in self.places

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def by_first(records: Columns[Record], pairs: Iterable[tuple[int, int]]) -> ById[Record]:
    """Return for each number the first record that has it; `pairs` are of number and place."""
    first: dict[int, int] = {}
    for number, place in pairs:
        first.setdefault(number, place)
    return ById(records, array("q", first), IdPlaces(first))


class Chosen(Sequence[Record]):
    """Some records of a list, by their places."""

    def __init__(self, records: Columns[Record], places: Sequence[int]) -> None:
        self.records = records
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return list(self.records.at(self.places[index]))
        return self.records[self.places[index]]

    def __iter__(self) -> Iterator[Record]:
        return self.records.at(self.places)

    def __reversed__(self) -> Iterator[Record]:
        return self.records.at(reversed(self.places))

    def like(self, test: Callable[[Any], bool]) -> Chosen[Record]:
        """Return those whose form passes a test, which is asked once for each form."""
        form, passed = self.records.form, [test(form) for form in self.records.forms.values]
        if not any(passed):
            return Chosen(self.records, ())
        return Chosen(self.records, [place for place in self.places if passed[form[place]]])


class Grouped(Mapping[int, Chosen[Record]]):
    """Records by a number that several may have, in the order in which the numbers appear."""

    def __init__(self, records: Columns[Record], pairs: Iterable[tuple[int, int]]) -> None:
        """`pairs` are of a number and the place of a record that has it."""
        self._records = records
        groups: dict[int, int] = {}
        owners, members = array("i"), array("i")
        for number, place in pairs:
            owners.append(groups.setdefault(number, len(groups)))
            members.append(place)
        self._keys, self._groups = array("q", groups), IdPlaces(groups)
        sizes = Counter(owners)
        self._ends = array("i", accumulate(map(sizes.__getitem__, range(len(groups))), initial=0))
        order = sorted(range(len(owners)), key=owners.__getitem__)
        self._members = array("i", map(members.__getitem__, order))

    def __getitem__(self, number: int) -> Chosen[Record]:
        group = self._groups[number]
        return Chosen(self._records, self._members[self._ends[group] : self._ends[group + 1]])

    def several(self) -> Iterator[Chosen[Record]]:
        """Yield the groups of more than one record."""
        sizes = map(sub, self._ends[1:], self._ends)
        return (self[key] for key, size in zip(self._keys, sizes, strict=True) if size > 1)

    def __contains__(self, number: Any) -> bool:
        return number in self._groups

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def record_of(
    kind: type[Record], fields: Mapping[str, Callable[[Any], Any]]
) -> Callable[[Any, int], Record]:
    """Return a class of records of a kind that read their fields from columns.

    `fields` has a function for each field.  It gets the record: `of` are the columns, `at` is the
    place in them.
    """

    def make(self: Any, of: Any, at: int) -> None:
        self.of = of
        self.at = at

    def equal(self: Any, other: Any) -> Any:
        if not isinstance(other, kind):
            return NotImplemented
        if getattr(other, "of", None) is self.of:
            return self.at == getattr(other, "at", None)
        return all(getattr(self, name) == getattr(other, name) for name in fields)

    methods = {"__slots__": ("at", "of"), "__init__": make, "__eq__": equal, "__hash__": None}
    made = type(kind.__name__, (kind,), methods | {n: property(f) for n, f in fields.items()})
    return cast(Callable[[Any, int], Record], made)


def of_form(index: int) -> Callable[[Any], Any]:
    """Return what reads a field that a record shares with others: a field of its form."""
    return lambda record: record.of.forms.values[record.of.form[record.at]][index]
