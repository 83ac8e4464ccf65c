"""What a process says of itself: its versions, its machine and the devices of its torch."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence

import torch

from app.contract.messages import PROTOCOL, Device, Hello, MeasuringRow, Started
from app.contract.ranks import rank_in


def hello() -> Hello:
    return Hello(PROTOCOL, str(torch.__version__), platform.python_version())


def started(
    device: str,
    seed: int | None,
    what_if: Sequence[Sequence[str]],
    last_line: int | None = None,
    *,
    begins_late: bool = False,
) -> Started:
    """Return the first row of a run in this process."""
    version, python = str(torch.__version__), platform.python_version()
    return Started(
        device, seed, [list(one) for one in what_if], version, python, platform.node(), _system(),
        last_line, begins_late, *rank_in(os.environ),
    )  # fmt: skip


def measuring() -> MeasuringRow:
    """Return the row of where rounds are measured in this process."""
    return MeasuringRow(str(torch.__version__), _system(), torch.get_num_threads())


def _system() -> str:
    return f"{platform.system()} {platform.machine()}"


def find_devices() -> list[Device]:
    """Return all devices; those that are not available have a reason.

    Asking for the names initialises CUDA, after which a process can no longer fork runs that use
    it: call this in a process of its own.
    """
    return [Device("cpu", "CPU", None), *_cuda(), _mps()]


def _cuda() -> list[Device]:
    if torch.version.cuda is None and torch.version.hip is None:
        return [Device("cuda", "CUDA", "This torch has no CUDA.")]
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        return [Device("cuda", "CUDA", "No CUDA device was found.")]
    return [
        Device(f"cuda:{index}", f"CUDA {index}: {torch.cuda.get_device_name(index)}", None)
        for index in range(count)
    ]


def _mps() -> Device:
    label = "Apple GPU (MPS)"
    if not torch.backends.mps.is_built():
        return Device("mps", label, "This torch has no MPS.")
    if not torch.backends.mps.is_available():
        return Device("mps", label, "No Apple GPU was found.")
    return Device("mps", label, None)
