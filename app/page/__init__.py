"""A trace as one HTML page that any browser shows, without this program and without a network.

It needs no Qt: the command line writes the same page as the window.
"""
