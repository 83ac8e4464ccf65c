"""Saved bytes are to the byte what torch's own hooks count, each storage once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.tracer.support import record, run_plainly

SNIPPETS = {
    "mlp": """
        net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        F.cross_entropy(net(torch.randn(3, 4)), torch.tensor([0, 1, 1])).backward()
    """,
    "convolution": """
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
                            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2))
        net(torch.randn(2, 3, 8, 8)).sum().backward()
    """,
    "lstm": """
        out, _ = nn.LSTM(3, 5, 2, batch_first=True)(torch.randn(2, 4, 3))
        out.sum().backward()
    """,
    "gru": """
        out, _ = nn.GRU(3, 5, bidirectional=True)(torch.randn(2, 4, 3))
        out.sum().backward()
    """,
    "attention": """
        x = torch.randn(2, 3, 8)
        out, _ = nn.MultiheadAttention(8, 2, batch_first=True)(x, x, x)
        out.sum().backward()
    """,
    "encoder layer": """
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        layer(torch.randn(2, 3, 8)).sum().backward()
    """,
    "python numbers": """
        x = torch.randn(5, requires_grad=True)
        ((x * 2 + 1) ** 3 / 7.5).sum().backward()
    """,
    "a tensor that is a number": """
        x = torch.randn(5, requires_grad=True)
        (x * torch.tensor(2.0, dtype=torch.float64)).sum().backward()
    """,
    "in place": """
        x = torch.randn(5, requires_grad=True)
        x.clone().mul_(2).exp_().sum().backward()
    """,
    "custom function": """
        class Exp(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y, x)
                return y
            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]
        Exp.apply(torch.randn(5, requires_grad=True)).sum().backward()
    """,
    "views of one storage": """
        x = torch.randn(5, 5, requires_grad=True)
        y = x.t() @ x
        (y[0] * y[1]).sum().backward()
    """,
    "storages that are freed and used again": """
        x = torch.randn(100, requires_grad=True)
        for _ in range(5):
            y = (x * torch.randn(100)).sin()
        y.sum().backward()
    """,
    "indices": """
        a = torch.randn(3, 4, requires_grad=True)
        a[torch.tensor([0, 2])].sum().backward()
        a[a > 0].sum().backward()
        torch.gather(a, 1, torch.tensor([[0], [1], [2]])).sum().backward()
    """,
    "sparse": """
        values = torch.randn(2, requires_grad=True)
        places = torch.tensor([[0, 1], [1, 0]])
        s = torch.sparse_coo_tensor(places, values, (2, 2), check_invariants=True)
        torch.sparse.mm(s, torch.randn(2, 2)).sum().backward()
    """,
    "complex": """
        x = torch.randn(3, dtype=torch.complex64, requires_grad=True)
        (x * x.conj()).real.sum().backward()
        torch.fft.fft(x).abs().sum().backward()
    """,
    "under no_grad": """
        x = torch.randn(3, requires_grad=True)
        with torch.no_grad():
            y = x.exp()
    """,
}


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS.keys())
def test_saved_bytes_are_what_the_hooks_count(snippet: str) -> None:
    text = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
    text += "\n".join(line[8:] for line in snippet.splitlines())
    assert sum(record(text).saved_bytes.values()) == _bytes_by_hooks(text)


def _bytes_by_hooks(text: str) -> int:
    saved: dict[int, Any] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.layout is torch.strided:
            storage = tensor.untyped_storage()
            saved[storage._cdata] = tensor, storage  # kept, so that no other takes its place
        return tensor

    def unpack(tensor: Tensor) -> Tensor:
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        run_plainly(text)
    return sum(storage.nbytes() for _, storage in saved.values())


def test_each_storage_is_counted_where_it_is_first_saved() -> None:
    recording = record("""
        import torch
        x = torch.randn(4, requires_grad=True)
        y = x.exp()
        z = y.exp() * y
    """)
    assert [recording.saved_bytes[op.id] for op in recording.named("exp")] == [16, 16]
    assert recording.saved_bytes[recording.op("mul").id] == 0


def test_what_hooks_of_the_snippet_keep_is_theirs() -> None:
    recording = record("""
        import torch
        x = torch.randn(4, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numel(), lambda n: torch.ones(n)):
            y = x.exp()
        y.sum().backward()
    """)
    assert recording.saved_bytes[recording.op("exp").id] == 0
