"""The run in its order: its moments, and the state at each of them."""

from app.session.timeline.history import Arrival, History, Snapshot
from app.session.timeline.moments import LANE_NAMES, Lane, Moment

__all__ = ["LANE_NAMES", "Arrival", "History", "Lane", "Moment", "Snapshot"]
