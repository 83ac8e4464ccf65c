"""Random straight-line programs over a pool of tensors, for hypothesis.

Matrices are 3x3 and vectors have 3 elements, so that most statements make sense.  A statement that
torch refuses is caught by the program itself and noted in `errors`.
"""

from __future__ import annotations

from textwrap import indent

from hypothesis import strategies as st

HEADER = """
import torch
import torch.nn.functional as F

class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 + 0 * x

class Dirty(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(3)

    @staticmethod
    def backward(ctx, g):
        return g * 3

def second(m, n):
    (g,) = torch.autograd.grad((m * n * n).sum(), n, create_graph=True, allow_unused=True)
    if g is None:
        raise RuntimeError("no gradient")  # else a variable of the program would become None
    return g

errors = []
m0 = torch.randn(3, 3, requires_grad=True)
m1 = torch.randn(3, 3, requires_grad=True)
m2 = torch.randn(3, 3)
v0 = torch.randn(3, requires_grad=True)
v1 = torch.randn(3)
m3, m4, m5, v2, v3 = m0 * 2, m1.clone(), m0 @ m1, m0[0] * 1, v0.clone()
"""

MATRICES = [f"m{n}" for n in range(6)]
VECTORS = [f"v{n}" for n in range(4)]

_TO_MATRIX = [
    "{m} * {n}", "{m} + {v}", "{m} - {n}", "{m} @ {n}", "{m}.exp()", "{m}.relu()", "{m}.clone()",
    "-{m}", "{m}.detach()", "{m}.t()", "{m}.view(9).view(3, 3)", "{m}.sign()", "({m} > 0).float()",
    "F.linear({m}, {n}, {v})", "F.normalize({m})", "torch.softmax({m}, 1)", "Twice.apply({m})",
    "torch.stack([{v}, {v}, {w}])", "torch.outer({v}, {w})", "{m}.contiguous()", "{m}.data",
    "torch.where({m} > 0, {m}, {n})", "{m}.requires_grad_()", "{m}[[2, 0, 1]]",
    "1 - {m}", "1 / {m}", "2 ** {m}", "{m} // 2", "Dirty.apply({m})", "second({m}, {n})",
    "torch.randn(3, 3, requires_grad=True)", "{m}.expand(3, 3)", "F.dropout({m}, 0.5)",
]  # fmt: skip
_TO_VECTOR = [
    "{m}[0]", "{m}[:, 1]", "{m}.unbind()[1]", "{m}.sum(0)", "{m}.diagonal()", "{v} * {w}",
    "{m} @ {v}", "{v}.detach()", "{v}.clone()", "{v}[[0, 2, 1]]", "{v}.view(3)", "Twice.apply({v})",
    "{m}.max(0).values", "{v}.sort().values", "torch.tensor({v}.tolist())", "{v}.unsqueeze(0)[0]",
    "{m}.select(0, 2)", "{v}.as_strided((3,), (1,))",
]  # fmt: skip
_STATEMENTS = [
    "{m}.mul_(2)", "{m}.add_({n})", "{v}.mul_({w})", "{m}[0] = {v}", "{m}[:, 1] = {v}",
    "{m}[0].mul_({v})", "{m}.copy_({n})", "{v}.zero_()", "{m}.exp_()", "{v} += {w}",
    "{m}[1:][0] = {v}", "{m}[0][1] = {v}[0]", "{m}.t()[1] = {v}", "{v}[1:] = {w}[1:]",
    "{v}[:] = {w}", "{v}[...] = {w}", "{v}[{w} > 0] = 1.0", "{m}[:, 1] += {v}", "{m}[1:].mul_(2)",
    "{m}.t()[:, 1:].exp_()", "{m}.unsqueeze(0)[0][1] = {v}", "{m}[[0, 2]] = {v}",
    "Dirty.apply({m}[0])", "{m}.register_hook(lambda g: g + 1)",
    "{m}.register_post_accumulate_grad_hook(lambda t: t.grad.mul_(2))",
    "{m}[0, 0] = 1.0", "{m}[{n} > 0] = 0.0", "{m}.data.mul_(0.5)", "{m}.detach_()",
    "{m}.t().add_({n})", "{m}.requires_grad_()", "{v}.requires_grad_(False)", "{m}.grad = None",
    "{m}.retain_grad()", "torch.add({m}, {n}, out={p})", "torch._foreach_mul_([{m}, {n}], 2.0)",
    "{m}.relu_()", "F.relu({m}, inplace=True)", "{m}.diagonal().fill_(1.0)", "{m}.grad_fn",
    "{m}.index_add_(0, torch.tensor([0, 2]), {n}[:2])", "{v}.is_leaf", "{m}.unbind()[0].add_(1)",
    "{m}.register_hook(lambda g: g * 2)", "{m}.set_({n}.detach())",
]  # fmt: skip
_BACKWARD = [
    "backward({m}.sum())", "backward({v}.sum() * 2)", "backward(({m} * {n}).mean())",
    "backward({m}.sum() + {v}.prod())", "backward(torch.cat([{m}, {n}]).sum() + {v}.sum())",
]  # fmt: skip
_BLOCKS = [
    "torch.no_grad()",
    "torch.enable_grad()",
    "torch.inference_mode()",
    "torch.set_grad_enabled(False)",
    "torch.set_grad_enabled(True)",
    "torch.inference_mode(False)",
]


def _filled(patterns: list[str]) -> st.SearchStrategy[str]:
    names = {
        "m": st.sampled_from(MATRICES),
        "n": st.sampled_from(MATRICES),
        "p": st.sampled_from(MATRICES),
        "v": st.sampled_from(VECTORS),
        "w": st.sampled_from(VECTORS),
    }
    chosen = st.fixed_dictionaries(names)
    return st.builds(lambda p, n: p.format(**n), st.sampled_from(patterns), chosen)


def _guarded(statement: str) -> str:
    return f"try:\n    {statement}\nexcept Exception as error:\n    errors.append(str(error))\n"


_statement = st.one_of(
    st.builds("{} = {}".format, st.sampled_from(MATRICES), _filled(_TO_MATRIX)),
    st.builds("{} = {}".format, st.sampled_from(VECTORS), _filled(_TO_VECTOR)),
    _filled(_STATEMENTS),
    _filled(_BACKWARD),
).map(_guarded)


def _block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("".join)
    return st.builds(
        lambda mode, text: f"with {mode}:\n{indent(text, '    ')}", st.sampled_from(_BLOCKS), body
    )


_part = st.recursive(_statement, _block, max_leaves=4)
programs = st.lists(_part, min_size=1, max_size=20).map(
    lambda parts: HEADER + "".join(parts) + _guarded("backward(m0.sum() + m3.sum() + v2.sum())")
)
"""Texts of programs.  They call `backward`, which whoever runs them provides."""
