"""What torch makes of each example, worked out by reading it, not by tracing it.

`lines` has the calls of each line: the name of each as the snippet writes it (an operator by its
function's name), the reason, and what switched recording off.  What happens inside `nn.Linear(...)`
and `optimizer.step()` differs between versions of torch: there it has only the reasons.
`gradients` is the reason code of each row of the gradient table.
"""

from __future__ import annotations

from dataclasses import dataclass


def initialised(line: int) -> list[str]:
    """A layer made on this line: torch allocates its parameters and fills them under no_grad."""
    return ["source", f"no_grad (library, line {line})"]


@dataclass(frozen=True)
class Expected:
    lines: dict[int, list[str]]
    gradients: dict[str, str]


def _both(path: str, why: str) -> dict[str, str]:
    return {f"{path}.weight": why, f"{path}.bias": why}


CONVOLUTIONS = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
"""The places of the 13 in `SmallVGG.features`, among ReLUs and poolings."""

EXPECTED = {
    "01_three_linear_layers.py": Expected(
        lines={
            4: ["source"],
            6: initialised(6),
            8: ["linear recorded"],
            10: ["linear no_grad (with, line 9)"],
            11: ["linear recorded"],
            12: ["sum recorded"],
        },
        gradients={
            **_both("lin0", "cut"),
            **_both("lin1", "only_skipped"),
            **_both("lin2", "accumulated"),
            "x": "cut",
        },
    ),
    "02_one_multiplication.py": Expected(
        lines={
            4: ["source"],
            5: ["mul recorded"],
            10: ["mul no_grad (with, line 9)"],
            14: ["source"],
            15: ["mul no_input_requires_grad"],
            20: ["add recorded", "sum recorded"],
        },
        gradients={"A": "accumulated"},
    ),
    "03_no_grad_block_and_decorator.py": Expected(
        lines={
            4: initialised(4),
            5: ["source"],
            10: ["linear no_grad (with, line 9)"],
            15: ["linear no_grad (decorator, line 13)"],
            22: ["linear recorded"],
            24: ["sum recorded"],
        },
        gradients=_both("model", "accumulated"),
    ),
    "04_weight_update_by_hand.py": Expected(
        lines={
            6: initialised(6),
            7: ["source"],
            15: ["add_ no_grad (decorator, line 12)"],
            18: ["linear recorded", "mse_loss recorded"],
            21: ["linear recorded", "mse_loss recorded"],
            22: ["item to_python"],
            25: ["source"],
            26: ["pow recorded", "sum recorded"],
            28: ["mul no_grad (with, line 27)", "sub_ no_grad (with, line 27)"],
            34: ["source"],
            35: ["pow recorded", "sum recorded"],
            36: ["mul no_input_requires_grad", "sub recorded"],
            37: ["pow recorded", "sum recorded"],
        },
        gradients={**_both("model", "accumulated"), "w": "accumulated", "v": "non_leaf"},
    ),
    "05_evaluation_and_accuracy.py": Expected(
        lines={
            5: initialised(5),
            8: ["source"],
            18: ["linear no_grad (decorator, line 13)", "relu no_grad (decorator, line 13)"],
            19: ["cross_entropy no_grad (decorator, line 13)", "item to_python"],
            20: ["max no_grad (decorator, line 13)"],
            21: [
                "eq no_grad (decorator, line 13)",
                "sum no_grad (decorator, line 13)",
                "item to_python",
            ],
        },
        gradients={**_both("model.0", "no_backward"), **_both("model.2", "no_backward")},
    ),
    "06_frozen_features.py": Expected(
        lines={
            20: initialised(20),
            21: initialised(21),
            22: initialised(22),
            26: [
                "conv2d no_input_requires_grad",
                "relu no_input_requires_grad",
                "max_pool2d no_input_requires_grad",
            ],
            27: [
                "flatten no_input_requires_grad",
                "linear recorded",
                "relu recorded",
                "dropout recorded",
            ],
            32: initialised(32),
            45: ["source"],
            47: ["cross_entropy recorded"],
            49: ["no_grad (optimizer, line 49)"],
        },
        gradients={
            **{
                name: "frozen"
                for number in CONVOLUTIONS
                for name in _both(f"model.features.{number}", "frozen")
            },
            **_both("model.classifier.0", "accumulated"),
            **_both("model.classifier.3", "accumulated"),
            **_both("model.classifier.6", "accumulated"),
        },
    ),
    "07_train_eval_and_no_grad.py": Expected(
        lines={
            10: initialised(10),
            # Batch norm's running statistics are buffers: filled with grad mode on.
            12: ["source", "no_input_requires_grad", "no_grad (library, line 12)"],
            15: [
                "linear recorded",
                "dropout recorded",
                "add_ no_input_requires_grad",  # num_batches_tracked
                "batch_norm recorded",
                "dropout unchanged",  # in evaluation it hands back what it got
                "linear no_grad (with, line 36)",
                "dropout no_grad (with, line 36)",
                "add_ no_grad (with, line 36)",
                "batch_norm no_grad (with, line 36)",
            ],
            20: ["equal to_python"],
            21: ["int to_python"],
            28: ["source"],
        },
        gradients={
            **_both("model.linear", "no_backward"),
            **_both("model.batch_norm", "no_backward"),
        },
    ),
    "08_inference_mode.py": Expected(
        lines={
            4: initialised(4),
            5: ["source"],
            8: ["linear inference_mode (with, line 7)"],
            13: ["linear inference_mode (decorator, line 11)"],
            21: ["source"],
            28: ["clone no_input_requires_grad", "mul recorded", "sum recorded"],
            30: ["flatten no_input_requires_grad"],
        },
        gradients={**_both("model", "only_skipped"), "weight": "accumulated"},
    ),
    "09_inference_mode_nested.py": Expected(
        lines={
            3: ["source"],
            7: [
                "mul inference_mode (with, line 15)",
                "mul no_grad (with, line 14)",
                "mul inference_mode (with, line 19)",
                "mul inference_mode (with, line 22)",
                "mul recorded",
            ],
        },
        gradients={"w": "no_backward"},
    ),
    "10_training_loop.py": Expected(
        lines={
            5: initialised(5),
            7: ["source"],
            8: ["prod no_input_requires_grad"],
            12: ["linear recorded", "tanh recorded", "mse_loss recorded"],
            # The momentum starts as a detached copy of the gradient.
            14: ["detached", "no_grad (optimizer, line 14)"],
            15: ["item to_python"],
        },
        gradients={**_both("model.0", "accumulated"), **_both("model.2", "accumulated")},
    ),
}
