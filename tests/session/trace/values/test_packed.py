"""Packed values: every dtype and shape comes back as torch's `tolist` gives it."""

from __future__ import annotations

import pytest
import torch

from app.contract.messages import Packed
from app.session.trace.values.packed import unpack
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

    assert isinstance(sent, Packed) == (tensor.numel() > 0)
    assert (unpack(sent) if isinstance(sent, Packed) else sent.values) == tensor.tolist()


def test_nan_and_infinities_stand_as_words() -> None:
    tensor = torch.tensor([[float("nan"), float("inf")], [float("-inf"), 1.5]])

    sent = summarise(tensor)

    assert isinstance(sent, Packed)
    assert unpack(sent) == [["nan", "inf"], ["-inf", 1.5]]


@pytest.mark.parametrize(
    "tensor",
    [torch.arange(6.0).reshape(2, 3).t(), torch.arange(8.0)[::2], torch.ones(1).expand(5)],
)
def test_what_does_not_lie_in_order_comes_in_order(tensor: torch.Tensor) -> None:
    sent = summarise(tensor)

    assert isinstance(sent, Packed)
    assert unpack(sent) == tensor.tolist()


@pytest.mark.parametrize(
    "packed",
    [Packed("f|2", bytes(4)), Packed("x|1", bytes(1)), Packed("f|", b""), Packed("f|99999", b"")],
)
def test_values_that_are_not_what_they_should_be_are_refused(packed: Packed) -> None:
    with pytest.raises(ValueError, match=r"packed values|fill the shape|are packed"):
        unpack(packed)
