"""The run as it happened: its moments in their order, and what was so at each of them."""

from app.session.timeline.history import Arrival, History, Then
from app.session.timeline.moments import Lane, Moment

__all__ = ["Arrival", "History", "Lane", "Moment", "Then"]
