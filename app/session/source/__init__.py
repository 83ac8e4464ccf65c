"""The program's text: which lines ran, what is on them, and how code is quoted."""
