"""The real process, asked as the window asks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LAUNCH = Path(__file__).resolve().parents[2] / "app" / "completion" / "launch.py"


class Asked:
    def __init__(self, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(LAUNCH), sys.executable],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | variables,
        )  # fmt: skip
        self._number = 0

    def send(self, kind: str, **question: Any) -> int:
        self._number += 1
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": self._number, "kind": kind, **question}) + "\n")
        self._process.stdin.flush()
        return self._number

    def read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def at_end(self, kind: str, text: str, **more: Any) -> dict[str, Any]:
        """Asked for the end of a text."""
        lines = text.split("\n")
        number = self.send(
            kind, text=text, line=len(lines), column=len(lines[-1]), path=None, **more
        )
        answer = self.read()
        assert (answer["id"], answer["kind"]) == (number, kind)
        return answer

    def complete(self, text: str, tensors: tuple[str, ...] = ()) -> list[str]:
        names = self.at_end("complete", text, tensors=list(tensors))["names"]
        assert isinstance(names, list)
        return names

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    process = Asked()
    process.complete("x")  # started here, where no test has to account for it
    yield process
    process.close()


def test_members_of_torch_and_of_tensors(asked: Asked) -> None:
    assert "no_grad" in asked.complete("import torch\ntorch.")
    assert "requires_grad_" in asked.complete("import torch\nx = torch.randn(2)\nx.requ")


@pytest.mark.skipif(sys.platform != "linux", reason="the cache is elsewhere")
def test_a_cache_that_was_written_by_halves_is_no_obstacle(tmp_path: Path) -> None:
    """A process that ends while it writes leaves half a file, and another one may read it."""
    text = "import json\njson."
    for is_broken in (False, True):
        process = Asked(XDG_CACHE_HOME=str(tmp_path))
        names = process.complete(text)
        process.close()
        assert "dumps" in names
        if is_broken:
            return
        cached = list(tmp_path.rglob("*.pkl"))
        assert cached
        for number, file in enumerate(cached):
            whole = file.read_bytes()
            file.write_bytes(whole[: len(whole) // 2] if number % 2 else b"")


def test_what_a_run_showed_to_be_a_tensor_is_completed_as_one(asked: Asked) -> None:
    text = "from torch import nn\nlin = nn.Linear(2, 2)\nout = lin(x)\nout.back"
    assert asked.complete(text) == []
    assert asked.complete(text, ("out",)) == ["backward"]
    assert asked.complete("import torch\na = b\na.", ("other",)) == []


def test_a_name_is_described(asked: Asked) -> None:
    asked.complete("from torch import nn\nnn.Lin")
    asked.send("describe", name="Linear")
    told = asked.read()
    assert told["type"] == "class"
    assert "in_features" in told["signatures"][0]
    assert "linear transformation" in told["text"]


def test_the_parameter_that_is_due_is_told(asked: Asked) -> None:
    told = asked.at_end("signature", "from torch import nn\nnn.Linear(2, ")
    assert told["name"] == "Linear"
    assert told["parameters"][told["index"]].startswith("out_features")
    assert "name" not in asked.at_end("signature", "x = 1")


def test_what_jedi_cannot_read_has_no_answer(asked: Asked) -> None:
    number = asked.send("complete", text="x", line=99, column=0, path=None, tensors=[])
    assert asked.read() == {"id": number, "kind": "complete"}


def test_only_the_newest_of_many_questions_is_answered(asked: Asked) -> None:
    numbers = [
        asked.send("complete", text="import os\nos.pa", line=2, column=5, path=None, tensors=[])
        for _ in range(50)
    ]
    answered: list[int] = []
    while not answered or answered[-1] != numbers[-1]:
        answered.append(asked.read()["id"])
    assert len(answered) < len(numbers)
    assert answered == sorted(answered)


def test_the_process_ends_with_its_questions() -> None:
    process = Asked()
    process.close()
