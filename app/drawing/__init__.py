"""What is drawn of a graph, for every pen: where things stand, and the shapes they are made of.

A drawing is a flat list of shapes (`app.drawing.shapes`) whose colours are roles.  The window
plays it with QPainter (`app.gui.graph.canvas`), the web page writes it as SVG.
"""
