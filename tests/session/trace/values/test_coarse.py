"""What a picture of a large tensor shows, and what is none."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.contract.records import Picture, Trace
from app.session.trace.document import dump, load
from app.session.trace.json_text import TraceFormatError
from app.session.trace.values.coarse import check, grid, spread

PICTURE = Picture(2, 3, -1.0, 3.0, base64.b64encode(bytes([0, 59, 60, 61, 239, 255])).decode())
TEXT = """import torch
weight = torch.nn.Parameter(torch.arange(1000.0) - 300)
big = weight * 2
big.sum().backward()
weight.grad = torch.ones(1000)
"""


def test_values_on_the_grid() -> None:
    above, below = grid(PICTURE)
    assert above == pytest.approx([-1.0, 0.0, 0.0], abs=0.01)
    assert above[1] == above[2] == 0.0  # what may be zero has no sign
    assert below[:2] == pytest.approx([0.025, 3.0], abs=0.01)
    assert math.isnan(below[2])


def test_fewer_rows() -> None:
    tall = replace(PICTURE, rows=6, columns=1)
    assert len(grid(tall, most_rows=3)) == 3
    assert len(grid(tall, most_rows=4)) == 3
    assert len(grid(tall, most_rows=6)) == 6


def test_how_values_are_spread() -> None:
    assert list(spread(PICTURE)) == [1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    counts = list(range(24))
    assert spread(replace(PICTURE, counts=counts)) == counts


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (replace(PICTURE, rows=3), "do not fill"),
        (replace(PICTURE, rows=-2, columns=-3), "expected up to"),
        (replace(PICTURE, rows=10**6, columns=10**6), "expected up to"),
        (replace(PICTURE, levels="!"), "not base64"),
        (replace(PICTURE, low=math.inf), "not finite"),
        (replace(PICTURE, high=-1.0), "ends where it begins"),
        (replace(PICTURE, counts=[1, 2]), "24 counts"),
        (replace(PICTURE, counts=[-1] * 24), "24 counts"),
    ],
)
def test_what_is_no_picture(changed: Picture, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(changed)


def test_parameters_are_counted_whole_and_intermediates_by_their_grid(
    trace: Callable[[str], Trace],
) -> None:
    traced = trace(TEXT)
    found = {tensor.name: tensor.summary.picture for tensor in traced.tensors}
    weight, big = found["weight"], found["big"]
    assert weight is not None
    assert big is not None
    assert sum(weight.counts or ()) == 1000
    assert big.counts is None
    assert sum(spread(big)) == big.rows * big.columns < 1000
    assert (big.low, big.high) == (-600.0, 1398.0)
    assert load(dump(traced)).trace == traced


def test_a_document_with_a_broken_picture_is_refused(trace: Callable[[str], Trace]) -> None:
    traced = trace(TEXT)
    picture = traced.tensors[0].summary.picture
    assert picture is not None
    broken = dump(traced).replace(picture.levels.encode(), b"AAAA")
    with pytest.raises(TraceFormatError, match=r"tensors\[0\].summary.picture"):
        load(broken)
