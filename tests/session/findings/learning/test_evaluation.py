"""Models that run in training mode under `no_grad`, and those in evaluation mode that train."""

from __future__ import annotations

import pytest

from app.contract.records import Finding
from app.process.client import Tracer
from tests.support import TraceText, snippet
from tests.tools.tracing import trace_with

NET = "net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))\n"
DROPS = "net = nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.3), nn.Linear(6, 3))\n"
X = "x, y = torch.randn(5, 4), torch.tensor([0, 1, 2, 1, 0])\n"


def found(trace: TraceText, text: str, code: str) -> list[Finding]:
    return [one for one in trace(snippet(text)).findings if one.code == code]


MEASURED = {
    "hits are counted": NET
    + X
    + "with torch.no_grad():\n    print((net(x).argmax(1) == y).sum())\n",
    "a loss of a batch": DROPS
    + X
    + "@torch.inference_mode()\ndef validate(model):\n"
    + "    return nn.functional.cross_entropy(model(x), y).item()\nvalidate(net)\n",
    "a distance to other data": DROPS
    + X
    + "class Tester:\n    def __init__(self, model):\n        self.model = model\n\n"
    + "    def run(self):\n        with torch.no_grad():\n"
    + "            return (self.model(x) - torch.ones(5, 3)).abs().mean()\n\nTester(net).run()\n",
    "a class is chosen": DROPS + X + "with torch.no_grad():\n    classes = net(x).topk(1)\n",
}


@pytest.mark.parametrize("name", MEASURED)
def test_an_evaluation_in_training_mode_is_a_likely_mistake(trace: TraceText, name: str) -> None:
    (one,) = found(trace, MEASURED[name], "training_mode_in_evaluation")
    assert one.severity == "warning"


LOOKED_AT = {
    "samples of fixed noise": "with torch.no_grad():\n    fake = net(x).detach().cpu()\n"
    "print(fake[0])\n",
    "the output is scaled": "with torch.no_grad():\n    image = net(x) * 0.5 + 0.5\n"
    "    image.clamp_(0, 1)\n",
    "a mean in a log": "with torch.inference_mode():\n"
    "    log = [net(x).mean().item() for _ in range(2)]\n",
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_sample_of_a_model_that_trains_is_worth_knowing(trace: TraceText, name: str) -> None:
    text = NET + X + "net(x).sum().backward()\n" + LOOKED_AT[name]
    (one,) = found(trace, text, "training_mode_in_evaluation")
    assert one.severity == "info"
    assert "batch norm" in one.text
    assert "dropout" not in one.text


def test_it_speaks_of_dropout_alone_where_nothing_else_ran(trace: TraceText) -> None:
    (one,) = found(trace, MEASURED["a class is chosen"], "training_mode_in_evaluation")
    assert "dropout drops values at random" in one.text
    assert "batch norm" not in one.text


FIXED = {
    "a saliency map": "x.requires_grad_()\nnet(x).max().backward()\n",
    "a patch is optimized": "patch = nn.Parameter(torch.zeros(4))\nnet.requires_grad_(False)\n"
    "net(x + patch).sum().backward()\n",
    "a generator before it": "made = nn.Linear(4, 4)\nnet.requires_grad_(False)\n"
    "net(made(x)).pow(2).mean().backward()\n",
    "an attack on the inputs": "x.requires_grad_()\nloss = nn.functional.cross_entropy(net(x), y)\n"
    "g, = torch.autograd.grad(loss, x)\n",
}


@pytest.mark.parametrize("name", FIXED)
def test_who_asks_a_fixed_model_for_gradients_wants_them(trace: TraceText, name: str) -> None:
    assert found(trace, NET + X + "net.eval()\n" + FIXED[name], "eval_is_not_no_grad") == []


@pytest.mark.parametrize(
    "call", ["net(x).sum().backward()", "torch.stack([*net(x)]).mean().backward()"]
)
def test_gradients_of_a_model_in_evaluation_mode_are_worth_knowing(
    trace: TraceText, call: str
) -> None:
    (one,) = found(trace, NET + X + f"net.eval()\n{call}\n", "eval_is_not_no_grad")
    assert (one.severity, one.line) == ("info", 5)


def test_a_record_that_stops_before_the_backward_pass_says_nothing_of_it(tracer: Tracer) -> None:
    text = snippet(
        """
        net = nn.Linear(2, 1)
        net.eval()
        y = net(torch.ones(1, 2))
        x = torch.ones(1)
        for _ in range(30):
            x = x + 1
        """
    )
    whole = trace_with(tracer, text)
    assert [found.code for found in whole.findings] == ["evaluation_records"]
    cut = trace_with(tracer, text + "y.sum().backward()\n", max_ops=20)
    assert cut.run.truncated
    assert cut.findings == []
