"""Runs a snippet as `python snippet.py` or `python -m snippet` would, with the recorder around it.

It is called in a process that exists for this one run and ends it (`app.tracer.child.leaving`).
"""

from __future__ import annotations

import atexit
import builtins
import importlib.util
import io
import json
import linecache
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from multiprocessing import spawn, util
from types import CodeType, ModuleType
from typing import Any, NamedTuple, NoReturn

import torch

from app.contract.messages import (
    CellRow,
    ErrorRow,
    FinishedRow,
    LeftRow,
    LostRow,
    RunRequest,
)
from app.contract.records import Change
from app.tracer.calls.optimizers import EnoughSteps
from app.tracer.child import memory
from app.tracer.child.greeting import started
from app.tracer.child.leaving import flush_streams, leave
from app.tracer.child.outgoing import RowSender, Write
from app.tracer.child.reached import SharedLines
from app.tracer.child.spool import REQUEST, Spool
from app.tracer.opening.opening import Opening
from app.tracer.patches import Patches
from app.tracer.recorder import Recorder
from app.tracer.snippet.failure import (
    bare_error_row,
    error_row,
    exit_of,
    is_out_of_memory,
    print_error,
    shortened,
    syntax_error_row,
)
from app.tracer.snippet.files import Files
from app.tracer.snippet.watching import LineWatch

UNSAVED = "<snippet>"
"""The file name of a text without a file."""

_INTERRUPTED = 130
"""The exit code that shells report of a program ended by SIGINT."""


class RunConnection(NamedTuple):
    """The connection of a run to the process that requested it."""

    write: Write
    """Takes the bytes of rows."""
    reached: SharedLines | None
    """Where to note which lines ran, because somebody looks there; None: they are sent at the end.
    """
    stopping: Callable[[], bool]
    """Returns whether the run was asked to stop, which is not the snippet's KeyboardInterrupt."""
    iterations: Callable[[], int | None]
    """Returns the number of optimizer steps after which the run ends now; None for no limit."""
    close: Callable[[], None]
    """Called last, when everything has been written."""


def run_snippet(
    request: RunRequest, connection: RunConnection, opening: Opening | None = None
) -> NoReturn:
    """Run the snippet, send its rows, and end the process with the snippet's exit code.

    An `opening` ends it at the step that it opens.
    """
    filename = filename_of(request)
    rows = RowSender(connection.write, _spool(request, filename))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    set_up_streams(request.stdin)
    set_up_process(request)
    rows.send(started(request.device, request.seed, request.what_if, request.last_line))
    books = _Books(rows)
    exit_code = _compile_and_run(request, filename, rows, connection, books, opening)
    leave(exit_code, lambda: books.end(exit_code), connection.close)


class _Books:
    """Sends the last rows, after the snippet and everything that it left running have ended."""

    def __init__(self, rows: RowSender) -> None:
        self._rows = rows
        self._recorder: Recorder | None = None
        self._lines: LineWatch | None = None
        self._began = _clock()
        self._patches = Patches()
        self.iterations: int | None = None
        """The number of optimizer steps that ended the run."""

    def open(self, recorder: Recorder, lines: LineWatch | None) -> None:
        self._began = _clock()
        self._recorder, self._lines = recorder, lines

    def follow_children(self, request: RunRequest) -> None:
        """Close the books of forked processes, which `multiprocessing` ends by `os._exit`; let
        spawned ones record; note what ends the work of either."""
        original = os._exit

        def _exit(status: int) -> NoReturn:
            if self._rows.is_child:
                _tried(lambda: self.end(status))
            original(status)

        self._patches.set(os, "_exit", _exit)
        command_line: Callable[..., list[str]] = spawn.get_command_line

        def get_command_line(**given: Any) -> list[str]:
            *command, option, code, mark = command_line(**given)
            return [*command, option, self._rows.code_of_spawned() + code, mark]

        self._patches.set(spawn, "get_command_line", get_command_line)
        exit_function: Callable[..., None] = util._exit_function  # type: ignore[attr-defined]

        def _exit_function(*given: Any, **named: Any) -> None:
            """`multiprocessing` calls it with the error of a process's work on hand."""
            raised = _raised(sys.exc_info()[1])
            if raised is not None and self._rows.is_child:
                _tried(lambda: self._fail(raised, request))
            exit_function(*given, **named)

        self._patches.set(util, "_exit_function", _exit_function)

    def _fail(self, error: BaseException, request: RunRequest) -> None:
        """Send the error that ends a child process; printing it is left to `multiprocessing`."""
        if self._recorder is not None:
            self._recorder.failed(error)
            self._rows.send(shortened(_row_of(error, request, self._recorder.files)))

    def end(self, exit_code: int) -> None:
        """Close the books of a process that ends with this code."""
        self.close()
        if self._rows.is_child:
            self._rows.send(LeftRow(exit_code))

    def begin_cell(self, line: int) -> None:
        self._rows.send(CellRow(line, _clock() - self._began))

    def close(self) -> None:
        """Send the last rows, once; a step that fails does not prevent the others."""
        recorder, lines, self._recorder = self._recorder, self._lines, None
        if recorder is None:
            return
        _tried(lambda: _set_handler(signal.SIGINT, signal.SIG_IGN))
        self._patches.undo()
        whole = _tried(lambda: recorder.__exit__(None, None, None))
        seconds = _clock() - self._began
        whole = _tried(recorder.finish) and whole
        flush_streams()
        lost = [] if whole else [LostRow(1)]
        ran = [] if lines is None else lines.end()
        for row in (*lost, *ran, FinishedRow(seconds, recorder.truncated, self.iterations)):
            self._rows.send(row)


def _raised(error: BaseException | None) -> BaseException | None:
    """Return the error of a process's work; None where it ended by `sys.exit`.

    torch's `spawn` hands the error to the parent process and exits.
    """
    if not isinstance(error, SystemExit):
        return error
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    wrap = getattr(sys.modules.get("torch.multiprocessing.spawn"), "_wrap", None)
    is_torchs = trace is not None and trace.tb_frame.f_code is getattr(wrap, "__code__", None)
    return error.__context__ if is_torchs else None


def record_spawned(
    request: RunRequest, rows: RowSender, variables: dict[str, Any], work: Callable[[], int]
) -> int:
    """Record the `work` of a spawned process, which returns its exit code."""
    about = request.device, request.seed, request.what_if, request.last_line
    rows.send(started(*about, begins_late=True))
    recorder = _recorder(
        request, request.path or UNSAVED, rows, variables, lambda: request.iterations
    )
    books = _Books(rows)
    books.open(recorder, None)
    books.follow_children(request)
    recorder.__enter__()
    exit_code = work()
    books.end(exit_code)
    return exit_code


def _recorder(
    request: RunRequest,
    filename: str,
    rows: RowSender,
    variables: dict[str, Any],
    iterations: Callable[[], int | None],
    opening: Opening | None = None,
) -> Recorder:
    changes = [Change(*one) for one in request.what_if]
    return Recorder(
        rows.send, filename, request.text, request.max_ops, variables, changes,
        request.follow, request.no_follow, iterations, request.children is not None,
        opening,
    )  # fmt: skip


def _spool(request: RunRequest, filename: str) -> Spool | None:
    """Return the file for the rows, beside the request for spawned processes."""
    if request.children is None:
        return None
    with open(f"{request.children}/{REQUEST}", "w", encoding="utf-8") as file:
        path = None if request.path is None else filename
        json.dump(request._replace(path=path), file)
    return Spool(request.children)


def _tried(step: Callable[[], object]) -> bool:
    """Run a step; return whether it succeeded."""
    try:
        step()
    except BaseException:  # the snippet's objects take part in it, and theirs may be any
        return False
    return True


_clock = time.perf_counter
_set_handler = signal.signal
"""The snippet may put something else in the place of each."""


def _compile_and_run(
    request: RunRequest,
    filename: str,
    rows: RowSender,
    connection: RunConnection,
    books: _Books,
    opening: Opening | None,
) -> int:
    whole, request = request.text, request._replace(text=up_to(request.text, request.last_line))
    main = make_main(request.path is not None, filename)
    try:
        code = compile(request.text, filename, "exec", dont_inherit=True)
    except Exception as error:
        row = syntax_error_row(error)
        sys.stderr.write(row.traceback)
        rows.send(shortened(row))
        rows.send(FinishedRow(0.0, False))
        return 1
    for path, text in (*(request.edited or {}).items(), (filename, request.text)):
        remember_source(path, text)
    set_up_torch(request)
    lines = LineWatch(whole, filename, connection.reached, request.last_line)
    recorder = _recorder(request, filename, rows, main.__dict__, connection.iterations, opening)
    books.open(recorder, lines)
    if request.children is not None:
        books.follow_children(request)
    code = lines.begin(code, request.cells, books.begin_cell)
    lines.follow(recorder.files.imported, request.edited or {})
    failure = _execute(code, main, recorder, books, request)
    if failure is None:
        return 0
    _tried(lambda: recorder.left(failure))
    if type(failure) is EnoughSteps:
        books.iterations = failure.steps
    if issubclass(type(failure), KeyboardInterrupt) and connection.stopping():
        _tried(lambda: print_error(failure))
        return _INTERRUPTED
    _tried(lambda: recorder.failed(failure))
    return _report(failure, request, recorder.files, rows)


def up_to(text: str, last_line: int | None) -> str:
    return text if last_line is None else "\n".join(text.split("\n")[:last_line])


def _execute(
    code: CodeType, main: ModuleType, recorder: Recorder, books: _Books, request: RunRequest
) -> BaseException | None:
    """Runs the code and returns what it raised.

    The recorder stays until the process is about to end: threads that the snippet started and
    functions that it registered with `atexit` belong to the run.  Ours, registered before them,
    is called after them.
    """
    recorder.__enter__()
    atexit.register(books.close)
    memory.deepen_stack()
    let_go_of_reserve = memory.limit(request.memory_mib)
    try:
        if request.module is not None:
            be_module(main, request.module)
        exec(code, main.__dict__)
    except BaseException as error:
        let_go_of_reserve()  # first of all: there may be no memory to do anything with
        return error
    finally:
        memory.lift()
    return None


def _report(error: BaseException, request: RunRequest, files: Files, rows: RowSender) -> int:
    """Report the error as Python would, and in a row; return the exit code."""
    exit_code = 1
    if issubclass(type(error), SystemExit):
        exit_code = exit_of(error).code
        if exit_code == 0:
            return 0
    row = _row_of(error, request, files)
    rows.send(shortened(row))
    flush_streams()
    try:
        print_error(error, row.traceback)
    except SystemExit as leaving:  # the snippet's hook for exceptions asks for it
        exit_code = exit_of(leaving).code
    except BaseException:  # what can still go wrong is the snippet's, and the row is being sent
        pass
    return exit_code


def _row_of(error: BaseException, request: RunRequest, files: Files) -> ErrorRow:
    try:
        row = error_row(error, files, [kind for kind, _ in request.what_if])
    except BaseException:  # the error's own code runs in it
        row = bare_error_row(error)
    if is_out_of_memory(error) and request.memory_mib is not None:
        row = row._replace(hint=f"The run may use {request.memory_mib} MiB. Raise the limit.")
    return row


def set_up_streams(stdin: str) -> None:
    """Set up the standard streams, line-buffered, so that a crash loses no printed line."""
    with tempfile.TemporaryFile() as file:
        file.write(stdin.encode(errors="surrogateescape"))
        file.seek(0)
        os.dup2(file.fileno(), 0)
    streams = {
        "stdin": _stream(0, "r", "<stdin>", "strict"),
        "stdout": _stream(1, "w", "<stdout>", "strict"),
        "stderr": _stream(2, "w", "<stderr>", "backslashreplace"),
    }
    for name, stream in streams.items():
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(descriptor: int, mode: str, name: str, errors: str) -> io.TextIOWrapper:
    """Return a stream like the interpreter's own, which does not close its descriptor."""
    raw = io.FileIO(descriptor, mode, closefd=False)
    raw.name = name
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=mode == "w")


def filename_of(request: RunRequest) -> str:
    """Return the snippet's name in tracebacks: the script's absolute path."""
    if request.path is None:
        return UNSAVED
    return os.path.abspath(os.path.join(os.path.realpath(request.cwd or "."), request.path))


def set_up_process(request: RunRequest) -> None:
    """Set what a new interpreter takes from its command line."""
    if request.cwd is not None:
        os.chdir(request.cwd)
    name = request.path or "" if request.module is None else "-m"
    sys.argv = [name, *request.argv]
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, _first_folder(request))


def _first_folder(request: RunRequest) -> str:
    """Return the folder in which Python looks for modules first."""
    if request.module is not None:
        return os.getcwd()
    return "" if request.path is None else os.path.dirname(os.path.realpath(request.path))


def make_main(saved: bool, filename: str) -> ModuleType:
    """A fresh `__main__`.  As with `python -`, an unsaved text has no `__file__`."""
    main = ModuleType("__main__")
    variables = vars(main)
    variables["__builtins__"] = builtins
    if sys.version_info < (3, 14):
        variables["__annotations__"] = {}
    if saved:
        variables["__file__"] = filename
        variables["__cached__"] = None
        variables["__loader__"] = SourceFileLoader("__main__", filename)
    sys.modules["__main__"] = main
    return main


def be_module(main: ModuleType, name: str) -> None:
    """Give `__main__` what it has under `python -m`, which imports the packages around first."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ImportError(f"No module named {name}")
    main.__spec__, main.__package__, main.__loader__ = spec, spec.parent, spec.loader
    vars(main)["__cached__"] = spec.cached
    sys.argv[0] = spec.origin or ""


def remember_source(filename: str, text: str) -> None:
    """Make tracebacks and `inspect.getsource` show the text that runs, not the file on disk."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)


def set_up_torch(request: RunRequest) -> None:
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()  # else every run forked from one server would draw the same numbers
    if request.seed is not None:
        torch.manual_seed(request.seed)
    if request.device != "cpu":
        torch.set_default_device(request.device)
