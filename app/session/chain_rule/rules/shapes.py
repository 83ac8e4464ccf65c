"""Views, copies and indexing: numbers move, and their gradients move back.

`place` puts gradients where their numbers came from, added up where one was taken several times,
with 0 elsewhere; `part` takes the piece of a gradient that belongs to one input, and `outside` is
a gradient with 0 where something was written.
"""

from __future__ import annotations

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_RESHAPED = _("Only the shape changes: each gradient belongs to the same number as before.")
_MOVED = _("The dimensions change back; the numbers stay the same.")
_COPIED = _("A copy passes its gradient on unchanged.")
_REPEATED = _("A number that was repeated gets the sum of the gradients of its copies.")
_TAKEN = _("The gradients go back to the numbers that were taken; the others get 0.")
_PARTS = _("Each input gets its own part of the gradient.")
_COLLECTED = _("The gradients of the parts are put together; a part without one counts as 0.")
_WRITTEN = _("What was written over gets no gradient; what was written gets the gradient there.")
_ADDED = _("What was added to gets all of the gradient; what was added gets it from its place.")
_KEPT = _("Only the numbers that were kept get a gradient.")

_COMPLEX = _("The real and the imaginary part stay together; only the form changes.")
_BETWEEN = _("Each number gets the gradients of what it was mixed into, by its share.")

_TIES = _("The gradient goes to the chosen number, in equal shares where several are equal.")
_REDUCED = {"include_self": True}

OTHERWISE = {
    "ScatterReduceBackward0": (
        *(
            rule(
                "scatter_reduce(self, src)", _TIES, {"reduce": name, **_REDUCED},
                self="grad * (self == result) / ties",
                src="part(grad / ties) * (src == part(result))",
            )
            for name in ("amax", "amin")
        ),
        rule(
            "scatter_reduce(self, src)",
            _("Each number gets the gradient of its mean, divided by how many that has."),
            {"reduce": "mean", **_REDUCED}, self="grad / terms", src="part(grad / terms)",
        ),
        rule(
            "scatter_reduce(self, src)",
            _("Each factor gets the gradient times the product of the others."),
            {"reduce": "prod", **_REDUCED},
            self="grad * result / self", src="part(grad * result) / src",
        ),
    ),
    "IndexPutBackward0": (
        rule("add(self, values)", _ADDED, {"accumulate": True}, self="grad", values="part(grad)"),
    ),
}  # fmt: skip
RULES = {
    "ViewBackward0": rule("view(self)", _RESHAPED, self="reshape(grad)"),
    "UnsafeViewBackward0": rule("view(self)", _RESHAPED, self="reshape(grad)"),
    "ReshapeAliasBackward0": rule("reshape(self)", _RESHAPED, self="reshape(grad)"),
    "SqueezeBackward0": rule("squeeze(self)", _RESHAPED, self="reshape(grad)"),
    "SqueezeBackward1": rule("squeeze(self)", _RESHAPED, self="reshape(grad)"),
    "SqueezeBackward2": rule("squeeze(self)", _RESHAPED, self="reshape(grad)"),
    "SqueezeBackward3": rule("squeeze(self)", _RESHAPED, self="reshape(grad)"),
    "SqueezeBackward4": rule("squeeze(self)", _RESHAPED, self="reshape(grad)"),
    "UnsqueezeBackward0": rule("unsqueeze(self)", _RESHAPED, self="reshape(grad)"),
    "TBackward0": rule("self.T", _MOVED, self="grad.T"),
    "TransposeBackward0": rule("transpose(self)", _MOVED, self="transpose(grad)"),
    "PermuteBackward0": rule("permute(self)", _MOVED, self="permute_back(grad)"),
    "ExpandBackward0": rule("expand(self)", _REPEATED, self="sum_of_copies(grad)"),
    "RepeatBackward0": rule("repeat(self)", _REPEATED, self="sum_of_copies(grad)"),
    "CloneBackward0": rule("self", _COPIED, self="grad"),
    "AliasBackward0": rule("self", _COPIED, self="grad"),
    "ToCopyBackward0": rule(
        "self", _("The gradient gets the dtype of the input back."), self="grad"
    ),
    "CopyBackwards": rule(
        "src", _("What was overwritten gets no gradient; the source gets all of it."),
        self="grad * 0", src="grad",
    ),
    "CopySlices": rule(
        "write(base, src)", _WRITTEN, {"call": "setitem"},
        base="outside(grad)", src="part(grad)",
    ),
    "IndexPutBackward0": rule(
        "write(self, values)", _WRITTEN, {"accumulate": False},
        self="outside(grad)", values="part(grad)",
    ),
    "IndexCopyBackward0": rule(
        "write(self, source)", _WRITTEN, self="outside(grad)", source="part(grad)"
    ),
    "IndexFillBackward0": rule("fill(self)", _WRITTEN, self="outside(grad)"),
    "IndexAddBackward0": rule(
        "add(self, source)", _ADDED, self="grad", source="alpha * part(grad)"
    ),
    "ScatterBackward0": rule("write(self, src)", _WRITTEN, self="outside(grad)", src="part(grad)"),
    "ScatterBackward1": rule("fill(self)", _WRITTEN, self="outside(grad)"),
    "ScatterAddBackward0": rule("add(self, src)", _ADDED, self="grad", src="part(grad)"),
    "MaskedScatterBackward0": rule(
        "write(self, source)", _WRITTEN, self="where(mask, 0, grad)", source="part(grad)"
    ),
    "TakeBackward0": rule("take(self)", _TAKEN, self="place(grad)"),
    "AsStridedBackward0": rule("as_strided(self)", _TAKEN, self="place(grad)"),
    "UnfoldBackward0": rule("unfold(self)", _REPEATED, self="sum_of_copies(grad)"),
    "Rot90Backward0": rule("rotate(self)", _MOVED, self="rotate_back(grad)"),
    "PixelShuffleBackward0": rule("shuffle(self)", _MOVED, self="shuffle_back(grad)"),
    "PixelUnshuffleBackward0": rule("shuffle(self)", _MOVED, self="shuffle_back(grad)"),
    "ChannelShuffleBackward0": rule("shuffle(self)", _MOVED, self="shuffle_back(grad)"),
    **{
        f"{name}{n}DBackward0": rule(text, _REPEATED, self="sum_of_copies(grad)")
        for n in (1, 2, 3)
        for name, text in (
            ("ReplicationPad", "pad(self)"), ("ReflectionPad", "pad(self)"),
            ("UpsampleNearest", "enlarge(self)"),
        )
    },
    **{
        f"Upsample{name}Backward0": rule("enlarge(self)", _BETWEEN, self="shares_back(grad)")
        for name in ("Linear1D", "Bilinear2D", "Bicubic2D", "Trilinear3D")
    },
    "Im2ColBackward0": rule("unfold(self)", _REPEATED, self="sum_of_copies(grad)"),
    "Col2ImBackward0": rule(
        "fold(self)", _("Each number gets the gradient of the place to which it was added."),
        self="take_back(grad)",
    ),
    "PackPaddedSequenceBackward0": rule("pack(input)", _TAKEN, input="place(grad)"),
    "TransposeBackward1": rule("transpose(self)", _MOVED, self="transpose(grad)"),
    "DiagonalBackward0_copy": rule("diagonal(self)", _TAKEN, self="place(grad)"),
    **{
        f"{name}ScatterBackward0": rule(
            "write(self, src)", _WRITTEN, self="outside(grad)", src="part(grad)"
        )
        for name in ("Select", "Slice", "Diagonal")
    },
    "ScatterReduceBackward0": rule(
        "add(self, src)", _ADDED, {"reduce": "sum", "include_self": True},
        self="grad", src="part(grad)",
    ),
    "BlockDiagBackward0": rule("block_diag(tensors)", _PARTS, tensors="*part(grad)"),
    "ViewAsRealBackward0": rule("parts(self)", _COMPLEX, self="as_complex(grad)"),
    "ViewAsComplexBackward0": rule("as_complex(self)", _COMPLEX, self="parts(grad)"),
    "ComplexBackward0": rule(
        "complex(real, imag)", _PARTS, real="part(grad)", imag="part(grad)"
    ),
    **{
        f"Fft{name}Backward0": rule(
            "transform(self)",
            _("Each number gets the gradients of all frequencies, by its share in them."),
            self="transform_back(grad)",
        )
        for name in ("R2C", "C2C", "C2R")
    },
    **{
        f"GridSampler{n}DBackward0": rule(
            "sample(input, grid)",
            _("Each number gets gradients by its share; a place gets them by the slope there."),
            input="shares_back(grad)", grid="sum(grad * slope(input))",
        )
        for n in (2, 3)
    },
    "TraceBackward0": rule(
        "trace(self)", _("Each number on the diagonal gets the gradient; the others get 0."),
        self="diag(grad)",
    ),
    "SelectBackward0": rule("select(self)", _TAKEN, self="place(grad)"),
    "SliceBackward0": rule("slice(self)", _TAKEN, self="place(grad)"),
    "IndexBackward0": rule("index(self)", _TAKEN, self="place(grad)"),
    "IndexSelectBackward0": rule("index_select(self)", _TAKEN, self="place(grad)"),
    "GatherBackward0": rule("gather(self)", _TAKEN, self="place(grad)"),
    "MaskedSelectBackward0": rule("masked_select(self)", _TAKEN, self="place(grad)"),
    "DiagonalBackward0": rule("diagonal(self)", _TAKEN, self="place(grad)"),
    "DiagEmbedBackward0": rule("diag(self)", _KEPT, self="diagonal(grad)"),
    "TriuBackward0": rule("triu(self)", _KEPT, self="triu(grad)"),
    "TrilBackward0": rule("tril(self)", _KEPT, self="tril(grad)"),
    "FlipBackward0": rule("flip(self)", _MOVED, self="flip(grad)"),
    "RollBackward0": rule("roll(self)", _MOVED, self="roll_back(grad)"),
    "ConstantPadNdBackward0": rule(
        "pad(self)", _("The gradients of the padding are dropped."), self="part(grad)"
    ),
    "CatBackward0": rule("cat(tensors)", _PARTS, tensors="*part(grad)"),
    "StackBackward0": rule("stack(tensors)", _PARTS, tensors="*part(grad)"),
    "SplitBackward0": rule("split(self)", _COLLECTED, self="collect(grad)"),
    "UnsafeSplitBackward0": rule("split(self)", _COLLECTED, self="collect(grad)"),
    "SplitWithSizesBackward0": rule("split(self)", _COLLECTED, self="collect(grad)"),
    "UnbindBackward0": rule("unbind(self)", _COLLECTED, self="collect(grad)"),
}  # fmt: skip
