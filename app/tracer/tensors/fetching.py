"""Fetches values from another device together: one wait for hundreds of tensors.

Asking a GPU for a number waits until all work queued before is done.  So the figures are computed
there, behind the operation that made the tensor, and only the results are kept: up to 64 values, or
eight figures and a picture.  Rows with such results wait in `app.tracer.stream` until they are
fetched; a crash loses those that wait.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from app.contract.messages import Packed, SummaryRow, Values
from app.tracer.tensors.figures import distinct
from app.tracer.tensors.pictures import picture_of
from app.tracer.unseen import unseen

MOST = 512
"""The largest number of tensors that wait."""
_FIGURES = 8


class Pending:
    """A placeholder in a row for values that were not fetched yet; `values` has them later."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: Values = None


MaybeFetched = Values | Pending
"""Values as sent (`app.contract.messages.Values`), or a placeholder for them."""
Read = Callable[[Tensor], "SummaryRow | Packed"]
"""Describes a tensor in this process's memory: figures, or the values themselves."""


class Fetching:
    """Holds small tensors on their devices until `fetch`; `any` says whether there ever were."""

    def __init__(self) -> None:
        self.any = False
        self._waiting: list[tuple[Pending, Tensor, Read]] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, small: Tensor, read: Read) -> Pending:
        """Add a tensor, which must not change until it is fetched; return its placeholder."""
        pending = Pending()
        with self._lock:
            self.any = True
            self._waiting.append((pending, small, read))
        return pending

    def fetch(self) -> None:
        """Fetch everything that waits, in one transfer for each device and dtype."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        alike: dict[Any, list[tuple[Pending, Tensor, Read]]] = {}
        for entry in waiting:
            alike.setdefault((entry[1].device, entry[1].dtype), []).append(entry)
        with unseen():
            for entries in alike.values():
                here = torch.cat([small.reshape(-1) for _, small, _ in entries]).cpu()
                start = 0
                for pending, small, read in entries:
                    end = start + small.numel()
                    pending.values = read(here[start:end].reshape(small.shape))
                    start = end


fetching = Fetching()
"""Of this process, which traces one run."""


def figures_there(flat: Tensor, shown: Tensor, whole: Tensor) -> Tensor:
    """Compute eight figures of floats in one dimension, on their device without waiting for it.

    `flat` may be a sample of `whole`, whose extremes, NaN and infinities are reported.  The figures
    are followed by what is `shown` in their picture.
    """
    wide = torch.float32 if flat.device.type == "mps" else torch.float64
    seen, repeats = distinct(whole)
    low, high = torch.aminmax(seen)
    count = flat.numel()
    std = torch.std(flat) if count > 1 else torch.full_like(low, math.nan)
    figures = (
        low,
        high,
        flat.sum(dtype=wide) / count,
        std,
        torch.linalg.vector_norm(flat, dtype=wide),
        torch.isnan(seen).sum() * repeats,
        torch.isinf(seen).sum() * repeats,
        count - torch.count_nonzero(flat),
    )
    row = [figure.to(wide).reshape(1) for figure in figures]
    return torch.cat([*row, shown.to(wide).reshape(-1)])


def row_of_figures(there: Tensor, numel: int, sampled: bool, columns: int) -> SummaryRow:
    """Return the row of a fetched result of `figures_there`; the picture has `columns` columns."""
    low, high, mean, std, norm, nan, inf, zeros = there[:_FIGURES].tolist()
    shown = there[_FIGURES:]
    picture = picture_of(shown.view(-1, columns), low, high, shown)
    return SummaryRow(
        numel, None, low, high, mean, std, norm, int(nan), int(inf), int(zeros), sampled, picture
    )
