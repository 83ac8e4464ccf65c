"""What the run trained, at the top of the page: the verdict, and the names of each group."""

from __future__ import annotations

from app.contract.records import Trace, TrainingGroup
from app.page.markup import Markup, element
from app.page.tables import with_code
from app.session.language import number


def training(trace: Trace) -> list[Markup]:
    """Return the verdict, and for each reason a group below it that opens to show its names."""
    if trace.training is None:
        return []
    groups = [_group(group) for group in trace.training.groups]
    verdict = element("p", with_code(trace.training.verdict), class_="verdict")
    return [element("section", verdict, *groups, class_="wide training")]


def _group(group: TrainingGroup) -> Markup:
    lines = " ".join(str(place.line) for place in group.places if not place.file)
    count = element("b", number(len(group.names)))
    said = element("summary", count, " ", with_code(group.text), data_lines=lines or None)
    names = (element("li", element("code", name)) for name in group.names)
    return element("details", said, element("ul", *names), class_=f"state-{group.state}")
