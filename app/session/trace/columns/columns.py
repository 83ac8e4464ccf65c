"""Records kept field by field: a long trace in a tenth of the memory of its records.

A field has one array for all records (a column), and what many records have in common is kept once,
under a number.  Numbers take 32 bits until one of a column needs 64.  A record is made when one is
asked for; it reads its columns, so it stays cheap, and it never changes.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, repeat
from operator import attrgetter, eq, sub
from typing import Any, Generic, TypeVar, cast, overload

NONE = -(1 << 31)
"""Represents None in a column of integers."""

Record = TypeVar("Record")
Default = TypeVar("Default")
Row = TypeVar("Row", bound=tuple[Any, ...])


def or_none(number: int) -> int | None:
    return None if number == NONE else number


def column_of(numbers: Iterable[int | None]) -> list[int]:
    return [NONE if number is None else number for number in numbers]


def extended(column: array[Any], values: Iterable[float]) -> array[Any]:
    """Append values to a column, and return it, or a wider one that has taken its place.

    Raises OverflowError, and changes nothing, where a value needs more than 64 bits.
    """
    end = len(column)
    try:
        column.extend(values)
    except OverflowError:
        del column[end:]
        if column.typecode == "q":
            raise
        column = array("q", column)
        column.extend(values)
    return column


class IdPlaces:
    """The place of each id: in an array, as recorders count from 0, and in a dict for others."""

    def __init__(self, known: Mapping[int, int] | None = None) -> None:
        self._near = array("i")
        self._holes = 0
        """Ids below the length of the array that have no place."""
        self._far: dict[int, int] = {}
        if known:
            self._fill(known)

    def _fill(self, known: Mapping[int, int]) -> None:
        size = max(0, min(max(known) + 1, 2 * len(known) + 1024))
        near = self._near = array("i", (-1,)) * size
        for number, place in known.items():
            if 0 <= number < size:
                near[number] = place
            else:
                self._far[number] = place
        self._holes = near.count(-1)

    def put(self, number: int, place: int) -> None:
        near = self._near
        if len(near) < number < 2 * place + 1024:
            self._holes += number - len(near)
            near.extend(repeat(-1, number - len(near)))
        if number == len(near):
            near.append(place)
        elif 0 <= number < len(near):
            self._holes -= near[number] < 0
            near[number] = place
        else:
            self._far[number] = place

    def put_all(self, numbers: Sequence[int], first: int) -> None:
        """Give new ids places that follow each other, from `first` on."""
        end = first + len(numbers)
        if self._go_on(numbers):
            self._near.extend(range(first, end))
        else:
            for number, place in zip(numbers, range(first, end), strict=True):
                self.put(number, place)

    def are_new(self, numbers: Sequence[int]) -> bool:
        """Return whether no id occurs twice among these or has a place already."""
        if self._go_on(numbers):
            return True
        return len(set(numbers)) == len(numbers) and not any(one in self for one in numbers)

    def _go_on(self, numbers: Sequence[int]) -> bool:
        """Return whether ids go on counting where those before ended."""
        end = len(self._near)
        return not self._far and tuple(numbers) == tuple(range(end, end + len(numbers)))

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

    def of(self, numbers: Iterable[int]) -> Iterator[int]:
        """Yield the places of some ids, which must all have one."""
        return map(self.__getitem__ if self._far else self._near.__getitem__, numbers)

    def __contains__(self, number: int | None) -> bool:
        return self.get(number) is not None

    def have_all(self, numbers: Collection[int]) -> bool:
        """Return whether each of these ids has a place."""
        if not numbers:
            return True
        if not self._holes and min(numbers) >= 0 and max(numbers) < len(self._near):
            return True
        return all(number in self for number in numbers)


class Lists:
    """Several lists of numbers for each record, one after the other in one column."""

    def __init__(self, each: int) -> None:
        self.items = array("i")
        self.each = each
        self.ends = array("I")
        """Where each list ends."""

    def extend(self, lists: Sequence[Sequence[int]]) -> None:
        """Append lists, as many for each record; raises OverflowError as `extended`."""
        begin = len(self.items)
        self.items = extended(self.items, list(chain.from_iterable(lists)))
        ends = accumulate(map(len, lists), initial=begin)
        next(ends)
        self.ends.extend(ends)

    def cut(self, records: int) -> None:
        """Drop the lists of all but the first records."""
        del self.ends[records * self.each :]
        del self.items[self.ends[-1] if self.ends else 0 :]

    def at(self, place: int, first: int, last: int) -> Sequence[int]:
        """Return the items of some of the lists of a record, from `first` to `last`."""
        begin = place * self.each + first - 1
        start = self.ends[begin] if begin >= 0 else 0
        return self.items[start : self.ends[place * self.each + last]]


class SharedValues(Generic[Row]):
    """Named tuples kept once each, by number.  Their last field may be a list."""

    def __init__(self, kind: type[Row]) -> None:
        self.values: list[Row] = []
        self._kind = kind
        self._numbers: dict[Hashable, int] = {}
        names: tuple[str, ...] = vars(kind)["_fields"]
        read = attrgetter(*names)
        self._read = read if len(names) > 1 else lambda record: (read(record),)

    def number(self, fields: tuple[Any, ...]) -> int:
        """Return the number of the tuple with these fields."""
        return self._all((fields,))[0]

    def numbers_of(self, records: Iterable[Any]) -> list[int]:
        """Return for each record the number of the tuple with what it has in these fields."""
        return self._all(map(self._read, records))

    def _all(self, tuples: Iterable[tuple[Any, ...]]) -> list[int]:
        known, numbers = self._numbers, []
        for fields in tuples:
            last = fields[-1]
            key = (*fields[:-1], tuple(last)) if type(last) is list else fields
            number = known.get(key)
            if number is None:
                number = known[key] = len(self.values)
                self.values.append(self._kind(*fields))
            numbers.append(number)
        return numbers


class Columns(Sequence[Record]):
    """A list of records.

    A record whose fields do not fit into 64 bits is refused with OverflowError, and so are those
    that are added with it.
    """

    _record: Callable[[Any, int], Any]
    """Makes the record at a place."""
    _names: tuple[str, ...]
    """The columns, which are attributes: all that have a number for each record."""

    def __init__(self, form: type, lists: int = 0) -> None:
        self.forms: SharedValues[Any] = SharedValues(form)
        """What records have in common."""
        self.form = array("i")
        self.lists = Lists(lists)
        for name in self._names:
            setattr(self, name, array("i"))

    def _extend(
        self, values: Iterable[Collection[float]], lists: Sequence[Sequence[int]] = ()
    ) -> None:
        """Append records: to each column its values, and the lists of all."""
        end = len(self)
        try:
            self.lists.extend(lists)
            for name, some in zip(self._names, values, strict=True):
                setattr(self, name, extended(getattr(self, name), some))
        except OverflowError:
            self.lists.cut(end)
            for name in self._names:
                del getattr(self, name)[end:]
            raise

    def _replace(self, place: int, values: Iterable[float]) -> None:
        """Replace the numbers of a record; raises as `_extend`, and then changes nothing."""
        Columns._extend(self, [(value,) for value in values])
        for name in self._names:
            column = getattr(self, name)
            column[place] = column.pop()

    def _set(self, name: str, place: int, value: int) -> None:
        column = extended(getattr(self, name), (value,))
        column[place] = column.pop()
        setattr(self, name, column)

    def __len__(self) -> int:
        return len(self.form)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        if isinstance(place, slice):
            return list(self.at(range(len(self))[place]))
        return cast(Record, self._record(self, range(len(self))[place]))

    def __iter__(self) -> Iterator[Record]:
        return self.at(range(len(self)))

    def like(self, test: Callable[[Any], bool]) -> RecordsAt[Record]:
        """Return the records whose form passes a test, which is asked once for each form."""
        return RecordsAt(self, range(len(self))).like(test)

    def at(self, places: Iterable[int]) -> Iterator[Record]:
        """Yield the records at some places."""
        return map(self._record, repeat(self), places)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]


class ColumnsById(Columns[Record]):
    """A list of records that have ids."""

    ids: array[int]

    def __init__(self, form: type, lists: int = 0) -> None:
        super().__init__(form, lists)
        self.places = IdPlaces()

    @property
    def by_id(self) -> ById[Record]:
        return ById(self, self.ids, self.places)

    def _extend(
        self, values: Iterable[Collection[float]], lists: Sequence[Sequence[int]] = ()
    ) -> None:
        """Append records with new ids; the first column is that of the ids."""
        end = len(self)
        super()._extend(values, lists)
        self.places.put_all(self.ids[end:], end)


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


class RecordsAt(Sequence[Record]):
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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    def like(self, test: Callable[[Any], bool]) -> RecordsAt[Record]:
        """Return those whose form passes a test, which is asked once for each form."""
        form, passed = self.records.form, [test(form) for form in self.records.forms.values]
        if not any(passed):
            return RecordsAt(self.records, ())
        return RecordsAt(self.records, [place for place in self.places if passed[form[place]]])


class Grouped(Mapping[int, RecordsAt[Record]]):
    """Records by a number that several may have, in the order in which the numbers appear."""

    def __init__(
        self, records: Columns[Record], numbers: Sequence[int], places: Sequence[int]
    ) -> None:
        """The places are of records that have the numbers, which they go with."""
        self._records = records
        groups = {number: group for group, number in enumerate(dict.fromkeys(numbers))}
        self._keys, self._groups = array("q", groups), IdPlaces(groups)
        if len(groups) == len(numbers):
            self._ends, self._members = array("i", range(len(groups) + 1)), array("i", places)
            return
        owners = array("i", map(groups.__getitem__, numbers))
        sizes = Counter(owners)
        self._ends = array("i", accumulate(map(sizes.__getitem__, range(len(groups))), initial=0))
        order = sorted(range(len(owners)), key=owners.__getitem__)
        self._members = array("i", map(places.__getitem__, order))

    def __getitem__(self, number: int) -> RecordsAt[Record]:
        group = self._groups[number]
        return RecordsAt(self._records, self._members[self._ends[group] : self._ends[group + 1]])

    def several(self) -> Iterator[RecordsAt[Record]]:
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
    kind: type[Record], form: Any, fields: Mapping[str, Callable[[Any], Any]]
) -> Callable[[Any, int], Record]:
    """Return a class of records of a kind that read their fields from columns.

    Those of `form` are read off the record's form; `fields` has a function for each other field.
    It gets the record: `of` are the columns, `at` is the place in them.
    """
    names = (*form._fields, *fields)

    def make(self: Any, of: Any, at: int) -> None:
        self.of = of
        self.at = at

    def equal(self: Any, other: Any) -> Any:
        if not isinstance(other, kind):
            return NotImplemented
        if getattr(other, "of", None) is self.of:
            return self.at == getattr(other, "at", None)
        return all(getattr(self, name) == getattr(other, name) for name in names)

    methods = {"__slots__": ("at", "of"), "__init__": make, "__eq__": equal, "__hash__": None}
    shared = {name: property(_of_form(index)) for index, name in enumerate(form._fields)}
    own = {name: property(read) for name, read in fields.items()}
    made = type(kind.__name__, (kind,), methods | shared | own)
    return cast(Callable[[Any, int], Record], made)


def _of_form(index: int) -> Callable[[Any], Any]:
    return lambda record: record.of.forms.values[record.of.form[record.at]][index]


def list_at(index: int) -> Callable[[Any], Any]:
    """Return what reads a field from the lists of a record."""
    return lambda record: record.of.lists.at(record.at, index, index).tolist()
