"""How long a run that goes on is said to take."""

from __future__ import annotations

from app.session.trace.progress import LoopTurn, Pace, Progress


def left(
    seen: dict[float, int], total: int | None = 10, limit: int | None = None
) -> list[float | None]:
    """What is said at each second if the loop is then in this pass, from 1."""
    pace = Pace()
    return [
        pace.seconds_left(now, Progress(turns=(LoopTurn(4, number, total),)), limit)
        for now, number in seen.items()
    ]


def test_it_is_the_mean_of_the_passes_after_the_first() -> None:
    seen = {8.0: 1, 20.0: 2, 23.0: 3, 26.0: 4, 27.0: 4, 29.0: 5}
    assert left(seen) == [None, None, None, 21.0, 20.0, 18.0]


def test_nothing_is_said_in_the_first_seconds() -> None:
    seen = {1.0: 1, 3.0: 2, 5.0: 3, 7.0: 4, 9.0: 5, 9.9: 5, 10.0: 5}
    assert left(seen) == [None] * 6 + [11.0]


def test_nothing_is_said_where_the_number_of_passes_is_unknown() -> None:
    assert left({20.0: 1, 30.0: 2, 40.0: 3, 50.0: 4}, total=None) == [None] * 4


def test_a_late_pass_is_never_late_by_less_than_nothing() -> None:
    assert left({20.0: 8, 21.0: 9, 22.0: 10, 23.0: 11, 40.0: 11}, total=11)[-1] == 0.0


def test_another_loop_is_timed_from_its_own_first_pass() -> None:
    pace, said = Pace(), []
    for now, turn in ((20.0, (4, 1, 9)), (21.0, (4, 2, 9)), (22.0, (4, 3, 9)), (23.0, (4, 4, 9)),
                      (24.0, (8, 1, 9)), (25.0, (8, 2, 9)), (26.0, (8, 3, 9))):  # fmt: skip
        said.append(pace.seconds_left(now, Progress(turns=(LoopTurn(*turn),)), None))
    assert said == [None, None, None, 6.0, None, None, None]


def test_a_limit_of_iterations_counts_rather_than_the_loop() -> None:
    pace, said = Pace(), []
    for now, steps in ((10.0, 0), (12.0, 1), (14.0, 2), (16.0, 3), (17.0, 3)):
        progress = Progress(iterations=steps, turns=(LoopTurn(4, steps + 1, 1000),))
        said.append(pace.seconds_left(now, progress, 5))
    assert said == [None, None, None, 4.0, 3.0]
