"""The checks of a GPU hold on the CPU where they need none, and are skipped by name elsewhere."""

from __future__ import annotations

import pytest
import torch

from tests.tools import gpu

_NEED_ONE = {"Waits for the device", "Two devices"}
_SLOW = {"Measured by its clock", "Out of memory", "Choice of the device", "Cost of tracing"}
"""They start programs of their own, or take long."""


def test_the_checks_hold_on_the_cpu() -> None:
    checks = tuple(check for check in gpu.CHECKS if check.name not in _SLOW)
    found = {name: (words, failed) for name, words, failed in gpu.results("cpu", checks)}
    assert not [words for words, failed in found.values() if failed]
    skipped = {name for name, (words, _) in found.items() if words.startswith("skipped")}
    assert skipped == _NEED_ONE
    recorded, _ = found["Recorded and skipped"]
    assert recorded == "7 recorded and 23 skipped, as on the CPU"


def test_each_is_named_where_there_is_no_gpu(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main("cuda") == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in told] == [check.name for check in gpu.CHECKS]


def test_a_check_that_fails_is_told_and_the_others_are_made() -> None:
    def fails(*_: object) -> str:
        raise AssertionError("17 waits")

    checks = (gpu.Check("First", fails), gpu.Check("Second", gpu.two_devices))
    assert list(gpu.results("cpu", checks)) == [
        ("First", "FAILED: 17 waits", True),
        ("Second", "skipped: needs a GPU of NVIDIA's", False),
    ]
