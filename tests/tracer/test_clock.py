"""What a rank waits for, by name, and that the program does not notice it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tapescope
import torch
import torch.distributed as dist


@pytest.fixture
def group(tmp_path: Path) -> Iterator[None]:
    """A group of one process."""
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def work() -> list[torch.Tensor]:
    total, parts = torch.ones(2), [torch.zeros(2)]
    dist.all_reduce(total)
    dist.all_gather(parts, total)
    dist.all_reduce(total, async_op=True).wait()
    dist.all_gather_object([None], "any")
    dist.barrier()
    return [total, *parts]


@pytest.mark.usefixtures("group")
def test_waits_have_the_names_of_the_functions_that_were_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANK", "0")
    before, plain = dist.Work.wait, work()
    with tapescope.trace() as run:
        traced = work()
    assert all(torch.equal(one, other) for one, other in zip(plain, traced, strict=True))
    assert dist.Work.wait is before
    clock = run.trace.clock
    assert clock is not None
    first = work.__code__.co_firstlineno
    assert [(wait.what, (wait.line or 0) - first) for wait in clock.waits] == [
        ("all_reduce", 2), ("all_gather", 3), ("", 4), ("all_gather_object", 5),
        ("all_gather_object", 5), ("barrier", 6),
    ]  # fmt: skip
    assert all(wait.end_seconds is not None for wait in clock.waits)


@pytest.mark.usefixtures("group")
def test_a_process_without_a_rank_has_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with tapescope.trace() as run:
        work()
    assert run.trace.clock is None
