"""Questions about a tensor that do not run the snippet's code: its class may override methods."""

from __future__ import annotations

from torch import Tensor, nn

PLAIN = frozenset((Tensor, nn.Parameter))
"""Types without a `__torch_function__` of their own; others may have one."""


def dispatches(tensor: Tensor) -> bool:
    """Return whether the tensor's class has a `__torch_dispatch__`, which sees each operator."""
    kind = type(tensor)
    return kind not in PLAIN and kind.__torch_dispatch__ is not Tensor.__torch_dispatch__


def has_memory(tensor: Tensor) -> bool:
    """Return whether the storage of a strided tensor has memory for its elements.

    Code that shards or offloads frees storages and keeps the tensors, and the tensors of
    `torch.func.functionalize` never have any: to read their elements would end the process.
    """
    if not tensor.numel():
        return True
    size, offset = tensor.element_size(), tensor.storage_offset()
    last = offset
    for length, stride in zip(tensor.shape, tensor.stride(), strict=True):
        last += (length - 1) * stride
    if (last + 1) * size > tensor.untyped_storage().nbytes():
        return False
    return tensor.data_ptr() != offset * size  # the storage itself is at no address


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """Return the tensor's shape; empty if it has several (nested) or a symbolic one."""
    try:
        shape: tuple[int, ...] = tensor.shape
    except (RuntimeError, TypeError):
        return ()
    if type(tensor) in PLAIN:
        return shape
    return shape if all(type(size) is int for size in shape) else ()
