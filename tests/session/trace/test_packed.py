"""Packed values: every dtype and shape comes back as torch's `tolist` gives it."""

from __future__ import annotations

import pytest
import torch

from app.contract.messages import SummaryRow
from app.session.trace.packed import unpack
from app.tracer.tensors.values import summarise

DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    "shape", [(), (1,), (5,), (2, 3), (2, 1, 4), (0,), (2, 0), (0, 2)], ids=str
)
def test_values_come_back_as_tolist_gives_them(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.arange(24)[: torch.Size(shape).numel()] - 7).reshape(shape).to(dtype)

    sent = summarise(tensor)

    assert isinstance(sent, str) == (tensor.numel() > 0)
    assert (unpack(sent) if isinstance(sent, str) else sent.values) == tensor.tolist()


def test_nan_and_infinities_stand_as_words() -> None:
    tensor = torch.tensor([[float("nan"), float("inf")], [float("-inf"), 1.5]])

    sent = summarise(tensor)

    assert isinstance(sent, str)
    assert unpack(sent) == [["nan", "inf"], ["-inf", 1.5]]


def test_what_does_not_lie_in_order_is_listed_instead() -> None:
    tensor = torch.arange(6.0).reshape(2, 3).t()

    sent = summarise(tensor)

    assert isinstance(sent, SummaryRow)
    assert sent.values == tensor.tolist()


@pytest.mark.parametrize("text", ["f|2|0000803f", "x|1|00", "f|1|00zz", "f||", "f|99999|"])
def test_a_text_that_is_not_what_it_should_be_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"packed values|fill the shape|are packed|non-hexadecimal"
    ):
        unpack(text)
