"""What the marks mean."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.gui.panels.flow_text import spans_of
from app.gui.panels.sentence_list import Item, SentenceList
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.language import tr, translatable

_MARKS: tuple[tuple[Glyph, ToneKey | None, str], ...] = (
    (
        "recorded",
        "recorded",
        translatable("Recorded: autograd added a node, so a gradient can flow back."),
    ),
    (
        "no_grad",
        "no_grad",
        translatable("Skipped: `torch.no_grad()` or similar had turned grad mode off."),
    ),
    ("inference_mode", "inference_mode", translatable("Skipped: `torch.inference_mode()` was on.")),
    (
        "snowflake",
        "no_input_requires_grad",
        translatable("Skipped: no input requires grad."),
    ),
    (
        "stair",
        "not_differentiable",
        translatable("Skipped: the result cannot carry a gradient (`argmax`)."),
    ),
    (
        "scissors",
        "detached",
        translatable("Cut on purpose: `detach`, `.data`, a copy by `torch.tensor`."),
    ),
    ("left_torch", "left_torch", translatable("The value left torch: `item`, `numpy`, `tolist`.")),
    (
        "leaf",
        None,
        translatable("The line creates a leaf: a tensor that no recorded operation made."),
    ),
    (
        "padlock",
        "no_input_requires_grad",
        translatable("The parameter is frozen: its requires_grad is False."),
    ),
    ("dot", None, translatable("The line ran, and autograd had nothing to decide there.")),
    (
        "not_run",
        None,
        translatable("The line did not run: point at the mark to see why, if the reason is known."),
    ),
    (
        "gradient",
        "gradient",
        translatable("`backward()` ran here, or a gradient flowed back through here."),
    ),
    ("cut", "cut", translatable("The gradient stops here.")),
    ("warning", "cut", translatable("An error was raised here.")),
)


def marks_help(parent: QWidget, theme: Theme) -> None:
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("What the marks mean"))
    dialog.resize(460, 490)
    sentences = SentenceList(theme)
    sentences.setAccessibleName(tr("What the marks mean"))
    sentences.set_items(
        [Item(glyph, tone, tuple(spans_of(tr(text)))) for glyph, tone, text in _MARKS]
    )
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(sentences)
    dialog.open()
