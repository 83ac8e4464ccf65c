from __future__ import annotations

import pytest

from app.contract.records import RunInfo
from app.session.comparing.sides import pinned_and_now, sides_of


def info(rank: int | None, child: int | None, world: int | None = 2) -> RunInfo:
    run = RunInfo("ok", "cpu", "as-written", 0, "2.13", "3.11", 1.0, truncated=False)
    run.rank, run.child, run.world = rank, child, world
    return run


@pytest.mark.parametrize(
    ("first", "second", "titles"),
    [
        (info(0, None), info(1, None), ["Rank 0", "Rank 1"]),
        (info(1, None), info(1, 2), ["Rank 1", "Rank 1, worker 2"]),
        (info(None, None, None), info(None, 1, None), ["Main", "Worker 1"]),
    ],
)
def test_processes_of_a_run_are_called_what_they_are(
    first: RunInfo, second: RunInfo, titles: list[str]
) -> None:
    assert [side.title for side in sides_of(first, second)] == titles


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (info(0, None), info(0, None)),
        (info(0, None), info(1, None, world=4)),
        (info(0, None), info(None, None, None)),
        (info(None, None, None), info(None, None, None)),
    ],
)
def test_other_runs_are_the_pinned_one_and_that_of_now(first: RunInfo, second: RunInfo) -> None:
    assert sides_of(first, second) == pinned_and_now()
    assert [side.where for side in pinned_and_now()] == ["in pinned", "now"]
