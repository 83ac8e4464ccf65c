"""Which traces belong together: by the names of their files and by what is in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.contract.records import Trace
from app.session.ranks.sisters import Process, Processes, files_beside, together
from app.session.run import Run
from app.session.trace.document import dump, load
from tests.tools.ranks import TraceRanks

Change = Callable[[Trace], object]


@pytest.fixture
def pair(ranks: TraceRanks) -> list[Process]:
    """Both ranks, read again: tests change what is in them."""
    return [Process(path, load(path.read_bytes())) for path in ranks("--unused").paths]


@pytest.mark.parametrize(
    ("name", "sisters"),
    [
        ("run.rank1.json", ["run.rank0.json", "run.rank0.1.json", "run.rank10.json"]),
        ("run.json", ["run.1.json", "run.12.json"]),
        ("run.1.json", ["run.json", "run.12.json"]),
        ("other.rank0.json.gz", ["other.rank1.json.gz"]),
        ("notes.txt", []),
    ],
)
def test_files_are_found_by_their_names(tmp_path: Path, name: str, sisters: list[str]) -> None:
    for file in (
        "run.rank10.json", "run.rank0.json", "run.rank1.json", "run.rank0.1.json", "run.json",
        "run.1.json", "run.12.json", "run.x.json", "other.rank0.json.gz", "other.rank1.json.gz",
        "other.rank2.json", "notes.txt", "notes.rank1.txt",
    ):  # fmt: skip
        (tmp_path / file).touch()
    assert [path.name for path in files_beside(tmp_path / name)] == sisters


def test_both_ranks_are_there_in_their_order(pair: list[Process]) -> None:
    found = together(pair[1], {pair[0].path: pair[0].run}, frozenset())
    assert [process.name.title for process in found.all] == ["Rank 0", "Rank 1"]
    assert found.place_of(pair[1].run) == 1
    assert not found.problems


def _other_world(trace: Trace) -> None:
    trace.run.world = 4


def _no_rank(trace: Trace) -> None:
    trace.run.rank = trace.run.world = None


def _same_rank(trace: Trace) -> None:
    trace.run.rank = 0


def _other_program(trace: Trace) -> None:
    trace.snippet.text += "\n# edited"


def _other_file(trace: Trace) -> None:
    trace.files[1].text = "from torch import nn"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_world, "It is from a run of 4 ranks, and {first} is from one of 2."),
        (_no_rank, "It is of another run than {first}: only one of the two has a rank."),
        (_same_rank, "`run.rank1.json.gz` and {first} are both of rank 0."),
        (_other_program, "It was recorded with another version of `train.py` than {first}."),
        (_other_file, "It was recorded with another version of `net.py` than {first}."),
    ],
)
def test_a_trace_of_another_run_is_left_out_and_it_is_said_why(
    pair: list[Process], change: Change, words: str
) -> None:
    change(pair[1].run.trace)
    found = together(pair[0], {pair[1].path: pair[1].run}, frozenset())
    assert [process.name.title for process in found.all] == ["Rank 0"]
    (left_out,) = found.problems
    assert left_out.title == "`run.rank1.json.gz` is left out"
    assert left_out.text == words.format(first="`run.rank0.json.gz`")


def test_a_damaged_file_is_left_out(pair: list[Process]) -> None:
    found = together(pair[0], {pair[1].path: "It is damaged."}, frozenset())
    assert [problem.text for problem in found.problems] == ["It is damaged."]


def test_a_rank_without_a_trace_is_named(pair: list[Process]) -> None:
    (problem,) = together(pair[1], {}, frozenset()).problems
    assert problem.title == "Rank 0 has no trace in this folder"
    assert problem.text.startswith("The run had 2 ranks.")


def test_a_file_that_only_has_such_a_name_is_not_spoken_of(
    tmp_path: Path, trace: Callable[[str], Trace]
) -> None:
    run = Run(trace("import torch\ntorch.ones(2)\n"))
    other = load(dump(run.trace))

    def found(*asked: Path) -> Processes:
        first = Process(tmp_path / "run.json", run)
        return together(first, {tmp_path / "run.1.json": other}, frozenset(asked))

    assert (len(found().all), len(found().problems)) == (1, 0)
    (problem,) = found(tmp_path / "run.1.json").problems
    assert problem.text == "`run.1.json` and `run.json` are both of the main process."
    other.trace.run.child = 1
    assert [process.name.title for process in found().all] == ["Main", "Worker 1"]
