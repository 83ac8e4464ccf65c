"""Who switched grad mode or inference mode, in every form that a snippet can use."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.tracer.support import Op, Recording, record

X = "import torch\nx = torch.ones(2, requires_grad=True)\n"


def _cause(op: Op) -> tuple[str, str, int | None] | tuple[str]:
    """(reason, cause, line), or the reason alone where nothing caused it."""
    if op.cause is None:
        return (op.reason,)
    return op.reason, op.cause.kind, op.cause.line


def _only_mul(recording: Recording) -> tuple[str, str, int | None] | tuple[str]:
    (op,) = recording.named("mul")
    return _cause(op)


def test_with_block() -> None:
    recording = record(X + "with torch.no_grad():\n    y = x * 2\nz = x + 1\n")
    assert _only_mul(recording) == ("no_grad", "with", 3)
    assert _cause(recording.op("add")) == ("recorded",)
    (span,) = recording.spans
    assert (span.row.span_kind, span.row.line, span.row.end_line) == ("no_grad", 3, 4)
    assert span.end is not None
    assert (span.end.first_op, span.end.last_op) == (recording.op("mul").id,) * 2


KEEPS_A_CYCLE = pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
HOOKS = {
    "a tensor's": "h = x * 3\nh.register_hook(lambda g: x.sin())\n",
    "a post-accumulate": "h = x * 3\n"
    "x.register_post_accumulate_grad_hook(lambda t: print(t.sin()))\n",
    "a node's": "h = x * 3\nh.grad_fn.register_hook(lambda i, o: (x.sin(), None))\n",
    "a module's": "net = torch.nn.Identity()\nh = net(x * 3)\n"
    "net.register_full_backward_hook(lambda m, i, o: (x.sin(),))\nh = net(x * 3)\n",
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("h.sum().backward()", "backward()"),
        ("torch.autograd.backward(h.sum())", "backward()"),
        ("torch.autograd.grad(h.sum(), x)", "torch.autograd.grad()"),
    ],
)
def test_a_hook_runs_with_grad_mode_off(hook: str, call: str, text: str) -> None:
    code = X + hook + call
    recording = record(code)
    if "accumulate" in hook and "grad()" in text:
        assert "sin" not in [op.name for op in recording.ops]  # nothing is accumulated
        return
    sin = recording.op("sin")
    assert _cause(sin) == ("no_grad", "backward", code.count("\n") + 1)
    assert sin.cause is not None
    assert sin.cause.text == text


@KEEPS_A_CYCLE
@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_with_create_graph_a_hook_is_recorded(hook: str) -> None:
    sin = record(X + hook + "with torch.no_grad():\n    h.backward(x, create_graph=True)").op("sin")
    assert _cause(sin) == ("recorded",)


@KEEPS_A_CYCLE
@pytest.mark.parametrize("create_graph", [True, False])
def test_what_a_hook_switches_off_itself_is_its_own(create_graph: bool) -> None:
    text = "h = x * 3\ndef hook(g):\n    with torch.no_grad():\n        return x.sin()\n"
    text += f"h.register_hook(hook)\nh.sum().backward(create_graph={create_graph})\n"
    assert _cause(record(X + text).op("sin")) == ("no_grad", "with", 5)


def test_what_a_hook_switches_on_is_recorded() -> None:
    text = "h = x * 3\ndef hook(g):\n    with torch.enable_grad():\n        y = x.sin()\n"
    text += "    return y.cos()\nh.register_hook(hook)\nh.sum().backward()\n"
    recording = record(X + text)
    assert _cause(recording.op("sin")) == ("recorded",)
    assert _cause(recording.op("cos")) == ("no_grad", "backward", 9)


def test_a_pass_in_a_hook_of_another_is_the_nearer_one() -> None:
    text = "h = (x * 3).sum()\nh.register_hook(lambda g: x.sum().sin())\nk = x * 4\n"
    text += "k.register_hook(lambda g: h.backward())\nk.sum().backward()\n"
    assert _cause(record(X + text).op("sin")) == ("no_grad", "backward", 6)


_CUSTOM = """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x.sin()
"""


def test_a_custom_backward_is_named_itself() -> None:
    """The contract has a kind of its own for it, which is the nearer answer."""
    sin = record(X + _CUSTOM + "Cube.apply(x).sum().backward()").op("sin")
    assert _cause(sin) == ("no_grad", "custom_function", 13)
    assert sin.cause is not None
    assert sin.cause.text == "inside Cube.backward"


@KEEPS_A_CYCLE
def test_with_create_graph_a_custom_backward_is_recorded() -> None:
    sin = record(X + _CUSTOM + "Cube.apply(x).sum().backward(create_graph=True)").op("sin")
    assert _cause(sin) == ("recorded",)


def test_inference_mode_comes_before_no_grad() -> None:
    text = "with torch.no_grad():\n  with torch.inference_mode():\n    y = x * 2\n"
    assert _only_mul(record(X + text)) == ("inference_mode", "with", 4)


def test_no_grad_inside_inference_mode_does_not_hide_it() -> None:
    text = "with torch.inference_mode():\n  with torch.no_grad():\n    y = x * 2\n"
    assert _only_mul(record(X + text)) == ("inference_mode", "with", 3)


def test_enable_grad_does_not_end_inference_mode() -> None:
    text = "with torch.inference_mode():\n  with torch.enable_grad():\n    y = x * 2\n"
    assert _only_mul(record(X + text)) == ("inference_mode", "with", 3)


def test_inference_mode_false_is_none() -> None:
    assert _only_mul(record(X + "with torch.inference_mode(False):\n    y = x * 2\n")) == (
        "recorded",
    )


_MANAGERS = {
    "no_grad": "torch.no_grad()",
    "enable_grad": "torch.enable_grad()",
    "inference_mode": "torch.inference_mode()",
    "inference_off": "torch.inference_mode(False)",
    "set_off": "torch.set_grad_enabled(False)",
    "set_on": "torch.set_grad_enabled(True)",
}


@pytest.mark.parametrize("order", list(permutations(_MANAGERS, 3)), ids="-".join)
def test_nested_blocks(order: tuple[str, str, str]) -> None:
    """In any order: the reason is what the modes say, the cause is the block that set them."""
    lines = [f"{' ' * n}with {_MANAGERS[name]}:" for n, name in enumerate(order)]
    body = " " * len(order)
    text = X + "\n".join(lines) + f"\n{body}modes = torch.is_grad_enabled(), "
    text += f"torch.is_inference_mode_enabled()\n{body}y = x * 2\n"
    recording = record(text)
    grad, inference = recording.variables["modes"]
    assert _only_mul(recording) == _expected(order, grad, inference)


def _expected(
    order: tuple[str, str, str], grad: bool, inference: bool
) -> tuple[str, str, int | None] | tuple[str]:
    """The innermost block that sets the mode in question is its cause; the first is on line 3."""
    if not inference and grad:
        return ("recorded",)
    setting = {"inference_mode"}
    if not inference:
        setting = {"no_grad", "set_off", "inference_mode"}
    innermost = max(index for index, name in enumerate(order) if name in setting)
    return ("inference_mode" if inference else "no_grad"), "with", innermost + 3


@pytest.mark.parametrize(
    ("decorator", "reason"),
    [
        ("@torch.no_grad()", "no_grad"),
        ("@torch.no_grad", "no_grad"),
        ("@torch.inference_mode()", "inference_mode"),
        ("@torch.inference_mode", "inference_mode"),
        ("@torch.set_grad_enabled(False)", "no_grad"),
    ],
)
def test_decorator(decorator: str, reason: str) -> None:
    text = X + f"{decorator}\ndef f(t):\n    return t * 2\ny = f(x)\nz = x + 1\n"
    recording = record(text)
    assert _only_mul(recording) == (reason, "decorator", 3)
    assert _cause(recording.op("add")) == ("recorded",)


def test_decorated_generator_is_off_only_while_it_runs() -> None:
    text = """
    import torch
    x = torch.ones(2, requires_grad=True)
    @torch.no_grad()
    def halves(t):
        yield t * 0.5
        yield t / 4
    for part in halves(x):
        s = part + x
    """
    recording = record(text)
    assert [_cause(op) for op in recording.ops if op.name in ("mul", "div")] == [
        ("no_grad", "decorator", 3)
    ] * 2
    assert [_cause(op) for op in recording.named("add")] == [("recorded",)] * 2


def test_decorated_class() -> None:
    text = """
    import torch
    class Net(torch.nn.Module):
        @torch.no_grad()
        def forward(self, t):
            return t * 2
    x = torch.ones(2, requires_grad=True)
    y = Net()(x)
    """
    assert _only_mul(record(text)) == ("no_grad", "decorator", 3)


def test_call_as_a_statement_lasts_until_taken_back() -> None:
    text = X + "torch.set_grad_enabled(False)\ny = x * 2\ntorch.set_grad_enabled(True)\nz = x + 1\n"
    recording = record(text)
    assert _only_mul(recording) == ("no_grad", "call", 3)
    assert _cause(recording.op("add")) == ("recorded",)


def test_call_in_a_function_outlives_it() -> None:
    text = X + "def off():\n    torch.set_grad_enabled(False)\noff()\ny = x * 2\n"
    assert _only_mul(record(text)) == ("no_grad", "call", 4)


def test_entered_by_hand() -> None:
    text = X + "mode = torch.no_grad()\nmode.__enter__()\ny = x * 2\n"
    text += "mode.__exit__(None, None, None)\nz = x + 1\n"
    recording = record(text)
    assert _only_mul(recording) == ("no_grad", "call", 4)
    assert _cause(recording.op("add")) == ("recorded",)


def test_set_grad_enabled_as_a_block() -> None:
    text = X + "with torch.set_grad_enabled(False):\n    y = x * 2\nz = x + 1\n"
    recording = record(text)
    assert _only_mul(recording) == ("no_grad", "with", 3)
    assert _cause(recording.op("add")) == ("recorded",)


def test_one_manager_used_twice() -> None:
    text = (
        X + "off = torch.no_grad()\nwith off:\n    y = x * 2\nwith off:\n    z = x + 1\nw = x - 1\n"
    )
    recording = record(text)
    assert _only_mul(recording) == ("no_grad", "with", 4)
    assert _cause(recording.op("add")) == ("no_grad", "with", 6)
    assert _cause(recording.op("sub")) == ("recorded",)


def test_exit_stack() -> None:
    text = "import contextlib\n" + X
    text += "with contextlib.ExitStack() as stack:\n    stack.enter_context(torch.no_grad())\n"
    text += "    y = x * 2\nz = x + 1\n"
    recording = record(text)
    reason, _, line = (*_only_mul(recording), None, None)[:3]
    assert (reason, line) == ("no_grad", 5)
    assert _cause(recording.op("add")) == ("recorded",)


def test_an_exception_leaves_the_block() -> None:
    text = """
    import torch
    x = torch.ones(2, requires_grad=True)
    try:
        with torch.no_grad():
            with torch.inference_mode():
                x.no_such_method()
    except AttributeError:
        pass
    y = x * 2
    """
    recording = record(text)
    assert _only_mul(recording) == ("recorded",)
    assert all(span.end is not None for span in recording.spans)


def test_a_block_that_is_never_left_ends_with_the_run() -> None:
    recording = record(X + "torch.no_grad().__enter__()\ny = x * 2\n")
    assert _only_mul(recording) == ("no_grad", "call", 3)
    assert recording.spans[0].end is not None


def test_library_block_is_told_by_the_line_that_called_it() -> None:
    recording = record("import torch\nw = torch.empty(2, 2, requires_grad=True)\n"
                       "torch.nn.init.zeros_(w)\n")  # fmt: skip
    op = recording.op("zero_")
    assert _cause(op) == ("no_grad", "library", 3)
    assert op.cause is not None
    assert op.cause.text == "torch.no_grad() in torch.nn.init"
    assert op.cause.module == "torch.nn.init"


def test_a_decorated_function_of_a_library_belongs_to_it() -> None:
    text = X + "net = torch.nn.BatchNorm1d(2)\n" + (
        "torch.optim.swa_utils.update_bn([torch.ones(3, 2)], net)\n"
    )  # fmt: skip
    op = record(text).op("batch_norm")
    assert op.cause is not None
    assert op.cause.module == "torch.optim.swa_utils"


def test_only_a_library_has_a_module() -> None:
    op = record(X + "with torch.no_grad():\n    y = x * 2\n").op("mul")
    assert op.cause is not None
    assert op.cause.module is None


@pytest.mark.parametrize("options", ["", ", momentum=0.9", ", foreach=True", ", fused=True"])
def test_optimizer(options: str) -> None:
    text = X + f"opt = torch.optim.SGD([x], lr=0.1{options})\nx.sum().backward()\nopt.step()\n"
    recording = record(text)
    inside = [op for op in recording.leaves if op.phase == "optimizer"]
    assert inside
    skipped = [op for op in inside if op.reason == "no_grad"]
    assert skipped
    assert {op.cause.kind for op in skipped if op.cause is not None} == {"optimizer"}
    assert {op.line for op in inside} == {5}


def test_custom_function() -> None:
    text = """
    import torch
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, t):
            return t * 2
        @staticmethod
        def backward(ctx, g):
            return g + g
    x = torch.ones(2, requires_grad=True)
    y = Twice.apply(x)
    y.sum().backward()
    """
    recording = record(text)
    mul, add = recording.op("mul"), recording.op("add")
    assert _cause(mul) == ("no_grad", "custom_function", 10)
    assert mul.parent == recording.op("Twice").id
    assert _cause(add) == ("no_grad", "custom_function", 11)
    assert add.phase == "backward"


def test_enable_grad_inside_a_custom_function() -> None:
    text = """
    import torch
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, t):
            with torch.enable_grad():
                return (t.detach().requires_grad_() * 2).detach()
        @staticmethod
        def backward(ctx, g):
            return g
    y = Twice.apply(torch.ones(2, requires_grad=True))
    """
    assert _only_mul(record(text)) == ("recorded",)


def test_spans_know_the_span_around_them() -> None:
    text = "with torch.no_grad():\n  with torch.enable_grad():\n    y = x * 2\n"
    outer, inner = record(X + text).spans
    assert outer.row.parent is None
    assert inner.row.parent == outer.row.id
    assert (outer.row.enabled, inner.row.enabled) == (False, True)
