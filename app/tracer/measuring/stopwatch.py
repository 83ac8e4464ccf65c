"""Seconds and bytes of one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.autograd.profiler import profile


class Timed(NamedTuple):
    """What one run took.

    `seconds` of wall time, on a GPU by its own clock.  `peak` are the bytes of tensors at most,
    over those that were there before, and `held` those that are still there afterwards; both are
    measured in a run that is not timed.  `error` is why these are missing.
    """

    seconds: float | None
    peak: int | None
    held: int | None
    error: str | None


_clock = time.perf_counter


def time_of(run: Callable[[], None], device: str) -> float:
    """Return the seconds of a run."""
    if device.startswith("cuda"):
        return _time_on_gpu(run, device)
    begin = _clock()
    run()
    if device.startswith("mps"):
        torch.mps.synchronize()
    return _clock() - begin


def _time_on_gpu(run: Callable[[], None], device: str) -> float:
    """Return the seconds between two marks in the stream of `device`: torch's default device,
    which need not be its current one."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    stream = torch.cuda.current_stream(device)
    torch.cuda.synchronize(device)
    begin.record(stream)
    run()
    end.record(stream)
    torch.cuda.synchronize(device)
    return float(begin.elapsed_time(end)) / 1000


def memory_of(run: Callable[[], None]) -> tuple[int, int]:
    """Return the bytes of tensors at most and at the end, as torch's allocators report them.

    The profiler hears of each allocation and release, so the figures are exact and those of
    tensors alone.
    """
    with profile(profile_memory=True) as profiler:
        run()
    results: Any = profiler.kineto_results
    events = [one for one in results.events() if one.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda one: one.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak, held
