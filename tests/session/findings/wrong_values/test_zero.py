"""Gradients that are zero everywhere, with what made them so."""

import pytest

from tests.session.findings.cases import LOGITS, NET, W
from tests.support import TraceText, snippet

HOOKED = NET + "for p in net.parameters():\n    p.register_hook(lambda g: g * 0)\n"
DEAD = "net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))\n"
FILLED = "for p in net[0].parameters():\n    nn.init.constant_(p, -1.0)\n"
ALONE = W + "v = torch.ones(2, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            HOOKED + "net(x).sum().backward()\n",
            6,
            "The .grad of net holds only zeros. The gradient that arrived there was not zero, but "
            "g * 0 on line 6, which ran in the backward pass, made it zero everywhere.",
        ),
        (
            W + "y = w * 3\ny.register_hook(torch.zeros_like)\ny.sum().backward()\n",
            6,
            "was not zero, but zeros_like, which ran in the backward pass, made it zero",
        ),
        (
            DEAD + FILLED + "net(torch.ones(1, 2)).sum().backward()\n",
            6,
            "The slope of relu is 0 where its input is not positive, and no value of it is.",
        ),
        (
            ALONE + "y = (w - 1) * v\n(y * 2).sum().backward()\n",
            5,
            "It multiplies by w - 1, which is 0 everywhere.",
        ),
        (
            W + "a, b = nn.Parameter(torch.zeros(2, 3)), nn.Parameter(torch.zeros(3, 1))\n"
            "y = w @ a @ b\ny.sum().backward()\n",
            5,
            "Both its factors are 0 everywhere: w @ a and b.",
        ),
        (
            W + "y = torch.round(w * 4)\n(y * 2).sum().backward()\n",
            4,
            "The slope of round is 0 everywhere.",
        ),
        (
            ALONE + "y = torch.normal(w, v.exp())\n(y * 2).sum().backward()\n",
            5,
            "normal draws at random, and torch gives it a gradient of 0.",
        ),
        (
            NET
            + "nn.functional.cross_entropy(net(x), torch.zeros(3, dtype=torch.long)).backward()\n",
            5,
            "cross_entropy is over one class only, whose probability is 1 whatever the input is.",
        ),
        (
            LOGITS + "nn.functional.cross_entropy(net(x), torch.full((4,), -100)).backward()\n",
            6,
            "Every target is -100, which cross_entropy ignores.",
        ),
        (
            W + "y = (w - 1) ** 2\ny.sum().backward()\n",
            4,
            "Its input is 0 everywhere, where the slope of pow is 0.",
        ),
        (
            W + "y = w[w > 5]\ny.sum().backward()\n",
            4,
            "Its result has no elements, so no gradient reaches its input.",
        ),
        (
            W + "y = torch.sigmoid(w * 500)\n(y * 2).sum().backward()\n",
            4,
            "The result of sigmoid is 1 everywhere, where its slope is 0.",
        ),
        (
            W + "y = torch.softmax(w * torch.tensor([1e5, 1.0]), 0)\n(y * y).sum().backward()\n",
            4,
            "The result of softmax is 0 or 1 everywhere, where its slope is 0.",
        ),
        (
            W + "y = torch.clamp(w, 5, 6)\n(y * 2).sum().backward()\n",
            4,
            "The slope of clamp is 0 where its input is outside its limits.",
        ),
        (
            W + "y = nn.functional.relu6(w * 7)\n(y * 2).sum().backward()\n",
            4,
            "The slope of relu6 is 0 where its input is outside its limits.",
        ),
        (
            W + "y = nn.functional.dropout(w, 1.0)\n(y * 2).sum().backward()\n",
            4,
            "dropout made every value 0.",
        ),
        (
            W + "y = nn.LayerNorm(1)(w[:, None] * torch.tensor([[1.0], [2.0]]))\n"
            "(y * 2).sum().backward()\n",
            4,
            "layer_norm is over one value only: its result does not depend on that value.",
        ),
        (
            W + "y = nn.LayerNorm(2)(w * torch.tensor([1.0, 2.0]))\n(y * 2).sum().backward()\n",
            4,
            "That gradient was the same everywhere, and the sum of the result of layer_norm does "
            "not depend on its input.",
        ),
        (
            "rows = nn.Embedding(3, 2, padding_idx=0)\n"
            "rows(torch.tensor([0, 0])).sum().backward()\n",
            4,
            "The gradient arrived for the row of padding_idx alone, which is given none.",
        ),
        (
            W + "y = w.half() * 1e-4\nz = y * 1e-4\nz.mean().backward()\n",
            4,
            "It would be 5e-09 at most, and the smallest number that float16 holds is 6e-08: it "
            "was rounded to 0.",
        ),
        (
            W + "y = nn.functional.mse_loss(w, torch.ones(2))\n(y * 2).backward()\n",
            4,
            "The result of mse_loss is 0: its least value.",
        ),
        (
            NET + "y = net(x)\ny.backward(torch.zeros_like(y))\n",
            6,
            "The backward pass on line 6 was given a gradient of zeros to begin with.",
        ),
        (
            NET + "y = net(x).sum() * 0\ny.backward()\n",
            5,
            "It multiplies by 0.",
        ),
        (
            NET + "net(x).sum().backward()\nnn.utils.clip_grad_norm_(net.parameters(), 0.0)\n",
            6,
            "The .grad of net holds only zeros. The gradient that arrived there was not zero, but "
            "nn.utils.clip_grad_norm_(net.parameters(), 0.0) on line 6 changed it after the "
            "backward pass.",
        ),
        (
            NET + "net(x).sum().backward()\nfor p in net.parameters():\n"
            "    p.grad = torch.zeros_like(p)\n",
            7,
            "holds only zeros: line 7 assigned them after the backward pass, in place of the "
            "gradient that arrived there.",
        ),
        (
            NET + "a, b = net(x), net(x)\n(torch.exp(a - b) * x[:, :1]).sum().backward()\n",
            5,
            "The gradients that came back through net(x) on line 5 have opposite signs and add up "
            "to 0 everywhere",
        ),
        (
            W + "y = torch.tanh(torch.tensor([50.0, -50.0]) * w)\n(y * 2).sum().backward()\n",
            4,
            "The result of tanh is -1 or 1 everywhere, where its slope is 0.",
        ),
        (
            "w = nn.Parameter(torch.zeros(3))\nw.norm().backward()\n",
            4,
            "Its input is 0 everywhere, where torch takes the slope of norm as 0.",
        ),
    ],
    ids=[
        "hooks",
        "hook of a result",
        "dead relu",
        "a factor of zeros",
        "two factors of zeros",
        "flat",
        "drawn at random",
        "one class",
        "ignored targets",
        "power of zeros",
        "empty selection",
        "saturated",
        "one-hot",
        "outside limits",
        "above a limit",
        "all dropped",
        "normalised alone",
        "normalised and summed",
        "padding",
        "too small for the type",
        "least loss",
        "given zeros",
        "a factor of 0",
        "changed after",
        "assigned after",
        "opposite",
        "saturated at both ends",
        "norm of zeros",
    ],
)
def test_it_is_said_what_made_a_gradient_zero(
    trace: TraceText, text: str, line: int, says: str
) -> None:
    found = [one for one in trace(snippet(text)).findings if one.code == "zero_gradient"]
    assert [one.line for one in found if says in one.text.replace("`", "")] == [line]


def test_a_hook_that_gives_no_zeros_is_not_blamed(trace: TraceText) -> None:
    text = W + "w.register_hook(lambda g: g * 2)\ny = (w - 5).relu()\ny.sum().backward()\n"
    (found,) = (one for one in trace(snippet(text)).findings if one.code == "zero_gradient")
    assert found.line == 5
    assert "which ran in the backward pass" not in found.text


@pytest.mark.parametrize(
    "text",
    [
        "rows = nn.Embedding(3, 2)\na, b = rows(torch.tensor([1, 1]))\n(a - b).sum().backward()\n",
        W + "y = w.half() * 1e-8\n(y * 2).sum().backward()\n",
    ],
    ids=["cancelled", "times a small number"],
)
def test_no_reason_is_given_that_the_values_do_not_show(trace: TraceText, text: str) -> None:
    (found,) = (one for one in trace(snippet(text)).findings if one.code == "zero_gradient")
    assert found.text.endswith("its backward computed is zero everywhere.")
