"""However an error is printed and whatever was replaced: the run ends as plain Python ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from app.process.client import Tracer
from tests.process.running import warm_tracers
from tests.tools.tracing import trace_with

tracer = pytest.fixture(scope="module")(warm_tracers())

ENDINGS = {
    "a text that is missing an attribute": """
        class Missing(Exception):
            def __str__(self): return f"bad {self.missing}"
        raise Missing()
        """,
    "a text that is not a string": """
        class Nothing(ValueError):
            def __str__(self): return None
        def fail(): raise Nothing(3)
        fail()
        """,
    "a text that leaves": """
        class Leaves(Exception):
            def __str__(self): raise SystemExit(0)
        raise Leaves
        """,
    "a text without end": """
        class Endless(RuntimeError):
            def __str__(self): return f"{self}"
        for _ in range(2): raise Endless(1)
        """,
    "a cause whose text fails": """
        class Hidden(Exception):
            def __str__(self): raise MemoryError
        try: raise Hidden
        except Hidden as error: raise KeyError("k") from error
        """,
    "a syntax error with words for numbers": "raise SyntaxError('own', ('f', 'line', 'col', 3))",
    "an exit with an object that has no text": """
        class Silent:
            def __str__(self): raise ValueError(1)
        raise SystemExit(Silent())
        """,
    "an exit whose code fails": """
        class Odd(SystemExit):
            code = property(lambda self: 1 / 0)
        raise Odd(4)
        """,
    "an exit code of many bytes": "import sys; sys.exit(2 ** 70)",
    "an exit code that is 0 in a byte": "import sys; sys.exit(512)",
    "a module's name that is a number": "class E(Exception): __module__ = 5\nraise E('x')",
    "notes that are not a list": "e = ValueError('a')\ne.__notes__ = 5\nraise e",
    "no TracebackException": "import traceback\ntraceback.TracebackException = None\n1 / 0",
    "no isinstance": "import builtins\nbuiltins.isinstance = lambda *a: False\n[][1]",
    "no len": "import builtins\nbuiltins.len = None\n{}['missing']",
    "no type": "import builtins\nbuiltins.type = None\nprint(5)",
    "no __main__": "import sys\ndel sys.modules['__main__']\nprint(1)",
    "a number for __main__": "import sys\nsys.modules['__main__'] = 5\nprint(1)",
    "no stdout": "import sys\nprint(1)\ndel sys.stdout",
    "no collector": "import gc\ngc.collect = None\nprint(2)",
    "no write": "import os\ndef write(*a): raise OSError(5)\nos.write = write\nprint(3)",
    "no signal": "import signal\nsignal.signal = None\nprint(4)",
    "no _exit": "import os\nos._exit = None\nraise ValueError('v')",
    "a hook that leaves": """
        import sys
        def hook(*about): sys.exit(5)
        sys.excepthook = hook
        1 / 0
        """,
    "a hook around Python's": """
        import io, sys, torch
        before = sys.excepthook
        def hook(*about):
            stderr, sys.stderr = sys.stderr, io.StringIO()
            before(*about)
            text, sys.stderr = sys.stderr.getvalue(), stderr
            sys.stderr.write(text.replace("\\n", "\\n[rank0]: "))
        sys.excepthook = hook
        torch.nn.Linear(2, 1)(torch.ones(1, 3))
        """,
    "no hook": "import sys\ndel sys.excepthook\nraise OSError(2, 'gone')",
}


@pytest.mark.parametrize("text", ENDINGS.values(), ids=ENDINGS)
def test_the_code_the_output_and_the_status_are_those_of_plain_python(
    tracer: Tracer, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(dedent(text))
    plain = subprocess.run(
        [sys.executable, "-X", "utf8", path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    trace = trace_with(tracer, dedent(text), path=str(path))
    assert (trace.output.stdout, trace.output.stderr) == (plain.stdout, plain.stderr)
    assert trace.run.status == ("raised" if plain.returncode else "ok")
    assert (trace.error is None) == (plain.returncode == 0)


def test_an_error_without_a_text_says_so(tracer: Tracer) -> None:
    text = "class Mute(Exception):\n    def __str__(self): return 1 / 0\n\nraise Mute()"
    error = trace_with(tracer, text).error
    assert error is not None
    assert (error.type, error.message, error.line) == ("Mute", "<exception str() failed>", 4)


def test_the_books_are_closed_also_where_atexit_forgets_them(tracer: Tracer) -> None:
    text = (
        "import atexit, torch\nw = torch.ones(2, requires_grad=True)\n"
        "w.sum().backward()\natexit._clear()"
    )
    trace = trace_with(tracer, text)
    assert (trace.run.status, trace.run.partial) == ("ok", None)
    assert [(row.name, row.why.code) for row in trace.gradients] == [("w", "accumulated")]


@pytest.mark.parametrize(
    "text",
    ["raise ValueError('<' + 'm' * 1_000_000 + '>')", "x = '<" + "m" * 1_000_000 + ">"],
    ids=["raised", "no Python"],
)
def test_of_a_long_message_the_ends_are_kept_and_all_is_printed(tracer: Tracer, text: str) -> None:
    trace = trace_with(tracer, text)
    error = trace.error
    assert error is not None
    assert max(len(error.message), len(error.traceback)) < 400_100
    assert error.traceback.startswith(trace.output.stderr[:1000])
    assert error.traceback.endswith(trace.output.stderr[-1000:])
    assert len(trace.output.stderr) > 1_000_000


BIT_BY_BIT = {
    "lists": "kept = []\nwhile True:\n    kept.append([1])",
    "strings in a dict": "kept, i = {}, 0\nwhile True:\n    kept[str(i)] = i\n    i += 1",
    "objects that refer to each other": """
        class Link: pass
        last = None
        while True:
            link = Link()
            link.before, last = last, link
        """,
}


@pytest.mark.parametrize("text", BIT_BY_BIT.values(), ids=BIT_BY_BIT)
def test_memory_used_up_bit_by_bit_is_out_of_memory(tracer: Tracer, text: str) -> None:
    trace = trace_with(tracer, dedent(text), memory_mib=500)
    assert trace.run.status == "out_of_memory"
    assert trace.run.partial is not None
    assert trace.run.partial.because == "out_of_memory"
    assert trace.error is not None
    assert trace.error.type == "MemoryError"
    assert trace.error.line in (None, 3, 5, 6), "Python may have no memory for the traceback"
    assert "500 MiB" in (trace.error.hint or "")
    assert "MemoryError" in trace.output.stderr
    assert "app/tracer" not in trace.output.stderr


def test_a_limit_beyond_the_machine_is_none(tracer: Tracer) -> None:
    trace = trace_with(tracer, "import torch\nx = torch.ones(2)", memory_mib=1 << 63)
    assert (trace.run.status, len(trace.operations)) == ("ok", 1)
