"""One tracing process, and the thread that reads what it sends."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from app.contract.framing import CHUNK, OF_ROWS, LineReader, decode_line, encode_batch, rows_in
from app.contract.messages import ABOUT_THE_PROCESS, Device, Exited, Hello, Request, Row
from app.contract.packing import Decoder

OnBatch = Callable[[list[Row]], None]
"""Takes messages: rows of packed kinds, others as `decode_line` gives them."""

_LAUNCH = Path(__file__).resolve().parent.parent / "tracer" / "launch.py"
_CLOSE_SECONDS = 3.0
_HELLO_SECONDS = 300.0
"""The longest wait for the greeting, which follows the import of torch; some disks are slow."""
_GREETING_LINES = 1000
"""So many lines that are not ours may come before the greeting: what Python runs at its start may
print."""


class Child:
    """A server that forks for each run, or, with `once`, a process that does one run itself.

    What concerns the process is kept here; rows and output go to `on_batch`, which the reading
    thread calls.  The public attributes are set while holding `changed`, which is notified
    then.  `environment` is set beside that of this program.  Raises OSError or ValueError where
    the interpreter cannot be started.
    """

    def __init__(self, interpreter: str, once: bool, environment: Mapping[str, str]) -> None:
        self.changed = threading.Condition()
        self.hello: Hello | None = None
        self.devices: list[Device] | None = None
        self.no_torch: str | None = None
        """Why torch could not be imported."""
        self.exited: Exited | None = None
        self.returncode: int | None = None
        """Set when the process has ended and everything that it sent has been read."""
        self.last_words = ""
        """The last line that the process itself wrote to stderr; set with `returncode`."""
        self.on_batch: OnBatch | None = None
        self.failure: Exception | None = None
        """What `on_batch` raised; it is not called again then."""
        self.quiet_since = math.inf
        """When, by `time.monotonic`, the wait for more began; infinite while data is taken."""
        self._rows = Decoder()
        self._writing = threading.Lock()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - the reading thread closes it
        try:
            self._process = _launch(interpreter, once, environment, self._stderr)
        except (OSError, ValueError):
            self._stderr.close()
            raise
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin = self._process.stdin
        self._stdout = self._process.stdout
        self._reader = threading.Thread(target=self._read, name="tracer-reader", daemon=True)
        self._reader.start()

    def send(self, request: Request) -> None:
        """Send a request; do nothing if the process is gone, which the reading thread reports."""
        with self._writing, suppress(OSError, ValueError):
            self._stdin.write(encode_batch([request]))
            self._stdin.flush()

    def wait_for(self, condition: Callable[[Child], bool]) -> bool:
        """Block until `condition` holds or the process is gone; return whether it holds."""
        with self.changed:

            def is_over() -> bool:
                return condition(self) or self.returncode is not None

            self.changed.wait_for(is_over, None if self.hello else _HELLO_SECONDS)
            if self.hello is None and self.returncode is None and not condition(self):
                self.kill()
            self.changed.wait_for(is_over)
            return condition(self)

    def kill(self) -> None:
        """Kill the process with those that it started: one that lives on would hold its pipe."""
        if sys.platform == "win32":
            self._process.kill()
        elif self._process.returncode is None:  # its number is still its own
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process; return when the process and the reading thread are gone."""
        with self._writing, suppress(OSError):
            self._stdin.close()
        try:
            # Before it says hello it imports torch: it does not listen, and has nothing to end.
            self._process.wait(_CLOSE_SECONDS if self.hello else 0)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join()

    def _read(self) -> None:
        """Read until the process ends; then wake all who wait, also after an error."""
        try:
            self._read_lines()
        except Exception as error:  # a mistake of ours must not leave anybody waiting
            self.kill()
            self.failure = error
        finally:
            self._end()

    def _read_lines(self) -> None:
        lines = LineReader()
        strange = 0
        with self._stdout:
            while data := self._next():
                for line in lines.feed(data).split(b"\n"):
                    try:
                        if line.startswith(OF_ROWS):
                            self._hand_on(self._rows.feed(rows_in(line)))
                        else:
                            self._take(decode_line(line))
                    except ValueError:  # not ours, or broken off when the process died
                        strange += 1
                if self.hello is None and strange + lines.dropped > _GREETING_LINES:
                    self.kill()  # what runs our script is not Python
                    return

    def _next(self) -> bytes:
        self.quiet_since = time.monotonic()
        data = os.read(self._stdout.fileno(), CHUNK)
        self.quiet_since = math.inf
        return data

    def _end(self) -> None:
        returncode = self._process.wait()
        with self._stderr:
            self._stderr.seek(0)
            words = self._stderr.read().decode(errors="replace").split("\n")
        with self.changed:
            self.last_words = next((line for line in reversed(words) if line.strip()), "")
            self.returncode = returncode
            self.changed.notify_all()

    def _take(self, batch: list[list[Any]]) -> None:
        """Take what is about the process, and hand rows and output on."""
        about = [message for message in batch if message[0] in ABOUT_THE_PROCESS]
        self._hand_on([message for message in batch if message[0] not in ABOUT_THE_PROCESS])
        if about:
            with self.changed:
                for message in about:
                    self._remember(message)
                self.changed.notify_all()

    def _hand_on(self, batch: list[Row]) -> None:
        on_batch = self.on_batch
        if on_batch is None or not batch:
            return
        try:
            on_batch(batch)
        except Exception as error:  # it is the caller's, who is waiting for this run's end
            with self.changed:
                self.failure, self.on_batch = error, None
                self.changed.notify_all()

    def _remember(self, message: list[Any]) -> None:
        """Keep a message about the process itself; ignore one that does not fit the contract."""
        match message:
            case ["hello", int(), str(), str()]:
                self.hello = self.hello or Hello(*message[1:])
            case ["devices", list(devices)]:
                known = [_device(device) for device in devices]
                self.devices = [device for device in known if device is not None]
            case ["no_torch", str(reason)]:
                self.no_torch = reason
            case ["exited", int() | None as code, int() | None as signal, stop] if (
                code is None
            ) != (signal is None) and stop in (None, "stopped", "timeout"):
                self.exited = Exited(code, signal, stop)
                self._rows = Decoder()


def _device(fields: Any) -> Device | None:
    match fields:
        case [str(), str(), None | str()]:
            return Device(*fields)
        case _:
            return None


def _launch(
    interpreter: str, once: bool, environment: Mapping[str, str], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [interpreter, str(_LAUNCH), *(["--once"] if once else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, **environment},
        start_new_session=True,  # Ctrl-C at the terminal is for the program, not for this
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
