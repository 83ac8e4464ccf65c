from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from graphviz_render import messages

columns = st.dictionaries(
    st.text(min_size=1),
    st.one_of(st.integers(), st.text(), st.none(), st.lists(st.integers(), max_size=5)),
)


@given(columns, st.integers(0, 3500))
def test_what_is_written_is_read(message: dict[str, object], length: int) -> None:
    message["long"] = list(range(length))
    stream = io.BytesIO()
    messages.write(stream, message)
    messages.write(stream, {"second": 1})
    stream.seek(0)
    assert messages.read(stream) == message
    assert messages.read(stream) == {"second": 1}
    assert messages.read(stream) is None


def test_a_message_that_breaks_off_is_none() -> None:
    stream = io.BytesIO()
    messages.write(stream, {"nodes": [1, 2], "width": 7})
    whole = stream.getvalue()
    for end in range(len(whole)):
        assert messages.read(io.BytesIO(whole[:end])) is None


def test_no_line_is_long() -> None:
    stream = io.BytesIO()
    messages.write(stream, {"points": [[0.5, 1.5]] * 50_000})
    assert max(map(len, stream.getvalue().splitlines())) < 100_000
