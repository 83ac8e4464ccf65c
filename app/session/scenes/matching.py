"""Finds the things and moments of a scene in a run, and describes those of a run for a scene."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from app.contract.records import BackwardStep, Fact, GradModeSpan, Operation
from app.contract.spots import line_and_file
from app.session.asking.questions import RoomQuestion, questions_of
from app.session.language import number, tr
from app.session.run import Run
from app.session.scenes.records import Asked, Described, Scene, SceneMoment, Thing, ThingKind
from app.session.source.files import line_of, nth_of, texts_of
from app.session.timeline.moments import Moment, moments_of

_Key = tuple[str, str, str]
"""Kind, name, and text of the line."""


class Index:
    """What a run has, by the words of scenes.  Takes time: not for the window's thread."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._moments: dict[_Key, list[int]] = defaultdict(list)
        """Their events."""
        self._operations: dict[_Key, list[int]] = defaultdict(list)
        self._spans: dict[_Key, list[int]] = defaultdict(list)
        for moment in moments_of(run, hide_setup=False):
            self._moments[self._key_of(moment)].append(moment.event)
        for operation in run.trace.operations:
            key = ("operation", operation.name, self._code(operation.spot))
            self._operations[key].append(operation.id)
        for span in run.trace.grad_modes:
            self._spans["region", span.kind, self._code(span.spot)].append(span.id)
        self._tensors = {name: identity for identity, name in run.names.items()}
        self._lines = {
            line.strip() for _, text, _ in texts_of(run.trace) for line in text.split("\n")
        }

    @cached_property
    def questions(self) -> tuple[RoomQuestion, ...]:
        """The questions about the run.  Takes time in proportion to the trace."""
        return questions_of(self.run)

    # -------------------------------------------------------------------------- describing

    def moment(self, moment: Moment | None) -> SceneMoment:
        """Describe a moment of the timeline; None is before the first."""
        if moment is None:
            return SceneMoment(kind="start")
        _, name, code = key = self._key_of(moment)
        nth = bisect_left(self._moments[key], moment.event)
        line = _line(self._place_of(moment)[1])
        return SceneMoment(kind=moment.kind, name=name, code=code, line=line, nth=nth)

    def operation(self, id_: int, kind: ThingKind = "operation") -> Thing:
        """Describe an operation, or the cut behind it."""
        operation = self.run.operations[id_]
        code = self._code(operation.spot)
        nth = bisect_left(self._operations["operation", operation.name, code], id_)
        line = _line(operation.spot)
        return Thing(kind=kind, name=operation.name, code=code, line=line, nth=nth)

    def tensor(self, id_: int, kind: ThingKind = "tensor") -> Thing | None:
        """Describe a tensor, or its row in the table; None if it has no name."""
        tensor = self.run.tensors[id_]
        name = self.run.names.get(tensor.identity)
        return None if name is None else Thing(kind=kind, name=name, line=_line(tensor.spot))

    def region(self, id_: int) -> Thing:
        """Describe a region in which a mode was in force."""
        span = next(span for span in self.run.trace.grad_modes if span.id == id_)
        code = self._code(span.spot)
        nth = bisect_left(self._spans["region", span.kind, code], id_)
        return Thing(kind="region", name=span.kind, code=code, line=_line(span.spot), nth=nth)

    def line(self, spot: int) -> Thing:
        """Describe a line of the text that ran."""
        line, file = line_and_file(spot)
        nth = 0 if file else nth_of(line, self.run.trace.snippet.text)
        return Thing(kind="line", code=self._code(spot), line=line, nth=nth)

    def group(self, key: str) -> Thing:
        """Describe a group of the graph, whose key is the same in a later run."""
        return Thing(kind="group", name=key)

    def asked(self, place: int) -> Asked:
        """Describe one of the questions about the run."""
        question = self.questions[place]
        if question.spot is not None:
            return Asked(topic=question.topic, thing=self.line(question.spot))
        if question.tensors:
            return Asked(topic=question.topic, thing=self.tensor(min(question.tensors), "row"))
        before = self.questions[:place]
        return Asked(topic=question.topic, nth=sum(one.topic == question.topic for one in before))

    # ----------------------------------------------------------------------------- finding

    def event_of(self, moment: SceneMoment) -> int | None:
        """Return the event at which a moment began, or None if it is not in this run."""
        return _nth(self._moments, moment.kind, moment)

    def id_of(self, thing: Thing) -> int | None:
        """Return the id of an operation (also for its cut), tensor (its last value) or region.

        For a line it is the line; None if it is not in this run.
        """
        match thing.kind:
            case "operation" | "cut":
                return _nth(self._operations, "operation", thing)
            case "region":
                return _nth(self._spans, "region", thing)
            case "tensor" | "row":
                identity = self._tensors.get(thing.name)
                return None if identity is None else self.run.values[identity][-1].id
            case "line":
                return line_of(thing.code, self.run.trace.snippet.text, thing.nth)
        return None

    def question_of(self, asked: Asked) -> int | None:
        """Return the place of a question, or None if the run does not answer it."""
        own = [(n, one) for n, one in enumerate(self.questions) if one.topic == asked.topic]
        if asked.thing is None:
            return own[asked.nth][0] if asked.nth < len(own) else None
        if (id_ := self.id_of(asked.thing)) is None:
            return None
        if asked.thing.kind == "line":
            return next((n for n, one in own if one.spot == id_), None)
        row = self.row_of(id_)
        return next((n for n, one in own if row in one.tensors), None)

    def row_of(self, tensor: int) -> int | None:
        """Return the tensor that a row of the gradient table is of, by any value of it."""
        row = self.run.gradient_of.get(self.run.identity(tensor))
        return None if row is None else row.tensor

    def missing(self, scene: Scene, groups: Iterable[str] = ()) -> tuple[str, ...]:
        """Return in words what of a scene is no longer in the run.

        `groups` are the keys of all groups of the graph.
        """
        keys = set(groups)
        missing: dict[str, None] = {}
        moment = scene.moment
        if moment is not None and moment.kind != "start" and self.event_of(moment) is None:
            missing[self._gone(moment)] = None
        for thing in scene.things:
            is_group = thing.kind == "group"
            if not (thing.name in keys if is_group else self.id_of(thing) is not None):
                missing[self._gone(thing)] = None
        for change in () if scene.beside is None else scene.beside.what_if:
            text = self.run.trace.snippet.text
            if change.code and line_of(change.code, text, change.nth) is None:
                missing[self._gone(change)] = None
        if scene.covered and scene.asks is not None and self.question_of(scene.asks) is None:
            missing[self._unanswered(scene.asks)] = None
        return tuple(missing)

    def _unanswered(self, asked: Asked) -> str:
        """Return the words for a question that the run does not answer."""
        thing = asked.thing
        if thing is None:
            return tr("the run does not answer its question")
        if self.id_of(thing) is None:
            return self._gone(thing)
        text = tr("the run does not answer the question about {what}")
        return text.format(what=thing.code or thing.name)

    def _gone(self, wanted: Described) -> str:
        """Return the words for what is not in this run."""
        if wanted.code and wanted.code not in self._lines and wanted.line is not None:
            return tr("line {line} is gone").format(line=number(wanted.line))
        if wanted.code and wanted.line is not None:
            text = tr("“{code}” no longer does the same")
            return text.format(code=wanted.code)
        name = wanted.name.partition(":")[2] or wanted.name
        return tr("{name} is gone").format(name=name)

    # ------------------------------------------------------------------------------- keys

    def _key_of(self, moment: Moment) -> _Key:
        name, spot = self._place_of(moment)
        return moment.kind, name, self._code(spot)

    def _place_of(self, moment: Moment) -> tuple[str, int | None]:
        """Return the name of what a moment is about, and its line.

        A step of a backward pass goes by the line that recorded its node, so that it is found
        again when other nodes run before it.
        """
        record = moment.records[0]
        if isinstance(record, GradModeSpan):
            return record.kind, record.spot
        if isinstance(record, Operation):
            return record.name, moment.line
        if isinstance(record, Fact):
            return self.run.name(record.tensor) or "", moment.line
        assert isinstance(record, BackwardStep)
        if record.tensor is not None:
            return self.run.name(record.tensor) or "", moment.line
        if record.operation is not None:
            return record.grad_fn, self.run.operations[record.operation].spot
        return record.grad_fn, moment.line

    def _code(self, spot: int | None) -> str:
        return "" if spot is None else self.run.line_text(spot)


def _nth(found: dict[_Key, list[int]], kind: str, wanted: Described) -> int | None:
    ids = found.get((kind, wanted.name, wanted.code), [])
    return ids[wanted.nth] if wanted.nth < len(ids) else None


def _line(spot: int | None) -> int | None:
    return None if spot is None else line_and_file(spot)[0]
