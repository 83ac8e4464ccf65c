"""What the window does, a feature in each module.

A feature is given a workspace and the widgets that it needs, and connects itself: to the signals of
the workspace, of the widgets, and to actions.  None knows the window, or what else there is.
"""
