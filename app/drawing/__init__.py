"""The drawing of a graph, for every pen: the places of its parts, and their shapes.

A drawing is a flat list of shapes (`app.drawing.shapes`) whose colours are roles.  The window
plays it with QPainter (`app.gui.graph.painting.canvas`), the web page writes it as SVG.
"""
