"""What a GPU must show, in at most six minutes: `make gpu`.

    python -m tests.tools.gpu [DEVICE]

Prints a table in Markdown, for the guide of whoever has such a device.  Where torch sees no GPU of
NVIDIA's, each check is named as skipped.  With "cpu" those run that need none, as
`test_gpu` has it, so that the script is right on the day that it meets a GPU.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import torch

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.nudging.results import Nudging
from app.session.nudging.target import Target, target_of
from app.session.run import Run
from app.session.trace.document import load
from tests.benchmarks.traced_models import TRANSFORMER
from tests.tools.tracing import request_for, trace_with

_MOST_SECONDS: Final = 330
"""No check begins later than this, so that all end within six minutes."""
_OPERATIONS: Final = 1000
_HEAD: Final = "import torch\nfrom torch import nn\n"
_PROGRAM: Final = f"""{_HEAD}
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8), nn.Dropout(0.0))
net[0].weight.requires_grad_(False)
x = torch.linspace(-1, 1, 32 * 64).reshape(32, 64)
with torch.no_grad():
    target = net(x)
with torch.inference_mode():
    seen = net(x).sum()
loss = (net(x) - target.detach() - 1).pow(2).mean()
loss.backward()
"""
_LOOP: Final = f"""{_HEAD}
import warnings

warnings.simplefilter("always")
x = torch.ones(8, 8, requires_grad=True)
y = x
torch.cuda.set_sync_debug_mode("warn")
for _ in range({_OPERATIONS // 2}):
    y = (y * x).relu()
torch.cuda.set_sync_debug_mode("default")
"""
_TOO_MUCH: Final = f"""{_HEAD}
x = torch.ones(1 << 46, requires_grad=True)
"""
_NUDGED: Final = f"""{_HEAD}
w = torch.linspace(-1, 1, 64).reshape(8, 8).requires_grad_()
loss = (w @ torch.linspace(0, 1, 8)).tanh().sum()
loss.backward()
"""
_TWO: Final = f"""{_HEAD}
x = torch.ones(4, device="cuda:0", requires_grad=True)
y = x.to("cuda:1") * 2
y.sum().backward()
"""


class Skipped(Exception):
    """A check that this machine cannot make; the text says why."""


class Check(NamedTuple):
    name: str
    run: Callable[[Tracer, str], str]
    """Returns what was found, in words; raises AssertionError or `Skipped`."""


def _traced(tracer: Tracer, text: str, device: str) -> Run:
    return Run(trace_with(tracer, text, device=device))


def _told(trace: Trace) -> list[tuple[object, ...]]:
    return [(one.name, one.line, one.status, one.reason) for one in trace.operations]


def recorded_and_skipped(tracer: Tracer, device: str) -> str:
    here, there = (_traced(tracer, _PROGRAM, one) for one in ("cpu", device))
    assert _told(there.trace) == _told(here.trace)
    devices = {tensor.device for tensor in there.trace.tensors}
    assert devices == {f"{torch.device(device).type}:0" if device != "cpu" else "cpu"}, devices
    whys = [[(row.name, row.why.code) for row in run.trace.gradients] for run in (here, there)]
    assert whys[0] == whys[1]
    count = sum(one.status == "recorded" for one in there.trace.operations)
    return f"{count} recorded and {len(there.trace.operations) - count} skipped, as on the CPU"


def values(tracer: Tracer, device: str) -> str:
    here, there = (_traced(tracer, _PROGRAM, one) for one in ("cpu", device))
    worst = 0.0
    for one, other in zip(here.trace.tensors, there.trace.tensors, strict=True):
        expected, found = one.summary.norm, other.summary.norm
        assert (expected is None) == (found is None), one.name
        if expected is not None and found is not None:
            difference = abs(float(found) - float(expected))
            worst = max(worst, difference / max(float(expected), 1e-6))
    assert worst < 1e-3, worst
    return f"norms of {len(there.trace.tensors)} tensors, at most {worst:.1e} from the CPU's"


def kept_bytes(tracer: Tracer, device: str) -> str:
    here, there = (_traced(tracer, _PROGRAM, one) for one in ("cpu", device))
    assert there.saved_bytes == here.saved_bytes
    assert there.kept.peak == here.kept.peak
    return (
        f"{there.saved_bytes:,} bytes saved, {there.kept.peak.total:,} kept at most, as on the CPU"
    )


def choice_of_device(_: Tracer, device: str) -> str:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        program, saved = Path(folder, "program.py"), Path(folder, "run.json")
        program.write_text(_PROGRAM)
        for asked in (device, "auto"):
            command = ["trace", str(program), "--device", asked, "-o", str(saved)]
            done = _tapescope(*command)
            assert done.returncode == 0, done.stderr
            found.append(load(saved.read_bytes()).trace.run.device)
    assert found[0].startswith(device)
    assert found[1].startswith("cuda" if torch.cuda.is_available() else "cpu") or device == "cpu"
    return f"--device {device} runs on {found[0]}, --device auto on {found[1]}"


def waits_for_the_device(tracer: Tracer, device: str) -> str:
    """Torch warns of each synchronisation; the values of hundreds of tensors take one."""
    _needs_cuda(device)
    trace = _traced(tracer, _LOOP, device).trace
    assert trace.error is None, trace.error
    waits = trace.output.stderr.count("synchronizing CUDA operation")
    assert waits <= _OPERATIONS / 50, waits
    return f"{waits} for {len(trace.operations)} operations"


def measured(_: Tracer, device: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program.py")
        program.write_text(
            f"{_HEAD}net = nn.Sequential(*(nn.Linear(1024, 1024) for _ in range(4)))\n"
            "x = torch.randn(512, 1024)\ny = net(x)\n"
        )
        command = ["measure", str(program), "--lines", "5", "--device", device]
        done = _tapescope(*command, "--timeout", "40")
    assert done.returncode == 0, done.stderr
    rows = dict(line.split("  ", 1) for line in done.stdout.splitlines() if "  " in line)
    modes = ("grad", "no_grad", "inference_mode")
    return ", ".join(f"{mode} {rows[mode].strip().split('  ')[0]}" for mode in modes)


def out_of_memory(tracer: Tracer, device: str) -> str:
    trace = _traced(tracer, _TOO_MUCH, device).trace
    assert trace.error is not None
    assert "memory" in trace.error.message, trace.error.message
    after = _traced(tracer, _PROGRAM, device).trace
    assert after.error is None
    return f"{trace.error.type}; the next run is right"


def two_devices(tracer: Tracer, device: str) -> str:
    _needs_cuda(device)
    if torch.cuda.device_count() < 2:
        raise Skipped("there is one device")
    run = _traced(tracer, _TWO, device)
    assert run.trace.error is None, run.trace.error
    devices = {tensor.device for tensor in run.trace.tensors}
    assert devices == {"cuda:0", "cuda:1"}, devices
    assert {row.name: row.why.code for row in run.trace.gradients}["x"] == "accumulated"
    return "a gradient came back from cuda:1 to cuda:0"


def cost_of_tracing(tracer: Tracer, device: str) -> str:
    """The time of passes inside the program, each until the device is done."""
    sync = "torch.cuda.synchronize()" if device.startswith("cuda") else "pass"
    text = (
        f"{_HEAD}import time\n{TRANSFORMER}\n"
        f"for part in range(6):\n    begin = time.perf_counter()\n"
        "    model(*inputs).sum().backward()\n"
        f"    {sync}\n    print(time.perf_counter() - begin)\n"
    )
    begin = f"torch.set_default_device({device!r})\n"
    plain = subprocess.run(
        [sys.executable, "-c", text.replace(_HEAD, _HEAD + begin)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    traced = _traced(tracer, text, device).trace
    assert traced.error is None, traced.error
    best = [min(map(float, told.split()[1:])) for told in (plain, traced.output.stdout)]
    return (
        f"6-layer encoder: {1000 * best[0]:.1f} ms plain, {best[1] / best[0]:.2f} times that traced"
    )


def nudged(tracer: Tracer, device: str) -> str:
    """The run with nothing moved has the traced loss to the last bit; a step comes near `.grad`."""
    run = _traced(tracer, _NUDGED, device)
    (leaf,) = (row.tensor for row in run.trace.gradients if row.name == "w")
    target = target_of(run, leaf)
    assert isinstance(target, Target), target
    nudging = Nudging(target, (3, 5))
    request = request_for(_NUDGED)._replace(device=device)
    tracer.run(request._replace(nudge=target.nudge(nudging.element, [])), nudging.add)
    values = [nudging.value, *(nudging.moved_by(step) for step in (0.01, -0.01))]
    ask = target.nudge(nudging.element, values, nudging.place)
    tracer.run(request._replace(nudge=ask), nudging.add)
    assert nudging.failure is None, nudging.failure
    assert nudging.value in nudging.runs
    rows = [row for row in map(nudging.row, values) if row is not None]
    slope = sum(row.slope for row in rows) / 2
    assert abs(slope - nudging.grad) <= 0.02 * abs(nudging.grad) + 1e-4, (slope, nudging.grad)
    return f"change over ε {slope:.4f}, .grad {nudging.grad:.4f}, {1e3 * nudging.seconds:.0f} ms"


CHECKS: Final = (
    Check("Recorded and skipped", recorded_and_skipped),
    Check("Values", values),
    Check("Kept for backward", kept_bytes),
    Check("Nudged", nudged),
    Check("Choice of the device", choice_of_device),
    Check("Waits for the device", waits_for_the_device),
    Check("Measured by its clock", measured),
    Check("Out of memory", out_of_memory),
    Check("Two devices", two_devices),
    Check("Cost of tracing", cost_of_tracing),
)


def _needs_cuda(device: str) -> None:
    if not device.startswith("cuda"):
        raise Skipped("needs a GPU of NVIDIA's")


def _tapescope(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments], capture_output=True, text=True, check=False
    )


def results(device: str, checks: tuple[Check, ...] = CHECKS) -> Iterator[tuple[str, str, bool]]:
    """Yield the name of each check, what it found or why it was skipped, and whether it failed."""
    ends = time.monotonic() + _MOST_SECONDS
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        for check in checks:
            if time.monotonic() > ends:
                yield check.name, "skipped: there was no time left", False
                continue
            try:
                yield check.name, check.run(tracer, device), False
            except Skipped as why:
                yield check.name, f"skipped: {why}", False
            except AssertionError as error:
                yield check.name, f"FAILED: {error}", True


def main(device: str = "cuda") -> int:
    """Print the table; return 1 if a check failed."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        for check in CHECKS:
            print(f"skipped: {check.name}: torch sees no GPU of NVIDIA's")
        return 0
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else "the CPU"
    print(f"On {name}, torch {torch.__version__}:\n\n| Check | Found |\n| --- | --- |")
    failed = False
    for named, found, is_failure in results(device):
        failed |= is_failure
        print(f"| {named} | {' '.join(found.split())} |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
