"""What is kept for backward is, step by step, what saved tensors keep alive in torch alone."""

from __future__ import annotations

import ast
import weakref
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import graph
from torch.overrides import TorchFunctionMode
from torch.utils import checkpoint

from app.contract.records import Snippet
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from app.tracer.tensors.table import tensors_in
from tests.tracer.support import record, run_plainly

EXAMPLES = sorted((Path(__file__).parents[2] / "resources/examples").glob("*.py"))
_MARK = 0.4375
"""The value that marks a moment: `torch.full` with it is in no program below."""
PROGRAMS = {
    "layers": """
        net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        x = torch.randn(3, 4)
        loss = F.cross_entropy(net(x), torch.tensor([0, 1, 1]))
        loss.backward()
    """,
    "held by variables": """
        w = torch.randn(4, 4, requires_grad=True)
        h = (w @ w).relu()
        k = h.exp()
        loss = (h * k).sum()
        loss.backward()
        del k
    """,
    "views and in place": """
        x = torch.randn(5, 5, requires_grad=True)
        y = x.t() @ x
        z = (y[0] * y[1]).sigmoid_()
        w = (z.clone().mul_(2).exp_() * y.view(25)[:5]).sum()
        w.backward()
    """,
    "updates of views": """
        w = torch.randn(3, 3, requires_grad=True)
        u = torch.randn(3, requires_grad=True)
        x = w * 1
        x[0].mul_(torch.rand(3))
        x[1].mul_(u)
        x[2] = u.exp()
        x[0][[0, 2]] = u[:2]
        x.view(9)[4:].masked_fill_(torch.rand(5) > 0.5, 1.0)
        x.t()[0].sigmoid_()
        rest = torch.zeros(2, 3)
        rest[0].add_(u).mul_(u.detach())
        rest[1, torch.tensor([0, 1])] *= u[:2]
        (x.sum() + rest.sum()).backward(retain_graph=True)
        del x
        (rest * 2).sum().backward()
    """,
    "updates of views without values": """
        x = torch.ones(3, 3, device="meta", requires_grad=True) * 2
        x[0].mul_(torch.ones(3, device="meta"))
        x[1:].sigmoid_()
        x.sum().backward()
    """,
    "updates of large views": """
        x = torch.randn(300, 300, requires_grad=True) * 2
        u = torch.randn(300, requires_grad=True)
        x[:250].mul_(torch.rand(250, 300)).sigmoid_()
        x.t()[1:280].mul_(u)
        torch._foreach_div_([x[1:280], x[280]], [torch.rand(279, 1), u])
        x[20:] = u.exp()
        x[5:][[0, 2]] = u * 2
        x[1].bernoulli_(generator=torch.Generator())
        x.view(-1)[7:].masked_fill_(torch.rand(89993) > 0.5, 1.0)
        del x
    """,
    "updates of views by chance": """
        x = torch.randn(4, requires_grad=True) * 2
        F.dropout(x[:2], 0.5, True, True)
        y = torch.rand(4)
        (x * y).sum().backward()
    """,
    "updates of views in lists": """
        w = torch.randn(4, 3, requires_grad=True)
        u = torch.randn(3, requires_grad=True)
        x = w * 1
        torch._foreach_mul_([x[0], x[1]], [u, u.detach()])
        torch._foreach_mul_([x[0], x[1]], 2.0)
        torch._foreach_addcmul_([x[0], x.t()[0]], [u, w.t()[1]], [u.detach(), w[:, 2]])
        torch._foreach_exp_([x[2], x[3]])
        rest = torch.zeros(3, 3)
        torch._foreach_mul_([rest[0], rest[1], rest[2]], [u.detach(), u, u.exp()])
        both = [torch.zeros(2, 3), u * 2]
        torch._foreach_mul_([both[0][1], both[1]], [torch.rand(3), u])
        (x.sum() + rest.sum() + both[1].sum()).backward()
        del x, rest
    """,
    "updates of views by custom functions": """
        class Mul(torch.autograd.Function):
            @staticmethod
            def forward(ctx, v, w):
                ctx.save_for_backward(v.clone(), None, w)
                v.mul_(w)
                ctx.mark_dirty(v)
                return v
            @staticmethod
            def backward(ctx, g):
                v, _, w = ctx.saved_tensors
                return g * w, g * v
        class Outer(torch.autograd.Function):
            @staticmethod
            def forward(ctx, v, w):
                Mul.apply(v, w.exp())
                ctx.mark_dirty(v)
                return v
            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(inputs[1].exp())
            @staticmethod
            def backward(ctx, g):
                return g, None
        w = torch.randn(3, requires_grad=True)
        x = w.expand(2, 3) * 1
        Mul.apply(x[0], w)
        Mul.apply(x, w)
        x = w.expand(2, 3) * 1
        y = torch.zeros(2, 3)
        Mul.apply(y[1], w)
        (x.sum() + y.sum()).backward()
    """,
    "a loop": """
        net = nn.Linear(3, 3)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for step in range(3):
            opt.zero_grad()
            loss = net(torch.randn(2, 3)).tanh().pow(2).mean()
            loss.backward()
            opt.step()
    """,
    "the graph is kept": """
        x = torch.randn(3, requires_grad=True)
        y = x.exp().sin()
        loss = y.sum()
        loss.backward(retain_graph=True)
        loss.backward(retain_graph=True)
        loss.backward()
    """,
    "graphs dropped": """
        w = torch.randn(4, requires_grad=True)
        loss = (w * torch.randn(4)).exp().sum()
        other = w.sin().sum()
        del loss
        other = None
        for i in range(3):
            total = w.cos().sum()
    """,
    "only a part runs": """
        a = torch.randn(3, requires_grad=True)
        b = a.exp()
        c = b.sin()
        loss = (c * b).sum()
        grad(loss, [b], retain_graph=True)
        grad(loss, [c])
        del loss, c
    """,
    "double backward": """
        x = torch.randn(4, 4, requires_grad=True)
        w = torch.randn(4, 4, requires_grad=True)
        y = ((x @ w).tanh() * (x * w).sigmoid()).pow(3).sum()
        (g,) = grad(y, [x], create_graph=True)
        penalty = (g.norm() - 1).pow(2)
        penalty.backward()
        del g, y
    """,
    "double backward into .grad": """
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        loss = net(torch.randn(2, 3)).sum()
        loss.backward(create_graph=True)
        norm = sum(p.grad.pow(2).sum() for p in net.parameters())
        norm.backward()
        net.zero_grad()
    """,
    "double backward through updates of views": """
        x = torch.randn(4, 4, requires_grad=True)
        y = x * 1
        y[0].mul_(x[1])
        y.view(16)[4:].div_(x.view(16)[:12])
        y[2].sin_()
        (g,) = grad((y * x).pow(2).sum(), [x], create_graph=True)
        del y
        g.pow(2).sum().backward()
        del g
    """,
    "checkpoints": """
        from torch.utils.checkpoint import checkpoint
        net = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4), nn.Sigmoid())
        x = torch.randn(2, 4, requires_grad=True)
        loss = checkpoint(net, x, use_reentrant=False).exp().sum()
        loss.backward()
        loss = checkpoint(net, x.sin(), use_reentrant=True).exp().sum()
        loss.backward()
    """,
    "inside of a checkpoint": """
        from torch.utils.checkpoint import checkpoint
        def inner(x):
            y = x.exp()
            return y.cos()
        def outer(x):
            y = x.sin()
            z = checkpoint(inner, y, use_reentrant=False) * 2
            return z.tanh() * y
        x = torch.randn(3, requires_grad=True)
        loss = checkpoint(outer, x, use_reentrant=False).sum()
        loss.backward(retain_graph=True)
        loss.backward()
    """,
    "a checkpoint without an early end": """
        from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop
        def f(x):
            y = x.exp()
            return (y * x).sin() + y.detach()
        x = torch.randn(3, requires_grad=True)
        with set_checkpoint_early_stop(False):
            loss = checkpoint(f, x, use_reentrant=False).exp().sum()
        loss.backward()
    """,
    "custom functions": """
        class Exp(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y, x)
                return y
            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]
        x = torch.randn(5, requires_grad=True)
        y = Exp.apply(x * 2)
        z = Exp.apply(y).sum()
        (g,) = grad(z, [x], create_graph=True)
        g.sum().backward()
        del z
        Exp.apply(x).sum()
    """,
    "a pass that fails": """
        x = torch.randn(3, requires_grad=True)
        y = x.exp()
        z = y.sin()
        loss = z.cos().sum()
        def fail(grad):
            raise ValueError
        y.register_hook(fail)
        try:
            loss.backward()
        except ValueError:
            pass
        del loss, z
    """,
    "attention": """
        x = torch.randn(2, 3, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        loss = layer(x).sum()
        loss.backward()
    """,
    "recurrent layers": """
        net = nn.GRU(3, 4, 2, batch_first=True)
        o, h = net(torch.randn(2, 5, 3))
        loss = o.sum() + h.pow(2).sum()
        loss.backward()
    """,
    "parts updated in place": """
        w = torch.randn(4, 6, requires_grad=True)
        y = w * 2
        a, b = y.split(3, 1)
        c = torch.cat([a.exp(), b.sin()], 1)
        for row in c.unbind(0):
            row = row.mul(row)
        d = c.view(-1)
        d[3:9].mul_(2)
        d[:2].copy_(w[0, :2])
        c.sum().backward()
        del a, b, c, d, y
    """,
    "updates at indices": """
        w = torch.randn(5, requires_grad=True)
        y = torch.zeros(8)
        y.index_put_((torch.tensor([1, 1, 2]),), w[:3], accumulate=True)
        y.index_add_(0, torch.tensor([0, 3]), w[3:] * 2)
        y.scatter_add_(0, torch.tensor([4, 4]), w[:2].exp())
        z = torch.where(y > 0, y, y * 0.1)
        z.sum().backward()
    """,
    "linear algebra": """
        a = torch.randn(3, 3, requires_grad=True)
        s = a @ a.t() + torch.eye(3)
        l = torch.linalg.cholesky(s)
        q, r = torch.linalg.qr(a)
        u, d, v = torch.linalg.svd(s)
        loss = l.sum() + r.sum() + d.sum() + torch.linalg.solve(s, a).sum() + torch.logdet(s)
        loss.backward()
        del l, q, r, u, d, v
    """,
    "checkpoints in a row": """
        from torch.utils.checkpoint import checkpoint, checkpoint_sequential
        f = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.GELU())
        x = torch.randn(2, 3, requires_grad=True)
        y = x
        for i in range(2):
            y = checkpoint(f, y, use_reentrant=False)
        z = checkpoint_sequential(f, 2, y, use_reentrant=False)
        loss = z.sum()
        loss.backward(retain_graph=True)
        loss.backward()
    """,
    "under no_grad": """
        net = nn.Linear(3, 3)
        with torch.no_grad():
            y = net(torch.randn(2, 3)).exp()
        y = net(torch.randn(2, 3)).detach().exp()
    """,
}


class _Live(TorchFunctionMode):
    """The storages that saved tensors keep alive, as torch's own hooks see them.

    Hooks receive a tensor without its grad_fn.  Without them torch saves an input itself, and with
    it the graph behind it as it is then: a later in-place update of the input is part of that.  So
    `_inputs` are held too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held: weakref.WeakSet[_Packed] = weakref.WeakSet()
        self._inputs: list[tuple[Tensor, int]] = []
        """The arguments of the present call, and their versions when it began."""
        self.seen: list[int] = []
        self._frames: weakref.WeakSet[Any] = weakref.WeakSet()
        """What checkpoints keep: torch has there what they compute again, until it is used."""

    def __enter__(self) -> _Live:
        self._made = checkpoint._CheckpointFrame.__init__

        def made(frame: Any, *args: Any) -> None:
            self._made(frame, *args)
            self._frames.add(frame)

        checkpoint._CheckpointFrame.__init__ = made  # type: ignore[method-assign,assignment]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        checkpoint._CheckpointFrame.__init__ = self._made  # type: ignore[method-assign]
        super().__exit__(*error)  # type: ignore[no-untyped-call]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = self._inputs
        given = tensors_in((args, kwargs or {}), [])
        self._inputs = [(t, t._version) for t in given if not t.is_inference()]
        try:
            return func(*args, **kwargs or {})
        finally:
            self._inputs = before

    def pack(self, tensor: Tensor) -> _Packed:
        same = [t for t, version in self._inputs if t._version == version and _is_same(t, tensor)]
        again = [one.input for one in self._held if _is_same(one.tensor, tensor)]
        packed = _Packed(tensor.detach(), next(iter(same + again), None))
        self._held.add(packed)
        return packed

    def probe(self) -> None:
        found = {}
        again = (kept for frame in list(self._frames) for kept in frame.recomputed.values())
        tensors = [tensor for kept in again for tensor in kept.values()]
        for tensor in [packed.tensor for packed in list(self._held)] + tensors:
            if tensor.layout is torch.strided:
                storage = tensor.untyped_storage()
                found[storage._cdata] = storage.nbytes()
        self.seen.append(sum(found.values()))


def _is_same(one: Tensor, other: Tensor) -> bool:
    """Return whether both are the same elements of one storage."""
    if one.layout is not torch.strided or other.layout is not torch.strided:
        return False
    place = [(t.untyped_storage()._cdata, t.storage_offset()) for t in (one, other)]
    return place[0] == place[1] and one.stride() == other.stride() and one.shape == other.shape


class _Packed:
    def __init__(self, tensor: Tensor, saved: Tensor | None) -> None:
        self.tensor = tensor
        self.input = saved
        self._version = tensor._version

    def unpack(self) -> Tensor:
        """Return the tensor, or fail as torch does without hooks if it was changed since."""
        if self.tensor._version != self._version:
            raise RuntimeError("modified by an inplace operation")
        return self.tensor


def _mark() -> None:
    torch.full((), _MARK)


def _program(text: str) -> str:
    """Return the text with a probe after every statement and before every step of a pass."""
    body = _Watched().visit(ast.parse(dedent(text)))
    _probed(body)
    return _IMPORTS + ast.unparse(ast.fix_missing_locations(body))


_IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"


class _Watched(ast.NodeTransformer):
    """Replaces `loss.backward()` by `backward(loss)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "backward":
            node.args.insert(0, node.func.value)
            node.func = ast.Name("backward", ast.Load())
        return node


def _probed(node: Any) -> None:
    for name in ("body", "orelse", "finalbody"):
        statements = getattr(node, name, None)
        if not isinstance(statements, list) or isinstance(node, ast.ClassDef):
            continue
        with_probes: list[ast.stmt] = []
        for statement in statements:
            _probed(statement)
            with_probes.append(statement)
            if not isinstance(statement, ast.Return):
                with_probes += ast.parse("probe()").body
        setattr(node, name, with_probes)


def _watched(probe: Any) -> dict[str, Any]:
    """Return the functions that the programs call."""

    def reachable(root: Tensor) -> list[Any]:
        found, stack = [], [root.grad_fn]
        while stack:
            node = stack.pop()
            if node is not None and node not in found:
                found.append(node)
                stack += [after for after, _ in node.next_functions]
        return found

    def stepped(run: Any, root: Tensor) -> Any:
        handles = [n.register_prehook(lambda grads: probe()) for n in reachable(root)]
        try:
            return run()
        finally:
            for handle in handles:
                handle.remove()

    def backward(root: Tensor, **options: Any) -> None:
        stepped(lambda: torch.autograd.backward(root, **options), root)

    def grad(root: Tensor, inputs: list[Tensor], **options: Any) -> Any:
        return stepped(lambda: torch.autograd.grad(root, inputs, **options), root)

    return {"probe": probe, "backward": backward, "grad": grad}


def _truth(text: str) -> list[int]:
    live = _Live()
    with live, graph.saved_tensors_hooks(live.pack, _Packed.unpack):
        run_plainly(text, _watched(live.probe))
    return live.seen


def _recorded(text: str, more: Mapping[str, Any] = MappingProxyType({})) -> Run:
    builder = TraceBuilder(Snippet(None, text))
    builder.add_batch(record(text, variables=_watched(_mark) | dict(more)).rows)
    return builder.finish()


def _check(text: str) -> Run:
    run = _recorded(text)
    assert not run.trace.notes
    assert _amounts(run) == _truth(text)
    return run


def _amounts(run: Run) -> list[int]:
    """Return the bytes that are kept at each mark."""
    marks = [
        operation.event
        for operation in run.trace.operations
        if operation.name == "full" and run.tensors[operation.outputs[0]].summary.max == _MARK
    ]
    return [run.kept.at(event).total for event in marks]


@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_each_moment_keeps_what_torch_keeps(program: str) -> None:
    _check(_program(program))


PACKED = {
    "half precision": ("lambda t: note(t.half())", "lambda p: p.float()"),
    "in a list": ("lambda t: [note(t.half()), 'half']", "lambda p: p[0].float()"),
    "in an object": ("lambda t: Box(note(t * 1))", "lambda p: p.tensor"),
    "the same memory": ("lambda t: note(t.detach())", "lambda p: p"),
    "elsewhere": ("lambda t: store.append(t) or len(store) - 1", "lambda p: store[p]"),
}


@pytest.mark.skipif(
    not hasattr(torch._C._autograd.SavedTensor, "data"), reason="this torch hides what was packed"
)
@pytest.mark.parametrize(("pack", "unpack"), PACKED.values(), ids=PACKED.keys())
def test_hooks_of_the_program_keep_what_they_packed(pack: str, unpack: str) -> None:
    """And nothing where they packed the number of a tensor that the program keeps itself."""
    text = _program(f"""
        class Box:
            def __init__(self, tensor):
                self.tensor = tensor
                self.net = net
        class Twice(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x * 2, None)
                return x.exp()
            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]
        store = []
        net = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 4))
        x = torch.randn(3, 4, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks({pack}, {unpack}):
            y = net(x)
            z = Twice.apply(y)
            u = z[1:].sin()
            v = (u * u).sum() + z.pow(2).sum()
        v.backward(retain_graph=True)
        del y, u
        v.backward()
        del z, v
    """)
    packed: list[weakref.ref[Tensor]] = []
    seen: list[int] = []

    def note(tensor: Tensor) -> Tensor:
        packed.append(weakref.ref(tensor))
        return tensor

    def probe() -> None:
        storages = [one.untyped_storage() for ref in packed if (one := ref()) is not None]
        seen.append(sum({one._cdata: one.nbytes() for one in storages}.values()))

    run_plainly(text, _watched(probe) | {"note": note})
    assert _amounts(_recorded(text, {"note": lambda tensor: tensor})) == seen
    assert any(seen) == ("note" in pack)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_moment_of_an_example_keeps_what_torch_keeps(path: Path) -> None:
    run = _check(_program(path.read_text()))
    for operation in run.trace.operations:
        assert run.kept.of([operation.id]).total == operation.saved_bytes


_LINES = (
    "{a} = {b} * {c}",
    "{a} = {b}.exp()",
    "{a} = {b}.tanh() @ {c}",
    "{a} = {b}.t().relu() + {c}",
    "{a} = {b}.clone().sigmoid_()",
    "{a} = {b}.clone().mul_({c}).view(9).sin().view(3, 3)",
    "{a} = {b}.detach().requires_grad_()",
    "with torch.no_grad(): {a} = {b}.cos()",
    "{a} = {b}[0] * {c}",
    "{a} = {b} * 1; {a}[0].mul_({c}[1].detach())",
    "{a} = {b} * 1; {a}.view(9)[2:7].sigmoid_()",
    "{a} = {b} * 1; {a}.t()[1:] = {c}[:2].exp()",
    "{a}[0] *= 2; {a}[1:].clamp_(-1, 1)",
    "{a} = {b} * 1; torch._foreach_mul_([{a}[0], {a}[1]], [{c}[0].detach(), {c}[1]])",
    "{a} = torch.zeros(3, 3); {a}[1].add_({b}[1]).mul_({c}[2].detach())",
    "{a} = checkpoint(torch.sin, {b} * x, use_reentrant=False)",
    "{a} = checkpoint(nn.Tanh(), {b} * x, use_reentrant=True)",
    "{a} = F.dropout({b}, 0.5) - {c}.max(1).values",
    "del {a}; {a} = x",
    "({b} * x).norm().backward(retain_graph=True)",
    "({b} * x).sin().sum().backward()",
    "{a} = grad(({b} * x).pow(3).sum(), [x], create_graph=True)[0]",
    "for i in range(2): {a} = {a} * x.sin()",
)


@given(st.lists(st.tuples(st.sampled_from(_LINES), *[st.sampled_from("abc")] * 3), max_size=12))
@settings(max_examples=25, deadline=None)
def test_each_moment_of_a_random_program_keeps_what_torch_keeps(
    lines: list[tuple[str, str, str, str]],
) -> None:
    text = "from torch.utils.checkpoint import checkpoint\n"
    text += "x = torch.randn(3, 3, requires_grad=True)\na, b, c = x * 2, x, torch.randn(3, 3)\n"
    for line, one, two, three in lines:
        body = line.format(a=one, b=two, c=three)
        text += (
            f"try:\n    {body.replace('; ', chr(10) + '    ')}\nexcept RuntimeError:\n    pass\n"
        )
    _check(_program(text))
