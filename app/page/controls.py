"""The buttons and fields of a page, which its script shows, because they need it."""

from __future__ import annotations

from app.page.markup import Markup, element
from app.page.pen import icon
from app.page.pictures import Pictures
from app.session.language import tr
from app.session.look.glyphs import Glyph


def theme() -> Markup:
    """Return the choice of a theme; the script sets the current one."""
    choices: dict[str, tuple[Glyph, str]] = {
        "": ("sliders", tr("As the system has it")),
        "light": ("sun", tr("Light")),
        "dark": ("moon", tr("Dark")),
    }
    return element(
        "div",
        *(_button(words, glyph, theme=choice) for choice, (glyph, words) in choices.items()),
        class_="scripted choice themes",
        role="group",
        aria_label=tr("Colours"),
    )


def search() -> Markup:
    return element(
        "div",
        icon("search", "plain"),
        element(
            "input", type="search", id="search", placeholder=tr("Search the graph"),
            aria_label=tr("Search the graph"), autocomplete="off", role="combobox",
            aria_controls="hits", aria_expanded="false",
        ),
        element("ul", id="hits", role="listbox", hidden="", aria_label=tr("Search results")),
        class_="scripted search",
    )  # fmt: skip


def view(drawn: Pictures) -> Markup:
    """Return the controls for folding and zooming."""
    fold = Markup()
    if drawn.overview is not None:
        fold = element(
            "button", tr("Fold all"), type="button", id="fold", aria_pressed="false",
            data_open=drawn.overview,
        )  # fmt: skip
    return element(
        "div",
        fold,
        _button(tr("Smaller"), "minus", zoom="out"),
        element("output", "100 %", id="zoom"),
        _button(tr("Larger"), "plus", zoom="in"),
        _button(tr("Fit"), "fit", zoom="fit"),
        class_="scripted view",
    )


def trail() -> Markup:
    """Return the path of open groups, which the script fills when a group is open."""
    return element("nav", element("ol"), id="trail", hidden="", aria_label=tr("Groups around this"))


def table() -> Markup:
    return element(
        "div",
        element(
            "input", type="search", id="filter", placeholder=tr("Filter"),
            aria_label=tr("Filter the gradients"), autocomplete="off",
        ),
        element(
            "label", element("input", type="checkbox", id="only-none"), " ", tr("only None")
        ),
        element("output", id="filtered", aria_live="polite"),
        class_="scripted filter",
    )  # fmt: skip


def words() -> dict[str, str]:
    """Return the texts of the script."""
    return {
        "unknown": tr("Its details are not on this page, to keep it small; the trace has them."),
        "left_out": tr("Its inside is not on this page, to keep it small; the trace has it."),
        "inside": tr("Show the contents"),
        "close": tr("Close the details"),
        "more": tr("{count} more"),
        "nothing": tr("Nothing here matches “{text}”."),
        "shown": tr("{shown} of {count}"),
    }


def _button(words: str, glyph: Glyph, **data: str) -> Markup:
    tied = {f"data_{key}": value for key, value in data.items()}
    return element(
        "button", icon(glyph, "plain"), type="button", title=words, aria_label=words, **tied
    )
