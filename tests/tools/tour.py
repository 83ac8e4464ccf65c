"""Through the whole window, and every text that is seen there: a program of its own.

python -m tests.tools.tour      prints a line of JSON for each place: its name, its texts, words
                                that are code there, and the texts that are cut off

The language is that of the environment.  Texts are those that widgets hold and those that are
painted.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QTabBar,
    QWidget,
)

from app.contract.records import Trace
from app.gui.controls.elided_label import ElidedLabel
from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.session import resources
from app.session.language import LANGUAGES
from app.session.lectures.shipped import lessons, titles
from app.session.run import Run
from tests.tools.screenshots import waiting_for

SNIPPETS = {
    "an error": "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\ny.backward()\n",
    "a syntax error": "import torch\nx = (\n",
    "nothing of torch": "print(1)\n",
    "nothing recorded": "import torch\nx = torch.ones(3)\ny = x * 2\n",
    "an endless loop": "import torch\nx = torch.ones(1)\nwhile True:\n    x = x + 1\n",
    "a crash": "import os, torch\nx = torch.ones(1) * 2\nos._exit(3)\n",
    "many reasons": """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(3, 3)
        self.drop = nn.Dropout(0.5)
        self.frozen = nn.Linear(3, 3)

    def forward(self, x):
        with torch.no_grad():
            h = self.one(x)
        return self.frozen(self.drop(h)).relu()

net = Net()
net.frozen.requires_grad_(False)
a = torch.ones(3, requires_grad=True)
unused = torch.ones(2, requires_grad=True)
scaled = torch.ones(3, requires_grad=True) * 0.1
for step in range(4):
    out = net(torch.ones(2, 3)) + a
    loss = out.sum() + scaled.sum()
    loss.backward()
a.grad = None
with torch.inference_mode():
    cold = a * 2
top = out.argmax()
value = out.detach().sum().item()
view = out.view(-1)
big = torch.randn(300, 300)
z = torch.ones(2, requires_grad=True)
(z * float("nan")).sum().backward()
""",
}


class Painted:
    """What has been drawn as text since it was asked last."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        draw = QPainter.drawText

        def noting(painter: QPainter, *given: Any) -> Any:
            self._texts += [one for one in given if isinstance(one, str)]
            return draw(painter, *given)

        QPainter.drawText = noting  # type: ignore[method-assign,assignment]

    def take(self) -> list[str]:
        taken, self._texts = self._texts, []
        return taken


def texts_of(root: QWidget) -> Iterator[str]:
    """What a widget and those in it hold, shown or in a tooltip."""
    widgets = [root, *root.findChildren(QWidget)]
    for widget in widgets:
        if not widget.isVisible():
            continue
        yield from (widget.toolTip(), widget.accessibleName(), widget.windowTitle())
        if isinstance(widget, (QLabel, QAbstractButton)):
            yield re.sub(r"<[^>]*>", " ", widget.text())
        elif isinstance(widget, (QLineEdit, QPlainTextEdit)):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(place) for place in range(widget.count()))
        elif isinstance(widget, QTabBar):
            yield from (widget.tabText(place) for place in range(widget.count()))
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from _cells(widget.model())


def clipped_in(root: QWidget) -> Iterator[str]:
    """Labels and buttons that end in the middle of their text and show the rest nowhere."""
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.toolTip() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel):
            wanted = widget.sizeHint()
            if widget.wordWrap():
                wanted = QSize(0, widget.heightForWidth(widget.width()))
        elif isinstance(widget, QPushButton | QCheckBox):
            wanted = widget.minimumSizeHint()
        else:
            continue
        if wanted.width() > widget.width() or wanted.height() > widget.height():
            yield f"{type(widget).__name__} {widget.size().toTuple()}: {widget.text()}"


def _cells(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    parent = parent or QModelIndex()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
        for row in range(min(model.rowCount(parent), 60)):
            index = model.index(row, column, parent)
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                yield str(index.data(role) or "")
            if column == 0 and model.rowCount(index):
                yield from _cells(model, index)


def texts_of_menus(actions: Iterable[QAction]) -> Iterator[str]:
    for action in actions:
        yield from (action.text(), action.toolTip())
        menu = action.menu()
        if isinstance(menu, QMenu):
            menu.aboutToShow.emit()
            yield from texts_of_menus(menu.actions())


class Tour:
    def __init__(self, window: MainWindow, settings: Settings, folder: Path) -> None:
        self._window, self._settings, self._folder = window, settings, folder
        self._painted = Painted()
        pages = [*(page.title for page in lessons().pages), *titles().values()]
        self.known = {word for title in (*pages, *LANGUAGES.values()) for word in _words(title)}
        """Words of snippets and of torch, and names of languages, which are the same in each; and
        of lessons and lectures, whose pages are written separately in each."""

    def tell(self, place: str, *roots: QWidget) -> None:
        if not roots:
            self._wait(100)  # layouts in docks settle bit by bit
        for widget in roots or (self._window,):
            widget.repaint()
            for inner in widget.findChildren(QWidget):
                if inner.isVisible():
                    inner.repaint()
        QApplication.processEvents()
        for widget in roots or (self._window,):
            for inner in widget.findChildren(QWidget):
                if (layout := inner.layout()) is not None:
                    layout.activate()  # on a busy machine one may still be due
        texts = [text for widget in roots or (self._window,) for text in texts_of(widget)]
        clipped = [text for widget in roots or (self._window,) for text in clipped_in(widget)]
        self._say(place, [*texts, *self._painted.take()], clipped)

    def _say(self, place: str, texts: Iterable[str], clipped: Sequence[str] = ()) -> None:
        seen = [place, sorted(set(filter(None, texts))), sorted(self.known), clipped]
        print(json.dumps(seen), flush=True)

    # ------------------------------------------------------------------------------ the tour

    def go(self) -> None:
        self.tell("at the start")
        self._say("menus", texts_of_menus(self._window.menuBar().actions()))
        self._say("actions", [t for a in self._window.actions() for t in (a.text(), a.toolTip())])
        for example in examples():
            self._run(example.path.read_text(encoding="utf-8"))
            self.tell(example.path.stem)
        self._dialogs()
        for name, text in SNIPPETS.items():
            self._settings.time_limit = 2.0 if name == "an endless loop" else 60.0
            self._run(text)
            self.tell(name)
        self._settings.time_limit = 60.0
        self._of_one_run()
        self._problems()
        self._lesson()
        self._presentation()

    def _run(self, text: str) -> None:
        window = self._window
        window.load_text(text)
        with waiting_for(window.traceReady):
            window.run()
        self._until(lambda: not window.graph.is_waiting)
        if window.workspace.shown is not None:
            self.known |= words_of(window.workspace.shown.run.trace)

    def _of_one_run(self) -> None:
        window, do = self._window, self._window.actions_
        self._run(SNIPPETS["many reasons"])
        prepared = window.workspace.shown
        assert prepared is not None
        self._pages(prepared.run.trace)
        for name, operation in {one.name: one.id for one in prepared.run.trace.operations}.items():
            window.workspace.select_operation(operation)
            self.tell(f"details of {name}", window.details)
        for row in prepared.run.trace.gradients:
            window.workspace.select_tensor(row.tensor)
            self.tell(f"details of {row.name}", window.details)
        self._hover()
        for action in (do.connection, do.upstream, do.downstream):
            action.trigger()
            self._wait(300)
            self.tell(action.text())
        for level in ("modules", "autograd", "calls"):
            window.toolbar.level.findChildren(QAbstractButton)  # made
            for button in window.toolbar.level.findChildren(QAbstractButton):
                button.click()
                self._until(lambda: not window.graph.is_waiting)
                self.tell(f"level {level}")
        self._bars()
        do.outline.trigger()
        self._wait(300)
        self.tell("outline")
        do.step_first.trigger()
        for _ in range(len(prepared.run.trace.operations) + 40):
            do.step_next.trigger()
            QApplication.processEvents()
            self.tell("timeline", *window.docks.all())

    def _pages(self, trace: Trace) -> None:
        from app.command_line.writing import summary
        from app.page.html import page

        written = page(trace).decode()
        for part in (r"<(style|script|ol|pre)\b.*?</\1>", r"<[^>]*>"):
            written = re.sub(part, "\n", written, flags=re.S)
        self._say("page", written.split("\n"))
        self._say("command line", summary(Run(trace)))

    def _hover(self) -> None:
        graph = self._window.graph
        for node in [*graph.scene.nodes.values()][:12]:
            graph.show_nodes([node.key])
            QTest.mouseMove(graph, QPoint(graph.width() - 3, 3))
            QTest.mouseMove(graph, graph.widget_point_of(node.key))
            self._wait(20)
            self.tell("hover cards", graph)

    def _bars(self) -> None:
        window, do = self._window, self._window.actions_
        do.find_text.trigger()
        bar = window.findChild(QWidget, "findBar")
        self.known |= {"unknown"}
        fields = [w for w in window.findChildren(QLineEdit) if w.isVisible()]
        for text in ("import", "unknown", "("):
            for field in fields:
                field.setText(text)
            self._wait(400)
            self.tell(f"finding {text}")
        for field in fields:
            field.clear()
        assert bar is not None
        bar.hide()
        do.go_to_line.trigger()
        self.tell("line bar")
        line_bar = window.findChild(QWidget, "lineBar")
        assert line_bar is not None
        line_bar.hide()

    def _dialogs(self) -> None:
        do = self._window.actions_
        for action in (
            do.settings, do.run_settings, do.about, do.shortcuts, do.legend_help, do.palette,
            do.export,
        ):  # fmt: skip
            action.trigger()
            self._wait(100)
            opened = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
            others = [w for w in opened if w is not self._window]
            self.tell(action.objectName() or action.text(), *others)
            for dialog in others:
                dialog.close()
            for dialog in self._window.findChildren(QDialog):
                dialog.close()
            QApplication.processEvents()

    def _problems(self) -> None:
        """Files that cannot be opened or were changed outside, and why Live waits."""
        window, folder = self._window, self._folder
        trace, snippet = folder / "trace.json", folder / "snippet.py"
        self.known |= _words(f"{folder} missing trace json other format tapescope snippet open")
        window.open_paths(folder / "missing.py")
        self.tell("a missing file")
        trace.write_text('{"format": "other", "version": 1}')
        window.open_trace(trace)
        self._until(lambda: "other" in window.banner.text)
        self.tell("no trace")
        snippet.write_text("x = 1\n")
        window.open_paths(snippet)
        snippet.unlink()
        self._until(lambda: not window.snippet.notice.isHidden())
        self.tell("a file that is gone")
        window.actions_.new.trigger()
        window.actions_.live.trigger()
        for text in ("x = (\n", "import torch\nopen('x', 'w')\n"):
            window.banner.hide()
            window.load_text(text)
            self._until(lambda: bool(window.banner.text))
            self.tell("live")
        window.actions_.live.trigger()

    def _lesson(self) -> None:
        window = self._window
        window.lessons_menu.aboutToShow.emit()
        window.lessons_menu.actions()[0].trigger()
        self._wait(100)
        with waiting_for(window.traceReady):
            window.lessons.panel.check.click()
        self._until(lambda: not window.graph.is_waiting)
        assert window.workspace.shown is not None
        self.known |= words_of(window.workspace.shown.run.trace)
        page = resources.path("lessons").glob("01*.md")
        before, self.known = self.known, self.known | _words(next(page).read_text())
        self.tell("lesson")
        self.known = before

    def _presentation(self) -> None:
        self._window.actions_.present.trigger()
        self._wait(300)
        self.tell("presentation")
        self._window.actions_.present.trigger()
        self._wait(100)

    # ---------------------------------------------------------------------------- waiting

    def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(600):
            if condition():
                return
            self._wait(50)
        raise TimeoutError

    def _wait(self, milliseconds: int) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()


def words_of(trace: Trace) -> set[str]:
    """What of a trace is code, a name, torch's word or the recorder's."""
    code = re.sub("#.*", "", trace.snippet.text)
    said = [code, trace.run.torch, trace.run.python, trace.run.host, trace.run.system]
    if trace.error is not None:
        error = trace.error
        said += [error.type, error.message, error.traceback, error.hint or ""]
    for operation in trace.operations:
        said += [operation.name, operation.qualified_name, operation.reason, *operation.grad_fn]
        said.append(operation.cause.text if operation.cause is not None else "")
    for module in trace.modules:
        said += [module.path, module.type]
    for tensor in trace.tensors:
        said += [tensor.name or "", tensor.dtype, tensor.device, tensor.grad_fn or ""]
    for backward in trace.backward_passes:
        said += [step.grad_fn for step in backward.steps]
    for node in trace.autograd_nodes:
        said += [node.name, *(saved.name for saved in node.saved)]
    said += [span.cause.text for span in trace.grad_modes]
    known = {word for text in said for word in _words(text)}
    return known | {re.sub(r"Backward\d*$", "", word) for word in known}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def main() -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    QApplication(sys.argv[:1]).setStyle("Fusion")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "tapescope.ini")
        window = MainWindow(settings)
        window.resize(1280, 800)
        window.show()
        try:
            Tour(window, settings, Path(folder)).go()
        finally:
            window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
