"""The `.grad` of every tensor that a user would ask about, as it is at the end."""

from __future__ import annotations

import torch

from app.contract.messages import GradRow, SummaryRow
from tests.tracer.support import packed, record


def test_parameters_and_named_leaves_have_a_row() -> None:
    recording = record("""
        import torch
        net = torch.nn.Linear(2, 1)
        x = torch.ones(1, 2)
        w = torch.ones(2, requires_grad=True)
        y = net(x) + w.sum()
        y.sum().backward()
    """)
    assert set(recording.final_grads()) == {"net.weight", "net.bias", "w"}


def test_gradients_are_exact_however_large() -> None:
    recording = record("""
        import torch
        w = torch.ones(300, 300, requires_grad=True)
        (w * 2).sum().backward()
    """)
    grad = recording.final_grads()["w"].grad
    assert isinstance(grad, SummaryRow)
    assert (grad.sampled, grad.min, grad.max) == (False, 2.0, 2.0)


def test_a_sparse_gradient_has_the_figures_of_the_dense_one() -> None:
    recording = record("""
        import torch
        emb = torch.nn.EmbeddingBag(50, 4, sparse=True)
        emb(torch.tensor([[1, 2], [2, 3]])).sum().backward()
    """)
    grad = recording.final_grads()["emb.weight"].grad
    assert isinstance(grad, SummaryRow)
    assert (grad.numel, grad.max, grad.zeros) == (200, 1.0, 188)


def test_last_word_is_the_state_at_the_end() -> None:
    recording = record("""
        import torch
        w = torch.ones(2, requires_grad=True)
        w.sum().backward()
        w.grad.mul_(5)
    """)
    grad = recording.final_grads()["w"].grad
    assert grad == packed("f", torch.tensor([5.0, 5.0]))


def test_last_word_is_what_was_written_past_the_version_counter() -> None:
    recording = record("""
        import torch
        made, shared, scaled = (torch.ones(2, requires_grad=True) for _ in range(3))
        (made + shared).sum().backward()
        made.grad.data.mul_(2)
        shared.grad.numpy()[:] = 3
        scaler = torch.amp.GradScaler("cpu")
        optimizer = torch.optim.SGD([scaled], 0.1)
        scaler.scale(scaled.sum()).backward()
        scaler.unscale_(optimizer)
    """)
    grads = recording.final_grads()
    assert {name: grads[name].grad for name in ("made", "shared", "scaled")} == {
        "made": packed("f", torch.tensor([2.0, 2.0])),
        "shared": packed("f", torch.tensor([3.0, 3.0])),
        "scaled": packed("f", torch.tensor([1.0, 1.0])),
    }


def test_intermediate_that_retains_or_is_asked_for_its_grad() -> None:
    recording = record("""
        import warnings
        warnings.simplefilter("ignore")
        import torch
        w = torch.ones(2, requires_grad=True)
        kept = w * 2
        kept.retain_grad()
        asked = kept * 3
        asked.grad
        other = asked * 4
        other.sum().backward()
    """)
    grads = recording.final_grads()
    assert set(grads) == {"w", "kept", "asked"}
    assert grads["kept"].shape == [2]
    assert grads["asked"].shape is None


def test_result_that_stands_where_a_leaf_was_meant() -> None:
    recording = record("""
        import torch
        w = torch.randn(2, requires_grad=True) * 0.1
        (w * 2).sum().backward()
    """)
    assert "w" in recording.final_grads()


def test_leaf_keeps_its_row_where_a_function_has_a_result_of_the_same_name() -> None:
    recording = record("""
        import torch
        def doubled(w):
            w = w * 2
            return w
        w = torch.ones(2, requires_grad=True)
        out = doubled(w)
        out.sum().backward()
    """)
    grads = recording.final_grads()
    assert {name: row.grad for name, row in grads.items()} == {
        "w": packed("f", torch.tensor([2.0, 2.0]))
    }


def test_leaf_that_stopped_requiring_grad_keeps_its_row() -> None:
    recording = record("""
        import torch
        w = torch.ones(2, requires_grad=True)
        w.requires_grad_(False)
    """)
    assert not recording.final_grads()["w"].requires_grad


def test_view_made_without_grad_mode_is_no_leaf_of_its_own() -> None:
    """torch says of it that it requires grad and is a leaf."""
    recording = record("""
        import torch
        w = torch.ones(2, 2, requires_grad=True)
        with torch.no_grad():
            row = w[0]
        assert row.requires_grad and row.is_leaf
        row.sum()
    """)
    assert set(recording.final_grads()) == {"w"}


def test_gradient_after_each_pass_is_told_on_the_way() -> None:
    recording = record("""
        import torch
        w = torch.ones(1, requires_grad=True)
        (w * 2).sum().backward()
        (w * 3).sum().backward()
    """)
    rows = [row for row in recording.all(GradRow) if not row.final and row.grad is not None]
    assert [row.grad for row in rows] == [
        packed("f", torch.tensor([2.0])),
        packed("f", torch.tensor([5.0])),
    ]


def test_shared_parameter_has_one_row() -> None:
    recording = record("""
        import torch
        a, b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
        b.weight = a.weight
        b(a(torch.ones(1, 2))).sum().backward()
    """)
    assert sorted(recording.final_grads()) == ["a.bias", "a.weight", "b.bias"]
