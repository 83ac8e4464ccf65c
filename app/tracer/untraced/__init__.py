"""Running a program again and again without the recorder, with its output dropped."""
