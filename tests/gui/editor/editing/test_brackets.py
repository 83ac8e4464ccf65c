from __future__ import annotations

import pytest

from app.gui.editor.editing.brackets import match


@pytest.mark.parametrize(
    ("text", "position", "found"),
    [
        ("f(x)", 1, (1, 3)),
        ("f(x)", 4, (3, 1)),
        ("f(a[1], {2: (3)})", 1, (1, 16)),
        ("f(\n  [1,\n 2]\n)", 1, (1, 13)),
        ("f(')')", 1, (1, 5)),
        ("f(1  # )\n)", 1, (1, 9)),
        ("f(1)  # (a)\n", 8, (8, 10)),
        ("# (\nf(x)", 2, None),
        ('f"{x[1]}" + "]"', 4, (4, 6)),
        ('f("a\\")")', 1, (1, 8)),
        ('f("""(""", 1)', 1, (1, 12)),
        ("f(')'\n)", 6, (6, 1)),
        ("f(\n  [1,\n\n 2]\n)", 14, (14, 1)),
        ("f(\n ')', # (\n)", 13, (13, 1)),
        ("f(x", 1, None),
        ("f(x]", 1, None),
        ("abc", 1, None),
        ("", 0, None),
        ("'" + "a(b)" * 9000, 2, (2, 4)),  # one line, too long to look for strings
        ("'" + "(" * 30_000 + ")" * 30_000, 1, None),
    ],
)
def test_partner(text: str, position: int, found: tuple[int, int] | None) -> None:
    assert match(text, position) == found
