"""What PyTorch tests itself with, as far as it ships with torch, run plain and traced.

The entries of its databases (custom Functions and operators, optimizers, modules) and its tensor
subclasses print one line each: a digest of what they computed, or the error that they raised.
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from app.process.client import Tracer
from tests.process.running import warm_tracers
from tests.tools.tracing import trace_with
from tests.tracer.plain import Ended, run_plainly

tracer = pytest.fixture(scope="module")(warm_tracers())

BEFORE = """
    import hashlib
    import warnings
    import torch
    from torch import nn
    from torch.utils import _pytree as pytree
    warnings.simplefilter("ignore")

    def digest(*values):
        found = hashlib.sha1()
        for value in pytree.tree_leaves(values):
            if isinstance(value, torch.Tensor):
                value = value.detach()
                kind = type(value).__name__, value.dtype, tuple(value.shape), value._version
                value = kind, value.to(torch.complex128).reshape(-1).tolist()
            found.update(repr(value).encode())
        return found.hexdigest()

    def report(name, test, *arguments):
        torch.manual_seed(0)
        try:
            print(name, digest(test(*arguments)))
        except Exception as error:
            print(name, type(error).__name__, str(error)[:200])
    """

PARTS = {
    "operators": """
        from torch.testing._internal.autograd_function_db import autograd_function_db
        from torch.testing._internal.custom_op_db import custom_op_db

        def samples(op):
            made = []
            for sample in list(op.sample_inputs("cpu", torch.float32, requires_grad=True))[:2]:
                out = op.op(sample.input, *sample.args, **sample.kwargs)
                outs = [t for t in pytree.tree_leaves(out) if isinstance(t, torch.Tensor)]
                ins = pytree.tree_leaves((sample.input, sample.args, sample.kwargs))
                leaves = [t for t in ins if isinstance(t, torch.Tensor) and t.requires_grad]
                loss = sum(t.sum() for t in outs if t.requires_grad)
                made.append((outs, torch.autograd.grad(loss, leaves, allow_unused=True)))
                with torch.no_grad():
                    made.append(op.op(sample.input, *sample.args, **sample.kwargs))
            return made

        SKIPPED = ("torch.ops.aten", "NumpyNMS")
        for op in (*autograd_function_db, *custom_op_db):
            if not op.name.startswith(SKIPPED):
                report(op.name, samples, op)
        """,
    "optimizers": """
        from torch.testing._internal.common_optimizers import optim_db

        def steps(info, kwargs):
            model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
            matrices = [p for p in model.parameters() if p.dim() == 2]
            given = matrices if info.optim_cls.__name__ == "Muon" else model.parameters()
            optimizer = info.optim_cls(given, **kwargs)
            losses = []
            def closure():
                optimizer.zero_grad()
                loss = model(torch.ones(2, 3)).pow(2).sum()
                loss.backward()
                losses.append(loss.item())
                return loss
            for _ in range(2):
                optimizer.step(closure)
            return losses, list(model.parameters()), optimizer.state_dict()

        for info in optim_db:
            for one in info.optim_inputs_func(device="cpu")[:1]:
                if info.optim_cls.__name__ != "SparseAdam":  # it takes sparse gradients alone
                    name = f"{info.optim_cls.__name__} {one.desc}"
                    report(name, steps, info, one.kwargs)
        """,
    "modules": """
        from torch.testing._internal.common_modules import module_db

        SKIPPED = ("quantized", "FractionalMaxPool", "Transformer", "RNN", "LSTM", "GRU", "Lazy")

        def run(info):
            made = []
            torch.__future__.set_swap_module_params_on_conversion(True)
            for one in info.module_inputs_func(
                info, device="cpu", dtype=torch.float32, requires_grad=True, training=True
            )[:1]:
                given, inputs = one.constructor_input, one.forward_input
                module = info.module_cls(*given.args, **given.kwargs)
                out = module(*inputs.args, **inputs.kwargs)
                sums = [t.sum() for t in pytree.tree_leaves(out) if t.requires_grad]
                if sums:
                    sum(sums).backward()
                made.append((out, [p.grad for p in module.parameters()]))
                module.load_state_dict({k: v.clone() for k, v in module.state_dict().items()})
                module.double()
                made.append(list(module.state_dict().items()))
            return made

        for info in module_db:
            if not any(name in info.name for name in SKIPPED):
                report(info.name, run, info)
        """,
    "subclasses": """
        from torch.testing._internal.common_subclass import DiagTensorBelow, SparseTensor
        from torch.testing._internal.logging_tensor import LoggingTensor, capture_logs
        from torch.testing._internal.two_tensor import TwoTensor

        def logged(make):
            with capture_logs() as logs:
                out = make(LoggingTensor(torch.ones(2, 2), requires_grad=True))
            return logs, out.elem if isinstance(out, LoggingTensor) else out

        def backward(x):
            return torch.autograd.grad((x * x).sum(), x)[0]

        def checked(function, *shapes):
            inputs = [torch.rand(s, dtype=torch.float64, requires_grad=True) for s in shapes]
            return torch.autograd.gradcheck(function, inputs), torch.autograd.gradgradcheck(
                function, inputs
            )

        report("add", logged, lambda x: x + 1)
        report("views", logged, lambda x: x.t().reshape(-1)[1:])
        report("a backward pass", logged, backward)
        report("in place", logged, lambda x: x.detach().add_(x))
        with torch.no_grad():
            report("no_grad", logged, lambda x: (x * 2).bfloat16())
        report("two", lambda: (TwoTensor(torch.ones(2), torch.zeros(2)) * 3 + 1).a)
        report("diagonal", lambda: (DiagTensorBelow(torch.ones(2)) + 1).sum())
        report("product", checked, lambda a, b: a @ b, (2, 3), (3, 2))
        report("norm", checked, lambda a: torch.linalg.norm(a), (2, 2))
        report("views in place", checked, lambda a: a.clone().t().mul_(2).sum(), (2, 2))
        for transform in (torch.func.grad, torch.func.hessian, torch.func.jacfwd):
            report(transform.__name__, lambda: transform(lambda x: x.sin().sum())(torch.ones(3)))
        report("vmap", lambda: torch.func.vmap(torch.func.jacrev(torch.sin))(torch.ones(2, 2)))
        """,
}
TEXTS = {name: dedent(BEFORE) + dedent(text) for name, text in PARTS.items()}


@pytest.fixture(scope="module")
def plain() -> dict[str, Ended]:
    return dict(zip(TEXTS, run_plainly(list(TEXTS.values())), strict=True))


@pytest.mark.parametrize("part", TEXTS)
def test_what_torch_tests_itself_with_computes_the_same(
    tracer: Tracer, plain: dict[str, Ended], part: str
) -> None:
    ended = plain[part]
    assert ended.code == 0, ended.stderr
    trace = trace_with(tracer, TEXTS[part])

    assert trace.error is None, trace.error.traceback
    assert trace.output.stdout.splitlines() == ended.stdout.splitlines()
    assert not [note for note in trace.notes if note.code == "incomplete"]
    assert len(ended.stdout.splitlines()) > 10
