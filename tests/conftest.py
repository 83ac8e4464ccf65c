"""What holds for every test: no window on the screen, nobody's settings touched, nothing left over.

Warnings and Qt's log lines fail a test too; that is set in pyproject.toml.
"""

from __future__ import annotations

import gc
import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from app.command_line import running
from app.contract.records import Mode, Trace
from app.process.client import Tracer
from tests.support import TraceText
from tests.tools import leftovers, prepare_system
from tests.tools.ranks import TraceRanks, trace_ranks
from tests.tools.tracing import LentTracer, trace_with

# Nothing above imports PySide6 or torch: they read these when they start.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LANGUAGE"] = "en"
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    # Each worker's torch would compute on all cores, and its threads wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(workers))))
_HOME = tempfile.TemporaryDirectory(prefix="tapescope-tests-")
for _kind in ("CONFIG", "DATA", "CACHE", "STATE"):
    os.environ[f"XDG_{_kind}_HOME"] = os.path.join(_HOME.name, _kind.lower())


@pytest.hookimpl(tryfirst=True)  # before hypothesis reads its seed
def pytest_configure(config: pytest.Config) -> None:
    _choose_examples(config)
    leftovers.adopt_orphans()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background: what the tests start would not hear of Ctrl+C either.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _choose_examples(config: pytest.Config) -> None:
    """Let property tests draw other examples in each run of CI, and the same ones elsewhere.

    The workers of xdist take the seed over.
    """
    if os.environ.get("CI") and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))
    settings.register_profile(
        "tapescope",
        deadline=None,  # a test says nothing about time
        derandomize=config.option.hypothesis_seed is None,  # which a seed has no say in
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("tapescope")


_LONGEST = (
    "tracer/test_sweep", "end_to_end/test_language", "tracer/test_entries",
    "tracer/test_torch_tests", "tracer/test_completeness", "tracer/test_private",
    "tracer/test_unasked", "tracer/test_recorded", "tracer/test_transformers",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a worker waits for a tenth of its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take longest, so that no worker is left with one of them."""
    items.sort(key=lambda item: not item.nodeid.removeprefix("tests/").startswith(_LONGEST))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if (seed := config.option.hypothesis_seed) is not None:
        terminalreporter.line(f"The same examples again: --hypothesis-seed={seed}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, outside CI, a test that needs a program or a library which is not here."""
    needed = {name for marker in item.iter_markers("needs") for name in marker.args}
    lacking = needed & _lacking() if needed and not os.environ.get("CI") else set()
    if lacking:
        pytest.skip(f"not installed: {', '.join(sorted(lacking))}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that gave Python a wrapper of an item of a layout.

    Qt deletes the item with its widget and PySide is not informed: what comes to lie at its
    address next is taken for the item, in any later test. `itemAt` and `takeAt` make wrappers, and
    so does `addLayout` for what the layout has already: add it first, then fill it.
    """
    yield
    has_widgets = "qapp" in getattr(item, "fixturenames", ())
    if has_widgets and (known := leftovers.items_of_layouts()):
        pytest.fail("items of layouts known to Python: " + "; ".join(known), pytrace=False)


@cache
def _lacking() -> set[str]:
    missing = set(prepare_system.missing_for_tests())
    return missing | ({"browser"} if missing & set(prepare_system.BROWSER) else set())


def pytest_unconfigure() -> None:
    _HOME.cleanup()


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process running.

    What fixtures of a wider scope started is there before and after, and so no leftover.
    """
    before = leftovers.Snapshot.take()
    yield
    if left := leftovers.since(before):
        pytest.fail("left running: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def collected_in_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """In tests with widgets, keep the cyclic collector out of worker threads, as the program does.

    What a test leaves is collected when the collector is on again, in this thread.
    """
    has_widgets = "qapp" in request.fixturenames
    if has_widgets:
        gc.disable()
    yield
    if has_widgets:
        gc.enable()


@pytest.fixture(scope="session")
def tracer() -> Iterator[Tracer]:
    """One tracing process for all tests that need nothing but traces."""
    with closing(Tracer()) as shared:
        shared.wait_for_devices()
        yield shared


@pytest.fixture
def one_tracer(tracer: Tracer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands that a test calls trace with the session's tracer.

    Each would start a process of its own and wait until that has imported torch.
    """

    def lent(interpreter: str | None) -> Tracer | LentTracer:
        return Tracer(interpreter) if interpreter else LentTracer(tracer)

    monkeypatch.setattr(running, "Tracer", lent)


@pytest.fixture(scope="session")
def trace(tracer: Tracer) -> TraceText:
    """Traces a text in the real child process; the same text once only."""

    @cache
    def traced(text: str, mode: Mode = "as-written") -> Trace:
        return trace_with(tracer, text, mode)

    return traced


@pytest.fixture(scope="session")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> TraceRanks:
    """Traces the distributed program; with the same arguments once only."""
    return cache(lambda *arguments: trace_ranks(tmp_path_factory.mktemp("ranks"), *arguments))
