"""Reading programs, their input, and saved traces, from files and standard input."""

from __future__ import annotations

import argparse
import io
import shlex
import sys
import tokenize
from collections.abc import Sequence
from contextlib import nullcontext
from typing import NamedTuple

from app.command_line.usage import UsageError
from app.process.modules import ModuleUnavailableError, find_module
from app.session.cells.marks import is_notebook
from app.session.language import tr
from app.session.repairs.ipython import plain_python
from app.session.run import Run
from app.session.run_settings import RunSettings


class ProgramText(NamedTuple):
    """What is to be traced.  `path` is None for standard input; `module` is as for `python -m`."""

    path: str | None
    text: str
    module: str | None = None


def run_settings(options: argparse.Namespace, arguments: Sequence[str]) -> RunSettings:
    """Return the run settings that the command line asks for.  Raises UsageError."""
    return RunSettings(
        arguments=shlex.join(arguments),
        folder=options.cwd or "",
        environment=dict(options.env),
        interpreter=options.python,
        stdin=_input(options),
        seconds=options.timeout,
        memory_mib=options.memory,
        iterations=options.iterations,
        follow=" ".join(options.follow),
        no_follow=" ".join(options.no_follow),
    )


_LARGEST_TEXT = 100_000_000
"""Bytes of a file with Python code, or of a notebook with its pictures, at most."""


def _input(options: argparse.Namespace) -> str:
    if options.stdin is None:
        return ""
    if options.stdin == options.file == "-":
        raise UsageError(tr("standard input is either the snippet or what it reads, not both"))
    return _read(options.stdin).decode(errors="surrogateescape")


def read_program(options: argparse.Namespace, settings: RunSettings) -> ProgramText:
    """Return the program that the options name.  Raises UsageError."""
    if getattr(options, "module", None) is not None:
        try:
            name, path = find_module(
                options.module, settings.interpreter, settings.folder, settings.environment
            )
        except ModuleUnavailableError as error:
            raise UsageError(str(error)) from None
        return ProgramText(path, _read_text(path), name)
    return ProgramText(None if options.file == "-" else options.file, _read_text(options.file))


def read_trace(file: str) -> Run:
    """Return a saved trace.  Raises UsageError."""
    from app.session.trace.document import load
    from app.session.trace.json_text import TraceFormatError

    try:
        return load(_read(file))
    except TraceFormatError as error:
        raise UsageError(f"{file}: {error}") from None


def _read_text(file: str) -> str:
    """Return the text, decoded as Python decodes a source file.  Raises UsageError.

    A notebook becomes a text with cells, and what only IPython understands a comment.
    """
    data = _read(file, _LARGEST_TEXT)
    if is_notebook(file):
        from app.session.cells.notebook import NotebookError, read  # only notebooks need nbformat

        try:
            return read(data, file).text
        except NotebookError as error:
            raise UsageError(str(error)) from None
    text = _decode(data, _name(file))
    return plain_python(text.replace("\r\n", "\n").replace("\r", "\n")).text


def _name(file: str) -> str:
    return tr("standard input") if file == "-" else file


def _read(file: str, largest: int | None = None) -> bytes:
    """Read at most `largest` bytes: a device may never end.  Raises UsageError."""
    if file == "-" and sys.stdin is None:
        raise UsageError(tr("standard input is closed"))
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as opened:
            data = opened.read() if largest is None else opened.read(largest + 1)
    except OSError as error:
        text = tr("{name} cannot be read: {error}")
        raise UsageError(text.format(name=_name(file), error=error.strerror or error)) from None
    if largest is not None and len(data) > largest:
        text = tr("{name} has more than {size} MB, which is too large for Python code")
        raise UsageError(text.format(name=_name(file), size=largest // 1_000_000))
    return data


def _decode(data: bytes, name: str) -> str:
    """Decode as UTF-8, or in the encoding that the first lines name.  Raises UsageError."""
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        if "unknown encoding" in str(error):
            raise UsageError(f"{name}: {error.msg}") from None
        encoding = "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            tr(
                "{name} is not {encoding}: line {line} holds the byte 0x{byte:02X}; "
                "save it as UTF-8 or name its encoding in the first line"
            ).format(name=name, encoding=encoding.upper(), line=line, byte=data[error.start])
        ) from None
    except LookupError as error:
        raise UsageError(f"{name}: {error}") from None
