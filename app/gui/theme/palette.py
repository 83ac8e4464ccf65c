"""The colours as a QPalette, for whatever no style sheet rule reaches."""

from __future__ import annotations

from PySide6.QtGui import QPalette

from app.gui.theme.colors import Colors, Tone


def palette_of(colors: Colors, accent: Tone) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for of_role, color in {
        role.Window: colors.panel,
        role.WindowText: colors.text,
        role.Base: colors.panel,
        role.AlternateBase: colors.raised,
        role.Text: colors.text,
        role.Button: colors.panel,
        role.ButtonText: colors.text,
        role.BrightText: colors.on_accent,
        role.ToolTipBase: colors.raised,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.text_tertiary,
        role.Highlight: accent.graphic,
        role.HighlightedText: colors.on_accent,
        role.Link: accent.text,
        role.LinkVisited: accent.text,
        role.Light: colors.raised,
        role.Midlight: colors.hover,
        role.Mid: colors.divider,
        role.Dark: colors.line,
        role.Shadow: colors.ink,
    }.items():
        palette.setColor(of_role, color)
    for of_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, of_role, colors.text_tertiary)
    return palette
