"""What an error of torch's means and what to do next.

A hint is what can be said without the trace: the findings say more where the trace allows it.
"""

from __future__ import annotations

import dis
import os
import sys
from collections.abc import Sequence

_HINTS: tuple[tuple[str, str], ...] = (
    (
        "does not require grad and does not have a grad_fn",
        "backward() was called on a tensor without history: every operation on the path to it was "
        "skipped, or no input requires grad. Look for the last skipped operation before this line.",
    ),
    (
        "Trying to backward through the graph a second time",
        "A backward pass frees what the graph had saved. Compute the forward pass again before "
        "each backward(), detach what is carried over from one step to the next, or pass "
        "retain_graph=True to the earlier backward().",
    ),
    (
        "grad can be implicitly created only for real scalar outputs",
        "The loss is complex, and a loss must be one real number. Make it real before backward(), "
        "for example with .abs().pow(2).sum() or .real.",
    ),
    (
        "grad can be implicitly created only for scalar outputs",
        "Reduce the result to one number first, for example with .sum() or .mean(), or pass the "
        "gradient: y.backward(torch.ones_like(y)).",
    ),
    (
        "leaf Variable that requires grad is being used in an in-place operation",
        "A leaf that requires grad cannot be changed in place where autograd records. Update it "
        "inside `with torch.no_grad():`, or write an out-of-place operation.",
    ),
    (
        "has been modified by an inplace operation",
        "An operation had saved this value for backward, and an in-place operation (y += 1, "
        "y[mask] = 0, copy_, load_state_dict, an optimizer step) changed it afterwards. Use the "
        "out-of-place form (y = y + 1, torch.where), change a clone, or change it after backward.",
    ),
    (
        "Inference tensors cannot be saved for backward",
        "A tensor made under inference_mode can never take part in autograd. Make it under "
        "torch.no_grad() instead, or use its .clone().",
    ),
    (
        "inference tensor outside InferenceMode",
        "A tensor made under inference_mode stays an inference tensor. Make it under "
        "torch.no_grad() instead, or use its .clone().",
    ),
    (
        "Can't call numpy() on Tensor that requires grad",
        "NumPy keeps no history. Call .detach().numpy() if the gradient should end here.",
    ),
    (
        "dtype can require gradients",
        "Integers and booleans have no gradient. Make the tensor with a floating-point dtype, "
        "for example torch.tensor([1.0, 2.0]).",
    ),
    (
        "you can only change requires_grad flags of leaf variables. If you want to use",
        "requires_grad can be switched off for leaves only. Use .detach() to get a result without "
        "history. A slice of a leaf cannot have a flag of its own: set it for the whole tensor.",
    ),
    (
        "you can only change requires_grad flags of leaf variables",
        "The tensor is the result of a recorded operation and requires grad as it is: leave "
        "this line out. Call .retain_grad() if its own .grad is wanted.",
    ),
    (
        "Output 0 of BackwardHookFunction is a view and is being modified inplace",
        "A full backward hook passes the inputs and outputs of its module on as views, which "
        "cannot be changed in place. Use the out-of-place form after (and inside) that module, "
        "for example nn.ReLU() instead of nn.ReLU(inplace=True).",
    ),
    (
        "This view was created inside a custom Function",
        "A custom Function returned its input or a view of it, and such a view cannot be changed "
        "in place. Use the out-of-place form, or return a clone from the Function.",
    ),
    (
        "This view is the output of a function that returns multiple views",
        "One of several views made by one call cannot be changed in place. Use the out-of-place "
        "form, or clone the view first.",
    ),
    (
        "One of the differentiated Tensors does not require grad",
        "An input of torch.autograd.grad does not require grad. Call .requires_grad_() on it "
        "before the operations that use it, so that they are recorded.",
    ),
    (
        "attempted relative import with no known parent package",
        "The file belongs to a package, so run it as a module: Run as module in the run settings "
        "of the window, -m package.module on the command line.",
    ),
    (
        "appears to not have been used in the graph",
        "No recorded operation leads from this input to the output. Check for a skipped "
        "operation between them; with allow_unused=True its gradient is None.",
    ),
    (
        "can't optimize a non-leaf Tensor",
        "The optimizer updates leaves. Make the parameter without a further operation, or call "
        ".detach().requires_grad_() on the result.",
    ),
    (
        "support the deepcopy protocol",
        "Something in the copied object is the result of a recorded operation, which copy.deepcopy "
        "cannot copy. Store its .detach() there, or copy with .detach().clone().",
    ),
    (
        "optimizer got an empty parameter list",
        "No parameter reached the optimizer. A generator (filter(...), model.parameters(), a "
        "generator expression) is empty after its first use: keep list(...) of it. Otherwise check "
        "that the model registers its layers and that they are not all frozen.",
    ),
    (
        "does not support sparse gradients",
        "nn.Embedding(..., sparse=True) makes sparse gradients, which this optimizer cannot use. "
        "Leave sparse=True out, or give that layer to SparseAdam, SGD or Adagrad.",
    ),
    (
        "returned an incorrect number of gradients",
        "backward of a custom Function returns one gradient for each argument of forward (ctx "
        "apart), in the same order, and None for those that need no gradient.",
    ),
    (
        "Cannot access data pointer of Tensor that doesn't have storage",
        "Inside torch.func (vmap, grad, jvp) a tensor represents many values or for a derivative, "
        "so it cannot leave torch: .numpy() and .data_ptr() fail. Use torch operations instead.",
    ),
    (
        "vmap: It looks like you're calling .item()",
        "vmap runs the function once for the whole batch, so a tensor in it has no single value: "
        ".item(), int(x) and slicing with a tensor (row[start:stop]) fail. Use operations whose "
        "result has a fixed shape, such as torch.gather or torch.where, or a Python loop.",
    ),
    (
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow",
        "vmap runs the function once for the whole batch, so an `if` or `while` cannot depend on a "
        "tensor's value. Use torch.where, or a Python loop instead of vmap.",
    ),
    (
        "vmap: We do not support batching operators that can support dynamic shape",
        "vmap needs results of one shape for the whole batch, and this result's shape depends on "
        "the values. Use torch.where instead of selecting with a mask, or a Python loop.",
    ),
    (
        "Expected to have finished reduction in the prior iteration",
        "DistributedDataParallel waits for a gradient of every parameter that requires grad, and "
        "some got none in the last backward pass. Use these parameters in the loss, freeze or "
        "remove them, or pass find_unused_parameters=True.",
    ),
    (
        "Expected to mark a variable ready only once",
        "A parameter got its gradient twice in one backward pass of DistributedDataParallel, "
        "mostly because it is shared or used under a reentrant checkpoint. Pass "
        "use_reentrant=False to checkpoint, or static_graph=True to DistributedDataParallel.",
    ),
    (
        "marked with @once_differentiable",
        "The backward of this custom Function cannot be differentiated again. Remove "
        "@once_differentiable and write backward with recorded operations, or do without "
        "create_graph=True.",
    ),
    (
        "out of memory. Tried to allocate",
        "The device has no memory left. Use a smaller batch, run evaluation under torch.no_grad(), "
        "and keep no tensors with history between iterations (sum up loss.item(), not loss).",
    ),
    (
        "CUDA error: out of memory",
        "The device has no memory left. Use a smaller batch, and check with nvidia-smi whether "
        "another process holds its memory.",
    ),
    (
        "tensors used as indices must be long",
        "Indices must be integers: convert them with .long().",
    ),
    (
        "scalar types: Long, Int; but got",
        "Indices must be integers: convert them with .long().",
    ),
    (
        "expected target dtype to be Long",
        "Class numbers must be integers: convert them with .long().",
    ),
    *(
        (
            f"'{kind}' object has no attribute 'backward'",
            "The loss is a number of Python, which has no history: .item(), float() or tolist() "
            "took its values out of torch. Compute it with tensors, and call .item() only to print "
            "it.",
        )
        for kind in ("float", "int", "numpy.float32", "numpy.float64")
    ),
    *(
        (
            f"'NoneType' object has no attribute '{name}'",
            "A value is None here where a tensor was expected. A forward without `return` gives "
            "None, a .grad is None until a backward pass fills it, and a model of transformers "
            "gives a loss only for labels=....",
        )
        for name in ("backward", "mean", "sum", "norm", "shape", "size", "view", "abs", "detach")
    ),
    *(
        (
            part,
            "A value is None here. A .grad is None until a backward pass fills it, and a forward "
            "without `return` gives None.",
        )
        for part in (" and 'NoneType'", "'NoneType' and ")
    ),
    *(
        (
            f"'{kind}' object {fault}",
            "A method is used here in place of its result. Add the parentheses, for example "
            "model.parameters() or loss.mean().",
        )
        for kind in ("method", "builtin_function_or_method")
        for fault in ("is not iterable", "is not subscriptable", "has no attribute 'backward'")
    ),
    (
        "'tuple' object has no attribute 'backward'",
        "What was to be the loss is a tuple of several results, as nn.LSTM and nn.GRU return it. "
        "Take the tensor out of it and compute one number.",
    ),
    (
        "'NoneType' object has no attribute 'zero_'",
        "If this was a .grad: it is None until a backward pass reaches the tensor. The table of "
        "gradients says why.",
    ),
    (
        "shapes cannot be multiplied",
        "The number of columns of the first must be the number of rows of the second; for a "
        "Linear layer the last dimension of its input must be in_features.",
    ),
    (
        "must match the size of tensor b",
        "Sizes must be equal or 1, counted from the last dimension, to be broadcast. Print both "
        ".shape before this line.",
    ),
    (
        "must have the same dtype",
        "Convert one of them, for example with .float() or .to(weight.dtype).",
    ),
    (
        "view size is not compatible",
        "The tensor is not contiguous. Use .reshape(...), or .contiguous() first.",
    ),
    (
        "Expected all tensors to be on the same device",
        "Move them to one device with .to(device).",
    ),
    (
        "Torch not compiled with CUDA enabled",
        "This torch runs on the CPU only. Use device='cpu', or install a torch with CUDA.",
    ),
    (
        "before Module.__init__() call",
        "Call super().__init__() first in the __init__ of the module.",
    ),
    (
        "Expected more than 1 value per channel when training",
        "BatchNorm in training mode needs more than one example. Use a larger batch, or eval().",
    ),
    (
        "Boolean value of Tensor with more than one value is ambiguous",
        "Ask with .any() or .all(), or compare one element.",
    ),
)
"""Part of an error's message, and what to do about it."""

_AS_WRITTEN = "Reset the what-if to run the snippet unchanged."
_NOTHING_RECORDED = "and backward() has no graph to go through."
_NEEDED = {
    "grad": "This run is a what-if with grad mode on everywhere, so no_grad() and inference_mode() "
    "of the snippet switch nothing off: ",
    "without": "This run is a what-if without what some lines say about recording: ",
}
_OFF: tuple[tuple[str, str, str], ...] = (
    (
        "no-grad",
        "does not require grad and does not have a grad_fn",
        "This run is a what-if with grad mode off everywhere, so autograd recorded nothing "
        + _NOTHING_RECORDED,
    ),
    (
        "inference",
        "does not require grad and does not have a grad_fn",
        "This run is a what-if with inference mode on everywhere, so autograd recorded nothing "
        + _NOTHING_RECORDED,
    ),
    (
        "inference",
        "nference tensor",
        "This run is a what-if with inference mode on everywhere: every tensor that it makes is "
        "an inference tensor, which torch never lets take part in autograd.",
    ),
    (
        "freeze",
        "does not require grad and does not have a grad_fn",
        "This run is a what-if with frozen parameters, and nothing else that backward() could "
        "reach requires grad.",
    ),
)
"""Kind of change, part of an error's message, and what the change has to do with it."""
_ON: tuple[tuple[str, str], ...] = (
    (
        "a leaf Variable that requires grad is being used in an in-place operation",
        "here a leaf that requires grad is updated in place, which is only allowed "
        "where nothing is recorded. This is what the no_grad() is for.",
    ),
    (
        "a view of a leaf Variable that requires grad is being used in an in-place operation",
        "here a part of a leaf that requires grad is updated in place, which is only "
        "allowed where nothing is recorded. This is what the no_grad() is for.",
    ),
    (
        "Can't call numpy() on Tensor that requires grad",
        "this tensor has a history, which NumPy cannot keep.",
    ),
    (
        "has been modified by an inplace operation",
        "this in-place operation changes a value that a recorded one has saved.",
    ),
    (
        "Trying to backward through the graph a second time",
        "the results computed there are now connected to what was recorded before.",
    ),
)
"""Part of the message of an error that comes from recording more, and what is the matter."""
_WHAT_IF_HINTS = _OFF + tuple(
    (kind, part, needed + hint) for kind, needed in _NEEDED.items() for part, hint in _ON
)
_NO_INPUT = (
    "The snippet reads input, and none is left. Give it some: under Run settings in the window, "
    "with --stdin FILE on the command line."
)
IN_COMPILED_CODE = (
    "It happened in compiled code that this line led to, where Python can catch no error."
)
TEXTS = (
    *(hint for _, hint in _HINTS),
    *(f"{hint} {_AS_WRITTEN}" for _, _, hint in _WHAT_IF_HINTS),
    _NO_INPUT,
    IN_COMPILED_CODE,
)
"""Every hint in which nothing is filled in; `app.session.recorder_words` has them translated."""


def hint_for(error: BaseException, message: str, changes: Sequence[str] = ()) -> str | None:
    """Return a hint of one or two sentences, or None if nothing certain is known.

    `changes` are the kinds of changes of a what-if.
    """
    if (hint := _what_if_hint(changes, message)) is not None:
        return hint
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed for the Python that runs this: {sys.executable}."
    if isinstance(error, EOFError):
        return _NO_INPUT
    if isinstance(error, FileNotFoundError):
        return f"Relative paths start at {os.getcwd()}."
    if _raised_by_hand(error):
        return None
    return next((hint for part, hint in _HINTS if part in message), None)


def _raised_by_hand(error: BaseException) -> bool:
    """Return whether a `raise` statement outside torch raised the error."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or step.tb_lasti < 0:
        return False
    name = str(step.tb_frame.f_globals.get("__name__"))
    code = step.tb_frame.f_code.co_code
    return name.partition(".")[0] != "torch" and code[step.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _what_if_hint(changes: Sequence[str], message: str) -> str | None:
    """Return the hint for an error that a change typically causes, or None."""
    for kind, part, hint in _WHAT_IF_HINTS:
        if kind in changes and part in message:
            return f"{hint} {_AS_WRITTEN}"
    return None
