"""The last measurements as a text and back."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.session.measuring.kept import MOST_KEPT, KeptMeasurement, from_text, to_text, with_newest
from app.session.measuring.results import Machine, Measurement, OfMode

FOUND = Measurement(
    {"grad": OfMode({0: 0.5, 2: 0.25}, 10, 5), "no-grad": OfMode(error="it fails")},
    Machine("2.13.0", "Linux x86_64", 2),
    was_busy=True,
)
KEPT = KeptMeasurement("train.py", (16, 17), "CPU", datetime(2026, 1, 2, 12, 4), FOUND)


def test_a_measurement_comes_back_as_it_was() -> None:
    assert from_text(to_text([KEPT])) == [KEPT]


def test_the_newest_is_first_and_the_oldest_goes() -> None:
    kept: list[KeptMeasurement] = []
    for line in range(MOST_KEPT + 2):
        kept = with_newest(kept, KeptMeasurement("x", (line, line), "CPU", KEPT.when, FOUND))
    assert [one.lines for one in kept] == [(line, line) for line in (6, 5, 4, 3, 2)]


def test_the_title_says_what_was_measured_and_when() -> None:
    assert KEPT.title == "train.py, lines 16–17, 12:04"
    assert KeptMeasurement("a.py", None, "CPU", KEPT.when, FOUND).title == "a.py, 12:04"


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', "\ud800"])
def test_anything_else_is_no_measurement(text: str) -> None:
    assert from_text(text) == []
