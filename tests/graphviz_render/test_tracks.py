from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphviz_render.tracks import assign_tracks

place = st.integers(0, 30).map(float)
pieces = st.lists(st.tuples(place, place).filter(lambda piece: piece[0] != piece[1]), max_size=12)


def test_pieces_apart_share_a_track() -> None:
    assert assign_tracks([(0, 10), (20, 30), (50, 40)]) == [0, 0, 0]


def test_nested_pieces_to_the_right_are_stacked_from_the_right() -> None:
    """The one that starts further right turns off first: so the two do not cross."""
    assert assign_tracks([(0, 10), (5, 15)]) == [1, 0]
    assert assign_tracks([(15, 5), (10, 0)]) == [1, 0]


@given(pieces)
def test_pieces_on_one_track_never_touch(pieces: list[tuple[float, float]]) -> None:
    tracks = assign_tracks(pieces)
    for number, (start, end) in enumerate(pieces):
        for other in range(number):
            if tracks[number] == tracks[other]:
                other_start, other_end = pieces[other]
                assert max(start, end) < min(other_start, other_end) or max(
                    other_start, other_end
                ) < min(start, end)
