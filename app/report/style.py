"""The page's colours as CSS variables, light and dark, from the program's own."""

from __future__ import annotations

from collections.abc import Mapping

from app.report.markup import Markup
from app.session import resources
from app.session.look import colors
from app.session.look.colors import HexTone, ToneKey
from app.session.look.status import STATUS_STYLES


def style() -> Markup:
    """The whole style sheet.  Nothing in it comes from a trace."""
    light = _variables(colors.LIGHT, colors.LIGHT_TONES)
    dark = _variables(colors.DARK, colors.DARK_TONES)
    return Markup(
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme=light] {{ color-scheme: light; {light} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {dark} }}\n"
        f"@media print {{ :root, :root[data-theme] {{ color-scheme: light; {light} }} }}\n"
        f"{resources.read_text('report', 'page.css')}\n{_tones()}\n"
    )


def _variables(names: Mapping[str, str], tones: Mapping[ToneKey, HexTone]) -> str:
    plain = [f"--{name}: {value};" for name, value in names.items()]
    toned = [
        f"--{key}-g: {tone.graphic}; --{key}-t: {tone.text}; --{key}-f: {tone.fill};"
        for key, tone in tones.items()
    ]
    return " ".join(plain + toned)


def _tones() -> str:
    """A class for each status's text and glyph, tint and border."""
    rules = [
        f".t-{key}, .graph .t-{key} {{ --mark: var(--{key}-g); color: var(--{key}-t); "
        f"fill: var(--{key}-t); }} "
        f".f-{key} {{ background: var(--{key}-f); --edge: var(--{key}-g); }}"
        for key in colors.LIGHT_TONES
    ]
    for key, look in STATUS_STYLES.items():
        fill = "var(--node)" if key == "recorded" else f"var(--{key}-f)"
        dash = " ".join(map(str, look.dash)) or "none"
        cap = "round" if look.dotted else "butt"
        rules.append(f".part-{key} {{ fill: var(--{key}-g); }}")
        rules.append(
            f".s-{key} {{ fill: {fill}; stroke: var(--{key}-g); stroke-width: {look.width}; "
            f"stroke-dasharray: {dash}; stroke-linecap: {cap}; }}"
        )
    return "\n".join(rules)
