"""Measuring what grad modes cost: the program runs again and again, without the recorder."""
