from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from app.session.garbage import undisturbed


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
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


def test_much_that_was_made_is_spared_and_little_is_not() -> None:
    with undisturbed():
        few = [[number] for number in range(1000)]
    assert gc.get_freeze_count() == 0
    with undisturbed():
        many = [[number] for number in range(300_000)]
    assert gc.get_freeze_count() >= len(many) > len(few)
