"""What is kept for backward, in words."""

from __future__ import annotations

from app.gui.panels.timeline.lanes import Lanes
from app.session.language import tr
from app.session.numbers import size
from app.session.places import at_line
from app.session.timeline.words import block_text


def kept_text(lanes: Lanes, column: int) -> str:
    """Return what is kept for backward after the moment in a column.

    "after linear model.2, line 13: 26.0 MiB, 8.0 MiB of it only for backward"
    """
    run, moment = lanes.history.run, lanes.history.moments[column]
    operation, name = moment.operation, block_text(lanes.history.run, moment)
    if operation is not None:
        module = None if operation.module is None else run.modules[operation.module].path
        name = " ".join(filter(None, (operation.name, module)))
    kept = lanes.kept.after(column)
    if not kept.total:
        text = tr("after {moment}: nothing is kept for backward")
    elif kept.only == kept.total:
        text = tr("after {moment}: {bytes}, all of it only for backward")
    elif not kept.only:
        text = tr("after {moment}: {bytes}, all of it alive anyway")
    else:
        text = tr("after {moment}: {bytes}, {only} of it only for backward")
    return text.format(
        moment=at_line(name, moment.line), bytes=size(kept.total), only=size(kept.only)
    )
