"""How the program looks: colours, fonts, measures, glyphs, and the `Theme` that holds them."""

from app.gui.theme.theme import Theme

__all__ = ["Theme"]
