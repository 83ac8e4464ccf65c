"""Which tensors share a storage, also where one went to another storage unseen."""

from __future__ import annotations

import torch

from app.tracer.stream import Stream
from app.tracer.tensors.table import TensorTable


def table() -> TensorTable:
    return TensorTable(Stream(lambda _: None))


def test_a_tensor_that_left_its_storage_unseen_does_not_share_it() -> None:
    tensors = table()
    gone, kept = torch.ones(3), torch.ones(3)
    first = tensors.see(gone)
    before = gone.untyped_storage()
    with torch.no_grad():
        gone.set_(kept.untyped_storage(), 0, kept.shape, kept.stride())
    taker = tensors.see(torch.empty(0).set_(before, 0, (3,), (1,)))
    assert tensors.aliases(taker) == []
    assert first.storage != taker.storage
    assert tensors.see(kept).storage == first.storage


def test_views_share_the_storage_of_what_is_there() -> None:
    tensors = table()
    base = torch.ones(3)
    views = [base[:1], base[1:]]
    numbers = {tensors.see(one).storage for one in (base, *views)}
    assert len(numbers) == 1
    assert len(tensors.aliases(tensors.see(base))) == 2
