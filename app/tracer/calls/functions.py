"""What kind of call a torch function is, decided once per function.

torch's function mode hands over everything that Python asks of torch, from `x.shape` to
`F.cross_entropy`.  Which of it makes a tensor is seen from the result; what is fixed here is what a
result cannot show: which calls read values out of torch, which exist in order to cut, and which
need a treatment of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import Any, Literal

from torch import Tensor

from app.tracer.private import operator_name, public_names

Kind = Literal[
    "call",
    "composite",
    "query",
    "requires_grad",
    "grad_get",
    "grad_set",
    "data_set",
    "retain_grad",
    "history",
    "deepcopy",
    "foreign",
    "address",
]

# fmt: off
_QUERIES = frozenset((
    "shape", "dtype", "device", "layout", "requires_grad", "ndim",
    "_version", "_base", "is_cuda", "is_cpu", "is_mps", "is_xpu", "is_meta", "is_sparse",
    "is_sparse_csr", "is_quantized", "is_nested", "is_mkldnn", "is_vulkan", "is_ipu", "is_xla",
    "is_mtia", "is_maia", "names", "output_nr", "itemsize", "nbytes", "_backward_hooks",
    "_post_accumulate_grad_hooks", "retains_grad", "volatile", "grad_dtype", "name", "_cdata",
    "dim", "size", "numel", "nelement", "ndimension", "stride", "storage_offset", "is_contiguous",
    "element_size", "get_device", "is_floating_point", "is_complex", "is_signed", "is_inference",
    "is_pinned", "is_shared", "is_conj", "is_neg", "is_same_size", "is_set_to", "is_coalesced",
    "data_ptr", "storage", "untyped_storage", "_typed_storage", "has_names", "_is_view",
    "_is_zerotensor", "_nnz", "sparse_dim", "dense_dim", "q_scale", "q_zero_point", "qscheme",
    "can_cast", "result_type", "__len__", "__hash__", "__repr__", "__str__", "__format__",
    "__dir__", "__reduce_ex__", "__setstate__", "_reduce_ex_internal",
    "__cuda_array_interface__", "__dlpack_device__", "register_hook",
    "register_post_accumulate_grad_hook", "backward", "grad", "_has_symbolic_sizes_strides",
    "_set_grad_enabled", "share_memory_", "_update_names", "dim_order",
))
# fmt: on
"""Calls that ask about a tensor, or do something other than compute with it, by last name."""

_TO_PYTHON = frozenset(
    (
        *("item", "tolist", "numpy", "__float__", "__int__", "__bool__", "__index__"),
        *("__complex__", "__array__", "__dlpack__", "equal", "allclose", "is_nonzero"),
    )
)

_CUTS = frozenset(
    ("detach", "detach_", "detach_copy", "data", "tensor", "as_tensor", "asarray", "from_numpy")
)

_GIVE_MEMORY = frozenset(
    (
        *("empty", "empty_like", "empty_strided", "empty_permuted", "empty_quantized"),
        *("new_empty", "new_empty_strided", "_empty_affine_quantized"),
    )
)

_AUGMENTED = frozenset(
    (
        *("__iadd__", "__isub__", "__imul__", "__itruediv__", "__ifloordiv__", "__imod__"),
        *("__ipow__", "__iand__", "__ior__", "__ixor__", "__ilshift__", "__irshift__"),
    )
)

_CALL_BACK = ("apply_", "map_", "map2_")
"""Functions of torch that are given code of the snippet to run."""

_PARTS = ("real", "imag")
"""Attributes whose setting is an in-place update of a view."""

_SPECIAL: dict[tuple[str, str], Kind] = {
    ("__deepcopy__", ""): "deepcopy",
    ("requires_grad", "__set__"): "requires_grad",
    ("requires_grad_", ""): "requires_grad",
    ("grad", "__get__"): "grad_get",
    ("grad", "__set__"): "grad_set",
    ("grad", "__delete__"): "grad_set",
    ("_grad", "__get__"): "grad_get",
    ("_grad", "__set__"): "grad_set",
    ("data", "__set__"): "data_set",
    ("retain_grad", ""): "retain_grad",
    ("data_ptr", ""): "address",
    ("storage", ""): "address",
    ("untyped_storage", ""): "address",
    ("_typed_storage", ""): "address",
    ("grad_fn", "__get__"): "history",
    ("is_leaf", "__get__"): "history",
}


class TorchFunction:
    """One function of torch as the recorder treats it.

    `name` is what a user would call it ("getitem", "linear"); `qualified_name` its public path.
    """

    __slots__ = (
        "changes_inputs",
        "cuts",
        "function",
        "gives_memory",
        "in_place",
        "keeps_statistics",
        "kind",
        "name",
        "probed",
        "pure",
        "qualified_name",
        "to_python",
        "updates_without_saving",
    )

    def __init__(self, function: Any) -> None:
        path, accessor = _path(function)
        last = path.rpartition(".")[2]
        self.function = function
        self.qualified_name = path
        self.name = last.strip("_") if last.startswith("__") else last
        self.to_python = last in _TO_PYTHON
        self.cuts = last in _CUTS
        self.gives_memory = last in _GIVE_MEMORY
        """Whether the result of a call has no values yet."""
        self.in_place = _in_place(last)
        self.keeps_statistics = self.qualified_name == "torch.batch_norm"
        """Whether a call in training changes running means and variances that it is given."""
        self.changes_inputs = self.in_place or self.keeps_statistics
        self.kind: Kind = _kind(function, last, accessor)
        self.pure = _pure(function)
        """Whether a call runs only torch's own code, so that repeating it goes unnoticed."""
        self.probed: dict[Any, bool] = {}
        """Answers of `app.tracer.calls.differentiable` for this function."""
        self.updates_without_saving: set[Any] = set()
        """Those of `app.tracer.calls.views`."""

    @classmethod
    def custom(cls, function: type[Any]) -> TorchFunction:
        """Return the function for a user's `torch.autograd.Function`, named after its class."""
        path = f"{function.__module__}.{function.__qualname__}.apply"
        return cls.opaque(function, function.__name__, path)

    @classmethod
    def opaque(cls, function: Any, name: str, qualified_name: str) -> TorchFunction:
        """Return a function for a call that runs the snippet's code; its name implies nothing."""
        custom = cls.__new__(cls)
        custom.function = function
        custom.name = name
        custom.qualified_name = qualified_name
        custom.to_python = custom.cuts = custom.in_place = custom.pure = False
        custom.keeps_statistics = custom.changes_inputs = custom.gives_memory = False
        custom.kind = "composite"
        custom.probed = {}
        custom.updates_without_saving = set()
        return custom

    def changed_by_name(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Sequence[Any]:
        """Return what a call changes according to torch's naming conventions: `add_`, `out=`."""
        if self.name.startswith("_fused_"):  # parameters, gradients, then the optimizer's state
            lists = [arg for arg in (args[0], *args[2:]) if isinstance(arg, (list, tuple))]
            return [tensor for some in lists for tensor in some]
        if self.keeps_statistics:  # input, weight, bias, running_mean, running_var, training
            return [t for t in args[3:5] if t is not None] if len(args) > 5 and args[5] else ()
        if self.in_place:
            return args[0] if args and isinstance(args[0], (list, tuple)) else args[:1]
        out = kwargs.get("out")
        if out is None:
            return ()
        return out if isinstance(out, (list, tuple)) else (out,)


def _in_place(last: str) -> bool:
    """Return whether a function of this name changes its first argument."""
    if last.startswith("__"):
        return last in _AUGMENTED or last == "__setitem__"
    return last.endswith("_")


def _pure(function: Any) -> bool:
    operator = operator_name(function)
    if operator is not None:
        return operator.startswith(("aten::", "prims::"))
    return getattr(function, "__name__", None) not in _CALL_BACK and _of_torch(function)


def _of_torch(function: Any) -> bool:
    return (getattr(function, "__module__", None) or "torch").partition(".")[0] == "torch"


def _kind(function: Any, last: str, accessor: str) -> Kind:
    special = _SPECIAL.get((last, accessor))
    if special is not None:
        return special
    if last in _QUERIES or (accessor in ("__set__", "__delete__") and last not in _PARTS):
        return "query"
    if not isinstance(function, FunctionType):
        return "call"
    return "composite" if _of_torch(function) else "foreign"


def _attribute(descriptor: Any) -> str:
    """Return the name of a tensor attribute; before Python 3.13 a property has none itself."""
    name = getattr(descriptor, "__name__", None)
    if name is None:
        for kind in Tensor.__mro__:
            for name, value in vars(kind).items():
                if value is descriptor:
                    return name
    return str(name)


def _path(function: Any) -> tuple[str, str]:
    """Return the public dotted path of a torch function, and for an attribute its access."""
    name = getattr(function, "__name__", type(function).__name__)
    if name in ("__get__", "__set__", "__delete__"):
        return f"torch.Tensor.{_attribute(function.__self__)}", name
    operator = operator_name(function)
    if operator is not None:
        return "torch.ops." + operator.replace("::", "."), ""
    path = public_names.get(function)
    if path is None:
        module = getattr(function, "__module__", None)
        owner = getattr(function, "__objclass__", None)
        prefix = module or ("torch.Tensor" if owner is not None else "torch")
        path = f"{prefix}.{name}"
    return path.replace("torch._C._nn.", "torch.nn.functional."), ""
