from __future__ import annotations

import pytest

from app.session import resources
from app.session.source.effects import Effect, first_effect


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import torch\nx = 1\ntorch.save(x, 'a.pt')", Effect(3, "torch.save")),
        ("open('a.txt', 'w')", Effect(1, "open")),
        ("open('a.txt', mode='ab')", Effect(1, "open")),
        ("open('wax.txt')", None),
        ("open('a.txt', 'rb')", None),
        ("from pathlib import Path\nPath('a').write_text('x')", Effect(2, "write_text")),
        ("from os import remove\nremove('a')", Effect(2, "remove")),
        ("import subprocess as sp\nsp.run(['ls'])", Effect(2, "sp.run")),
        ("name = input()", Effect(1, "input")),
        ("import os\ndef f():\n    os.system('ls')", Effect(3, "os.system")),
        ("import numpy as n\nn.savetxt('a', [1])", Effect(2, "n.savetxt")),
        ("import multiprocessing as mp\nmp.Process(target=print)", Effect(2, "mp.Process")),
        ("import torch.multiprocessing as mp\nmp.spawn(print)", Effect(2, "mp.spawn")),
        (
            "from torch.utils.tensorboard import SummaryWriter\nlog = SummaryWriter()",
            Effect(2, "SummaryWriter"),
        ),
        ("import sys\nline = sys.stdin.readline()", Effect(2, "sys.stdin.readline")),
        ("import os\npid = os.fork()", Effect(2, "os.fork")),
        ("x.save(1)\ny.relu()\nopened.mean()", None),
        ("x = (", None),
        ("", None),
    ],
)
def test_calls_that_do_something_outside(text: str, found: Effect | None) -> None:
    assert first_effect(text) == found


@pytest.mark.parametrize(
    "name", [path.name for path in sorted(resources.path("examples").glob("*.py"))]
)
def test_the_examples_do_nothing_of_the_kind(name: str) -> None:
    assert first_effect(resources.read_text("examples", name)) is None
