"""The figures of small tensors, against torch's own."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.contract.messages import SummaryRow
from app.session.trace.values.summaries import flatten, summary_of

Numbers = list[float]
_floats = st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=64)


def _row(values: Any, numel: int) -> SummaryRow:
    return SummaryRow(numel, values, None, None, None, None, None, 0, 0, 0, False)


@given(_floats)
def test_the_figures_are_those_of_torch(values: Numbers) -> None:
    found = summary_of(_row(values, len(values)))
    exact = torch.tensor(values, dtype=torch.float64)
    expected = (exact.min(), exact.max(), exact.mean(), exact.std(), exact.norm())
    figures = (found.min, found.max, found.mean, found.std, found.norm)
    for figure, wanted in zip(figures, expected, strict=True):
        assert isinstance(figure, float)
        assert math.isclose(figure, float(wanted), rel_tol=1e-9, abs_tol=1e-9)
    assert found.zeros == int((exact == 0).sum())


@pytest.mark.parametrize(
    ("values", "nan", "inf", "words"),
    [
        ([1.0, "nan"], 1, 0, ("nan", "nan", "nan", "nan", "nan")),
        ([1.0, "inf"], 0, 1, (1.0, "inf", "inf", "nan", "inf")),
        (["inf", "-inf"], 0, 2, ("-inf", "inf", "nan", "nan", "inf")),
    ],
)
def test_nan_and_infinities_are_counted_and_told_in_words(
    values: list[Any], nan: int, inf: int, words: tuple[Any, ...]
) -> None:
    found = summary_of(_row(values, 2))
    assert (found.nan, found.inf) == (nan, inf)
    assert (found.min, found.max, found.mean, found.std, found.norm) == words


def test_one_element_has_no_deviation() -> None:
    found = summary_of(_row(2.5, 1))
    assert (found.mean, found.std, found.norm) == (2.5, None, 2.5)


def test_no_element_has_no_extremes() -> None:
    found = summary_of(_row([[], []], 0))
    assert (found.min, found.max, found.mean, found.std, found.norm) == (None, None, None, None, 0)


def test_bools_count_as_numbers_and_complex_ones_have_no_order() -> None:
    found = summary_of(_row([True, False, False], 3))
    assert (found.min, found.max, found.zeros) == (False, True, 2)
    found = summary_of(_row(["(1+2j)", "(0-1j)"], 2))
    assert (found.values, found.min, found.norm) == (["(1+2j)", "(0-1j)"], None, None)


@pytest.mark.parametrize("values", [["<b>"], [{}], [None], [10**400], json.loads("[Infinity]")])
def test_values_that_no_tensor_holds_are_refused(values: Any) -> None:
    with pytest.raises(ValueError, match="expected numbers"):
        flatten(values)
    with pytest.raises(msgspec.ValidationError, match=r"\$.values"):
        summary_of(_row(values, 1))
