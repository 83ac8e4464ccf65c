"""The graph on the screen: measured here, laid out by `graphviz_render`, painted by hand.

`measure` says how large things are, `layouter` has them placed in another process, `scene` holds
what was placed, `paint` draws a scene on any paint device, and `view` is the widget around it.
"""
