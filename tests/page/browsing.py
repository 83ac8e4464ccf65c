"""A page in a real browser (Qt WebEngine), in a process of its own: what it does, step by step.

A step is `["js", expression]`, whose value is a result; `["wait", expression]`, until it is true;
`["click", selector]` and `["key", name]`, by mouse and keyboard.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TIMEOUT = 120
_PATIENCE = 20
_FLAGS = "--disable-gpu --no-sandbox --blink-settings=preferredColorScheme=1"

Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """The results; `fetched` are the addresses that the page asked for, itself aside."""

    results: list[Any]
    console: list[str]
    fetched: list[str]


def visit(page: Path, *steps: Step, width: int = 1280, height: int = 900) -> Visit:
    """Opens a page from disk and takes the steps.  Raises CalledProcessError with what it said."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
        "QTWEBENGINE_CHROMIUM_FLAGS": _FLAGS,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.page.browsing", str(page), str(width), str(height)],
        input=json.dumps(steps),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
        env=environment,
    )
    if done.returncode:
        raise AssertionError(f"The browser ended with {done.returncode}: {done.stderr[-2000:]}")
    return Visit(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer, QUrl
    from PySide6.QtTest import QTest
    from PySide6.QtWebEngineCore import (
        QWebEnginePage,
        QWebEngineUrlRequestInfo,
        QWebEngineUrlRequestInterceptor,
    )
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seen = Visit([], [], [])
    app = QApplication(sys.argv[:1])
    address = QUrl.fromLocalFile(path)

    class Requests(QWebEngineUrlRequestInterceptor):
        def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
            if info.requestUrl().path() != address.path():
                seen.fetched.append(info.requestUrl().toString())

    class Page(QWebEnginePage):
        def javaScriptConsoleMessage(self, level: Any, message: str, line: int, _: str) -> None:
            seen.console.append(f"{message} (line {line})")

    view = QWebEngineView()
    page = Page(view)
    requests = Requests()
    page.setUrlRequestInterceptor(requests)
    view.setPage(page)
    view.resize(width, height)
    view.show()

    def evaluated(expression: str) -> Any:
        loop = QEventLoop()
        found: list[str] = []

        def take_value(value: str) -> None:
            found.append(value)
            loop.quit()

        page.runJavaScript(f"JSON.stringify({expression})", take_value)
        loop.exec()
        return json.loads(found[0]) if found[0] else None

    def take(kind: str, what: str) -> None:
        target = view.focusProxy()
        assert target is not None
        if kind == "js":
            seen.results.append(evaluated(what))
        elif kind == "wait":
            limit = time.monotonic() + _PATIENCE
            while not evaluated(what):
                if time.monotonic() > limit:
                    print(f"In vain: {what}; {seen.results}; {seen.console}", file=sys.stderr)
                    sys.stderr.flush()
                    os._exit(4)
        elif kind == "key":
            QTest.keyClick(target, Qt.Key[f"Key_{what}"])
        else:
            x, y = evaluated(
                f"(() => {{ const target = document.querySelector({json.dumps(what)}); "
                "target.scrollIntoView({block: 'center', behavior: 'instant'}); "
                "const box = target.getBoundingClientRect(); "
                "return [box.left + box.width / 2, box.top + box.height / 2]; })()"
            )
            QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))

    loaded = QEventLoop()
    page.loadFinished.connect(loaded.quit)
    view.load(address)
    loaded.exec()
    QTimer.singleShot(_TIMEOUT * 1000, lambda: os._exit(3))
    for kind, what in json.loads(sys.stdin.read()):
        take(kind, what)
    print(json.dumps({"results": seen.results, "console": seen.console, "fetched": seen.fetched}))
    sys.stdout.flush()
    del app
    os._exit(0)  # Qt WebEngine takes its time to end, and warns of pages that are still open


if __name__ == "__main__":
    main()
