"""What the window does, a feature in each module; `app.gui.main_window` makes them in a line each.

A feature is given the window, takes the parts that it needs, and connects itself: to actions, to
signals of the parts, and to `Display.changed`, which tells of every trace that is shown.
"""
