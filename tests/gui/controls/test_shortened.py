"""Long names are cut without being measured as a whole."""

from __future__ import annotations

import pytest

from app.gui.controls.shortened import cut_name

LONG = 100_000


@pytest.mark.parametrize("name", ["a" * LONG, "a" * LONG + ".weight", "weight." + "a" * LONG])
def test_of_a_long_name_only_what_could_fit_is_measured(name: str) -> None:
    measured: list[int] = []

    def width(text: str) -> float:
        measured.append(len(text))
        return 7.0 * len(text)

    shown = cut_name(name, width, 200.0)
    assert max(measured) < 1000
    assert 7 * len(shown) <= 200 < 7 * (len(shown) + 1)
    assert shown.startswith(name[:10])
    assert shown.endswith("….weight" if name.endswith(".weight") else "…")
