from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.session.garbage import be_due, collect, undisturbed


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    collect(at_leisure=True)  # what another test has made due
    yield
    gc.enable()
    gc.unfreeze()


def test_nobody_looks_for_garbage_inside_however_often_it_is_entered() -> None:
    with undisturbed():
        with undisturbed():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_inside_does_not_end_the_looking_for_good() -> None:
    with pytest.raises(KeyError), undisturbed():
        raise KeyError
    assert gc.isenabled()


def test_a_block_does_not_switch_on_what_was_off_before() -> None:
    gc.disable()
    with undisturbed(), undisturbed():
        pass
    assert not gc.isenabled()


class Ring:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


def make_garbage(of: int) -> weakref.ref[Ring]:
    """Return a reference to one of so many rings that nobody else refers to."""
    gc.collect()
    gc.disable()
    return [weakref.ref(Ring()) for _ in range(of)].pop()


def test_few_new_objects_are_not_looked_at_and_more_are() -> None:
    assert (few := make_garbage(of=100))() is not None
    collect(at_leisure=True)
    assert few() is not None
    more = make_garbage(of=1000)
    collect(at_leisure=False)
    assert more() is None


def test_after_something_large_few_objects_are_collected_too_once_and_at_leisure() -> None:
    few = make_garbage(of=100)
    be_due()
    collect(at_leisure=False)
    assert few() is not None
    collect(at_leisure=True)
    assert few() is None
    again = make_garbage(of=100)
    collect(at_leisure=True)
    assert again() is not None


def test_what_takes_long_is_collected_only_at_leisure() -> None:
    many = make_garbage(of=20_000)
    collect(at_leisure=False)
    assert many() is not None
    collect(at_leisure=True)
    assert many() is None


def test_old_objects_are_collected_in_the_end() -> None:
    gc.collect()
    gc.disable()
    old = Ring()
    seen = weakref.ref(old)
    gc.collect(1)  # it is an old one now
    del old
    young = []
    for _ in range(11):
        young.append([[number] for number in range(1000)])
        collect(at_leisure=False)
    assert seen() is not None
    young.append([[number] for number in range(1000)])
    collect(at_leisure=True)
    assert seen() is None


def test_nothing_is_collected_where_one_is_undisturbed() -> None:
    garbage = make_garbage(of=1000)
    with undisturbed():
        collect(at_leisure=True)
        assert garbage() is not None
    collect(at_leisure=True)
    assert garbage() is None


def test_much_that_was_made_is_spared_and_little_is_not() -> None:
    with undisturbed():
        few = [[number] for number in range(1000)]
    assert gc.get_freeze_count() == 0
    with undisturbed():
        many = [[number] for number in range(300_000)]
    assert gc.get_freeze_count() >= len(many) > len(few)
