"""Measuring a program under each grad mode, in real processes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch

from app.contract.messages import RunRequest
from app.contract.records import MODES
from app.process.client import Tracer
from app.session.measuring.results import Measurement
from app.session.measuring.words import NAMES, sentences
from app.session.numbers import size
from app.tracer.measuring.modes import MeasuredModes
from app.tracer.measuring.stopwatch import time_of
from tests.support import snippet
from tests.tools import claims
from tests.tools.tracing import request_for

LINES = snippet("""
    net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
    x = torch.ones(32, 8)
    with torch.no_grad():
        y = net(x)
""")
LAYER = 32 * 64 * 4
"""The bytes of what a layer returns."""


def _request(text: str, *lines: int) -> RunRequest:
    return request_for(text)._replace(measured=list(lines))


def measure(tracer: Tracer, text: str, *lines: int) -> Measurement:
    found = Measurement()
    tracer.run(_request(text, *lines), found.add)
    return found


def test_lines_are_measured_in_every_mode_and_round(tracer: Tracer) -> None:
    found = measure(tracer, LINES, 5, 6)
    assert set(found.modes) == set(MODES)
    assert {found.rounds, *(len(one.seconds) for one in found.modes.values())} == {21}
    assert all(one.error is None for one in found.modes.values())


def test_what_is_so_in_one_process_alone_is_not_a_difference(
    tracer: Tracer, tmp_path: Path
) -> None:
    """As memory layouts do: grad is slow in every second process, no_grad in the others."""
    text = snippet(f"""
        import os, time
        from pathlib import Path
        with open({str(tmp_path / "processes")!r}, "a") as file:
            file.write(f"{{os.getpid()}} {{torch.ones(25_000).data_ptr()}}\\n")
        slow = Path(file.name).read_text().count("\\n") % 2 == 0
        time.sleep(0.004 if torch.is_grad_enabled() == slow else 0.002)
    """)
    found = measure(tracer, text, 8, 8)
    answer = next(sentences(found))
    assert answer.startswith("no_grad and grad: no difference that this machine can measure.")
    rows = [line.split() for line in (tmp_path / "processes").read_text().splitlines()]
    assert len({pid for pid, _ in rows}) == len(rows) == found.rounds + 1
    assert len({address for _, address in rows}) > found.rounds / 2


def test_memory_is_exact_and_a_region_of_the_program_gives_way_to_the_mode(tracer: Tracer) -> None:
    """Under grad both results of relu are kept for backward, and without it only what `y` holds."""
    modes = measure(tracer, LINES, 5, 6).modes
    assert (modes["grad"].peak, modes["grad"].held) == (3 * LAYER, 2 * LAYER)
    for mode in ("as-written", "no-grad", "inference"):
        assert (modes[mode].peak, modes[mode].held) == (2 * LAYER, LAYER)


def test_a_whole_program_begins_anew_each_time(tracer: Tracer) -> None:
    text = snippet("""
        import os, sys
        assert not os.environ.get("RAN"), "ran before"
        os.environ["RAN"] = "yes"
        print(sys.stdin.read())
        torch.ones(3, requires_grad=True).sum().backward()
    """)
    modes = measure(tracer, text).modes
    assert {mode for mode, one in modes.items() if one.error is None} == {"as-written", "grad"}
    assert "does not require grad" in str(modes["no-grad"].error)


@pytest.mark.parametrize(
    ("text", "lines", "said"),
    [
        ("1 / 0\n", (), "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(3)\n", (), "the process ended with status 3"),
        ("x = 1\n1 / 0\ny = 2\n", (3, 3), "ZeroDivisionError: division by zero"),
        ("for _ in range(2):\n    x = 1\n", (2, 2), "lines 2 to 2 are not whole statements"),
        ("x = 1\n", (5, 6), "lines 5 to 6 are not whole statements"),
        ("x = (\n", (), "SyntaxError"),
    ],
)
def test_what_cannot_be_measured_says_why(
    tracer: Tracer, text: str, lines: tuple[int, ...], said: str
) -> None:
    (words,) = sentences(measure(tracer, text, *lines))
    assert words.startswith("This cannot be measured: ")
    assert said in words


def test_what_was_measured_before_a_stop_stands(tracer: Tracer) -> None:
    found = Measurement()

    def take(batch: list[object]) -> None:
        found.add(batch)
        if found.rounds == 2:
            tracer.stop()

    tracer.run(_request("import time\ntime.sleep(0.05)\n"), take)
    assert 2 <= found.rounds < 21
    assert any(said.startswith("Too few rounds to compare") for said in sentences(found))


TRAINING = snippet("""
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.ones(8, 4)
    parts = [torch.zeros(2)]
    loss = net.eval()(x).sum()
    loss.backward()
    optimizer.step()
    y = net.train()(x)
    parts[0] += 1
    x = x + 1
    optimizer.zero_grad()
""")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((7, 8), "line 8 changes net.0.weight.grad, so rounds would not begin alike"),
        ((9, 9), "line 9 changes net.0.weight, so"),
        ((10, 10), "line 10 changes net.1.num_batches_tracked, so"),
        ((11, 11), "line 11 changes parts[0], so"),
        ((13, 13), "line 13 changes net.0.weight.grad, so"),
    ],
)
def test_lines_that_change_what_they_found_are_not_measured_alone(
    tracer: Tracer, lines: tuple[int, int], said: str
) -> None:
    assert said in next(sentences(measure(tracer, TRAINING, *lines)))


def test_names_that_the_lines_bind_again_begin_each_time_as_they_were(tracer: Tracer) -> None:
    """Otherwise `x` would have grown to an infinite size, or its graph to one of all rounds."""
    text = snippet("""
        x = torch.ones(4, requires_grad=True)
        x = torch.cat([x, x])
        assert len(x) == 8
        x = x.tolist()
    """)
    found = measure(tracer, text, 3, 5)
    assert found.failure is None
    assert found.rounds == 21
    assert {one.error for one in found.modes.values()} == {None}


def test_what_is_measured_is_said_with_the_machine(tracer: Tracer) -> None:
    machine = measure(tracer, LINES, 5, 6).machine
    assert machine is not None
    assert (machine.torch, machine.threads) == (torch.__version__, torch.get_num_threads())


@pytest.mark.parametrize("mode", MODES)
def test_the_place_of_a_region_is_looked_for_once(mode: str, tmp_path: Path) -> None:
    """Looking for it takes longer than what is measured, so later rounds must not."""
    text = "import torch\n\n@torch.no_grad()\ndef one():\n    pass\n\n\ndef other():\n"
    text += "    with torch.no_grad():\n        pass\n"
    path = tmp_path / "regions.py"
    path.write_text(text)
    variables: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), variables)
    modes = MeasuredModes(text, str(path))
    for function in (variables["one"], variables["other"]):
        calls = [_calls_in(modes, mode, function) for _ in range(3)]
        assert calls[1] == calls[2] < calls[0]
        assert calls[2] <= 45


def _calls_in(modes: MeasuredModes, mode: str, function: Callable[[], None]) -> int:
    """Return how many functions of Python are called."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    with modes.under(mode):
        sys.setprofile(note)
        try:
            function()
        finally:
            sys.setprofile(None)
    return count


@pytest.mark.parametrize("program", claims.PROGRAMS[:2], ids=("2 x 2", "16 x 16"))
def test_the_guide_has_the_memory_that_is_measured(tracer: Tracer, program: claims.Program) -> None:
    """Times differ between machines, and these bytes do not."""
    page = claims.PAGE.read_text(encoding="utf-8")
    table = page.partition(f"\n{program.title}")[2].partition("\n\n- ")[0]
    rows = {line.split(" | ")[0][2:]: line for line in table.splitlines() if "µs" in line}
    for mode, one in claims.measured(tracer, program).modes.items():
        if mode != "as-written":
            assert one.peak is not None
            assert one.held is not None
            assert rows[NAMES[mode]].endswith(f"| {size(one.peak)} | {size(one.held)} |")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU of NVIDIA's")
def test_a_gpu_is_timed_by_its_own_clock() -> None:
    """The host has queued the products long before they are done."""
    matrix = torch.ones(4096, 4096, device="cuda")

    def multiply() -> None:
        matrix @ matrix @ matrix @ matrix

    seconds = time_of(multiply, "cuda:0")
    queued = time_of(multiply, "cpu")
    assert seconds > 2 * queued
