"""Names are the paths on which the program's own variables lead to modules and tensors."""

from __future__ import annotations

import pytest

from app.contract.messages import GradRow
from tests.tracer.support import Recording, record

HEAD = """
import torch
from torch import nn

class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    def act(self, x):
        return self.body(x)
    def forward(self, x):
        return self.act(x)

class Agent:
    def __init__(self, policy):
        self.policy = policy
        self.baseline = torch.zeros(1, requires_grad=True)
    def update(self, x):
        loss = self.loss(self.policy, x)
        loss.backward()
        self.last = loss
    def loss(self, net, x):
        return (net(x) - self.baseline).pow(2).mean()

x = torch.randn(2, 3)
"""


def _rows(text: str) -> list[str]:
    return list(record(HEAD + text).final_grads())


def _policy(path: str) -> set[str]:
    return {f"{path}.body.{layer}.{part}" for layer in (0, 2) for part in ("weight", "bias")}


PROGRAMS = {
    "a method that is not forward": ("model = Policy()\nmodel.act(x).sum().backward()\n", "model"),
    "a helper's argument": (
        "def step(net, x):\n    net(x).sum().backward()\nmodel = Policy()\nstep(model, x)\n",
        "model",
    ),
    "an object of a class of the program": (
        "agent = Agent(Policy())\nagent.update(x)\n",
        "agent.policy",
    ),
    "a variable before the object": (
        "model = Policy()\nagent = Agent(model)\nagent.update(x)\n",
        "model",
    ),
    "a function that has returned": (
        "def main():\n    agent = Agent(Policy())\n    agent.update(x)\nmain()\n",
        "agent.policy",
    ),
    "called while it was constructed, in a function": (
        "class Eager(Agent):\n"
        "    def __init__(self):\n"
        "        super().__init__(Policy())\n"
        "        self.policy.act(x)\n"
        "def main():\n    learner = Eager()\n    learner.update(x)\nmain()\n",
        "learner.policy",
    ),
    "a dict": (
        "nets = {'pi': Policy()}\nfor net in nets.values():\n    net.act(x).sum().backward()\n",
        "nets['pi']",
    ),
    "a namespace": (
        "from types import SimpleNamespace\n"
        "run = SimpleNamespace(parts=[Policy()])\nrun.parts[0].act(x).sum().backward()\n",
        "run.parts[0]",
    ),
    "slots of a dataclass": (
        "from dataclasses import dataclass\n"
        "@dataclass(slots=True)\n"
        "class State:\n    net: nn.Module\n"
        "state = State(Policy())\nstate.net.act(x).sum().backward()\n",
        "state.net",
    ),
    "a named tuple": (
        "from typing import NamedTuple\n"
        "class Pair(NamedTuple):\n    net: nn.Module\n    rate: float\n"
        "pair = Pair(Policy(), 0.1)\npair.net.act(x).sum().backward()\n",
        "pair.net",
    ),
    "another variable when the run ends": (
        "first = Policy()\nfirst(x).sum().backward()\nlast = first\ndel first\n",
        "last",
    ),
    "a registered module before a list": (
        "parts = []\nfor _ in range(1):\n    part = Policy()\n    parts.append(part)\n"
        "net = nn.Sequential(*parts)\nnet(x).sum().backward()\n",
        "net.0",
    ),
}


@pytest.mark.parametrize(("text", "path"), PROGRAMS.values(), ids=list(PROGRAMS))
def test_parameters_go_by_the_path_of_a_variable(text: str, path: str) -> None:
    assert _policy(path) <= set(_rows(text))


@pytest.mark.parametrize(("text", "path"), PROGRAMS.values(), ids=list(PROGRAMS))
def test_no_name_begins_with_what_no_variable_is_called(text: str, path: str) -> None:
    recording = record(HEAD + text)
    paths = {info.path for info in recording.modules.values()}
    assert f"{path}.body.0" in paths
    names = {path, *recording.tensor_names(), *paths}
    assert not {name for name in names if name.startswith(("self", "policy", "part."))}


def test_two_modules_of_one_class_in_a_list_are_told_apart() -> None:
    text = (
        "layers = [Policy(), Policy()]\nfor layer in layers:\n    layer.act(x).sum().backward()\n"
    )
    assert set(_rows(text)) == _policy("layers[0]") | _policy("layers[1]")


def test_layers_in_a_plain_list_of_a_module_train_themselves() -> None:
    text = """
class Layer(nn.Linear):
    def learn(self, x):
        self.forward(x).sum().backward()
        return self.forward(x).detach()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = []
        for _ in range(2):
            self.layers += [Layer(3, 3)]
    def learn(self, x):
        for layer in self.layers:
            x = layer.learn(x)
net = Net()
net.learn(x)
"""
    assert _rows(text) == [
        f"net.layers[{index}].{part}" for index in (0, 1) for part in ("weight", "bias")
    ]


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("held = [torch.ones(2, requires_grad=True)]", "held[0]"),
        ("held = {'w': nn.Parameter(torch.ones(2))}", "held['w']"),
        ("held = ((torch.ones(2, requires_grad=True), 1), 2)", "held[0][0]"),
        ("held = nn.Linear(1, 1)\nheld.scales = [nn.Parameter(torch.ones(2))]", "held.scales[0]"),
        ("held = nn.Linear(1, 1)\nheld.alpha = torch.ones(2, requires_grad=True)", "held.alpha"),
        ("held = Agent(None)", "held.baseline"),
    ],
)
def test_leaves_in_containers_and_attributes_have_rows(made: str, name: str) -> None:
    assert name in _rows(f"{made}\n")


def test_a_tensor_attribute_set_in_a_function_that_has_returned() -> None:
    text = """
class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_alpha = torch.zeros(1)
        self.log_alpha.requires_grad = True
    def learn(self, x):
        (self.log_alpha.exp() * x).sum().backward()
def main():
    pi = Actor()
    for _ in range(3):
        pi.learn(x)
main()
"""
    assert _rows(text) == ["pi.log_alpha"]


@pytest.mark.parametrize("path", ["cell", "nets['a'].cell"])
def test_each_value_of_an_attribute_goes_by_the_modules_path(path: str) -> None:
    """Also those that are gone when the run ends, with the module itself."""
    text = f"""
class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)
        self.state = torch.zeros(2, 3)
    def forward(self, x):
        self.state = torch.tanh(self.lin(x) + self.state.detach())
        return self.state
class Box: pass
def main():
    nets = {{"a": Box()}}
    cell = nets["a"].cell = Cell()
    {"" if path == "cell" else "del cell"}
    for _ in range(3):
        nets["a"].cell(x)
main()
"""
    recording = record(HEAD + text)
    assert [op.outputs[0].name for op in recording.named("tanh")] == [f"{path}.state"] * 3


def test_requires_grad_gives_its_result_the_variables_name() -> None:
    text = (
        "def score(img):\n    return (img * 2).sum()\n"
        "mixed = (torch.ones(2) * 0.5).requires_grad_(True)\nscore(mixed).backward()\n"
    )
    assert _rows(text) == ["mixed"]


def test_an_argument_is_called_as_the_module_calls_it() -> None:
    text = "class Box: pass\ndef double(t):\n    return t * 2\nbatch = torch.ones(2)[:1]\n"
    recording = record(f"{HEAD}{text}box = Box()\nbox.y = double(batch)\n")
    assert recording.op("mul").inputs[0].name == "batch"
    assert recording.op("mul").outputs[0].name == "box.y"


def test_gradients_are_called_after_the_final_name() -> None:
    recording = record(f"{HEAD}agent = Agent(Policy())\nagent.update(x)\n")
    assert "agent.policy.body.0.weight.grad" in recording.tensor_names()


def test_what_replaced_a_model_has_its_rows_alone() -> None:
    text = "model = Policy()\nmodel(x).sum().backward()\nmodel = Policy()\nmodel(x)\n"
    recording = record(HEAD + text)
    grads = recording.final_grads()
    assert set(grads) == _policy("model")
    assert [row.shape for row in grads.values()] == [None] * 4
    assert len([r for r in recording.rows if isinstance(r, GradRow) and r.final]) == 4


def test_a_comparison_with_a_copy_makes_no_row() -> None:
    text = "model = Policy()\nbefore = model.body[0].weight.clone()\nmodel(x).sum().backward()\n"
    assert set(_rows(text)) == _policy("model")


def test_a_result_in_the_place_of_an_unnamed_leaf_has_a_row() -> None:
    assert _rows("w = torch.randn(3, requires_grad=True) * 0.1\nw.sum().backward()\n") == ["w"]


def test_a_parametrized_weight_goes_by_its_attribute() -> None:
    text = "lin = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))\nlin(x).sum().backward()\n"
    recording = record(HEAD + text)
    assert recording.op("linear").inputs[1].name == "lin.weight"


def test_names_are_those_of_the_whole_run_also_past_the_limit_of_operations() -> None:
    text, path = PROGRAMS["called while it was constructed, in a function"]
    recording = record(HEAD + text, max_ops=4)
    assert _policy(path) <= set(recording.final_grads())


def test_objects_are_looked_at_without_their_own_code() -> None:
    text = """
class Watchful(dict):
    def items(self):
        raise RuntimeError("looked at")
    __iter__ = __len__ = items
class Proxy:
    def __init__(self):
        self.net = Policy()
    def __getattr__(self, name):
        raise RuntimeError("looked at")
    __class__ = property(lambda self: 1 / 0)
watchful = Watchful(net=Policy())
proxy = Proxy()
dict.__getitem__(watchful, "net").act(x).sum().backward()
vars(proxy)["net"].act(x).sum().backward()
"""
    assert set(_rows(text)) == _policy("watchful['net']") | _policy("proxy.net")


@pytest.mark.parametrize(
    "odd",
    [
        "class Registry(type): pass\nclass Base(metaclass=Registry): pass\n",
        "class Odd:\n    __dict__ = property(lambda self: 7)\n"
        "class Odder(dict):\n    __slots__ = ('__dict__',)\nodd = [Odd(), Odder()]\n",
        "class Rnn(nn.LSTM):\n    def __init__(self):\n        super().__init__(2, 2)\n"
        "        self.dropout = nn.Dropout()\nrnn = Rnn()\n",
    ],
    ids=["a class of the program's metaclass", "no plain __dict__", "no number for dropout"],
)
def test_one_odd_object_takes_no_names_away(odd: str) -> None:
    rows = _rows(odd + "model = Policy()\nmodel(x).sum().backward()\n")
    assert _policy("model") <= set(rows)


def test_a_large_container_is_looked_at_in_part() -> None:
    text = (
        "data = [[float(i)] * 2000 for i in range(2000)]\n"
        "model = Policy()\nmodel(x).sum().backward()\n"
    )
    assert set(_rows(text)) == _policy("model")


def _paths_of_linears(recording: Recording) -> list[str | None]:
    return [None if op.module is None else op.module.path for op in recording.named("linear")]


def test_a_layer_made_at_each_call_is_found_each_time() -> None:
    text = (
        "class Net(nn.Module):\n    def forward(self, x):\n"
        "        inner = nn.Linear(3, 3)\n        return inner(x)\n"
        "net = Net()\nfor _ in range(40):\n    net(x)\n"
    )
    assert _paths_of_linears(record(HEAD + text)) == ["inner"] * 40
