"""Private names of torch: where one is missing, the program runs and the trace says what lacks."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE
from textwrap import dedent

import pytest
import torch

from app.contract.records import Note, Trace
from app.process.client import Tracer
from app.tracer import private
from tests.support import snippet
from tests.tools.tracing import trace_with
from tests.tracer.torch_without import LACKING, interpreter

TRACER = Path(private.__file__).parent
USUAL = snippet("""
    import warnings
    from torch.utils.checkpoint import checkpoint
    net = nn.Linear(2, 1)
    with torch.no_grad():
        net.weight.fill_(1)
        net.bias.zero_()
    x = torch.ones(1, 2)
    net(x).sum().backward()
    checkpoint(net, x, use_reentrant=False).sum().backward()
    print(net.weight.grad.tolist(), net.bias.grad.tolist())
    print(torch.func.grad(lambda t: (t * t).sum())(x), torch.func.vmap(torch.sin)(x * 0))
    print(torch.func.jvp(lambda t: t * 3, (x,), (x,)))
    warnings.simplefilter("ignore")
    scripted = torch.jit.script(net)
    print(scripted(x), torch.jit.trace(net, x)(x))
    torch.utils.swap_tensors(x, y := torch.zeros(1))
    with torch.inference_mode():
        print(x, y * 2)
    """)
PRINTED = """\
[[2.0, 2.0]] [2.0]
tensor([[2., 2.]]) tensor([[0., 0.]])
(tensor([[3., 3.]]), tensor([[3., 3.]]))
tensor([[2.]], grad_fn=<AddmmBackward0>) tensor([[2.]], grad_fn=<AddmmBackward0>)
tensor([0.]) tensor([[2., 2.]])
"""
ALL = "torch.autograd._get_sequence_nr torch.overrides._push_mode torch.overrides._pop_mode"
ALL += " torch._C._len_torch_function_stack torch._C._get_function_stack_at"
ALL += " torch._C.DisableTorchFunction torch._C._EnableTorchFunction torch._C._set_grad_enabled"
PART = "torch._C._functorch.is_functorch_wrapped_tensor torch._C._functorch.get_unwrapped"
PART += " torch._C._functorch.get_dynamic_layer_stack_depth"
PART += " torch._functorch.vmap.vmap_increment_nesting"
PART += " torch._functorch.eager_transforms.grad_increment_nesting"
PART += " torch._functorch.eager_transforms.jvp_increment_nesting"
PART += " torch.autograd.graph._engine_run_backward torch.autograd._engine_run_backward"
PART += " torch.autograd._make_grads torch.autograd.function._HookMixin._register_hook"
PART += " torch.utils.checkpoint._recomputation_hook torch._C._swap_tensor_impl"
PART += " torch._C.ParameterDict torch._C.BufferDict torch._C.ModuleDict"
PART += " torch._C.ScriptFunction torch._C.ScriptMethod torch.jit._trace"
DETAIL = "torch.overrides._len_torch_function_stack torch.overrides._get_function_stack_at"
DETAIL += " torch._C._len_torch_dispatch_stack torch._C._DisableTorchDispatch"
DETAIL += " torch.jit._builtins._register_builtin torch._C._autograd._profiler_enabled"
DETAIL += " torch.utils.checkpoint._CheckpointFrame"
DETAIL += " torch._C._autograd._enable_record_function torch._C._storage_id"
DETAIL += " torch._functorch.pyfunctorch.temporarily_clear_interpreter_stack"
DETAIL += " torch.overrides._get_overridable_functions torch._C._dynamo.eval_frame"
DETAIL += " torch._C._distributed_c10d.Work.wait torch.distributed._broadcast_coalesced"
DETAIL += " torch._C._distributed_c10d.Reducer._rebuild_buckets"
LOSSES = {
    name: loss
    for loss, names in (("all", ALL), ("part", PART), ("detail", DETAIL))
    for name in names.split()
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with interpreter(tmp_path_factory.mktemp("torch")) as program:
        yield program


def trace_without(python: str, name: str, text: str = USUAL) -> Trace:
    with closing(Tracer(python)) as tracer:
        return trace_with(tracer, text, environment={LACKING: name})


def about(trace: Trace, name: str) -> list[Note]:
    start = f"torch {torch.__version__} has no `{name}`. "
    return [note for note in trace.notes if note.text.startswith(start)]


def test_an_interpreter_that_was_killed_takes_no_other_with_it(python: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint(len(sys.stdin.read(1)), flush=True)\nsys.stdin.read()\n")
    command, environment = [python, str(script)], {**os.environ, LACKING: ALL.split()[0]}
    with subprocess.Popen(command, env=environment, stdin=PIPE, stdout=PIPE) as killed:
        assert killed.stdin is not None
        assert killed.stdout is not None
        killed.stdin.write(b"x")
        killed.stdin.flush()
        assert killed.stdout.readline() == b"1\n"
        killed.kill()
    after = subprocess.run(command, env=environment, input=b"x", capture_output=True)
    assert (after.returncode, after.stdout, after.stderr) == (0, b"1\n", b"")


@pytest.mark.parametrize("name", LOSSES)
def test_the_program_runs_without_it_and_the_trace_says_so(python: str, name: str) -> None:
    trace = trace_without(python, name)
    assert (trace.run.status, trace.output.stdout, trace.error) == ("ok", PRINTED, None)
    notes = about(trace, name)
    assert notes, trace.notes
    if LOSSES[name] == "detail":
        assert "incomplete" not in {note.code for note in trace.notes}
        assert trace.run.partial is None
        assert "This version of torch is supported in part" in {f.title for f in trace.findings}
    else:
        assert {note.code for note in notes} == {"incomplete"}
        assert trace.run.partial is not None
        assert trace.run.partial.because == "lost_rows"
    if LOSSES[name] == "all":
        assert trace.notes == notes
        assert "The program ran without being recorded." in notes[0].text
        assert not trace.operations
    else:
        assert {"linear", "sum", "vmap"} & {operation.name for operation in trace.operations}


def test_every_name_is_in_the_table() -> None:
    strings = [
        node.value
        for node in ast.walk(ast.parse((TRACER / "private.py").read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    public = {*private.ANALYSERS, *private.LATE_IMPORTS, *private.ANALYSERS_HOMES}
    public |= {name for names in private.ANALYSERS.values() for name in names.values()}
    names = {text for text in strings if re.fullmatch(r"torch(\.\w+)+", text)}
    assert names - public == LOSSES.keys() - public
    assert not private.missing, "torch has them all"


def test_no_other_module_of_the_tracer_has_a_private_name() -> None:
    found = {
        f"{path.relative_to(TRACER)}: {name}"
        for path in TRACER.rglob("*.py")
        if path.name != "private.py"
        for name in _private_names(path.read_text("utf-8"))
    }
    assert not found


def _private_names(text: str) -> Iterator[str]:
    tree = ast.parse(text)
    of_torch = {"torch"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "torch":
            of_torch.update(alias.asname or alias.name for alias in node.names)
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("torch")]
        elif isinstance(node, ast.Attribute):
            names = [ast.unparse(node)]
        else:
            continue
        for name in names:
            first, *others = name.split(".")
            if first in of_torch and any(re.match(r"_[^_]", other) for other in others):
                yield name


@pytest.mark.parametrize(
    "line",
    [
        "import torch._ops",
        "from torch._ops import OpOverload",
        "from torch.jit import _builtins",
        "torch._C.x",
        "from torch.autograd import graph\ngraph._engine(1)",
        "from torch.nn.modules.dropout import _DropoutNd",
    ],
)
def test_a_private_name_elsewhere_would_be_found(line: str) -> None:
    assert list(_private_names(line))


def test_without_the_engine_nothing_is_said_about_a_missing_grad(python: str) -> None:
    text = dedent("""
        import torch
        w = torch.ones(2, requires_grad=True)
        unused = torch.ones(2, requires_grad=True)
        (w * 2).sum().backward()
        """)
    trace = trace_without(python, "torch.autograd._engine_run_backward", text)
    assert not trace.backward_passes
    assert {row.name: row.why.code for row in trace.gradients}["unused"] == "unknown"
