"""A traced run is as `python snippet.py`: what it sees, what it prints, how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from app.contract.messages import Exited
from app.process.client import Tracer
from tests.process.running import run, warm_tracers

tracer = pytest.fixture(scope="module")(warm_tracers())

AS_PLAIN_PYTHON = {
    "order of prints": "for i in range(200): print(i)",
    "sys.exit without a code": "import sys; print(1); sys.exit()",
    "sys.exit with a code": "import sys; sys.exit(3)",
    "sys.exit with a code beyond a byte": "import sys; sys.exit(259)",
    "sys.exit with a message": "import sys; sys.exit('enough')",
    "os._exit": "import os; print('a', flush=True); os._exit(4)",
    "SystemExit from below": "def f(): raise SystemExit(5)\nf()",
    "an exception": "def f(x):\n    return 1 / x\n\nf(0)",
    "an exception with a cause": """
        class Ours(Exception): pass
        try:
            {}["missing"]
        except KeyError as error:
            raise Ours("größer") from error
        """,
    "an exception group": "raise ExceptionGroup('both', [ValueError(1), TypeError('zwei')])",
    "an exception with a note": "e = ValueError('x')\ne.add_note('look here')\nraise e",
    "deep recursion": "def f(): f()\ntry:\n    f()\nexcept RecursionError as e: print(e)",
    "an import that fails": "import does_not_exist_anywhere",
    "a KeyboardInterrupt of its own": """
        try:
            raise KeyboardInterrupt
        except BaseException as error:
            print(repr(error))
        """,
    "a hook for exceptions": """
        import sys, traceback
        def hook(kind, error, tb):
            print("hook:", kind.__name__, error, [f.name for f in traceback.extract_tb(tb)])
        sys.excepthook = hook
        def f(): raise ValueError("x")
        f()
        """,
    "a hook that fails": "import sys\nsys.excepthook = None\nraise ValueError('x')",
    "a syntax error": "x = 1\nif x\n    print(x)",
    "an unclosed bracket": "x = (1,\n     2\n",
    "a zero byte in a string": "print(repr('\\0'))",
    "names, docstrings and line numbers": """
        import inspect, pickle
        def f(x):
            "Doc."
            y = x + 1
            raise ValueError(sorted(locals()))
        code = f.__code__
        print(f.__doc__, code.co_names, code.co_varnames, code.co_firstlineno, len({code, code}))
        try:
            f(1)
        except ValueError as error:
            print(error, error.__traceback__.tb_next.tb_lineno)
        print(sorted(globals()))
        class A:
            "Doc of A."
            x = sorted(locals())
        print(A.__doc__, A.x, sorted(vars(A)), pickle.loads(pickle.dumps(f)) is f)
        """,
    "warnings": "import warnings\ndef f(): warnings.warn('careful', stacklevel=2)\nf()\nf()",
    "deprecation in main": "import warnings\nwarnings.warn('old', DeprecationWarning)",
    "a syntax warning": "print(1 is 1)",
    "threads": """
        import threading, time
        release = threading.Event()
        def work():
            release.wait()
            print("thread")
        threading.Thread(target=work).start()
        print("main")
        release.set()
        """,
    "an exception in a thread": """
        import threading
        def work(): raise ValueError("in a thread")
        thread = threading.Thread(target=work, name="mine")
        thread.start()
        thread.join()
        print("main goes on")
        """,
    "an executor that nobody shuts down": """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(2)
        print(pool.submit(pow, 2, 10).result())
        """,
    "functions called at exit": """
        import atexit
        atexit.register(print, "first registered, last called")
        atexit.register(print, "last registered, first called")
        raise ValueError("before them")
        """,
    "an exception at exit": """
        import atexit
        class Fails:
            def __repr__(self): return "fails"
            def __call__(self): 1 / 0
        atexit.register(Fails())
        """,
    "finalisers": """
        import weakref
        class Noisy:
            def __init__(self, name): self.name = name
            def __del__(self): print("gone:", self.name)
        a, _b, c = Noisy("a"), Noisy("_b"), Noisy("c")
        c.itself = c
        d = Noisy("d")
        del d
        weakref.finalize(a, print, "finalize")
        """,
    "a file that nobody closes": """
        import atexit, os, tempfile
        path = tempfile.mktemp()
        file = open(path, "w")
        file.write("buffered")
        import subprocess, sys
        atexit.register(print, "written")
        """,
    "C's stdout": "import ctypes; ctypes.CDLL(None).printf(b'from C\\n')",
    "what main looks like": """
        names = sorted(set(globals()) - {"names"})
        print(names)
        import __main__, sys, os
        print(__name__, __main__ is sys.modules["__main__"], __spec__, __package__, __doc__)
        print(os.path.basename(__file__), sys.argv[1:], os.path.basename(sys.argv[0]))
        print(sys.path[0] == os.path.dirname(os.path.realpath(__file__)), type(__loader__).__name__)
        print(sys.stdin.name, sys.stdout.name, sys.stderr.name, sys.stdin.read())
        """,
    "a docstring and annotations": '''
        """What this is."""
        x: int = 1
        print(__doc__, __annotations__)
        ''',
    "pickles of what main defines": """
        import pickle
        class Point:
            def __init__(self, x): self.x = x
        print(pickle.loads(pickle.dumps(Point(3))).x, Point.__module__)
        """,
    "its own source": """
        import inspect
        def f():
            return 1  # comment
        class C:
            y = 2
        print(inspect.getsource(f), inspect.getsource(C), inspect.getfile(f) == __file__)
        """,
    "doctest of main": '''
        import doctest
        def twice(x):
            """
            >>> twice(2)
            5
            """
            return 2 * x
        print(doctest.testmod())
        ''',
    "forks": """
        import os, sys
        print("before", flush=True)
        if os.fork() == 0:
            print("child", flush=True)
            os._exit(0)
        os.wait()
        print("after")
        """,
    "processes by fork and by spawn": """
        import multiprocessing
        def work(x): return x * 2
        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print(method, pool.map(work, [1, 2]))
        """,
    "signals": """
        import signal
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        print(signal.getsignal(signal.SIGCHLD), signal.getsignal(signal.SIGTERM))
        print(signal.set_wakeup_fd(-1))
        """,
    "asyncio": """
        import asyncio
        async def main():
            await asyncio.sleep(0)
            process = await asyncio.create_subprocess_exec("true")
            print(await process.wait())
        asyncio.run(main())
        """,
    "closed streams": "import sys\nprint('x')\nsys.stdout.close()\nsys.stderr.close()",
    "streams that are replaced": "import io, sys\nsys.stdout = io.StringIO()\nprint('lost')",
    "modules beside it": "import neighbour\nprint(neighbour.__file__ == __file__)",
}
"""Snippets that are to print the same, byte for byte, and to end the same as without tracing."""


@pytest.mark.parametrize("text", AS_PLAIN_PYTHON.values(), ids=AS_PLAIN_PYTHON)
def test_it_is_as_plain_python(tracer: Tracer, tmp_path: Path, text: str) -> None:
    text = dedent(text)
    (tmp_path / "neighbour.py").write_text("")
    script = tmp_path / "snippet.py"
    script.write_text(text, encoding="utf-8")
    plain = subprocess.run(
        [sys.executable, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=os.environ | {"PYTHONUTF8": "1"},
        check=False,
    )
    traced = run(tracer, text, path=str(script))
    assert traced.stdout == plain.stdout.decode()
    assert traced.stderr == plain.stderr.decode()
    assert traced.exited == Exited(plain.returncode, None, None)


def test_an_unsaved_text_is_as_standard_input_is_to_python(tracer: Tracer, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("x = 1")
    done = run(
        tracer,
        """
        import beside, inspect, sys
        print(sys.argv, sys.path[0] == "", "__file__" in globals(), __name__)
        def f(): return 1
        print(inspect.getsource(f), end="")
        f(2)
        """,
        cwd=str(tmp_path),
    )
    assert done.stdout == "[''] True False __main__\ndef f(): return 1\n"
    assert 'File "<snippet>", line 6, in <module>\n    f(2)\n' in done.stderr


def test_the_text_that_runs_is_shown_not_the_one_on_the_disk(
    tracer: Tracer, tmp_path: Path
) -> None:
    script = tmp_path / "snippet.py"
    script.write_text("an older text\n")
    done = run(tracer, "1 / 0  # the newer text", path=str(script))
    assert "1 / 0  # the newer text" in done.stderr


def test_arguments_folder_environment_and_standard_input(tmp_path: Path) -> None:
    text = """
        import os, sys
        print(sys.argv[1:], os.getcwd(), os.environ["COLOUR"], "PATH" in os.environ)
        print(input(), sys.stdin.read().split())
        """
    with closing(Tracer()) as tracer:  # of its own: variables are for its process as a whole
        done = run(
            tracer,
            text,
            argv=["-x", "ü"],
            cwd=str(tmp_path),
            environment={"COLOUR": "blau"},
            stdin="erste Zeile ä\nzweite\ndritte",
        )
    assert done.stdout == (
        f"['-x', 'ü'] {tmp_path} blau True\nerste Zeile ä ['zweite', 'dritte']\n"
    )


def test_a_run_changes_nothing_for_the_next(tracer: Tracer, tmp_path: Path) -> None:
    look = "import os, sys; print(os.getcwd(), sorted(os.environ), sys.path, torch_is_there())"
    text = "def torch_is_there():\n    import torch\n    return hasattr(torch, 'mine')\n" + look
    before = run(tracer, text).stdout
    change = "\nimport torch\ntorch.mine = 1\nsys.path.append('x')\nos.environ['COLOUR'] = 'blau'"
    run(tracer, text + change, cwd=str(tmp_path))
    assert run(tracer, text).stdout == before


def test_a_user_package_of_the_name_app_is_found(tracer: Tracer, tmp_path: Path) -> None:
    package = tmp_path / "app" / "tracer"
    package.mkdir(parents=True)
    (tmp_path / "app" / "__init__.py").write_text("NAME = 'theirs'")
    (package / "__init__.py").write_text("import torch\ndef double(x): return x * 2")
    script = tmp_path / "main.py"
    text = """
        import sys
        print(sorted(name for name in sys.modules if name.split(".")[0] == "app"))
        import app, torch
        from app.tracer import double
        x = torch.ones(2, requires_grad=True)
        double(x).sum().backward()
        print(app.NAME, x.grad)
        1 / 0
        """
    done = run(tracer, text, path=str(script))
    assert done.stdout == "[]\ntheirs tensor([2., 2.])\n"
    assert done.functions == ["ones", "mul", "sum"]
    assert done.error is not None
    assert done.error.type == "ZeroDivisionError"


@pytest.mark.parametrize(("seed", "same"), [(7, True), (None, False)])
def test_the_seed_is_set_or_left_alone(tracer: Tracer, seed: int | None, same: bool) -> None:
    text = "import torch; print(torch.rand(1).item(), torch.initial_seed())"
    done = run(tracer, text, seed=seed)
    assert (done.stdout.split()[1] == "7") is same
    assert done.of("started")[0][2] == seed


def test_other_random_numbers_differ_from_run_to_run(tracer: Tracer) -> None:
    text = """
        import random
        numbers = [random.random()]
        try:
            import numpy
            numbers.append(numpy.random.random())
        except ImportError:
            pass
        print(*numbers)
        """
    first, second = (set(run(tracer, text).stdout.split()) for _ in range(2))
    assert not first & second


def test_the_default_device_is_the_one_asked_for(tracer: Tracer) -> None:
    done = run(tracer, "import torch; print(torch.ones(2).device)", device="meta")
    assert done.stdout == "meta\n"
    assert done.of("started")[0][1] == "meta"


def test_recording_stops_at_its_limit_and_the_run_goes_on(tracer: Tracer) -> None:
    text = "import torch\nfor i in range(50): x = torch.ones(1)\nprint('end')"
    done = run(tracer, text, max_ops=10)
    assert len(done.of("op")) == 10
    assert done.of("finished")[0][2] is True
    assert done.stdout == "end\n"


CRASHES = {
    "a signal": ("import os; os.kill(os.getpid(), 11)", 11),
    "a null pointer": ("import ctypes; ctypes.string_at(0)", 11),
    "abort": ("import os; os.abort()", 6),
}


@pytest.mark.parametrize(("crash", "number"), CRASHES.values(), ids=CRASHES)
def test_what_came_before_a_crash_is_there_after_it(
    tracer: Tracer, crash: str, number: int
) -> None:
    done = run(tracer, f"import torch\nprint('before')\nx = torch.ones(2)\n{crash}\nprint(1)")
    assert done.exited == Exited(None, number, None)
    assert done.stdout == "before\n"
    assert not done.is_finished


def test_a_crash_names_the_line_of_the_snippet_that_led_to_it(
    tracer: Tracer, tmp_path: Path
) -> None:
    text = """
        import os
        import ctypes

        def read(address):
            ctypes.string_at(address)

        if os.fork() == 0:
            os.abort()
        os.wait()
        read(0)
        """
    for path in (None, str(tmp_path / "größe.py"), "relative.py"):
        done = run(tracer, text, path=path, cwd=str(tmp_path))
        assert done.stderr == ""
        assert done.error is not None
        assert (done.error.status, done.error.type, done.error.line) == ("crashed", "SIGSEGV", 6)
        assert done.error.message == "The process was ended by signal 11 (SIGSEGV)."
        assert done.error.traceback.startswith("Stack (most recent call last):\n")
        assert "launch.py" not in done.error.traceback
        assert done.messages[-1][0] == "error"


def test_a_signal_from_outside_names_no_line(tracer: Tracer) -> None:
    done = run(tracer, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert done.exited == Exited(None, 9, None)
    assert done.error is None


OUT_OF_MEMORY = {
    "torch": ("import torch\nx = torch.ones(1 << 29)", "RuntimeError", 2),
    "Python": ("x = 1\ny = bytearray(1 << 31)", "MemoryError", 2),
    "little by little": (
        "all = []\nwhile True:\n    all.append('x' * 10_000_000)",
        "MemoryError",
        3,
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is enforced on Linux")
@pytest.mark.parametrize(("text", "kind", "line"), OUT_OF_MEMORY.values(), ids=OUT_OF_MEMORY)
def test_the_memory_limit(tracer: Tracer, text: str, kind: str, line: int) -> None:
    done = run(tracer, text, memory_mib=1000)
    assert done.exited == Exited(1, None, None)
    error = done.error
    assert error is not None
    assert (error.status, error.type, error.line) == ("out_of_memory", kind, line)
    assert error.hint is not None
    assert "1000 MiB" in error.hint
    assert done.is_finished


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a stack is as deep as it is")
def test_a_chain_of_many_nodes_is_freed_as_in_a_plain_run(tracer: Tracer) -> None:
    """Where Python has seen the nodes, freeing one frees the next inside it."""
    done = run(
        tracer,
        """
        import torch
        y = x = torch.ones(1, requires_grad=True)
        for _ in range(60_000):
            y = y + 1
        y.backward()
        del y
        print(x.grad)
        """,
    )
    assert done.exited == Exited(0, None, None)
    assert done.stdout == "tensor([1.])\n"


def test_out_of_memory_without_a_limit_is_told_too(tracer: Tracer) -> None:
    done = run(tracer, "import torch; torch.empty(1 << 60)")
    assert done.error is not None
    assert (done.error.status, done.error.hint) == ("out_of_memory", None)


def test_what_forked_processes_do_is_no_part_of_the_trace(tracer: Tracer) -> None:
    done = run(
        tracer,
        """
        import os, torch
        x = torch.ones(1)
        if os.fork() == 0:
            for i in range(1000):
                x * i
            raise SystemExit(0)
        os.wait()
        x + 1
        """,
    )
    assert done.functions == ["ones", "add"]
    assert len(done.of("finished")) == 1


def test_operations_of_threads_and_exit_functions_are_part_of_the_trace(tracer: Tracer) -> None:
    done = run(
        tracer,
        """
        import atexit, threading, torch
        x = torch.ones(1)
        main = threading.main_thread()
        def later():
            main.join()
            x * 2
        threading.Thread(target=later).start()
        atexit.register(lambda: x + 1)
        """,
    )
    assert set(done.functions) == {"ones", "mul", "add"}


def error_of(tracer: Tracer, text: str) -> tuple[str, str, str, int | None, int | None]:
    error = run(tracer, text).error
    assert error is not None
    return error.status, error.type, error.message, error.line, error.column


def test_an_error_names_the_innermost_place_of_the_snippet(tracer: Tracer) -> None:
    text = """
        import json

        def read(text):
            größe = 1; json.loads(text)

        read("{")
        """
    assert error_of(tracer, text) == (
        "raised",
        "json.decoder.JSONDecodeError",
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        5,
        15,
    )


def test_names_of_errors_are_as_python_prints_them(tracer: Tracer) -> None:
    text = """
        class Outer:
            class InnerError(Exception):
                pass
        raise Outer.InnerError("so")
        """
    assert error_of(tracer, text) == ("raised", "Outer.InnerError", "so", 5, 0)


SYNTAX_ERRORS = {
    "a missing colon": ("x = 1\nif x\n    y", "SyntaxError", "expected ':'", 2, 4),
    "after other characters": ("größe = 'ä' ]", "SyntaxError", "unmatched ']'", 1, 12),
    "an unclosed bracket": ("x = (\n1,", "SyntaxError", "'(' was never closed", 1, 4),
    "bad indentation": ("x = 1\n  y", "IndentationError", "unexpected indent", 2, 1),
}


@pytest.mark.parametrize("case", SYNTAX_ERRORS.values(), ids=SYNTAX_ERRORS)
def test_a_syntax_error_names_line_and_column(
    tracer: Tracer, case: tuple[str, str, str, int, int]
) -> None:
    text, kind, message, line, column = case
    assert error_of(tracer, text) == ("syntax_error", kind, message, line, column)
    done = run(tracer, text)
    assert done.exited == Exited(1, None, None)
    assert done.error is not None
    assert done.error.traceback == done.stderr
    assert done.is_finished


def test_a_zero_byte_is_a_syntax_error(tracer: Tracer) -> None:
    assert error_of(tracer, "x = 1\0")[0] == "syntax_error"


def test_a_syntax_error_of_an_imported_module_is_raised(tracer: Tracer, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("if")
    done = run(tracer, "x = 1\nimport broken", cwd=str(tmp_path))
    assert done.error is not None
    assert (done.error.status, done.error.type, done.error.line) == ("raised", "SyntaxError", 2)


def test_no_frame_of_the_tracer_is_in_a_traceback(tracer: Tracer) -> None:
    text = """
        import torch
        import torch.nn.functional as F
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.MultiheadAttention(4, 2))
        try:
            model(torch.ones(1, 2))
        except Exception as error:
            F.cross_entropy(torch.ones(1, 3), torch.tensor([5]))
        """
    done = run(tracer, text)
    assert done.error is not None
    assert done.error.traceback == done.stderr
    assert "During handling of the above exception" in done.stderr
    assert os.path.join("app", "tracer") not in done.stderr
    assert "handle_torch_function" not in done.stderr


def test_a_keyboard_interrupt_that_nobody_asked_for_is_an_error(tracer: Tracer) -> None:
    done = run(tracer, "raise KeyboardInterrupt")
    assert done.error is not None
    assert (done.error.type, done.error.line) == ("KeyboardInterrupt", 1)
    assert done.exited is not None
    assert done.exited.stop is None


def test_an_exit_that_is_no_failure_is_no_error(tracer: Tracer) -> None:
    for text in ("import sys; sys.exit()", "import sys; sys.exit(0)", "raise SystemExit"):
        assert run(tracer, text).error is None


def test_an_empty_snippet_runs(tracer: Tracer) -> None:
    done = run(tracer, "")
    assert done.exited == Exited(0, None, None)
    assert [message[0] for message in done.messages] == ["started", "finished"]
