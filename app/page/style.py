"""The page's colours as CSS variables, light and dark, from the program's own."""

from __future__ import annotations

from collections.abc import Mapping

from app.page.markup import Markup
from app.session import resources
from app.session.look.colors import BY_ROLE, LIGHT_TONES, Color, fill, graphic, written


def style() -> Markup:
    """Return the whole style sheet.  Nothing in it comes from a trace."""
    light = _variables(BY_ROLE["light"])
    dark = _variables(BY_ROLE["dark"])
    return Markup(
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme=light] {{ color-scheme: light; {light} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {dark} }}\n"
        f"@media print {{ :root, :root[data-theme] {{ color-scheme: light; {light} }} }}\n"
        f"{resources.read_text('page', 'page.css')}\n{_tones()}\n"
    )


def _variables(colors: Mapping[Color, str]) -> str:
    return " ".join(f"--{role}: {value};" for role, value in colors.items())


def _tones() -> str:
    """Return a class for each tone's text and glyph, and for its tint and border."""
    return "\n".join(
        f".t-{key} {{ --mark: var(--{graphic(key)}); color: var(--{written(key)}); }} "
        f".f-{key} {{ background: var(--{fill(key)}); --edge: var(--{graphic(key)}); }}"
        for key in LIGHT_TONES
    )
