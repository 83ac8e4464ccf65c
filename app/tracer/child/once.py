"""One run in this very process, for systems where forking is missing (Windows) or unsafe (macOS).

The process waits with torch imported until a run is requested, runs it, and ends with it: whoever
started it starts the next one ahead.  The snippet's output is caught by threads here.

Known limitations: what the snippet printed just before the process crashed may be lost (rows are
not), and so is which lines ran; on Windows a run that has to be killed leaves processes that it
started behind, and its memory cannot be limited.
Written for Windows without having been tried there.
"""

from __future__ import annotations

import codecs
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal, NoReturn

from app.contract.framing import CHUNK, LineReader, decode_line, encode_batch, rows_line
from app.contract.messages import Devices, Printed, RunRequest
from app.tracer.child.greeting import find_devices, hello
from app.tracer.child.leaving import leave_torch_alone
from app.tracer.child.wire import send, uninterrupted, write_all
from app.tracer.jobs import job_of
from app.tracer.snippet.sandbox import RunConnection

_STOP_STEP_SECONDS = 0.5

Run = Callable[[], NoReturn]
Stream = Literal["stdout", "stderr"]


def serve(requests: int, protocol: int) -> Run | None:
    """Return the requested run, or None if the parent closed `requests` without a request.

    Looking for devices initialises CUDA, which does no harm here because nothing is forked.
    """
    if sys.platform != "win32" and os.getpgrp() != os.getpid():
        os.setpgid(0, 0)  # `_kill` means this process and what it started, nobody else
    leave_torch_alone()
    send(protocol, hello(), Devices(find_devices()))
    lines = LineReader()
    while data := os.read(requests, CHUNK):
        for line in lines.feed(data).splitlines():
            for message in decode_line(line):
                if message[0] == "run":
                    return _prepare(RunRequest(*message[1:]), requests, protocol)
    return None


def _prepare(request: RunRequest, requests: int, protocol: int) -> Run:
    lock = threading.Lock()

    def write(data: bytes) -> None:
        with lock:
            write_all(protocol, data)

    pumps = [_catch(1, "stdout", write), _catch(2, "stderr", write)]

    def close() -> None:
        _release(pumps)

    stopping, limit = threading.Event(), [request.iterations]
    threading.Thread(target=_obey, args=(requests, stopping, limit), daemon=True).start()

    def write_rows(unsent: bytearray) -> None:
        with uninterrupted():
            with suppress(OSError):  # the snippet may close what is not its own
                write(rows_line(bytes(unsent)))
            unsent.clear()

    connection = RunConnection(write_rows, None, stopping.is_set, lambda: limit[0], close)
    return partial(job_of(request), request, connection)


def _catch(descriptor: int, stream: Stream, write: Callable[[bytes], None]) -> threading.Thread:
    """Turn everything written to `descriptor` from now on into `Printed`."""
    reader, writer = os.pipe()
    os.dup2(writer, descriptor)
    os.close(writer)
    pump = threading.Thread(target=_pump, args=(reader, stream, write), daemon=True)
    pump.start()
    return pump


def _pump(reader: int, stream: Stream, write: Callable[[bytes], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    data = b"-"
    while data:
        data = os.read(reader, CHUNK)
        text = decoder.decode(data, final=not data)
        if text:
            write(encode_batch([Printed(stream, text)]))


def _release(pumps: list[threading.Thread]) -> None:
    """Close what the pumps read, and wait until they have forwarded it all."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor, pump in zip((1, 2), pumps, strict=True):
        os.dup2(nothing, descriptor)
        pump.join(timeout=1)  # a process started by the snippet may still hold the pipe


def _obey(requests: int, stopping: threading.Event, limit: list[int | None]) -> None:
    """Wait for requests to stop now, or after so many optimizer steps, which go into `limit`.

    End this process at once when the parent ends.
    """
    lines = LineReader()
    while data := os.read(requests, CHUNK):
        for line in lines.feed(data).splitlines():
            for message in decode_line(line):
                if message[0] == "stop":
                    stopping.set()
                    _kill() if message[2] else _stop()
                elif message[0] == "limit":
                    limit[0] = message[1]
    _kill()


def _stop() -> None:
    """Interrupt, terminate, kill.  The parent kills too, in case this thread does not run."""
    pause = threading.Event()
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
        pause.wait(2 * _STOP_STEP_SECONDS)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        pause.wait(_STOP_STEP_SECONDS)
        os.killpg(0, signal.SIGTERM)
        pause.wait(_STOP_STEP_SECONDS)
    _kill()


def _kill() -> None:
    if sys.platform == "win32":
        os._exit(1)
    os.killpg(0, signal.SIGKILL)
