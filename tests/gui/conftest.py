"""Real traces for the panels, made once by a real child process."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.records import Trace
from app.gui.settings import Settings
from app.session import resources
from tests.support import TraceText

THREE_LAYERS = resources.read_text("examples", "01_three_linear_layers.py")


@pytest.fixture
def three_layers(trace: TraceText) -> Trace:
    return trace(THREE_LAYERS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "config" / "tapescope.ini")
