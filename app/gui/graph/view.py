"""The graph view: shows a scene, moves over it, and says what the user points at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import networkx as nx
from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QCloseEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QStyle, QToolTip, QWidget

from app.gui.graph import backdrop, describe
from app.gui.graph.camera import Camera, fitting, opening
from app.gui.graph.canvas import Canvas
from app.gui.graph.export import export_scene
from app.gui.graph.layouter import Layouter
from app.gui.graph.legend import Legend
from app.gui.graph.marks import Marks, paint_marks
from app.gui.graph.navigate import Direction, neighbour, reading_order
from app.gui.graph.overlay import ZoomCard
from app.gui.graph.paint import Filter, paint_scene
from app.gui.graph.scene import PlacedEdge, PlacedNode, PlacedPill, Scene
from app.gui.theme import Theme
from app.session.graph_items import CutItem, OperationItem, StatusKey, TensorItem
