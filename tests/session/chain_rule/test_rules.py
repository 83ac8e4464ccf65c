"""Every rule, held against what torch's node returns.

What is computed here is the same expression that is drawn as a formula.  Words in it that are not
mathematics (`place`) get their meaning from the forward call alone: it is given the numbers of the
places instead of values, and says where each went.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # as torch's documentation has it
import torch.nn.grad
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from app.session.chain_rule.expressions import expression, factor_of, formula, names_in
from app.session.chain_rule.rules.rule import NodeRule, known_of
from app.session.chain_rule.rules.table import OTHERWISE, RULES, rule_of
from app.session.chain_rule.symbols import plain
from app.tracer.autograd.nodes import saved_by_name
from app.tracer.opening.asking import settings_of
from app.tracer.tensors.table import node_name

Function = Callable[..., Any]


@dataclass
class Case:
    """A call whose node has the rule `name`; `functions` have the meanings of words in it."""

    name: str
    call: Function
    inputs: list[Tensor]
    functions: Callable[[Run], dict[str, Function]] = lambda run: {}
    names: Callable[[Run], dict[str, Any]] = lambda run: {}
    settings: dict[str, Any] = field(default_factory=dict)
    """What is known of the node besides its own settings."""


@dataclass
class Run:
    """The call, run once."""

    case: Case
    result: Any
    node: Any
    grads: list[Tensor]
    answer: list[Tensor | None]
    saved: dict[str, Tensor] = field(default_factory=dict)
    slot: int = 0
    """The input whose gradient is computed."""

    @property
    def own(self) -> dict[str, Any]:
        return settings_of(self.node) | self.case.settings | dict.fromkeys(self.saved, True)

    @property
    def settings(self) -> dict[str, Any]:
        return known_of(settings_of(self.node), self.case.inputs[0].shape, self.grads[0].shape)

    @property
    def rule(self) -> NodeRule:
        found = rule_of(self.case.name, self.own)
        assert found is not None
        return found

    def computed(self, text: str, name: str | None = None) -> Any:
        """Compute an expression, for the gradient of the input of that name."""
        tree = expression(text, self.settings)
        inputs = dict(zip(self.rule.inputs(len(self.case.inputs)), self.case.inputs, strict=False))
        known = {**_MATH, **self.saved, **inputs, "result": self.result, "π": math.pi}
        known["grad"] = self.grads[0]
        known |= self._words(None if name is None else inputs[name])
        known |= self.case.functions(self) | self.case.names(self)
        unknown = names_in(tree) - known.keys()
        assert not unknown, unknown
        whole = ast.fix_missing_locations(ast.Expression(_Transposing().visit(tree)))
        return eval(compile(whole, "<rule>", "eval"), known)

    def _words(self, of: Tensor | None) -> dict[str, Function]:
        """What the words mean that every reduction, view and index has."""
        if of is None:
            return {}
        place = lambda *_: self._placed(of)  # noqa: E731  # one meaning under many names
        words = (
            "place", "reshape", "transpose", "permute_back", "sum_of_copies", "flip", "roll_back",
            "collect", "outside", "part", "rotate_back", "shuffle_back",
        )  # fmt: skip
        return {
            **dict.fromkeys(words, place),
            "spread": lambda x: _spread(x, self.settings, of),
        }

    def _placed(self, of: Tensor) -> Tensor:
        """Return the gradients where their numbers were in the input, added up."""
        places = torch.arange(float(of.numel())).reshape(of.shape)
        elsewhere = -1.0
        others = [
            places if one is of else torch.full(one.shape, elsewhere) for one in self.case.inputs
        ]
        with torch.no_grad():
            went = self.case.call(*others)
        went = went if isinstance(went, tuple) else (went,)
        found = torch.zeros(of.numel())
        for grad, one in zip(self.grads, went, strict=True):
            is_taken = one.reshape(-1) >= 0
            found.index_add_(0, one.reshape(-1)[is_taken].long(), grad.reshape(-1)[is_taken])
        return found.reshape(of.shape)


class _Transposing(ast.NodeTransformer):
    """`.T` is of the last two dimensions: `.mT`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return ast.Attribute(self.visit(node.value), "mT", ast.Load())


def _spread(x: Tensor, settings: dict[str, Any], of: Tensor) -> Tensor:
    dims = settings.get("dim")
    if dims is None or settings.get("keepdim"):
        return x.expand(of.shape)
    for dim in sorted(one % of.dim() for one in (dims if isinstance(dims, list) else [dims])):
        x = x.unsqueeze(dim)
    return x.expand(of.shape)


def _where(condition: Tensor, one: Any, other: Any) -> Tensor:
    return torch.where(condition, torch.as_tensor(one), torch.as_tensor(other))


def _of(function: Function) -> Function:
    return lambda x: function(torch.as_tensor(x, dtype=torch.get_default_dtype()))


_MATH: dict[str, Function] = {
    **{
        name: _of(getattr(torch, name))
        for name in ("exp", "log", "log2", "log10", "sin", "cos", "tan", "atan", "asin", "sinh")
    },
    **{
        name: _of(getattr(torch, name))
        for name in ("cosh", "erf", "sqrt", "abs", "sign", "floor", "lgamma", "digamma", "erfinv")
    },
    **{name: _of(getattr(torch, name)) for name in ("round", "tanh", "sigmoid", "triu", "tril")},
    "Φ": torch.distributions.Normal(0.0, 1.0).cdf,
    "φ": lambda x: torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
    "softplus": F.softplus,
    "where": _where,
    "maximum": lambda x, y: torch.maximum(x, torch.as_tensor(y)),
    "minimum": torch.minimum,
    "outer": torch.outer,
    "isfinite": _of(torch.isfinite),
    "isnan": _of(torch.isnan),
}


def _tensor(*shape: int, low: float = -1.5, high: float = 1.5) -> Tensor:
    made = torch.Generator().manual_seed(sum(shape) + len(shape))
    values = low + (high - low) * torch.rand(shape, generator=made)
    return values.requires_grad_()


def _x() -> Tensor:
    return _tensor(2, 3)


def _y() -> Tensor:
    return _tensor(2, 3, low=0.4, high=2.0).detach().flip(1).requires_grad_()


def _positive(*shape: int) -> Tensor:
    return _tensor(*(shape or (2, 3)), low=0.3, high=0.9)


def _number_one(run: Run) -> dict[str, Any]:
    return {"number": 1}


def _square() -> Tensor:
    return (_tensor(3, 3) + 3 * torch.eye(3)).detach().requires_grad_()


def _one(name: str, call: Function, *inputs: Tensor, **more: Any) -> Case:
    return Case(name, call, list(inputs) or [_x()], **more)


def _over(*dims: int) -> Callable[[Run], dict[str, Function]]:
    """Sums and means of a reduction over these dimensions, which stay as 1."""
    return lambda run: {
        "sum": lambda x: x.float().sum(dims, keepdim=True),
        "mean": lambda x: x.mean(dims, keepdim=True),
    }


def _dropped(run: Run) -> dict[str, Function]:
    """Of an operation over dimension 1, which goes: sums over it."""
    return {
        "sum": lambda x: x.float().sum(1),
        "mean": lambda x: x.mean(1, keepdim=True),
    }


def _all(run: Run) -> dict[str, Function]:
    return {"sum": lambda x: x.float().sum(), "mean": lambda x: x.mean()}


def _at(run: Run) -> dict[str, Function]:
    """Put gradients where the node's own indices say."""

    def place(grad: Tensor) -> Tensor:
        found = torch.zeros_like(run.case.inputs[0]).detach()
        indices = run.saved["indices"]
        if indices.dim() < found.dim():
            indices, grad = indices.unsqueeze(1), grad.unsqueeze(1)
        return found.scatter_add(1, indices, grad)

    return {"place": place}


def _pooled(run: Run) -> dict[str, Function]:
    def place(grad: Tensor) -> Tensor:
        places = run.saved["result1"].flatten(2)
        found = torch.zeros_like(run.case.inputs[0]).detach().flatten(2)
        return found.scatter_add(2, places, grad.flatten(2)).reshape(run.case.inputs[0].shape)

    return {"place": place}


def _part(cut: Callable[[Tensor, int], Tensor]) -> Callable[[Run], dict[str, Function]]:
    """Take the piece of the gradient of the input that is asked for."""
    return lambda run: {"part": lambda grad: cut(grad, run.slot)}


_GRADS: dict[str, Function] = vars(torch.nn.grad)


def _convolution(run: Run) -> dict[str, Function]:
    image, kernel = run.case.inputs[:2]
    return {
        "convolve_back": lambda grad, weight: _GRADS["conv2d_input"](image.shape, weight, grad),
        "correlate": lambda given, grad: _GRADS["conv2d_weight"](given, kernel.shape, grad),
        "sum": lambda grad: grad.sum((0, 2, 3)),
        "convolve": F.conv2d,
    }


def _deconvolution(run: Run) -> dict[str, Function]:
    kernel = run.case.inputs[1]
    return {
        "convolve": F.conv2d,
        "correlate": lambda grad, given: _GRADS["conv2d_weight"](grad, kernel.shape, given),
        "sum": lambda grad: grad.sum((0, 2, 3)),
        "convolve_back": F.conv_transpose2d,
    }


def _normalizing(
    *dims: int, shape: tuple[int, ...], kept: int
) -> dict[str, Callable[[Run], dict[str, Any]]]:
    """Of a layer that normalises over `dims` of the input in this shape; weights have `kept`."""

    def functions(run: Run) -> dict[str, Function]:
        to_sum = [dim for dim in range(run.case.inputs[0].dim()) if dim != kept]
        return {
            "mean": lambda x: (
                x.reshape(shape).mean(dims, keepdim=True).expand(shape).reshape(x.shape)
            ),
            "sum": lambda x: x.sum(to_sum),
        }

    def names(run: Run) -> dict[str, Any]:
        given, weight = (*run.case.inputs, None)[:2]
        assert given is not None
        groups = given.detach().reshape(shape)
        middle = groups.mean(dims, keepdim=True)
        deviation = (groups.var(dims, correction=0, keepdim=True) + 1e-5).sqrt()
        wide = [1] * given.dim()
        wide[kept] = -1
        return {
            "normalized": ((groups - middle) / deviation).reshape(given.shape),
            "deviation": deviation.expand(shape).reshape(given.shape),
        } | ({} if weight is None else {
            "weight": weight.reshape(wide),
            "bias": run.case.inputs[2].reshape(wide),
        })  # fmt: skip

    return {"functions": functions, "names": names}


def _enlarged(grad: Tensor, *dims: int) -> Tensor:
    for dim in dims:
        grad = grad.repeat_interleave(2, dim)
    return grad


def _attention(run: Run) -> dict[str, Function]:
    query, key, _ = run.case.inputs
    scale = run.settings["scale"] or query.shape[-1] ** -0.5
    products = query @ key.mT * scale
    if run.settings["is_causal"]:
        products = products.masked_fill(torch.ones(4, 4).triu(1) > 0, -math.inf)
    weights = products.softmax(-1)
    return {
        "attention": lambda query, key: weights,
        "scores": lambda grad: scale * weights * (grad - (grad * weights).sum(-1, keepdim=True)),
    }


def _lstm_of_torch(*inputs: Tensor) -> Tensor:
    given, weight0, weight1, bias0, bias1, hidden, cell = inputs
    weights, states = [weight0, weight1, bias0, bias1], [hidden[None], cell[None]]
    return torch.lstm(given, states, weights, True, 1, 0.0, True, False, False)[0]


def _lstm(*inputs: Tensor) -> Tensor:
    """Compute an LSTM step by step from plain operations."""
    given, weight0, weight1, bias0, bias1, hidden, cell = inputs
    found, h, c = [], hidden, cell
    for step in given:
        gates = step @ weight0.mT + bias0 + h @ weight1.mT + bias1
        i, f, g, o = gates.chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        found.append(h)
    return torch.stack(found)


def _through_time(run: Run) -> dict[str, Function]:
    def back(grad: Tensor) -> Tensor:
        return torch.autograd.grad(_lstm(*run.case.inputs), run.case.inputs, grad)[run.slot]

    return {"back_through_time": back, "sum_over_time": back}


def _alignments(run: Run) -> dict[str, Any]:
    """Go through every sequence of classes that becomes the target 1, 2 without its blanks."""
    (given,) = run.case.inputs
    found, steps = torch.zeros(given.shape), range(given.shape[0])
    for path in itertools.product(range(3), repeat=len(steps)):
        if [one for one, _ in itertools.groupby(path) if one] == [1, 2]:
            found[steps, 0, path] += given.detach()[steps, 0, path].sum().exp()
    return {"alignments": found / found.sum(2, keepdim=True)}


def _target_cells(run: Run) -> dict[str, Function]:
    def one_hot(target: Tensor) -> Tensor:
        found = F.one_hot(target, run.case.inputs[0].shape[1])
        return found.movedim(-1, 1)

    return {"one_hot": one_hot}


_SIGNS = torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]])
_CLASSES = torch.tensor([0, 2])
_MASK = torch.tensor([[True, False, True], [False, True, False]])
_PICK = torch.tensor([[0, 2], [1, 1]])
_IMAGE = (1, 2, 4, 4)
_TARGET, _STEPS, _LENGTH = torch.tensor([[1, 2]]), torch.tensor([4]), torch.tensor([2])
_BAGS, _STARTS, _BAG_OF = torch.tensor([0, 1, 1]), torch.tensor([0, 1]), torch.tensor([0, 1, 1])
_MEANS, _VARIANCES = torch.tensor([0.5, 0.0, -1.0]), torch.tensor([1.0, 2.0, 0.5])


def _inside_gelu(x: Tensor) -> Tensor:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def _slope_inside_gelu(x: Tensor) -> Tensor:
    return math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)


ELEMENTWISE = [
    _one("AddBackward0", lambda x, y: torch.add(x, y, alpha=2), _x(), _y()),
    _one("AddBackward0", torch.add, _x(), _tensor(3)),
    _one("SubBackward0", lambda x, y: torch.sub(x, y, alpha=3), _x(), _y()),
    _one("RsubBackward1", lambda x: 1 - x, names=lambda run: {"number": 1}),
    _one("MulBackward0", torch.mul, _x(), _y()),
    _one("MulBackward0", torch.mul, _x(), _tensor(2, 1)),
    _one("MulBackward1", lambda x: torch.ops.aten.mul.Scalar(x, 2.0)),
    _one("DivBackward0", torch.div, _x(), _y()),
    _one(
        "AddBackward1", lambda x: torch.ops.aten.add.Scalar(x, 1), names=lambda run: {"number": 1}
    ),
    _one(
        "SubBackward1", lambda x: torch.ops.aten.sub.Scalar(x, 1), names=lambda run: {"number": 1}
    ),
    _one("DivBackward1", lambda x: torch.ops.aten.div.Scalar(x, 4.0)),
    _one("Deg2RadBackward0", torch.deg2rad),
    _one("Rad2DegBackward0", torch.rad2deg),
    _one(
        "XlogyBackward0",
        torch.xlogy,
        torch.tensor([0.0, 0.0, 2.0]).requires_grad_(),
        torch.tensor([-1.0, 2.0, 3.0]).requires_grad_(),
    ),
    _one("LgammaBackward0", torch.lgamma, _y()),
    _one("ErfinvBackward0", torch.erfinv, _positive()),
    _one("RemainderBackward1", torch.remainder, _x(), _y()),
    _one(
        "NanToNumBackward0",
        torch.nan_to_num,
        torch.tensor([math.inf, math.nan, -math.inf, 2.0]).requires_grad_(),
    ),
    _one("BernoulliBackward0", torch.bernoulli, _positive()),
    _one("NormalBackward0", lambda x: (x * 1).normal_()),
    _one("UniformBackward0", lambda x: (x * 1).uniform_()),
    _one(
        "MaskedFillBackward1",
        lambda x, y: x.masked_fill(_MASK, y),
        _x(),
        torch.tensor(2.0).requires_grad_(),
        functions=_all,
        names=lambda run: {"mask": _MASK},
    ),
    _one("SigmoidBackwardBackward0", torch.ops.aten.sigmoid_backward, _x(), _positive()),
    _one("TanhBackwardBackward0", torch.ops.aten.tanh_backward, _x(), _positive()),
    _one(
        "ThresholdBackwardBackward0",
        lambda g, x: torch.ops.aten.threshold_backward(g, x, 0.1),
        _y(),
        _x(),
    ),
    _one("NegBackward0", torch.neg),
    _one("PowBackward0", lambda x: x**3),
    _one("PowBackward0", torch.square),
    _one("PowBackward1", torch.pow, _y(), _x()),
    _one("PowBackward2", lambda x: 3.0**x),
    _one("ReciprocalBackward0", torch.reciprocal, _y()),
    _one("SqrtBackward0", torch.sqrt, _y()),
    _one("RsqrtBackward0", torch.rsqrt, _y()),
    _one("ExpBackward0", torch.exp),
    _one("Expm1Backward0", torch.expm1),
    _one("LogBackward0", torch.log, _y()),
    _one("Log1PBackward0", torch.log1p, _y()),
    _one("Log2Backward0", torch.log2, _y()),
    _one("Log10Backward0", torch.log10, _y()),
    _one("SinBackward0", torch.sin),
    _one("CosBackward0", torch.cos),
    _one("TanBackward0", torch.tan),
    _one("AtanBackward0", torch.atan),
    _one("AsinBackward0", torch.asin, _positive()),
    _one("AcosBackward0", torch.acos, _positive()),
    _one("Atan2Backward0", torch.atan2, _x(), _y()),
    _one("HypotBackward0", torch.hypot, _x(), _y()),
    _one("AsinhBackward0", torch.asinh),
    _one("AcoshBackward0", torch.acosh, _tensor(2, 3, low=1.2, high=2.0)),
    _one("AtanhBackward0", torch.atanh, _positive()),
    _one("Exp2Backward0", torch.exp2),
    _one("LogaddexpBackward0", torch.logaddexp, _x(), _y()),
    _one("LogitBackward0", torch.logit, _positive()),
    _one("ErfcBackward0", torch.erfc),
    _one("CeilBackward0", torch.ceil),
    _one("TruncBackward0", torch.trunc),
    _one("FracBackward0", torch.frac),
    _one("FmodBackward0", lambda x: torch.fmod(x, 0.4)),
    _one("RemainderBackward0", lambda x: torch.remainder(x, 0.4)),
    _one("FillBackward0", lambda x: torch.fill(x, 2.0)),
    _one("FillBackward2", lambda x: (x * 1).fill_(2.0)),
    _one("ZeroBackward0", lambda x: (x * 1).zero_()),
    _one("SinhBackward0", torch.sinh),
    _one("CoshBackward0", torch.cosh),
    _one("ErfBackward0", torch.erf),
    _one("AbsBackward0", torch.abs),
    _one("SignBackward0", torch.sign),
    _one("FloorBackward0", torch.floor),
    _one("RoundBackward0", torch.round),
    _one("AddcmulBackward0", lambda *x: torch.addcmul(*x, value=2), _x(), _y(), _x()),
    _one("AddcdivBackward0", lambda *x: torch.addcdiv(*x, value=2), _x(), _x(), _y()),
    _one("LerpBackward0", lambda x, y: torch.lerp(x, y, 0.25), _x(), _y()),
    _one("LerpBackward1", torch.lerp, _x(), _y(), _positive()),
    _one("MaximumBackward0", torch.maximum, _x(), _y()),
    _one("MaximumBackward0", torch.maximum, torch.ones(2).requires_grad_(), torch.ones(2)),
    _one("MinimumBackward0", torch.minimum, _x(), _y()),
    _one("ClampBackward1", lambda x: x.clamp(-0.5, 0.7)),
    _one("ClampBackward1", lambda x: x.clamp(max=0.7)),
    _one("ClampBackward0", lambda x, y: x.clamp(min=y), _x(), _y()),
    _one("ClampBackward0", lambda x, _, y: x.clamp(max=y), _x(), _x(), _positive()),
    _one(
        "ClampBackward0",
        torch.clamp,
        _x(),
        _tensor(2, 3, low=-0.9, high=-0.2),
        _tensor(2, 3, low=-0.5, high=0.9),
    ),
    _one("ClampMinBackward1", lambda x, y: x.clamp_min(y), _x(), _y()),
    _one("ClampMaxBackward1", lambda x, y: x.clamp_max(y), _x(), _y()),
    _one("ClampMinBackward0", lambda x: x.clamp_min(0.1)),
    _one("ClampMaxBackward0", lambda x: x.clamp_max(0.1)),
    _one("WhereBackward0", lambda x, y: torch.where(_MASK, x, y), _x(), _y()),
    _one(
        "MaskedFillBackward0", lambda x: x.masked_fill(_MASK, 2.0), names=lambda run: {"value": 2.0}
    ),
    _one("ReluBackward0", torch.relu),
    _one("ThresholdBackward0", lambda x: F.threshold(x, 0.1, 20.0)),
    _one("SoftshrinkBackward0", F.softshrink),
    _one("HardshrinkBackward0", F.hardshrink),
    _one("SigmoidBackward0", torch.sigmoid),
    _one("TanhBackward0", torch.tanh),
    _one("GeluBackward0", F.gelu),
    _one(
        "GeluBackward0",
        lambda x: F.gelu(x, approximate="tanh"),
        functions=lambda run: {
            "u": _inside_gelu,
            "derivative": lambda _: _slope_inside_gelu(run.case.inputs[0]),
        },
    ),
    _one("RreluWithNoiseBackward0", lambda x: F.rrelu(x, training=True)),
    _one(
        "RreluWithNoiseBackward0",
        lambda x: F.rrelu(x, lower=0.1, upper=0.3),
        names=lambda run: {"slope": 0.2},
    ),
    _one(
        "GluBackward0",
        lambda x: F.glu(x, 1),
        _tensor(2, 4),
        functions=lambda run: {
            "first": lambda x: x[:, :2],
            "second": lambda x: x[:, 2:],
            "collect": lambda *parts: torch.cat(parts, 1),
        },
    ),
    _one("SiluBackward0", F.silu),
    _one("SoftplusBackward0", lambda x: F.softplus(x, beta=2)),
    _one("LeakyReluBackward0", F.leaky_relu),
    _one("LeakyReluBackward1", lambda x: F.leaky_relu_(x * 1)),
    _one("EluBackward0", F.elu),
    _one("EluBackward0", F.selu),
    _one("CeluBackward0", lambda x: F.celu(x, alpha=0.5)),
    _one("HardtanhBackward0", F.hardtanh),
    _one("HardsigmoidBackward0", F.hardsigmoid),
    _one("HardswishBackward0", F.hardswish),
    _one("MishBackward0", F.mish),
    _one("LogSigmoidBackward0", F.logsigmoid),
    _one("PreluKernelBackward0", torch._prelu_kernel, _x(), _tensor(1, 3)),
]
PRODUCTS = [
    _one("MmBackward0", torch.mm, _x(), _tensor(3, 4)),
    _one("AddmmBackward0", torch.addmm, _tensor(4), _x(), _tensor(3, 4)),
    _one(
        "AddmmBackward0", lambda *x: torch.addmm(*x, alpha=2, beta=3),
        _tensor(2, 4), _x(), _tensor(3, 4),
    ),
    _one("AddmmBackward0", lambda b, x, w: F.linear(x, w.t(), b), _tensor(4), _x(), _tensor(3, 4)),
    _one("BmmBackward0", torch.bmm, _tensor(2, 2, 3), _tensor(2, 3, 2)),
    _one(
        "BaddbmmBackward0", lambda *x: torch.baddbmm(*x, alpha=2),
        _tensor(2, 2, 2), _tensor(2, 2, 3), _tensor(2, 3, 2),
    ),
    _one("MvBackward0", torch.mv, _x(), _tensor(3), names=lambda run: {}),
    _one("AddmvBackward0", torch.addmv, _tensor(2), _x(), _tensor(3)),
    _one("AddrBackward0", lambda *x: torch.addr(*x, alpha=2), _x(), _tensor(2), _tensor(3)),
    _one("VdotBackward0", torch.vdot, _tensor(3), _positive(3)),
    _one("LinalgInvExBackward0", torch.linalg.inv, _square(),
         functions=lambda run: {"inv": torch.linalg.inv}),
    _one("LinalgDetBackward0", torch.det, _square(),
         functions=lambda run: {"inv": torch.linalg.inv, "det": torch.det}),
    _one("LinalgSlogdetBackward0", lambda x: torch.linalg.slogdet(x)[1], _square(),
         functions=lambda run: {"inv": torch.linalg.inv, "det": torch.det}),
    _one("LinalgSolveExBackward0", torch.linalg.solve, _square(), _tensor(3, 2),
         functions=lambda run: {"inv": torch.linalg.inv}),
    _one("LinalgCrossBackward0", torch.linalg.cross, _x(), _y(),
         functions=lambda run: {"cross": torch.linalg.cross}),
    _one("DotBackward0", torch.dot, _tensor(3), _positive(3)),
]  # fmt: skip
_ZEROS = torch.tensor([[0.5, 0.0, 2.0], [3.0, -1.0, 0.0]]).requires_grad_()


def _others(x: Tensor) -> Tensor:
    """Return the product of the other numbers of each row, in the place of each number."""
    columns = range(x.shape[1])
    return torch.stack([x[:, [j for j in columns if j != i]].prod(1) for i in columns], 1)


def _others_up_to(x: Tensor) -> Tensor:
    """Return, by number, row and end, the product of the others of a row up to there.

    It is 0 where the product ends before the number.
    """
    found = torch.zeros(x.shape[1], *x.shape)
    for i in range(x.shape[1]):
        for end in range(i, x.shape[1]):
            found[i, :, end] = x[:, [j for j in range(end + 1) if j != i]].prod(1)
    return found


def _pairs(run: Run) -> dict[str, Function]:
    return {"sum_of_pairs": lambda x: x.sum(1 - run.slot), "distances": lambda x, y: run.result}


def _all_pairs(run: Run) -> dict[str, Any]:
    """Have each pair of rows on two dimensions, and their distance beside it."""
    x1, x2 = run.case.inputs
    both = {"grad": run.grads[0], "result": run.result}
    return {"x1": x1[:, None], "x2": x2} | {name: one[..., None] for name, one in both.items()}


_TIES = torch.tensor([[1.0, 3.0, 3.0], [0.0, -1.0, 2.0]]).requires_grad_()
REDUCTIONS = [
    _one("SumBackward0", torch.sum, functions=_all),
    _one("SumBackward1", lambda x: x.sum(1), functions=_dropped),
    _one("SumBackward1", lambda x: x.sum((0, 1), keepdim=True), functions=_over(0, 1)),
    _one("MeanBackward0", torch.mean, functions=_all),
    _one("MeanBackward1", lambda x: x.mean(-1), functions=_dropped),
    _one("ProdBackward0", torch.prod, _ZEROS, functions=lambda run: {
        "prod": torch.prod, "product_of_others": lambda x: _others(x.reshape(1, -1)).view_as(x)}),
    _one("ProdBackward1", lambda x: x.prod(1), _ZEROS, functions=lambda run: {
        "prod": lambda x: x.prod(1), "product_of_others": _others}),
    _one("MaxBackward1", torch.max, _TIES, functions=lambda run: _all(run) | {"max": torch.max}),
    _one("MinBackward1", torch.min, _TIES, functions=lambda run: _all(run) | {"min": torch.min}),
    _one("AmaxBackward0", lambda x: x.amax(1), _TIES, functions=_dropped),
    _one("AminBackward0", lambda x: x.amin(1), _TIES, functions=_dropped),
    _one("MaxBackward0", lambda x: x.max(1)[0], functions=_at),
    _one("MinBackward0", lambda x: x.min(1)[0], functions=_at),
    _one("MedianBackward1", lambda x: x.median(1)[0], functions=_at),
    _one("MedianBackward0", torch.median, _TIES,
         functions=lambda run: _all(run) | {"median": torch.median}),
    _one("KthvalueBackward0", lambda x: x.kthvalue(2, 1)[0], functions=_at),
    _one("ModeBackward0", lambda x: x.mode(1)[0], _TIES, functions=_at),
    _one("VarBackward0", lambda x: x.var(1), functions=_dropped),
    _one("StdBackward0", lambda x: x.std(1, correction=0), functions=_dropped),
    _one("LinalgVectorNormBackward0", lambda x: x.norm(), functions=_all),
    _one(
        "LinalgVectorNormBackward0", lambda x: torch.linalg.vector_norm(x, dim=1),
        functions=_dropped,
    ),
    _one("LinalgVectorNormBackward0", lambda x: x.norm(1, dim=1), functions=_dropped),
    _one("LinalgVectorNormBackward0", lambda x: torch.linalg.vector_norm(x, math.inf, 1), _TIES,
         functions=lambda run: _dropped(run) | {"max": lambda x: x.max(1)[0]}),
    _one("NormBackward1", lambda x: torch.ops.aten.norm.ScalarOpt_dim(x, 2, [1]),
         functions=_dropped),
    _one("DistBackward0", torch.dist, _x(), _y(), functions=_all),
    _one("CdistBackward0", torch.cdist, _x(), _tensor(4, 3), functions=_pairs,
         names=_all_pairs),
    _one("NansumBackward0", lambda x: x.nansum(1),
         torch.tensor([[1.0, math.nan], [2.0, 3.0]]).requires_grad_(),
         functions=lambda run: {"sum": lambda x: x.nansum(1)}),
    _one("CummaxBackward0", lambda x: x.cummax(1)[0], functions=_at),
    _one("CumminBackward0", lambda x: x.cummin(1)[0], functions=_at),
    _one("LogsumexpBackward0", lambda x: x.logsumexp(1), functions=_dropped),
    _one(
        "CumsumBackward0", lambda x: x.cumsum(1),
        functions=lambda run: {"sum_from_here": lambda x: x.flip(1).cumsum(1).flip(1)},
    ),
    _one(
        "CumprodBackward0", lambda x: x.cumprod(1), _ZEROS,
        functions=lambda run: {
            "products_of_others": _others_up_to, "sum_from_here": lambda x: x.sum(2).mT
        },
    ),
    _one(
        "LogcumsumexpBackward0", lambda x: x.logcumsumexp(1),
        functions=lambda run: {
            "cumsum": lambda x: x.cumsum(1),
            "sum_from_here": lambda x: x.flip(1).cumsum(1).flip(1),
        },
    ),
    _one("SortBackward0", lambda x: x.sort(1)[0], functions=_at),
    _one("TopkBackward0", lambda x: x.topk(2)[0], functions=_at),
]  # fmt: skip


def _written(base: Tensor, src: Tensor) -> Tensor:
    found = base * 1
    found[:, 1] = src
    return found


def _mixed(run: Run) -> dict[str, Function]:
    """Find the share of each input in each result by calling the operation with one at a time."""
    (given,) = run.case.inputs
    units = torch.eye(given.numel()).reshape(-1, *given.shape)
    return {
        "shares_back": lambda grad: torch.stack(
            [(run.case.call(unit) * grad).sum() for unit in units]
        ).reshape(given.shape)
    }


def _whole(*shape: int) -> Tensor:
    """Whole numbers, some of them equal."""
    return ((_tensor(*shape) * 2).round() + 4).detach().requires_grad_()


def _scattered(run: Run) -> dict[str, Any]:
    """Count the numbers of each result, and those that are the chosen one."""
    given, written = run.case.inputs
    result = run.result.detach()
    chosen = (written == result.gather(1, _PICK)).float()
    return {
        "terms": torch.ones(given.shape).scatter_add(1, _PICK, torch.ones(written.shape)),
        "ties": (given == result).float().scatter_add(1, _PICK, chosen),
    }


def _complex() -> Tensor:
    return torch.complex(_x(), _y()).detach().requires_grad_()


def _frequencies(run: Run) -> dict[str, Function]:
    """Find the share of each number, and of each imaginary part, by transforming one at a time."""
    (given,) = run.case.inputs
    units = torch.eye(given.numel(), dtype=given.dtype).reshape(-1, *given.shape)

    def along(grad: Tensor, unit: Tensor) -> Tensor:
        return torch.real(run.case.call(unit).conj() * grad).sum()

    def back(grad: Tensor) -> Tensor:
        found = torch.stack([along(grad, unit) for unit in units])
        if given.is_complex():
            found = torch.complex(found, torch.stack([along(grad, unit * 1j) for unit in units]))
        return found.reshape(given.shape)

    return {"transform_back": back}


def _sampled(run: Run) -> dict[str, Function]:
    """Sample one number at a time, and a little beside each place."""
    given, grid = (one.detach().double() for one in run.case.inputs)
    units = torch.eye(given.numel()).double().reshape(-1, *given.shape)

    def slope(_: Tensor) -> Tensor:
        steps = torch.eye(grid.shape[-1]).double() * 1e-6
        return torch.stack([
            (run.case.call(given, grid + step) - run.case.call(given, grid - step)) / 2e-6
            for step in steps
        ])  # fmt: skip

    return {
        "slope": slope,
        "sum": lambda x: x.sum(2).movedim(0, -1),
        "shares_back": lambda grad: torch.stack(
            [(run.case.call(unit, grid) * grad).sum() for unit in units]
        ).reshape(given.shape),
    }


_LENGTHS = torch.tensor([3, 1])
_PLACES = torch.tensor([[2, 0], [1, 2]])
SHAPES = [
    _one("ViewBackward0", lambda x: x.view(6)),
    _one("UnsafeViewBackward0", lambda x: torch.ops.aten._unsafe_view(x, [6])),
    _one("ReshapeAliasBackward0", lambda x: torch.ops.aten._reshape_alias(x, [6], [1])),
    _one("SqueezeBackward0", lambda x: x.squeeze(), _tensor(1, 3)),
    _one("SqueezeBackward1", lambda x: x.squeeze(0), _tensor(1, 3)),
    _one("SqueezeBackward2", lambda x: x.squeeze((0,)), _tensor(1, 3)),
    _one("SqueezeBackward3", lambda x: (x * 1).squeeze_(), _tensor(1, 3)),
    _one("SqueezeBackward4", lambda x: (x * 1).squeeze_(0), _tensor(1, 3)),
    _one("UnsqueezeBackward0", lambda x: x.unsqueeze(1)),
    _one("TBackward0", torch.t),
    _one("TransposeBackward0", lambda x: x.transpose(0, 2), _tensor(2, 3, 4)),
    _one("PermuteBackward0", lambda x: x.permute(2, 0, 1), _tensor(2, 3, 4)),
    _one("ExpandBackward0", lambda x: x.expand(2, 3), _tensor(3)),
    _one("RepeatBackward0", lambda x: x.repeat(2, 2), _tensor(3)),
    _one("CloneBackward0", torch.clone),
    _one("AliasBackward0", torch.ops.aten.alias),
    _one("ToCopyBackward0", lambda x: x.double()),
    _one(
        "CopyBackwards", lambda x, y: (x * 1).copy_(y), _x(), _y(), names=lambda run: {"src": _y()}
    ),
    _one("CopySlices", lambda base, src: _written(base, src), _x(), _tensor(2),
         settings={"call": "setitem"}),
    _one("IndexPutBackward0", lambda x, y: x.index_put((torch.tensor([1]),), y), _x(), _tensor(3)),
    _one("IndexCopyBackward0", lambda x, y: x.index_copy(1, torch.tensor([2, 0]), y),
         _x(), _tensor(2, 2)),
    _one("IndexFillBackward0", lambda x: x.index_fill(1, torch.tensor([2, 0]), -1.0)),
    _one("IndexAddBackward0", lambda x, y: x.index_add(1, torch.tensor([2, 0]), y, alpha=2),
         _x(), _tensor(2, 2), functions=_part(lambda grad, place: grad[:, [2, 0]])),
    _one("ScatterBackward0", lambda x, y: x.scatter(1, _PLACES, y), _x(), _tensor(2, 2)),
    _one("ScatterBackward1", lambda x: x.scatter(1, _PLACES, -1.0)),
    _one("ScatterAddBackward0", lambda x, y: x.scatter_add(1, _PICK, y), _x(), _tensor(2, 2),
         functions=_part(lambda grad, place: grad.gather(1, _PICK))),
    _one("MaskedScatterBackward0", lambda x, y: x.masked_scatter(_MASK, y), _x(), _tensor(6)),
    _one("TakeBackward0", lambda x: x.take(torch.tensor([4, 0, 4]))),
    _one("AsStridedBackward0", lambda x: x.as_strided((2, 2), (1, 1))),
    _one("UnfoldBackward0", lambda x: x.unfold(1, 2, 1)),
    _one("Rot90Backward0", torch.rot90),
    _one("PixelShuffleBackward0", lambda x: F.pixel_shuffle(x, 2), _tensor(1, 4, 2, 2)),
    _one("PixelUnshuffleBackward0", lambda x: F.pixel_unshuffle(x, 2), _tensor(*_IMAGE)),
    _one("ChannelShuffleBackward0", lambda x: F.channel_shuffle(x, 2), _tensor(1, 4, 2, 2)),
    *(
        _one(f"{name}{n}DBackward0", call, _tensor(1, 2, *[3] * n))
        for n in (1, 2, 3)
        for name, call in (
            ("ReplicationPad", lambda x: F.pad(x, [1] * 2 * (x.dim() - 2), mode="replicate")),
            ("ReflectionPad", lambda x: F.pad(x, [1] * 2 * (x.dim() - 2), mode="reflect")),
            ("UpsampleNearest", lambda x: F.interpolate(x, scale_factor=2)),
        )
    ),
    *(
        _one(f"Upsample{name}Backward0",
             lambda x, m=mode: F.interpolate(x, scale_factor=1.5, mode=m),
             _tensor(1, 1, *[3] * n), functions=_mixed)
        for name, mode, n in (
            ("Linear1D", "linear", 1), ("Bilinear2D", "bilinear", 2),
            ("Bicubic2D", "bicubic", 2), ("Trilinear3D", "trilinear", 3),
        )
    ),
    _one("Im2ColBackward0", lambda x: F.unfold(x, 2), _tensor(*_IMAGE)),
    _one("Col2ImBackward0", lambda x: F.fold(x, (3, 3), 2), _tensor(1, 4, 4),
         functions=lambda run: {"take_back": lambda grad: F.unfold(grad, 2)}),
    _one("PackPaddedSequenceBackward0", lambda x: pack_padded_sequence(x, _LENGTHS).data,
         _tensor(3, 2, 2)),
    _one("TransposeBackward1", lambda x: (x * 1).transpose_(0, 1)),
    _one("DiagonalBackward0_copy", torch.diag, _square()),
    _one("SelectScatterBackward0", lambda x, y: x.select_scatter(y, 1, 0), _x(), _tensor(2)),
    _one("SliceScatterBackward0", lambda x, y: x.slice_scatter(y, 1, 1), _x(), _tensor(2, 2)),
    _one("DiagonalScatterBackward0", lambda x, y: x.diagonal_scatter(y), _x(), _tensor(2)),
    _one("ScatterReduceBackward0", lambda x, y: x.scatter_reduce(1, _PICK, y, "sum"),
         _x(), _tensor(2, 2), functions=_part(lambda grad, place: grad.gather(1, _PICK))),
    *(
        _one("ScatterReduceBackward0", lambda x, y, how=how: x.scatter_reduce(1, _PICK, y, how),
             _whole(2, 3), _whole(2, 2),
             functions=lambda run: {"part": lambda x: x.gather(1, _PICK)},
             names=_scattered)
        for how in ("amax", "amin", "mean", "prod")
    ),
    _one("ViewAsRealBackward0", torch.view_as_real, _complex(),
         functions=lambda run: {
             "as_complex": torch.view_as_complex, "parts": torch.view_as_real}),
    _one("ViewAsComplexBackward0", torch.view_as_complex, _tensor(3, 2),
         functions=lambda run: {
             "as_complex": torch.view_as_complex, "parts": torch.view_as_real}),
    _one("ComplexBackward0", torch.complex, _x(), _y(),
         functions=_part(lambda grad, place: (grad.real, grad.imag)[place])),
    *(
        _one(f"Fft{name}Backward0", call, made, functions=_frequencies)
        for name, call, made in (
            ("R2C", torch.fft.rfft, _x()),
            ("C2C", torch.fft.ifft, _complex()),
            ("C2R", lambda x: torch.fft.irfft(x, 4), _complex()),
        )
    ),
    *(
        _one(f"GridSampler{n}DBackward0",
             lambda x, grid: F.grid_sample(x, grid, align_corners=False),
             _tensor(1, 2, *[3] * n), _tensor(1, *[2] * n, n, low=-0.6, high=0.6),
             functions=_sampled)
        for n in (2, 3)
    ),
    _one("IndexPutBackward0",
         lambda x, y: x.index_put((torch.tensor([1]),), y, accumulate=True), _x(), _tensor(3),
         functions=_part(lambda grad, place: grad[1])),
    _one("BlockDiagBackward0", torch.block_diag, _x(), _tensor(2, 2),
         functions=_part(lambda grad, place: grad[:2, :3] if place == 0 else grad[2:, 3:])),
    _one("TraceBackward0", torch.trace, _square(),
         functions=lambda run: {"diag": lambda grad: grad * torch.eye(3)}),
    _one("SelectBackward0", lambda x: x[:, 1]),
    _one("SliceBackward0", lambda x: x[:, 1:]),
    _one("IndexBackward0", lambda x: x[torch.tensor([0, 0, 1])]),
    _one("IndexSelectBackward0", lambda x: x.index_select(1, torch.tensor([0, 0]))),
    _one("GatherBackward0", lambda x: x.gather(1, _PICK)),
    _one("MaskedSelectBackward0", lambda x: x.masked_select(_MASK)),
    _one("DiagonalBackward0", lambda x: x.diagonal()),
    _one("DiagEmbedBackward0", torch.diag_embed, _tensor(3),
         functions=lambda run: {"diagonal": torch.diagonal}),
    _one("TriuBackward0", torch.triu),
    _one("TrilBackward0", torch.tril),
    _one("FlipBackward0", lambda x: x.flip(1)),
    _one("RollBackward0", lambda x: x.roll(1, 1)),
    _one("ConstantPadNdBackward0", lambda x: F.pad(x, (1, 2)),
         functions=lambda run: {"part": lambda grad: grad[:, 1:-2]}),
    _one("CatBackward0", lambda *x: torch.cat(x, 1), _x(), _tensor(2, 2),
         functions=_part(lambda grad, place: grad[:, :3] if place == 0 else grad[:, 3:])),
    _one("StackBackward0", lambda *x: torch.stack(x), _x(), _y(),
         functions=_part(lambda grad, place: grad[place])),
    _one("SplitBackward0", lambda x: x.split(2, 1)),
    _one("UnsafeSplitBackward0", lambda x: torch.unsafe_split(x, 2, 1)),
    _one("SplitWithSizesBackward0", lambda x: x.split([1, 2], 1)),
    _one("UnbindBackward0", lambda x: x.unbind(1)),
]  # fmt: skip
_SHARED = [
    (name, function, reduction)
    for name, function in (
        ("MseLossBackward0", F.mse_loss),
        ("SmoothL1LossBackward0", F.smooth_l1_loss),
        ("HuberLossBackward0", F.huber_loss),
        ("BinaryCrossEntropyWithLogitsBackward0", F.binary_cross_entropy_with_logits),
        ("BinaryCrossEntropyBackward0", F.binary_cross_entropy),
    )
    for reduction in ("none", "mean", "sum")
]
LOSSES = [
    _one("SoftmaxBackward0", lambda x: x.softmax(1), functions=_over(1)),
    _one(
        "SafeSoftmaxBackward0", lambda x: torch._safe_softmax(x, 1), functions=_over(1)
    ),
    _one("LogSoftmaxBackward0", lambda x: x.log_softmax(1), functions=_over(1)),
    *(
        _one(
            name, lambda x, y, f=function, r=reduction: f(x, y, reduction=r),
            _positive(), _tensor(2, 3, low=0.05, high=0.2), functions=_all,
        )
        for name, function, reduction in _SHARED
    ),
    _one("NllLossBackward0", lambda x: F.nll_loss(x, _CLASSES), functions=_target_cells),
    _one("NllLossBackward0", lambda x: F.nll_loss(x, _CLASSES, reduction="sum"),
         functions=_target_cells),
    *(
        _one(name, lambda x, t=target: F.nll_loss(x, t, _VARIANCES), made,
             functions=_target_cells, names=lambda run, s=shape: {"weight": _VARIANCES.reshape(s)})
        for name, made, target, shape in (
            ("NllLossBackward0", _x(), _CLASSES, (3,)),
            ("NllLoss2DBackward0", _tensor(1, 3, 2, 2), torch.tensor([[[0, 2], [1, 1]]]),
             (3, 1, 1)),
        )
    ),
    *(
        _one(name, lambda x, y, f=function, m=more: f(x, y, **m), _positive(),
             _tensor(2, 3, low=0.05, high=0.2).detach(), functions=_all,
             names=lambda run, m=more: m)
        for name, function, more in (
            ("BinaryCrossEntropyBackward0", F.binary_cross_entropy, {"weight": _VARIANCES}),
            ("BinaryCrossEntropyWithLogitsBackward0", F.binary_cross_entropy_with_logits,
             {"weight": _VARIANCES}),
            ("BinaryCrossEntropyWithLogitsBackward0", F.binary_cross_entropy_with_logits,
             {"pos_weight": _VARIANCES}),
        )
    ),
    _one("CtcLossBackward0",
         lambda x: F.ctc_loss(x, _TARGET, _STEPS, _LENGTH, reduction="none"),
         _tensor(4, 1, 3).log_softmax(2).detach().requires_grad_(),
         functions=lambda run: {"spread": lambda x: x}, names=_alignments),
    _one("SoftMarginLossBackward0", lambda x: F.soft_margin_loss(x, _SIGNS), functions=_all,
         names=lambda run: {"target": _SIGNS}),
    _one("NllLoss2DBackward0", lambda x: F.nll_loss(x, torch.ones(1, 4, 4, dtype=torch.long)),
         _tensor(*_IMAGE), functions=_target_cells),
]  # fmt: skip
LAYERS = [
    _one("NativeLayerNormBackward0", lambda x, w, b: F.layer_norm(x, (3,), w, b),
         _x(), _tensor(3), _tensor(3), **_normalizing(1, shape=(2, 3), kept=1)),
    _one("NativeGroupNormBackward0", lambda x, w, b: F.group_norm(x, 1, w, b),
         _tensor(*_IMAGE), _tensor(2), _tensor(2), **_normalizing(1, shape=(1, 32), kept=1)),
    _one("NativeBatchNormBackward0", lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
         _tensor(4, 3), _tensor(3), _tensor(3), **_normalizing(0, shape=(4, 3), kept=1)),
    _one("NativeBatchNormBackward0", lambda x, w, b: F.batch_norm(x, _MEANS, _VARIANCES, w, b),
         _tensor(4, 3), _tensor(3), _tensor(3),
         functions=lambda run: {"sum": lambda x: x.sum(0)},
         names=lambda run: {
             "normalized": (run.case.inputs[0] - _MEANS) / (_VARIANCES + 1e-5).sqrt(),
             "deviation": (_VARIANCES + 1e-5).sqrt(),
         }),
    _one("NativeLayerNormBackward0", lambda x: F.layer_norm(x, (3,)), _x(),
         **_normalizing(1, shape=(2, 3), kept=1)),
    _one("NativeGroupNormBackward0", lambda x: F.group_norm(x, 1), _tensor(*_IMAGE),
         **_normalizing(1, shape=(1, 32), kept=1)),
    _one("NativeBatchNormBackward0", lambda x: F.batch_norm(x, None, None, training=True),
         _tensor(4, 3), **_normalizing(0, shape=(4, 3), kept=1)),
    _one("NativeBatchNormBackward0", lambda x: F.batch_norm(x, _MEANS, _VARIANCES), _tensor(4, 3),
         names=lambda run: {
             "normalized": (run.case.inputs[0] - _MEANS) / (_VARIANCES + 1e-5).sqrt(),
             "deviation": (_VARIANCES + 1e-5).sqrt(),
         }),
    _one("ConvolutionBackward0", F.conv2d, _tensor(*_IMAGE), _tensor(3, 2, 3, 3),
         functions=_convolution),
    _one("EmbeddingBackward0", lambda w: F.embedding(torch.tensor([0, 1, 1]), w), _tensor(3, 2)),
    _one("EmbeddingBackward0",
         lambda w: F.embedding(torch.tensor([0, 1, 1]), w, padding_idx=0), _tensor(3, 2),
         functions=lambda run: {
             "without_padding": lambda grad: grad * torch.tensor([[0.0], [1.0], [1.0]])}),
    *(
        _one("EmbeddingBagBackward0",
             lambda w, mode=mode: F.embedding_bag(_BAGS, w, _STARTS, mode=mode), _tensor(3, 2),
             functions=lambda run: {
                 "place": lambda grad: torch.zeros(3, 2).index_add(0, _BAGS, grad[_BAG_OF])},
             names=lambda run: {"size": torch.tensor([[1.0], [2.0]])})
        for mode in ("sum", "mean")
    ),
    *(
        _one("ConvolutionBackward0", F.conv_transpose2d, _tensor(*_IMAGE), _tensor(2, 3, 3, 3),
             *[_tensor(3)] * has_bias, functions=_deconvolution,
             names=lambda run: {"bias": [*run.case.inputs, Tensor()][2].reshape(-1, 1, 1)})
        for has_bias in (False, True)
    ),
    _one("WeightNormInterfaceBackward0", lambda v, g: torch._weight_norm_interface(v, g, 0)[0],
         _x(), _positive(2, 1), functions=lambda run: {
             "norm": lambda v: v.norm(dim=1, keepdim=True),
             "sum": lambda x: x.sum(1, keepdim=True)}),
    _one("AdaptiveMaxPool3DBackward0", lambda x: F.adaptive_max_pool3d(x, 2),
         _tensor(1, 2, 4, 4, 4), functions=_pooled),
    _one("AdaptiveAvgPool3DBackward0", lambda x: F.adaptive_avg_pool3d(x, 2),
         _tensor(1, 2, 4, 4, 4),
         functions=lambda run: {"share_back": lambda g: _enlarged(g, 2, 3, 4) / 8}),
    _one("MaxPool2DWithIndicesBackward0", lambda x: F.max_pool2d(x, 2), _tensor(*_IMAGE),
         functions=_pooled),
    _one("AdaptiveMaxPool2DBackward0", lambda x: F.adaptive_max_pool2d(x, 2), _tensor(*_IMAGE),
         functions=_pooled),
    _one("MaxPool3DWithIndicesBackward0", lambda x: F.max_pool3d(x, 2), _tensor(1, 2, 4, 4, 4),
         functions=_pooled),
    _one("AvgPool3DBackward0", lambda x: F.avg_pool3d(x, 2), _tensor(1, 2, 4, 4, 4),
         functions=lambda run: {"share_back": lambda g: _enlarged(g, 2, 3, 4) / 8}),
    _one("AdaptiveAvgPool2DBackward0", lambda x: F.adaptive_avg_pool2d(x, 2), _tensor(*_IMAGE),
         functions=lambda run: {"share_back": lambda g: _enlarged(g, 2, 3) / 4}),
    _one("ScaledDotProductFlashAttentionForCpuBackward0", F.scaled_dot_product_attention,
         *(_tensor(1, 2, 4, width) for width in (8, 8, 8)), functions=_attention),
    _one("ScaledDotProductFlashAttentionForCpuBackward0",
         lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3),
         *(_tensor(1, 2, 4, 8) for _ in range(3)), functions=_attention),
    _one("MkldnnRnnLayerBackward0", _lstm_of_torch, _tensor(3, 1, 2), _tensor(8, 2),
         _tensor(8, 2, low=-1), _tensor(8), _tensor(8, high=1), _tensor(1, 2),
         _tensor(1, 2, low=-1), functions=_through_time),
    _one("AvgPool2DBackward0", lambda x: F.avg_pool2d(x, 2), _tensor(*_IMAGE),
         functions=lambda run: {
             "share_back": lambda g: g.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4}),
    _one("ConvolutionBackward0", F.conv2d, _tensor(*_IMAGE), _tensor(3, 2, 3, 3), _tensor(3),
         functions=_convolution,
         names=lambda run: {"bias": run.case.inputs[2].reshape(-1, 1, 1)}),
]  # fmt: skip
CASES = [*ELEMENTWISE, *PRODUCTS, *REDUCTIONS, *SHAPES, *LOSSES, *LAYERS]


def _run(case: Case) -> Run:
    result = case.call(*case.inputs)
    several = result if isinstance(result, tuple) else (result,)
    node = several[0].grad_fn
    grads = [torch.randn(one.shape, dtype=one.dtype) for one in several]
    given: list[Tensor | None] = [None] * len(node._input_metadata)  # others are statistics
    for one, grad in zip(several, grads, strict=True):
        given[one.output_nr] = grad
    answer = node(*given)
    answer = list(answer) if isinstance(answer, tuple) else [answer]
    return Run(case, result, node, grads, answer, dict(saved_by_name(node)))


@pytest.fixture(autouse=True)
def the_same_gradients() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rule_gives_what_torch_gives(case: Case) -> None:
    run = _run(case)
    assert node_name(run.node) == case.name
    compared = 0
    for slot, name in enumerate(run.rule.inputs(len(case.inputs))):
        answer, run.slot = run.answer[slot], slot
        if answer is None:
            continue
        found = run.computed(run.rule.of_input(name), name)
        shape = case.inputs[slot].shape
        expected = answer.sum_to_size(shape)
        found = torch.as_tensor(found).detach().to(answer.dtype).expand(answer.shape)
        assert torch.allclose(found.sum_to_size(shape), expected, atol=1e-5), name
        compared += 1
    assert compared


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_operation_is_what_its_formula_says(case: Case) -> None:
    """As far as the formula is mathematics; `view(self)` only names the operation."""
    run = _run(case)
    tree = expression(run.rule.forward, run.settings)
    called = {one.func.id for one in ast.walk(tree) if isinstance(one, ast.Call)}  # type: ignore[attr-defined]
    if called <= _MATH.keys() | case.functions(run).keys():
        found = run.computed(run.rule.forward)
        assert torch.allclose(found, run.result.to(found.dtype), atol=1e-5)
    assert plain(formula(tree, {}))


def test_each_rule_is_held_against_torch() -> None:
    assert {case.name for case in CASES} == RULES.keys()
    held = {id(_run(case).rule) for case in CASES}
    special = [one for rules in OTHERWISE.values() for one in rules]
    assert held >= {id(one) for one in [*RULES.values(), *special]}


def test_settings_decide_whether_a_rule_holds() -> None:
    assert rule_of("GeluBackward0", {"approximate": "by hand"}) is None
    assert rule_of("LinalgQrBackward0", {}) is None
    padded = {"scale_grad_by_freq": True, "padding_idx": 0}
    assert rule_of("EmbeddingBackward0", padded) is None
    assert rule_of("NllLossBackward0", {"reduction": 2, "weight": True}) is None


@pytest.mark.parametrize(
    ("text", "settings", "drawn"),
    [
        ("grad * other", {}, "grad · other"),
        ("alpha * grad", {"alpha": 1}, "grad"),
        ("alpha * (grad @ mat2.T)", {"alpha": 2}, "2 · grad × mat2^T"),
        ("grad * exponent * self ** (exponent - 1)", {"exponent": 2}, "grad · 2 · self"),
        ("grad * (self >= min) * (self <= max)", {"min": None, "max": 1}, "grad · [self ≤ 1]"),
        ("where(self > 0, 1, alpha)", {"alpha": 0.1}, "(1 where self > 0, else 0.1)"),
        ("share(grad) * 2", {"reduction": 1, "count": 6}, "grad / 6 · 2"),
        ("spread(grad) * self", {"whole": True}, "grad · self"),
        ("self - (other - 1)", {}, "self − (other − 1)"),
        ("grad / (2 * result)", {}, "grad / (2 · result)"),
        ("sqrt(abs(self))", {}, "√(|self|)"),
    ],
)
def test_how_an_expression_is_drawn(text: str, settings: dict[str, Any], drawn: str) -> None:
    assert plain(formula(expression(text, settings), {})) == drawn


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("grad", "1"),
        ("-grad", "−1"),
        ("grad * result * (1 - result)", "result · (1 − result)"),
        ("grad / other", "1 / other"),
        ("2 * grad * self", "2 · self"),
        ("result * (grad - sum(grad))", None),
        ("grad @ mat2.T", None),
        ("grad * grad", None),
    ],
)
def test_what_the_gradient_is_multiplied_by(text: str, factor: str | None) -> None:
    found = factor_of(expression(text, {}))
    assert (found if found is None else plain(formula(found, {}))) == factor
