"""Whether a model trained as expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor, nn

from app.session.run import Run
from app.session.training.expected import Expectation, broken, matches, near, parameters, title


def assert_trains(
    run: Run, identity_of: Callable[[Tensor], int | None], model: nn.Module, frozen: Sequence[str]
) -> None:
    """Raise AssertionError unless all parameters trained, except those that match `frozen`.

    `identity_of` gives the number of a tensor in the run.  Raises ValueError for a pattern that
    matches no parameter.
    """
    __tracebackhide__ = True
    named = dict(model.named_parameters())
    for pattern in frozen:
        if not any(matches(name, pattern) for name in named):
            nearest = ", ".join(near(pattern, named))
            raise ValueError(
                f"frozen={pattern!r} matches no parameter of the model; the nearest are {nearest}."
            )
    wanted: dict[Expectation, dict[str, Tensor]] = {"trains": {}, "frozen": {}}
    for name, parameter in named.items():
        is_frozen = any(matches(name, pattern) for pattern in frozen)
        wanted["frozen" if is_frozen else "trains"][name] = parameter
    lines = [
        line
        for expectation, those in wanted.items()
        for line in _broken(run, expectation, those, identity_of)
    ]
    if lines:
        raise AssertionError("\n".join(lines))


def _broken(
    run: Run,
    expectation: Expectation,
    those: dict[str, Tensor],
    identity_of: Callable[[Tensor], int | None],
) -> Iterator[str]:
    """Yield a line for each group of parameters that are not as expected, with the reason."""
    names = {identity_of(parameter): name for name, parameter in those.items()}
    training = run.trace.training
    tensors = {tensor: run.identity(tensor) for tensor in parameters(training)}
    judged = {tensor: names[one] for tensor, one in tensors.items() if one in names}
    for one in broken(training, expectation, judged):
        yield f"{one.title}: {one.group.text}"
    known = set(judged.values())
    unseen = [name for name in those if name not in known]
    if still := [name for name in unseen if those[name].requires_grad or expectation == "trains"]:
        yield f"{title(expectation, still)}: nothing in the block used them."
