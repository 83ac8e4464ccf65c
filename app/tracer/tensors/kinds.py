"""What can be asked of a tensor without asking the snippet: its class may answer for itself."""

from __future__ import annotations

from torch import Tensor, nn

PLAIN = frozenset((Tensor, nn.Parameter))
"""The types of tensors that ask nobody: any other may have a `__torch_function__` of its own."""


def dispatches(tensor: Tensor) -> bool:
    """Whether the tensor's class sees each operator that works on it (`__torch_dispatch__`)."""
    kind = type(tensor)
    return kind not in PLAIN and kind.__torch_dispatch__ is not Tensor.__torch_dispatch__


def has_memory(tensor: Tensor) -> bool:
    """Whether the storage of a strided tensor has the memory in which its elements lie.

    Code that shards or offloads frees storages and keeps the tensors, and the tensors of
    `torch.func.functionalize` never have any: to read their elements would end the process.
    """
    if not tensor.numel():
        return True
    size, offset = tensor.element_size(), tensor.storage_offset()
    last = offset + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    if (last + 1) * size > tensor.untyped_storage().nbytes():
        return False
    return tensor.data_ptr() != offset * size  # the storage itself is at no address


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The tensor's shape; empty where it has no one shape (nested) or only symbols for it."""
    try:
        shape = tuple(tensor.shape)
    except (RuntimeError, TypeError):
        return ()
    if type(tensor) in PLAIN:
        return shape
    return shape if all(type(size) is int for size in shape) else ()
