"""In Chinese: menus, panels, reasons, findings, page and command line, whoever traced."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.process.client import Tracer
from tests.tools.messages import ROOT
from tests.tools.tracing import trace_with

_EXAMPLE = ROOT / "resources" / "examples" / "01_three_linear_layers.py"
_WINDOW = """
import json, sys, tempfile
from pathlib import Path
from PySide6.QtWidgets import QApplication, QLabel
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.session.explain.phrases import Phrases
from app.session.explain.texts import whole
from tests.tools.screenshots import waiting_for

application = QApplication([])
window = MainWindow(Settings(Path(tempfile.mkdtemp()) / "t.ini"))
window.show()
with waiting_for(window.graph.layoutFinished):
    window.open_paths(Path(sys.argv[1]))
run = window.workspace.shown.run
print(json.dumps({
    "menus": [menu.text() for menu in window.menuBar().actions()],
    "reasons": [row.why.text for row in run.trace.gradients],
    "findings": [one.title for one in run.trace.findings],
    "labels": [label.text() for label in window.findChildren(QLabel)],
}))
window.close()
"""


_RECORDER = """
import json, sys
from app.session.recorder_words import translated
from app.tracer.snippet.hints import TEXTS
said = [*TEXTS, *json.loads(sys.argv[1])]
print(json.dumps([translated(sentence) for sentence in said]))
"""
_X = "import torch\nx = torch.ones(3, requires_grad=True)\n"
_SAYING = {
    "not_there": "import not_there",
    "{folder}": "open('not there')",
    "600 MiB": "kept = []\nwhile True:\n    kept.append(bytes(10_000_000))",
    "mul": _X + "torch.Tensor.grad_fn = 'odd'\nx * 2",
    "f": _X + "@torch.jit.script\ndef f(t): return t * 2\nf(x)",
    "torch._dynamo.explain": _X + "torch._dynamo.explain(lambda t: t * 2)(x)",
    "eager": _X + "torch.compile(lambda t: t * 2)(x)",
    "vmap": _X + "torch.func.vmap(lambda t: t * 2)(x)",
    "grad": _X + "torch.func.grad(lambda t: (t * 2).sum())(x)",
    "jvp": _X + "torch.func.jvp(lambda t: t * 2, (x,), (x,))",
}
"""Programs whose notes from the recorder contain a name."""
_CHILDREN = """\
import multiprocessing, os
import torch

def work():
    torch.ones(3) * 2

if __name__ == "__main__":
    if os.fork() == 0:
        work()
        os._exit(0)
    os.wait()
    one = multiprocessing.get_context("spawn").Process(target=print)
    one.start()
    one.join()
"""


def in_language(language: str, words: Sequence[str], **options: str) -> str:
    environment = {**os.environ, "LANGUAGE": language, "LANG": "C", "PYTHONIOENCODING": "utf-8"}
    return subprocess.check_output(
        [sys.executable, *words], cwd=ROOT, env={**environment, **options}, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trace that was made in English."""
    file = tmp_path_factory.mktemp("trace") / "run.json"
    in_language("en", ["-m", "app", "trace", str(_EXAMPLE), "-o", str(file)])
    assert "cuts the gradient" in file.read_text(encoding="utf-8")
    return file


def test_the_command_line_gives_the_reasons(trace: Path) -> None:
    said = in_language("zh_CN", ["-m", "app", "trace", str(trace)])
    assert "训练 6 个参数中的 0 个。" in said
    assert "它的结果到达 loss 只能经过 lin1(x1)（第 10 行），在 torch.no_grad()（第 9 行）" in said
    assert "第 10 行的警告：`no_grad` 截断了梯度。" in said
    assert "cuts the gradient" not in said


def test_a_page_is_chinese(trace: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    in_language("zh_CN", ["-m", "app", "trace", str(trace), "-o", str(file)])
    page = file.read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    for text in ("截断了梯度", "在图中查找", "未到达", "这 2 个参数的梯度到达了"):
        assert text in page, text
    for text in ("cuts the gradient", "Search the graph", "The backward pass"):
        assert text not in page, text


def test_help_is_chinese() -> None:
    said = in_language("zh_CN", ["-m", "app", "trace", "--help"])
    for text in ("用法：", "选项", "显示这段帮助并退出", "退出状态："):
        assert text in said
    assert "options:" not in said


def test_the_window_is_chinese(trace: Path) -> None:
    seen = json.loads(in_language("zh_CN", ["-c", _WINDOW, str(trace)]))
    assert "文件(&F)" in seen["menus"]
    assert "计算图(&G)" in seen["menus"]
    assert all("是 None：" in why or "反向传播" in why for why in seen["reasons"])
    assert seen["findings"] == ["`no_grad` 截断了梯度"]
    assert any("到达 7 个叶子张量中的 2 个" in text for text in seen["labels"]), seen["labels"]


def test_what_the_recorder_says_is_chinese(tracer: Tracer, tmp_path: Path) -> None:
    sentences: list[str] = []
    for text in _SAYING.values():
        trace = trace_with(tracer, text, cwd=str(tmp_path), memory_mib=600)
        sentences += [note.text for note in trace.notes]
        if trace.error is not None and trace.error.hint is not None:
            sentences.append(trace.error.hint)
    assert len(sentences) == len(_SAYING)
    said = json.loads(in_language("zh_CN", ["-c", _RECORDER, json.dumps(sentences)]))
    assert [one for one in said if not re.search("[\u4e00-\u9fff]", one)] == []
    for name, sentence in zip(_SAYING, said[-len(_SAYING) :], strict=True):
        assert name.format(folder=tmp_path) in sentence


def test_the_command_line_speaks_of_children_in_chinese(tmp_path: Path) -> None:
    program = tmp_path / "start.py"
    program.write_text(_CHILDREN, encoding="utf-8")
    said = in_language("zh_CN", ["-m", "app", "trace", str(program)])
    assert "1 个子进程调用了 torch，没有被跟踪。" in said
    assert "1 个以 spawn 启动的进程没有被跟踪；" in said
