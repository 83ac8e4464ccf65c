"""Figures that are known already are used again only as long as they are true."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from app.contract.messages import GradRow, SummaryRow
from app.tracer.tensors.values import EXACT, summarise
from tests.tracer.support import record


def figures(tensor: Tensor, exact: bool = False) -> SummaryRow:
    summary = summarise(tensor, exact)
    assert isinstance(summary, SummaryRow)
    return summary


VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "transpose": lambda t: t.t(),
    "reshape": lambda t: t.view(10, 3, 80),
    "permuted": lambda t: t.view(10, 3, 80).transpose(0, 1),
    "flat": lambda t: t.view(-1),
    "columns": lambda t: t.view(2400, 1),
    "detached": lambda t: t.detach(),
    "part": lambda t: t[:20],
    "part of columns": lambda t: t[:, :30],
    "another type": lambda t: t.view(torch.int32),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
@pytest.mark.parametrize("strange", [1.0, torch.nan], ids=["finite", "with NaN"])
def test_a_view_is_told_as_a_tensor_of_its_own_would_be(
    view: Callable[[Tensor], Tensor], strange: float
) -> None:
    base = torch.randn(30, 80, generator=torch.Generator().manual_seed(0)).relu()
    base[3, 5] = strange
    figures(base)
    seen = view(base)
    alone = torch.empty_strided(seen.shape, seen.stride(), dtype=seen.dtype).copy_(seen)
    assert repr(figures(seen)) == repr(figures(alone))


def test_exact_figures_are_asked_for_anew() -> None:
    large = torch.zeros(2 * EXACT)
    large[1000] = 1.0
    assert figures(large).sampled
    assert figures(large, exact=True).zeros == 2 * EXACT - 1
    assert not figures(large.view(2, -1)).sampled  # these are known by now


def test_what_was_written_is_seen() -> None:
    tensor = torch.zeros(100)
    assert figures(tensor).zeros == 100
    tensor[3] = 1.0
    assert figures(tensor.view(10, 10)).zeros == 99


def test_what_numpy_writes_is_seen() -> None:
    tensor = torch.zeros(100)
    array = tensor.numpy()
    figures(tensor)
    array[3] = 1.0
    assert figures(tensor.view(10, 10)).zeros == 99
    from_array = torch.from_numpy(array)
    figures(from_array)
    array[4] = 1.0
    assert figures(from_array.view(10, 10)).zeros == 98


def test_what_another_process_may_write_is_looked_at_each_time() -> None:
    tensor = torch.zeros(100)
    tensor.untyped_storage().share_memory_()
    figures(tensor)
    ctypes.c_float.from_address(tensor.data_ptr() + 3 * tensor.element_size()).value = 1.0
    assert figures(tensor.view(10, 10)).zeros == 99


def test_inference_tensors_have_no_version_to_go_by() -> None:
    with torch.inference_mode():
        tensor = torch.zeros(100)
        figures(tensor)
        tensor[3] = 1.0
        assert figures(tensor.view(10, 10)).zeros == 99


def zeros_of(text: str) -> dict[str, int]:
    """How many zeros each named value of the snippet holds, as the trace has it."""
    tensors = record(text).tensors.values()
    told = {info.name: info.value for info in tensors if info.name is not None}
    return {name: values.zeros for name, values in told.items() if isinstance(values, SummaryRow)}


def test_what_is_written_past_the_version_counter_is_seen() -> None:
    found = zeros_of("""
        import torch
        from torch import nn
        w = torch.zeros(100)
        w.view(10, 10)
        w.data.add_(1)
        after = w.view(10, 10)
        v = torch.zeros(100)
        v.data = torch.ones(100)
        other = v.view(10, 10)
        bn = nn.BatchNorm1d(100)
        bn(torch.randn(8, 100))
        mean = bn.running_mean.view(10, 10)
    """)
    assert (found["after"], found["other"], found["mean"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "write",
    [
        "w.numpy()[:] = 1",
        "np.asarray(w)[:] = 1",
        "torch.from_dlpack(w.__dlpack__()).add_(1)",
        "ctypes.memmove(w.data_ptr(), torch.ones(100).data_ptr(), 400)",
        "w.untyped_storage().copy_(torch.ones(100).untyped_storage())",
    ],
)
def test_memory_that_was_given_away_is_looked_at_each_time(write: str) -> None:
    found = zeros_of(
        "import ctypes, torch\nimport numpy as np\nw = torch.zeros(100)\n"
        f"before = w.view(10, 10)\n{write}\nafter = w.view(10, 10)\n"
    )
    assert (found["before"], found["after"]) == (100, 0)


def test_gradients_that_add_up_are_looked_at_each_time() -> None:
    rows = record("""
        import torch
        w = torch.ones(100, requires_grad=True)
        for step in range(3):
            (w * 2).sum().backward()
    """).all(GradRow)
    told = [row.grad for row in rows]
    assert [grad.max for grad in told if isinstance(grad, SummaryRow)] == [2.0, 4.0, 6.0, 6.0]


def test_what_moves_to_the_memory_of_another_tensor_leaves_that_one_as_it_was() -> None:
    recording = record(
        """
        import torch
        a = torch.ones(3)
        w = torch.zeros(3)
        w.data = a
        y = a * 2
        """
    )
    assert recording.op("mul").inputs == recording.op("ones").outputs
