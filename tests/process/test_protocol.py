"""Whatever a tracing process says, in whatever order: only what fits the contract is kept."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.contract.messages import Device, Exited, Hello, Row
from app.process.child import Child

WORDS = ("hello", "devices", "no_torch", "exited", "output", "finished", "operation", "nobody's")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**70) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
ANYTHING = st.lists(st.sampled_from(WORDS) | JSON, min_size=1, max_size=5)
MESSAGES = ANYTHING | st.builds(
    lambda word, about: [word, *about], st.sampled_from(WORDS), ANYTHING
)
SIGNALS = st.integers(1, 64)
ENDS = st.builds(lambda code: (code, None), st.integers(0, 255)) | SIGNALS.map(lambda s: (None, s))
STOPS = st.sampled_from((None, "stopped", "timeout"))


def fits(message: list[Any]) -> bool:
    """Whether a message about the process is what the contract says."""
    kinds = [int if isinstance(one, bool) else type(one) for one in message[1:]]
    match message[0]:
        case "hello":
            return kinds == [int, str, str]
        case "no_torch":
            return kinds == [str]
        case "exited":
            code_and_signal = kinds[:2] in ([int, type(None)], [type(None), int])
            return (
                len(kinds) == 3 and code_and_signal and message[3] in (None, "stopped", "timeout")
            )
    return False


class Talking(RuleBasedStateMachine):
    """The process is `cat`: it says what the machine writes into a named pipe."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tapescope-protocol-"))
        pipe, script = self.folder / "said", self.folder / "python"
        os.mkfifo(pipe)
        script.write_text(f"#!/bin/sh\nexec cat '{pipe}'\n")
        script.chmod(0o700)
        self.child = Child(str(script), once=False, environment={})
        self.mouth = os.open(pipe, os.O_WRONLY)
        self.heard: list[Row] = []
        self.said: list[Row] = []
        self.hello: Hello | None = None
        self.exited: Exited | None = None
        self.no_torch: str | None = None
        self.failure: Exception | None = None
        self.marks = 0
        self.child.on_batch = self.heard.extend

    def say(self, data: bytes) -> None:
        """Say it, and wait until it has been understood."""
        self.marks += 1
        mark = Device("cpu", f"mark {self.marks}", None)
        os.write(self.mouth, data + b"\n" + json.dumps([["devices", [mark]]]).encode() + b"\n")
        assert self.child.wait_for(lambda child: child.devices == [mark])

    @rule(version=st.integers(-1, 99), python=st.text(max_size=8), torch=st.text(max_size=8))
    def greet(self, version: int, python: str, torch: str) -> None:
        self.tell([["hello", version, python, torch]])

    @rule(end=ENDS, stop=STOPS)
    def end_a_run(self, end: tuple[int | None, int | None], stop: str | None) -> None:
        self.tell([["exited", *end, stop]])

    @rule(batch=st.lists(MESSAGES, max_size=3))
    def tell(self, batch: list[list[Any]]) -> None:
        self.say(json.dumps(batch).encode())
        if not all(isinstance(message[0], str) for message in batch):
            return  # not a line of ours
        for message in batch:
            if message[0] in ("hello", "exited", "no_torch", "devices"):
                if fits(message):
                    self.take(message)
            elif self.failure is None:
                self.said.append(message)

    def take(self, message: list[Any]) -> None:
        match message:
            case ["hello", *about]:
                self.hello = self.hello or Hello(*about)
            case ["exited", *about]:
                self.exited = Exited(*about)
            case ["no_torch", reason]:
                self.no_torch = reason

    @rule(data=st.binary(max_size=200).filter(lambda data: b"[" not in data and b"~" not in data))
    def babble(self, data: bytes) -> None:
        self.say(data)

    @rule(data=st.binary(max_size=60), whole=st.booleans())
    def send_rows_that_are_none(self, data: bytes, whole: bool) -> None:
        before = len(self.heard)
        self.say(b"~" + (base64.b64encode(data) if whole else data.replace(b"\n", b"")))
        del self.heard[before:]  # a few bytes may be a row

    @rule(depth=st.integers(1, 4))
    def nest(self, depth: int) -> None:
        self.say(b"[" * 10**depth)

    @precondition(lambda self: self.failure is None)
    @rule()
    def fail_at_a_row(self) -> None:
        def fail(batch: list[Row]) -> None:
            self.failure = KeyError(len(batch))
            raise self.failure

        self.child.on_batch = fail
        self.say(b'[["output", "stdout", "x"]]')
        assert self.failure is not None

    @invariant()
    def what_fits_is_known_and_nothing_else(self) -> None:
        child = self.child
        assert (child.hello, child.exited, child.no_torch) == (
            self.hello, self.exited, self.no_torch,
        )  # fmt: skip
        assert self.heard == self.said
        assert child.failure is self.failure
        assert child.returncode is None

    def teardown(self) -> None:
        os.close(self.mouth)
        is_over = not self.child.wait_for(lambda child: False)
        self.child.close()
        shutil.rmtree(self.folder)
        assert (is_over, self.child.returncode) == (True, 0)


TestTalking = pytest.mark.skipif(sys.platform == "win32", reason="a named pipe")(Talking.TestCase)
TestTalking.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
