"""The fixture `autograd_trace`: `tapescope.trace`, and a failing test leaves the pages of its runs.

The page lies beside JUnit's report if pytest writes one, else in pytest's cache or, without one, in
the working folder; the test's report names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import tapescope

_RUNS: pytest.StashKey[list[tapescope.Run]] = pytest.StashKey()
_SECTION = "autograd"


@pytest.fixture
def autograd_trace(request: pytest.FixtureRequest) -> Callable[[], tapescope.Run]:
    """`with autograd_trace() as run:` records what the block does, as `tapescope.trace` does."""
    import tapescope  # only for tests that ask

    runs = request.node.stash.setdefault(_RUNS, [])

    def trace(*, max_ops: int = 200_000) -> tapescope.Run:
        runs.append(run := tapescope.trace(max_ops=max_ops))
        return run

    return trace


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    runs = item.stash.get(_RUNS, None)
    if report.when == "call" and report.failed and runs is not None:
        for number, run in enumerate(runs):
            if run.has_ended:
                path = _folder(item.config) / f"{_file_name(item.nodeid, number)}.html"
                run.save(path)
                report.sections.append((_SECTION, f"The page of the run: {path}"))
    return report


def _folder(config: pytest.Config) -> Path:
    report = config.getoption("xmlpath", None)
    if report is None:
        cache = getattr(config, "cache", None)  # missing with `-p no:cacheprovider`
        return Path.cwd() if cache is None else cache.mkdir("tapescope")
    folder = Path(report).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file_name(test: str, number: int) -> str:
    name = re.sub(r"[^\w.-]+", "_", test).strip("_")[-120:]
    return name if number == 0 else f"{name}-{number + 1}"
