"""Each hint is given for the error that torch really raises."""

from __future__ import annotations

from textwrap import dedent

import pytest
import torch

from app.tracer.snippet.hints import hint_for

HINTS = {
    "no history": ("torch.ones(2).sum().backward()", "without history"),
    "freed graph": ("y = (x * x).sum(); y.backward(); y.backward()", "retain_graph=True"),
    "no scalar": ("(x * x).backward()", "one number first"),
    "in place on a leaf": ("x.add_(1)", "torch.no_grad()"),
    "in place on a view of a leaf": ("x[0] = 1", "torch.no_grad()"),
    "in place on a saved value": ("y = x.exp(); y += 1; y.sum().backward()", "out-of-place"),
    "part of a saved value": ("y = x.exp(); y[0] = 1; y.sum().backward()", "torch.where"),
    "inference tensor saved": ("inferred * x", "torch.no_grad() instead"),
    "inference tensor in place": ("inferred.add_(1)", "torch.no_grad() instead"),
    "inference tensor requires grad": ("inferred.requires_grad_()", "torch.no_grad() instead"),
    "numpy": ("x.numpy()", ".detach().numpy()"),
    "integers, later": ("torch.ones(2, dtype=torch.long).requires_grad_()", "floating-point"),
    "integers, at once": ("torch.tensor([1], requires_grad=True)", "floating-point"),
    "flag of a result": ("y = x * 2; y.requires_grad = False", ".detach()"),
    "flag of a result, set": ("y = x * 2; y.requires_grad = True", "leave this line out"),
    "one of several views": ("a, b = (x * 1).unbind(); a.add_(1)", "out-of-place"),
    "unused input": (
        "torch.autograd.grad((x * x).sum(), torch.ones(1, requires_grad=True))",
        "allow_unused",
    ),
    "input without requires_grad": (
        "torch.autograd.grad((x * x).sum(), torch.ones(1))",
        "requires_grad_()",
    ),
    "non-leaf in an optimizer": ("torch.optim.SGD([x * 2], lr=1.0)", "requires_grad_()"),
    "deep copy": ("import copy; copy.deepcopy(x * 2)", ".detach().clone()"),
    "flag of a slice": ("x[0].requires_grad = False", "whole tensor"),
    "complex loss": ("((x * 1j) ** 2).sum().backward()", "complex"),
    "no parameters": ("some = iter([x]); n = len(list(some)); torch.optim.Adam(some)", "list(...)"),
    "parameters without parentheses": (
        "torch.optim.SGD(torch.nn.Linear(1, 1).parameters, lr=1)",
        "parentheses",
    ),
    "a mean without parentheses": ("(x * x).mean.backward()", "parentheses"),
    "no gradient yet": ("x.data -= 0.1 * x.grad", ".grad is None until"),
    "no layers": ("torch.optim.SGD(torch.nn.Module().parameters(), lr=1)", "registers its layers"),
    "sparse gradients": (
        """
        table = torch.nn.Embedding(3, 2, sparse=True)
        optimizer = torch.optim.Adam(table.parameters())
        table(torch.tensor([1])).sum().backward()
        optimizer.step()
        """,
        "sparse=True",
    ),
    "item under vmap": ("torch.vmap(lambda row: row.item())(x)", "whole batch"),
    "slice under vmap": (
        "torch.vmap(lambda row, n: row[:n])(torch.ones(2, 3), torch.tensor([1, 2]))",
        "torch.gather",
    ),
    "if under vmap": ("torch.vmap(lambda row: row if row > 0 else -row)(x)", "torch.where"),
    "mask under vmap": ("torch.vmap(lambda row: row[row > 0])(torch.ones(2, 3))", "one shape"),
    "view of a hook": (
        """
        net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(inplace=True))
        net[0].register_full_backward_hook(lambda module, given, got: None)
        net(torch.ones(1, 2))
        """,
        "nn.ReLU()",
    ),
    "view of a custom Function": (
        """
        class Same(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.view(-1)

            @staticmethod
            def backward(ctx, grad):
                return grad

        Same.apply(x * 1).add_(1)
        """,
        "custom Function",
    ),
    "differentiated once": (
        """
        class Once(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            @torch.autograd.function.once_differentiable
            def backward(ctx, grad):
                return 2 * grad * ctx.saved_tensors[0]

        (grad,) = torch.autograd.grad(Once.apply(x).pow(2).sum(), x, create_graph=True)
        grad.sum().backward()
        """,
        "@once_differentiable",
    ),
    "float indices": ("torch.ones(2, 3)[torch.ones(1)]", ".long()"),
    "float words": ("torch.nn.Embedding(2, 3)(torch.ones(1))", ".long()"),
    "class numbers": ("torch.nn.functional.nll_loss(torch.ones(1, 2), torch.ones(1))", ".long()"),
    "grad is None": ("x.grad.zero_()", "backward pass"),
    "matrix shapes": ("torch.ones(2, 3) @ torch.ones(2, 3)", "in_features"),
    "broadcast": ("torch.ones(2, 3) + torch.ones(2, 4)", "equal or 1"),
    "dtypes": ("torch.nn.Linear(2, 2)(torch.ones(1, 2, dtype=torch.double))", ".float()"),
    "view": ("torch.ones(2, 3).t().view(6)", ".reshape"),
    "super().__init__": ("torch.nn.Module.__new__(torch.nn.Module).a = torch.nn.ReLU()", "super()"),
    "batch of one": ("torch.nn.BatchNorm1d(3)(torch.ones(1, 3))", "eval()"),
    "truth of many": ("bool(x)", ".any()"),
    "no such module": ("import does_not_exist", "does_not_exist is not installed"),
    "no such file": ("open('no such file')", "Relative paths start at"),
    "end of input": ("raise EOFError", "--stdin FILE"),
}


@pytest.mark.parametrize(("text", "part"), HINTS.values(), ids=HINTS)
def test_an_error_gets_its_hint(text: str, part: str) -> None:
    with torch.inference_mode():
        inferred = torch.ones(2)
    variables = {"torch": torch, "x": torch.ones(2, requires_grad=True), "inferred": inferred}
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is torch's to choose
        exec(dedent(text), variables)
    hint = hint_for(raised.value, str(raised.value))
    assert hint is not None
    assert part in hint


@pytest.mark.skipif(torch.version.cuda is not None, reason="this torch has CUDA")
def test_a_torch_without_cuda_is_named() -> None:
    with pytest.raises(AssertionError) as raised:
        torch.ones(1, device="cuda")
    assert "CPU only" in (hint_for(raised.value, str(raised.value)) or "")


def test_where_nothing_sure_can_be_said_there_is_no_hint() -> None:
    assert hint_for(ValueError("something"), "something") is None


MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8 GiB"


def test_a_full_device_is_named() -> None:
    error = torch.OutOfMemoryError(MEMORY)
    assert "smaller batch" in (hint_for(error, MEMORY) or "")


@pytest.mark.parametrize(
    "text",
    [
        "raise ValueError('weights must have the same dtype')",
        "raise RuntimeError('a floating point number was expected')",
        "def check(x):\n    raise TypeError('the shapes cannot be multiplied')\ncheck(1)",
        "int('a floating point')",
    ],
)
def test_an_error_of_the_snippets_own_gets_no_hint_of_torchs(text: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - of several types
        exec(text, {"__name__": "__main__"})
    assert hint_for(raised.value, str(raised.value)) is None
