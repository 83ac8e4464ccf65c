"""Long code in a sentence: a call keeps its name, anything else is left out."""

from __future__ import annotations

import pytest

from app.session.source.short_code import LONGEST, shortened


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("lin0(x)", "lin0(x)"),
        ("f(\n    x,\n)", "f( x, )"),
        (
            "torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)",
            "torch.nn.utils.clip_grad_norm_(…)",
        ),
        (
            "clip_grad_norm_(\n    model.parameters(),\n    max_norm=1.0, norm_type=2,\n)",
            "clip_grad_norm_(…)",
        ),
        (
            "nn.functional.binary_cross_entropy_with_logits(prediction, target)",
            "functional.binary_cross_entropy_with_logits(…)",
        ),
        ("self.encoder(tokens_of_the_whole_batch).transpose(0, 1).mean(dim=1)", "mean(…)"),
        ("first_of_the_two_tensors * 2 + second_of_the_two_tensors(x)", ""),
        ("'a text that is longer than what a sentence has room for'(", ""),
    ],
)
def test_long_code_is_shortened(code: str, short: str) -> None:
    assert shortened(code) == short
    assert len(shortened(code)) <= LONGEST
