"""The command line: `tapescope [FILE]` opens the window, `tapescope trace FILE` needs none.

Everything is imported where it is used, so that each command loads what it needs and no more.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from app.contract.messages import Device, Exited, RunRequest
    from app.contract.records import Trace
    from app.process.client import Tracer
    from app.session.assembly import TraceBuilder

DEFAULT_TIMEOUT = 60.0
DEFAULT_MAX_OPS = 200_000
PICTURES: dict[str, Literal["svg", "png", "pdf"]] = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
SUFFIXES = (".json", ".dot", *PICTURES)

BAD_USAGE = 2
EXIT_CODES = {"ok": 0, "raised": 1, "syntax_error": 1}
"""By the run's status; 3 for every other: stopped, timed out, crashed, out of memory."""


class UsageError(Exception):
    """What is asked for cannot be done; the message is one line for stderr."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if words[:1] == ["trace"]:
            return _trace(_trace_parser().parse_args(words[1:]))
        return _open_window(_window_parser().parse_args(words).file)
    except UsageError as error:
        print(f"tapescope: {error}", file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:
        return 3


# --------------------------------------------------------------------------------- the arguments


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "tapescope",
        description="See what PyTorch's autograd recorded, what it skipped, and why a .grad is "
        "None.",
        epilog="tapescope trace FILE traces without a window: tapescope trace --help",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .py snippet or a .json trace")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print("tapescope", version("tapescope"))
        except PackageNotFoundError:
            print("tapescope (not installed)")
        parser.exit()


def _trace_parser() -> argparse.ArgumentParser:
    parser = _Parser("tapescope trace", description="Trace a snippet without a window.")
    add = parser.add_argument
    add("file", metavar="FILE", help='the snippet; "-" is standard input')
    add(
        "-o",
        dest="outputs",
        metavar="OUT",
        action="append",
        default=[],
        type=_output,
        help=f'by extension: {", ".join(SUFFIXES)}; "-" is JSON on stdout; repeatable',
    )
    add("--device", default="cpu", type=_device, help="auto, cpu (default), cuda, cuda:N or mps")
    seed = parser.add_mutually_exclusive_group()
    seed.add_argument("--seed", type=_seed, default=0, metavar="N", help="torch.manual_seed(N)")
    seed.add_argument("--no-seed", dest="seed", action="store_const", const=None)
    add("--timeout", type=_seconds, default=DEFAULT_TIMEOUT, metavar="S", help="0 is none")
    add("--memory", type=_count, default=None, metavar="MIB", help="memory limit of the run")
    add("--mode", default="as-written", choices=["as-written", "grad", "no-grad", "inference"])
    add("--max-ops", type=_count, default=DEFAULT_MAX_OPS, metavar="N", help="record no more")
    return parser


def _output(text: str) -> str:
    suffix = Path(text).suffix.lower()
    if suffix == ".html":
        raise argparse.ArgumentTypeError("HTML is not there yet; write .svg or .json")
    if text != "-" and suffix not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"{text!r} ends in none of {', '.join(SUFFIXES)}")
    return text


def _device(text: str) -> str:
    kind, colon, number = text.partition(":")
    if text in ("auto", "cpu", "cuda", "mps") or (kind == "cuda" and colon and number.isdecimal()):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is none of auto, cpu, cuda, cuda:N, mps")


def _seed(text: str) -> int:
    number = int(_number(text, whole=True))
    if not -(1 << 63) <= number < 1 << 64:
        raise argparse.ArgumentTypeError(f"{text} is out of the range of torch's seeds (64 bits)")
    return number


def _seconds(text: str) -> float:
    number = _number(text, whole=False)
    if not 0 <= number <= 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no length of time in seconds")
    return number


def _count(text: str) -> int:
    number = int(_number(text, whole=True))
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _number(text: str, *, whole: bool) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        kind = "whole number" if whole else "number"
        raise argparse.ArgumentTypeError(f"{text!r} is no {kind}") from None


# --------------------------------------------------------------------------------- the commands


def _open_window(file: str | None) -> int:
    from app.gui.system_check import why_no_window

    reason = why_no_window()  # Qt itself would end the process without a word of ours
    if reason is not None:
        raise UsageError(reason)
    from app.gui.application import main as open_window

    return open_window(file)


def _trace(options: argparse.Namespace) -> int:
    from contextlib import closing

    from app.process.client import Tracer, TracerUnavailableError

    if options.mode != "as-written":
        raise UsageError(f"--mode {options.mode} is not there yet")
    text = _read_snippet(options.file)
    try:
        with closing(Tracer()) as tracer:
            tracer.start()  # torch is imported there while the session is imported here
            trace = _run(tracer, text, options)
    except TracerUnavailableError as error:
        raise UsageError(str(error)) from None
    for output in options.outputs:
        _write(trace, output)
    if not options.outputs:
        print("\n".join(_summary(trace)))
    return EXIT_CODES.get(trace.run.status, 3)


def _read_snippet(file: str) -> str:
    name = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from None
    return _decode(data, name).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, name: str) -> str:
    """As Python decodes a source file: UTF-8 unless its first lines name an encoding."""
    import io
    import tokenize

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
            f"{name} is not {encoding.upper()}: line {line} holds the byte "
            f"0x{data[error.start]:02X}; save it as UTF-8 or name its encoding in the first line"
        ) from None
    except LookupError as error:
        raise UsageError(f"{name}: {error}") from None


# ------------------------------------------------------------------------------------- the run


def _run(tracer: Tracer, text: str, options: argparse.Namespace) -> Trace:
    from app.contract.records import Snippet
    from app.session.assembly import ProtocolError, TraceBuilder

    path = None if options.file == "-" else options.file
    builder = TraceBuilder(Snippet(path, text))
    request = _request(text, path, _choose_device(tracer, options.device), options)
    try:
        builder.add_exited(_run_interruptibly(tracer, request, builder, options.timeout))
    except ProtocolError as error:
        raise UsageError(str(error)) from None
    return builder.finish()


def _request(text: str, path: str | None, device: str, options: argparse.Namespace) -> RunRequest:
    from app.contract.messages import RunRequest

    return RunRequest(
        kind="run",
        text=text,
        path=path,
        argv=[],
        cwd=None,
        environment={},
        device=device,
        seed=options.seed,
        mode=options.mode,
        max_ops=options.max_ops,
        memory_mib=options.memory,
        stdin="",
    )


def _choose_device(tracer: Tracer, wanted: str) -> str:
    """The device to run on.  Raises UsageError with the reason where it is absent."""
    if wanted == "cpu":
        return wanted
    devices = tracer.wait_for_devices()
    present = [device.name for device in devices if device.reason is None]
    if wanted == "auto":
        return next((name for name in present if name != "cpu"), "cpu")
    name = "cuda:0" if wanted == "cuda" else wanted
    if name in present:
        return name
    raise UsageError(f"--device {wanted}: {_why_absent(devices, name)}")


def _why_absent(devices: list[Device], name: str) -> str:
    kind = name.split(":")[0]
    reasons = [device.reason for device in devices if device.name == kind and device.reason]
    found = [device.name for device in devices if device.reason is None]
    return reasons[0] if reasons else f"there is no {name}, only {', '.join(found)}."


def _run_interruptibly(
    tracer: Tracer, request: RunRequest, builder: TraceBuilder, timeout: float
) -> Exited:
    """Ctrl-C stops the run; what was traced until then is kept."""
    from concurrent.futures import ThreadPoolExecutor

    def take(batch: list[list[Any]]) -> None:
        builder.add_batch(batch)
        for message in batch:
            if message[0] == "output":
                sys.stderr.write(message[2])
        sys.stderr.flush()

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(tracer.run, request, take, timeout)
        while True:
            try:
                return run.result()
            except KeyboardInterrupt:
                tracer.stop()


# ---------------------------------------------------------------------------------- what is written


def _write(trace: Trace, output: str) -> None:
    try:
        data = _render(trace, Path(output).suffix.lower())
        if output == "-":
            with open(1, "wb", closefd=False) as stdout:
                stdout.write(data)
        else:
            Path(output).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from None


def _render(trace: Trace, suffix: str) -> bytes:
    if suffix in ("", ".json"):
        from app.session.document import dump

        return dump(trace)
    from app.session.export import styled
    from graphviz_render import LayoutError, dot_source, render

    graph = styled(trace)
    try:
        if suffix == ".dot":
            return dot_source(graph).encode()
        return render(graph, PICTURES[suffix])
    except LayoutError as error:
        raise UsageError(str(error)) from None


def _summary(trace: Trace) -> list[str]:
    """What a person wants to know first, a line each."""
    from app.session.counts import status_counts
    from app.session.in_words import in_words

    counts = [f"{count} {status}" for status, count in status_counts(trace).items() if count]
    operations = f"Operations: {', '.join(counts)}." if counts else "Operations: none."
    words = [] if trace.error else [sentence.text for sentence in in_words(trace)]
    return [_ending(trace), operations, *words, *_gradients(trace)]


def _ending(trace: Trace) -> str:
    run, error = trace.run, trace.error
    if error is None:
        return f"Ran to its end in {run.seconds:.3g} s on {run.device} with torch {run.torch}."
    where = "" if error.line is None else f" on line {error.line}"
    hint = "" if error.hint is None else f" {error.hint}"
    return f"{error.type}{where}: {error.message}{hint}"


def _gradients(trace: Trace) -> list[str]:
    rows = []
    for gradient in trace.gradients:
        grad = gradient.grad
        norm = "" if grad is None else grad.norm
        number = f"{norm:.4g}" if isinstance(norm, float) else norm
        value = "None" if grad is None else f"norm {number}"
        rows.append((f"{gradient.name}.grad", value, gradient.why.text))
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return [f"{name:{widths[0]}}  {value:{widths[1]}}  {why}" for name, value, why in rows]


if __name__ == "__main__":
    sys.exit(main())
