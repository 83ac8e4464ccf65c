"""Measuring a program under each grad mode, in real processes."""

from __future__ import annotations

import pytest

from app.contract.messages import RunRequest
from app.contract.records import MODES
from app.process.client import Tracer
from app.session.measuring.results import Measurement
from app.session.measuring.words import sentences
from tests.support import snippet
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
    assert any("rounds are too few" in said for said in sentences(found))
