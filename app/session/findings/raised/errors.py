"""Errors about the tensor itself: its size, its dtype, and that inference mode made it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import BackwardPass, Edit, Finding, Fix, Operation
from app.session.findings.case import Case, finding
from app.session.findings.edits import called_name
from app.session.findings.raised.failing import at, error_line, line_or_call
from app.session.language import number, paragraph, tr


def non_scalar_backward(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is not None and case.message_has("implicitly created only for real scalar outputs"):
        yield from _complex_loss(case, backward)
    if backward is None or not case.message_has("implicitly created only for scalar outputs"):
        return
    root = next((r for r in backward.roots if case.tensor(r).summary.numel != 1), None)
    if root is None:
        return
    tensor = case.tensor(root)
    title = tr("backward() was called on more than one number")
    text = tr(
        "{name} has {count} elements, shape {shape}, and no gradient was given for them. "
        "A loss is one number."
    ).format(name=case.name(root), count=number(tensor.summary.numel), shape=tensor.shape)
    fix = Fix(
        tr("Call backward() on a sum or a mean; the sum adds up the gradients of all elements."),
        _summed(case),
    )
    maker = case.run.producers.get(root)
    made = [maker] if maker else []
    yield finding("non_scalar_backward", "error", error_line(case), title, text, made, [root], fix)


def _complex_loss(case: Case, backward: BackwardPass) -> Iterator[Finding]:
    root = next((r for r in backward.roots if case.tensor(r).dtype.startswith("complex")), None)
    if root is None:
        return
    title = tr("backward() was called on a complex number")
    text = tr("{name} has dtype {dtype}. A loss is one real number.")
    maker = case.run.producers.get(root)
    first = _became_complex(case, root)
    said = {"name": case.name(root), "dtype": f"`{case.tensor(root).dtype}`"}
    if first is not None:
        text = tr(
            "{name} has dtype {dtype}, because {first} is complex. A loss is one real number."
        )
        said["first"] = case.say(first)
    description = tr(
        "Make it real before it is summed: `z.abs() ** 2` instead of `z ** 2`, or `z.real`."
    )
    made = [maker] if maker else []
    fix = Fix(description, _squared_size(case, made))
    yield finding("non_scalar_backward", "error", error_line(case), title, text.format(**said),
                  made, [root], fix)  # fmt: skip


def _became_complex(case: Case, root: int) -> Operation | None:
    """The operation behind the root that made a complex result of real values."""

    def complex_inputs(maker: Operation) -> list[int]:
        return [v for v in maker.inputs if case.tensor(v).dtype.startswith("complex")]

    for _, maker in case.run.behind([root], complex_inputs):
        if maker is not None and not complex_inputs(maker):
            return maker
    return None


def _squared_size(case: Case, made: list[Operation]) -> list[Edit]:
    """`(z - 1) ** 2` becomes `(z - 1).abs() ** 2`, where the loss squares one value."""
    statement = case.source.statement(made[0].spot) if made else None
    if statement is None:
        return []
    found: list[ast.expr] = []
    for node in ast.walk(statement):
        match node:
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=2), left=base):
                found.append(base)
            case (
                ast.Call(func=ast.Attribute(attr="pow", value=base), args=[ast.Constant(value=2)])
                | ast.Call(func=ast.Attribute(attr="square", value=base), args=[])
            ):
                found.append(base)
    if len(found) != 1:
        return []
    return [case.source.replaced(found[0], f"({case.source.segment(found[0])}).abs()")]


def _summed(case: Case) -> list[Edit]:
    """`y.backward()` becomes `y.sum().backward()`."""
    statement = case.source.statement(error_line(case))
    calls = [] if statement is None else list(case.source.calls(statement, "backward"))
    if len(calls) != 1 or calls[0].args or calls[0].keywords:
        return []
    method = calls[0].func
    if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Name):
        return []
    return [case.source.replaced(method.value, f"{method.value.id}.sum()")]


def inference_tensor_in_autograd(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or not case.message_has("nference tensor"):
        return
    value = next((one for one in call.inputs if case.tensor(one).is_inference), None)
    if value is None:
        return
    line = error_line(case)
    maker = _made_in_inference(case, value)
    region = None if maker is None or maker.cause is None else maker.cause
    title = tr("An inference tensor cannot take part in autograd")
    text = tr("{name} is an inference tensor, and autograd had to save it {where}.")
    if not case.message_has("saved for backward"):
        text = tr("{name} is an inference tensor, and it cannot be changed in place {where}.")
    text = text.format(name=case.name(value), where=at(line))
    if maker is not None:
        made = tr("It was made by {maker} under inference_mode.")
        if maker != case.run.producers.get(value):
            made = tr("Its memory was made by {maker} under inference_mode.")
        text = paragraph((text, made.format(maker=case.say(maker))))
    fix = Fix(
        tr("Use torch.no_grad() where it is made, or use its clone()."),
        [] if region is None else _no_grad_instead(case, region.spot),
    )
    yield finding(
        "inference_tensor_in_autograd", "error", line, title, text, [maker] if maker else [],
        [value], fix,
    )  # fmt: skip


def _made_in_inference(case: Case, value: int) -> Operation | None:
    """The operation under inference mode that made a value, or the memory that it is a view of."""
    maker = case.run.producers.get(value)
    if maker is None or maker.inference:
        return maker
    storage = case.tensor(value).storage
    makers = (op for op in case.run.units if op.inference)
    return next((op for op in makers if any(case.tensor(made).storage == storage
                                            for made in op.outputs)), None)  # fmt: skip


def _no_grad_instead(case: Case, line: int | None) -> list[Edit]:
    """`torch.inference_mode()` on the line where the region was entered."""
    found = []
    torch = case.source.torch(line)
    for call in case.source.calls(case.source.tree(line), "inference_mode"):
        if call.lineno == line and not call.args and not call.keywords:
            code = case.source.segment(call)
            if code == f"{torch}.inference_mode()":
                found.append(case.source.replaced(call, f"{torch}.no_grad()"))
    return found if len(found) == 1 else []


def integer_requires_grad(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or not case.message_has("can require gradients"):
        return
    line = error_line(case)
    title = tr("Only floating point and complex tensors can require grad")
    if call.inputs:
        tensor = case.tensor(call.inputs[0])
        if tensor.dtype.startswith(("float", "bfloat", "complex")):
            return
        text = tr("{name} has dtype {dtype}; requires_grad was requested {where}.").format(
            name=case.name(tensor.id), dtype=f"`{tensor.dtype}`", where=at(line)
        )
    else:
        text = tr("The tensor that {where} makes has an integer or boolean dtype.").format(
            where=line_or_call(line)
        )
    fix = Fix(tr("Use a floating-point dtype, such as `torch.float32`."), _as_float(case))
    yield finding("integer_requires_grad", "error", line, title, text, [], call.inputs[:1], fix)


def _as_float(case: Case) -> list[Edit]:
    """`torch.tensor([1, 2], requires_grad=True)` gets a dtype."""
    line = error_line(case)
    statement, torch = case.source.statement(line), case.source.torch(line)
    call = case.failed_call
    if statement is None or torch is None or call is None or call.inputs:
        return []
    calls = [
        node
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and any(k.arg == "requires_grad" for k in node.keywords)
    ]
    if len(calls) != 1 or called_name(calls[0]) != call.name:
        return []
    keyword = next(k for k in calls[0].keywords if k.arg == "requires_grad")
    given = next((k for k in calls[0].keywords if k.arg == "dtype"), None)
    if given is not None:
        return [case.source.replaced(given.value, f"{torch}.float32")]
    code = f"{case.source.segment(keyword.value)}, dtype={torch}.float32"
    return [case.source.replaced(keyword.value, code)]
