"""Where the processes of a run differ: findings about all of them, in the terms of one.

A difference is that something is called or not, recorded or not, reached or not, and that weights
are others.  How far a process got is none, and so is nothing concluded from what a process that
ended early did not do after its first backward pass.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from app.contract.records import Finding, Operation
from app.contract.spots import line_and_file, spot
from app.session.comparing.alignment import Row
from app.session.comparing.differences import TOLERANCE, Differences, differences
from app.session.explain.phrases import Phrases, listed
from app.session.findings.case import SEVERITIES, finding
from app.session.language import ngettext, number, paragraph, tr
from app.session.numbers import duration, short
from app.session.places import message_of
from app.session.ranks.clock import RankLane, rank_clock
from app.session.ranks.naming import how_ended
from app.session.ranks.seen import SeenProcess
from app.session.ranks.sisters import Processes
from app.session.run import Run
from app.session.summary.partial_words import partial_words

_NAMED = 3
"""The number of skipped operations whose reason is said."""


class ComparedProcesses:
    """The processes of a run, and what differs between them.

    All of it is worked out at once, which takes time in proportion to their traces.  Raises
    StoppedError soon after `is_wanted` says no.
    """

    def __init__(self, processes: Processes, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self.processes = processes
        self.clock = rank_clock(processes.all)
        self._seen = [SeenProcess(process) for process in processes.all]
        ranks = [one for one in self._seen if one.process.place[0] >= 0]
        children = [one for one in self._seen if one.process.place[1] >= 0]
        self._alike = [one for one in ranks if one.process.place[1] < 0] or children
        """Those that run the same: the ranks, or else the children."""
        self._on_some: dict[_OnSome, list[tuple[SeenProcess, Sequence[_Here]]]] = defaultdict(list)
        """The operations that differ from those of the first, with the processes in which."""
        self._other_weights: dict[_OtherWeights, list[SeenProcess]] = defaultdict(list)
        for other in self._alike[1:]:
            first = self._alike[0]
            if ranks:
                found = differences(first.run, other.run, is_wanted)
                for what, places in _of_pair(first, other, found):
                    self._on_some[what].append((other, places))
            if (weights := _first_other_weights(first, other)) is not None:
                self._other_weights[weights].append(other)
        self._uncalled = list(self._modules_called_by_some())
        self._unreached = self._reached_by_some()
        self.ends = [*self._places_of_ends()]
        self._findings = {one.run: self._worked_out(one.run) for one in self._seen}
        self.differing = [place for place, one in enumerate(self._seen) if self._differs(one)]
        """The places of the processes that ended early or are unlike the first."""

    def findings(self, shown: Run) -> list[Finding]:
        """Return the findings, with operations, tensors and lines of `shown`, worst first."""
        return self._findings[shown]

    def _worked_out(self, shown: Run) -> list[Finding]:
        found = [
            *self._endings(shown),
            *(self._uncalled_module(*module, shown) for module in self._uncalled),
            *self._reached(shown),
            *self._weights(shown),
            *self._operations(shown),
            *self.processes.problems,
        ]
        return sorted(found, key=lambda one: SEVERITIES.index(one.severity))

    def _differs(self, one: SeenProcess) -> bool:
        return (
            not one.is_whole
            or any(one in idle for _, _, idle in self._uncalled)
            or any(one in others for others in self._other_weights.values())
            or any(
                one is other
                for what, differing in self._on_some.items()
                if what.is_recorded
                for other, _ in differing
            )
        )

    # ---------------------------------------------------------------------------- the endings

    def _endings(self, shown: Run) -> Iterator[Finding]:
        """Yield how the others ended that ended early, alike ones together."""
        alike: dict[tuple[str, int | None], list[SeenProcess]] = defaultdict(list)
        for one in self._seen:
            if not one.is_whole and one.run is not shown:  # which says it itself
                alike[one.ended_with, one.ended_at].append(one)
        for (error, at), ended in alike.items():
            processes = listed(one.process.name.title for one in ended)
            waited = self._waited(ended[0])
            if error:
                title = how_ended(processes, ended[0].run.trace.run.status, error)
                spot_here = spot_in(shown, ended[0].run, at)
                words = paragraph([_error_of(ended[0]), waited])
                yield finding(
                    "process_ended", "info" if waited else "error", spot_here, title, words
                )
            else:
                title = ngettext("{processes} was stopped", "{processes} were stopped", len(ended))
                words = tr("That was {after}. {words}").format(
                    after=_after(ended[0]), words=partial_words(ended[0].run.trace) or ""
                )
                title = title.format(processes=processes)
                said = paragraph([words.strip(), waited])
                yield finding("process_ended", "info" if waited else "warning", None, title, said)

    def _waits_at_end(self, process: SeenProcess) -> RankLane | None:
        """Return the lane of a rank that did nothing but wait before it ended; None if all did."""
        lane = None if self.clock is None else self.clock.lane_of(process.run)
        if self.clock is None or lane is None or lane.last_wait is None:
            return None
        ended = [one for one in self.clock.lanes if one.run.trace.run.status != "ok"]
        return None if all(one.last_wait is not None for one in ended) else lane

    def _waited(self, process: SeenProcess) -> str:
        """Say that a rank did nothing but wait before it ended; "" if it did, or all did that."""
        lane = self._waits_at_end(process)
        if lane is None or lane.last_wait is None:
            return ""
        text = tr("Before that it only waited for the other ranks: {time}, on line {line}.")
        if (wait := lane.last_wait).spot is None:
            text = tr("Before that it only waited for the other ranks: {time}.")
        end = lane.end - lane.offset if wait.end_seconds is None else wait.end_seconds
        return text.format(time=duration(end - wait.seconds), line=wait.spot)

    def _places_of_ends(self) -> Iterator[End]:
        """Yield the lines at which ranks raised, or waited until they ended."""
        for one in self._seen:
            lane = self._waits_at_end(one)
            if lane is not None and lane.last_wait is not None:
                if (at := lane.last_wait.spot) is not None:
                    yield End(one, at, "")
            elif one.run.trace.run.status == "raised" and one.ended_at is not None:
                yield End(one, one.ended_at, one.ended_with)

    # ------------------------------------------------------------------ what is called, reached

    def _modules_called_by_some(
        self,
    ) -> Iterator[tuple[str, Sequence[SeenProcess], Sequence[SeenProcess]]]:
        """Yield the path of such a module, who calls it, and who does not."""
        for path in dict.fromkeys(path for one in self._alike for path in one.modules):
            idle = [one for one in self._alike if one.never_calls(path)]
            calling = [one for one in self._alike if one.calls(path, early=_any_ended(idle))]
            around = path.rpartition(".")[0]
            if calling and idle and not any(one.never_calls(around) for one in idle):
                yield path, calling, idle  # else the module around it says as much

    def _uncalled_module(
        self, path: str, calling: Sequence[SeenProcess], idle: Sequence[SeenProcess], shown: Run
    ) -> Finding:
        call = calling[0].first_in(path)
        words = []
        if call is not None:
            text = tr("{process} runs {operation}.")
            operation = Phrases(calling[0].run, marks=True).operation(call)
            words.append(text.format(process=calling[0].process.name.title, operation=operation))
        names = sorted(calling[0].parameters_in(path))
        if names:
            words.append(_gradients_without(names, calling[0], idle[0]))
        title = tr("`{module}` is called {only}").format(module=path, only=_only(calling, idle))
        at = None if call is None else spot_in(shown, calling[0].run, call.spot)
        here = next((one.first_in(path) for one in calling if one.run is shown), None)
        own = SeenProcess.of(self._seen, shown)
        tensors = own.parameters_in(path).values() if own else ()
        operations = [] if here is None else [here]
        return finding("module_on_some_ranks", "warning", at, title, paragraph(words), operations,
                       tensors)  # fmt: skip

    def _reached_by_some(self) -> dict[tuple[_Some, _Some], list[str]]:
        """Return the parameters that backward reaches in some processes and not in others."""
        groups: dict[tuple[_Some, _Some], list[str]] = defaultdict(list)
        for name in dict.fromkeys(name for one in self._alike for name in one.reached):
            idle = tuple(one for one in self._alike if one.never_reaches(name))
            early = _any_ended(idle)
            reaching = tuple(one for one in self._alike if one.reaches(name, early=early))
            if reaching and idle and not any(one.has_uncalled_around(name) for one in idle):
                groups[reaching, idle].append(name)
        return groups

    def _reached(self, shown: Run) -> Iterator[Finding]:
        own = SeenProcess.of(self._seen, shown)
        for (reaching, idle), names in self._unreached.items():
            title = ngettext(
                "Backward reaches {names} {only}", "Backward reaches {names} {only}", len(names)
            ).format(names=listed(f"`{name}`" for name in names), only=_only(reaching, idle))
            words = [_gradients_without(names, reaching[0], idle[0])]
            words += [row.why.text for row in idle[0].run.trace.gradients if row.name == names[0]
                      and row.grad is None]  # fmt: skip
            tensors = [own.rows[name] for name in names if name in own.rows] if own else []
            yield finding("reached_on_some_ranks", "warning", None, title, paragraph(words), [],
                          tensors)  # fmt: skip

    # ------------------------------------------------------------------------------ the weights

    def _weights(self, shown: Run) -> Iterator[Finding]:
        own, first = SeenProcess.of(self._seen, shown), self._alike[:1]
        for found, others in self._other_weights.items():
            tensors = [own.rows[name] for name in found.names if name in own.rows] if own else []
            title = tr("Weights {here} differ from those {there} in iteration {number}")
            if found.is_end:
                title = tr("Weights {here} differ from those {there} at the end")
            here, there = _where(others), _where(first)
            title = title.format(here=here, there=there, number=number(found.iteration + 1))
            words = _weights_differ(found, first[0], others[0])
            yield finding("weights_differ", "warning", None, title, words, [], tensors)

    # --------------------------------------------------------------------------- the operations

    def _operations(self, shown: Run) -> Iterator[Finding]:
        for what, differing in self._on_some.items():
            sides = self._alike[:1], [other for other, _ in differing]
            here, there = map(_where, sides if what.in_first else sides[::-1])
            places = [place for _, found in differing for place in found]
            run, unit = next((one for one in places if one[0] is shown), places[0])
            yield finding(
                "operations_differ",
                "warning" if what.is_recorded else "info",
                spot_in(shown, run, unit.spot),
                what.title().format(count=number(what.total), here=here, there=there),
                what.words,
                [unit] if run is shown else [],
            )


_Here = tuple[Run, Operation]
"""An operation and the run that it is in."""
_Some = tuple[SeenProcess, ...]


class End(NamedTuple):
    """Where a rank raised an error, or waited until it ended: then `error` is ""."""

    process: SeenProcess
    spot: int
    error: str


class _OtherWeights(NamedTuple):
    """The first iteration in which weights differ, from 0, and those that do."""

    iteration: int
    is_end: bool
    """Whether it is the end of the run, after the last iteration."""
    names: tuple[str, ...]


class _OnSome(NamedTuple):
    """Operations that only the first process records or runs, or only others."""

    is_recorded: bool
    in_first: bool
    total: int
    words: str

    def title(self) -> str:
        if self.is_recorded:
            return ngettext(
                "{count} operation recorded {here} is skipped {there}",
                "{count} operations recorded {here} are skipped {there}",
                self.total,
            )
        return ngettext(
            "{count} operation that runs {here} is missing {there}",
            "{count} operations that run {here} are missing {there}",
            self.total,
        )


def _of_pair(
    first: SeenProcess, other: SeenProcess, found: Differences
) -> Iterator[tuple[_OnSome, Sequence[_Here]]]:
    """Yield what is recorded or runs in one of two only, and an operation of each for it."""
    for in_first, side in ((True, other), (False, first)):
        fates = [both for both in found.fates if (both.first.status == "recorded") == in_first]
        if fates:
            skipped = [both.second if in_first else both.first for both in fates]
            phrases = Phrases(side.run, marks=True)
            words = paragraph(f"{phrases.not_recorded(unit)}." for unit in skipped[:_NAMED])
            places = [(first.run, fates[0].first), (other.run, fates[0].second)]
            yield _OnSome(True, in_first, len(fates), words), places
    rows = compared_rows(first.run, other.run, found)
    for in_first, side, place in ((True, first, 0), (False, other, 1)):
        alone = [row[place] for row in rows if row[1 - place] is None]
        units = [side.run.operations[unit] for unit in alone if unit is not None]
        units = [unit for unit in units if not side.is_in_lone_module(unit, (first, other))]
        if units:
            words = f"{Phrases(side.run, marks=True).operations(units)}."
            yield _OnSome(False, in_first, len(units), words), [(side.run, units[0])]


def compared_rows(first: Run, second: Run, found: Differences) -> Sequence[Row]:
    """Return the rows of the alignment, of runs that ended early up to the last that both have."""
    rows = found.alignment.rows
    if first.trace.run.status == second.trace.run.status == "ok":
        return rows
    both = (place for place in range(len(rows) - 1, -1, -1) if None not in rows[place])
    return rows[: next(both, -1) + 1]


def _after(process: SeenProcess) -> str:
    count = len(process.run.trace.iterations)
    if not count:
        return tr("before the end of its first iteration")
    text = ngettext("after {count} iteration", "after {count} iterations", count)
    return text.format(count=number(count))


def _error_of(process: SeenProcess) -> str:
    """Return where and when a process raised its error, and what its trace says of it."""
    trace, error = process.run.trace, process.run.trace.error
    text = tr("That was {after}: {message}")
    if error is not None and error.spot is not None:
        text = tr("That was on line {line}, {after}: {message}")
    words = text.format(
        line=process.ended_at,
        after=_after(process),
        message="" if error is None else _sentence(message_of(error)),
    )
    why = [f"{one.title}. {one.text}" for one in trace.findings if one.severity == "error"]
    return paragraph([words, *why[:1]])


def _weights_differ(found: _OtherWeights, first: SeenProcess, other: SeenProcess) -> str:
    iteration = found.iteration
    words = [_norms(found.names, first.weights[iteration], first, other.weights[iteration], other)]
    if iteration:
        words.append(_diverging(iteration - 1, first, other))
    elif not found.is_end:
        words.append(tr("They differ before the first optimizer step."))
    if not (first.is_replicated and other.is_replicated):
        words.append(tr("DistributedDataParallel, which keeps them equal, is not used."))
    return paragraph(words)


def _first_other_weights(first: SeenProcess, other: SeenProcess) -> _OtherWeights | None:
    """Return where weights first differ that should be equal, None if they do not."""
    if first.is_sharded or other.is_sharded:
        return None
    for iteration, (one, two) in enumerate(zip(first.weights, other.weights, strict=False)):
        if names := _unequal(one, two):
            is_end = iteration == len(first.gradients) == len(other.gradients)
            return _OtherWeights(iteration, is_end, names)
    return None


def _unequal(one: dict[str, float], other: dict[str, float]) -> tuple[str, ...]:
    return tuple(
        name
        for name, norm in one.items()
        if name in other and not math.isclose(norm, other[name], rel_tol=TOLERANCE)
    )


def _norms(
    names: Sequence[str],
    one: dict[str, float],
    first: SeenProcess,
    two: dict[str, float],
    other: SeenProcess,
) -> str:
    """Say what norms the first of some parameters have, and count the others."""
    text = tr("`{name}` has norm {one} {here} and {two} {there}")
    name = names[0]
    words = text.format(
        name=name, one=short(one[name]), here=first.process.name.where, two=short(two[name]),
        there=other.process.name.where,
    )  # fmt: skip
    if more := len(names) - 1:
        text = ngettext("{words}; {count} more differs.", "{words}; {count} more differ.", more)
        return text.format(words=words, count=number(more))
    return f"{words}."


def _diverging(iteration: int, first: SeenProcess, other: SeenProcess) -> str:
    """Say that the gradients differed that the optimizers used in an iteration."""
    one, two = first.gradients[iteration], other.gradients[iteration]
    names = _unequal(one, two)
    if not names:
        return ""
    text = tr(
        "Before, the norms are equal. The gradients that the optimizers used in iteration {number} "
        "differ: {norms}"
    )
    norms = _norms([f"{name}.grad" for name in names], _grads(one), first, _grads(two), other)
    return text.format(number=number(iteration + 1), norms=norms)


def _grads(norms: dict[str, float]) -> dict[str, float]:
    return {f"{name}.grad": norm for name, norm in norms.items()}


def _gradients_without(names: Sequence[str], reaching: SeenProcess, idle: SeenProcess) -> str:
    """Say what gradients parameters have in a process whose backward does not reach them."""
    where, listing = _capital(idle.process.name.where), listed(f"`{name}`" for name in names)
    filled = [name for name in names if name in idle.rows and idle.norm_after(name) is not None]
    if not filled:
        text = ngettext(
            "{where} {names} gets no gradient.", "{where} {names} get no gradient.", len(names)
        )
        return text.format(where=where, names=listing)
    text = tr("{where} no backward pass computes a gradient for {names}, yet `.grad` has values.")
    words = [text.format(where=where, names=listing)]
    name, step = filled[0], reaching.reached.get(filled[0])
    before = None if step is None or step.grad is None else step.grad.norm
    after = idle.norm_after(name)
    if reaching.is_replicated and idle.is_replicated and before is not None and after is not None:
        text = tr(
            "DistributedDataParallel averages the ranks: `{name}.grad` has norm {before} {here} "
            "before that, and {after} afterwards."
        )
        here = reaching.process.name.where
        norms = short(before), short(after)
        words.append(text.format(name=name, before=norms[0], here=here, after=norms[1]))
    return paragraph(words)


def _any_ended(processes: Sequence[SeenProcess]) -> bool:
    """Return whether one ended early, so that what it lacks may only have come later."""
    return not all(one.is_whole for one in processes)


def _only(doing: Sequence[SeenProcess], idle: Sequence[SeenProcess]) -> str:
    """Return where something happens: "on rank 0 only", "everywhere but on rank 3"."""
    if len(doing) <= len(idle):
        return tr("{where} only").format(where=_where(doing))
    return tr("everywhere but {where}").format(where=_where(idle))


def _where(processes: Iterable[SeenProcess]) -> str:
    return listed(one.process.name.where for one in processes)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(message: str) -> str:
    """Return the first sentence of a message."""
    line = message.split("\n")[0].split(". ")[0]
    return f"{line.rstrip('.')}."


def spot_in(shown: Run, run: Run, at: int | None) -> int | None:
    """Return where a line of one run is in another one, or None."""
    if at is None or shown is run:
        return at
    line, file = line_and_file(at)
    if not file:
        return spot(shown.trace.files[0].id, line) if shown.trace.files else line
    path = next(one.path for one in run.trace.files if one.id == file)
    found = next((one.id for one in shown.trace.files[1:] if one.path == path), None)
    return None if found is None else spot(found, line)
