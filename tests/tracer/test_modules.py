"""Modules: their paths, their calls, the operations inside them."""

from __future__ import annotations

import pytest

from tests.tracer.support import Recording, record

HEAD = "import torch\nfrom torch import nn\nx = torch.randn(2, 3)\n"


def _inside(recording: Recording) -> dict[str, str | None]:
    """The path of the module that each operation of the forward pass ran in."""
    made = [op for op in recording.ops if op.name not in ("empty", "randn", "uniform_")]
    return {op.name: None if op.module is None else op.module.path for op in made}


def test_path_is_the_way_from_the_variable() -> None:
    text = "net = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU()))\ny = net(x)\nz = y + 1\n"
    inside = _inside(record(HEAD + text))
    assert (inside["linear"], inside["relu"], inside["add"]) == ("net.0", "net.1.0", None)


def test_tree_of_modules() -> None:
    text = "net = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU()))\ny = net(x)\n"
    modules = {info.path: info for info in record(HEAD + text).modules.values()}
    assert set(modules) == {"net", "net.0", "net.1", "net.1.0"}
    assert modules["net"].row.parent is None
    assert modules["net.1.0"].row.parent == modules["net.1"].row.id
    assert modules["net.0"].row.type == "Linear"


@pytest.mark.parametrize(
    ("made", "called", "path"),
    [
        ("layers = [nn.Linear(3, 3)]", "layers[0](x)", "layers[0]"),
        ("layers = {'a': nn.Linear(3, 3)}", "layers['a'](x)", "layers['a']"),
        ("layers = nn.ModuleDict({'a': nn.Linear(3, 3)})", "layers['a'](x)", "layers.a"),
        ("class O: pass\no = O()\no.net = nn.Linear(3, 3)", "o.net(x)", "o.net"),
        ("pair = (nn.Linear(3, 3), 1)", "pair[0](x)", "pair[0]"),
    ],
)
def test_modules_in_containers(made: str, called: str, path: str) -> None:
    assert _inside(record(f"{HEAD}{made}\ny = {called}\n"))["linear"] == path


HIDING = """
class Net(nn.Module):
    def __init__(self, teacher):
        super().__init__()
        self.known = nn.Linear(3, 3)
        self.layers = [nn.ReLU(), self.known]
        self.heads = {"a": nn.Sigmoid()}
        self.teacher = (teacher,)
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.heads["a"](self.teacher[0](x))
"""


def test_modules_in_plain_lists_of_a_module_go_by_their_place_in_it() -> None:
    text = f"{HEAD}{HIDING}net = Net(nn.Tanh())\ny = net(x)\n"
    inside = _inside(record(text))
    assert [inside[name] for name in ("relu", "linear", "sigmoid", "tanh")] == [
        "net.layers[0]",
        "net.known",
        "net.heads['a']",
        "net.teacher[0]",
    ]


def test_a_module_with_a_variable_of_its_own_goes_by_that() -> None:
    text = f"{HEAD}{HIDING}teacher = nn.Tanh()\nnet = Net(teacher)\ny = net(x)\n"
    assert _inside(record(text))["tanh"] == "teacher"


def test_module_without_a_variable_goes_by_its_type() -> None:
    assert _inside(record(HEAD + "y = nn.Linear(3, 3)(x)\n"))["linear"] == "Linear"


def test_module_of_a_function() -> None:
    text = "def main():\n    inner = nn.Linear(3, 3)\n    return inner(x)\ny = main()\n"
    assert _inside(record(HEAD + text))["linear"] == "inner"


def test_shared_module_is_one_module_with_two_calls() -> None:
    text = "lin = nn.Linear(3, 3)\nnet = nn.Sequential(lin, nn.ReLU(), lin)\ny = net(x)\n"
    recording = record(HEAD + text)
    linears = recording.named("linear")
    assert len({op.row.module for op in linears}) == 1
    assert linears[0].module is not None
    assert linears[0].module.state is not None
    assert linears[0].module.state.calls == 2
    assert linears[0].module.path == "lin"


def test_training_is_told_as_it_is_at_the_end() -> None:
    recording = record(HEAD + "net = nn.Dropout()\ny = net(x)\nnet.eval()\n")
    (info,) = recording.modules.values()
    assert info.row.training
    assert info.state is not None
    assert not info.state.training


@pytest.mark.parametrize(
    ("module", "sensitive"),
    [
        ("nn.Dropout()", True),
        ("nn.BatchNorm1d(3)", True),
        ("nn.BatchNorm1d(3, track_running_stats=False)", False),
        ("nn.Linear(3, 3)", False),
        ("nn.LSTM(3, 3, num_layers=2, dropout=0.5)", True),
        ("nn.LSTM(3, 3)", False),
    ],
)
def test_sensitive_to_train_and_eval(module: str, sensitive: bool) -> None:
    (info,) = record(f"{HEAD}net = {module}\ny = net(x)\n").modules.values()
    assert info.row.mode_sensitive is sensitive


def test_hooks_run_inside_the_module() -> None:
    text = """
    import torch
    from torch import nn
    net = nn.Linear(3, 3)
    net.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    net.register_forward_hook(lambda module, args, out: out + 1)
    y = net(torch.ones(1, 3))
    """
    recording = record(text)
    assert {_inside(recording)[name] for name in ("mul", "linear", "add")} == {"net"}
    assert recording.op("add").outputs[0].name == "y"


def test_full_backward_hook_runs_in_the_backward_phase() -> None:
    text = """
    import torch
    from torch import nn
    net = nn.Linear(3, 1)
    net.register_full_backward_hook(lambda module, grads, outs: (grads[0] * 2,))
    x = torch.ones(1, 3, requires_grad=True)
    net(x).sum().backward()
    """
    assert record(text).op("mul").phase == "backward"


def test_module_that_raises_is_left() -> None:
    text = "net = nn.Linear(9, 9)\ntry:\n    net(x)\nexcept RuntimeError:\n    pass\ny = x * 2\n"
    assert record(HEAD + text).op("mul").module is None


def test_parameters_of_modules_that_died_are_told() -> None:
    text = """
    import torch
    from torch import nn
    def main():
        net = nn.Linear(2, 1)
        net(torch.ones(1, 2)).sum().backward()
    main()
    """
    grads = record(text).final_grads()
    assert set(grads) >= {"net.weight", "net.bias"}
    assert grads["net.weight"].shape == [1, 2]


def test_lazy_modules_initialise_themselves_as_in_a_plain_run() -> None:
    text = "net = nn.Sequential(nn.LazyConv1d(4, 1), nn.LazyBatchNorm1d())\n"
    text += "net(torch.randn(2, 3, 5)).sum().backward()\n"
    recording = record(HEAD + text)
    assert type(recording.variables["net"][0]).__name__ == "Conv1d"
    assert recording.op("conv1d").reason == "recorded"
    assert recording.final_grads()["net.0.weight"].shape == [4, 3, 1]


@pytest.mark.parametrize("module", ["nn.LSTM", "nn.GRU", "nn.RNN"])
def test_recurrent_modules(module: str) -> None:
    text = f"net = {module}(3, 4, batch_first=True)\nout, state = net(torch.randn(2, 5, 3))\n"
    recording = record(HEAD + text + "out.sum().backward()\n")
    op = next(op for op in recording.leaves if op.module is not None and op.grad_fn)
    assert op.module is not None
    assert op.module.path == "net"
    assert {name for name, row in recording.final_grads().items() if row.shape} >= {
        "net.weight_ih_l0",
        "net.bias_hh_l0",
    }


def test_parametrised_weights() -> None:
    text = "net = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))\n"
    text += "net(x).sum().backward()\n"
    recording = record(HEAD + text)
    named = {name for name, row in recording.final_grads().items() if row.shape is not None}
    assert {
        "net.parametrizations.weight.original0",
        "net.parametrizations.weight.original1",
    } <= named


def test_batch_norm_in_training_makes_new_values_of_its_statistics() -> None:
    """Their version counters stay as they are: the call is known by its name."""
    text = HEAD + "bn = nn.BatchNorm1d(3)\nbn(x)\nbn.eval()\nbn(x)\n"
    calls = [op for op in record(text).ops if op.name == "batch_norm"]
    assert [len(call.mutates) for call in calls] == [2, 0]
