"""The program's text: which lines ran, what stands on them, and how code is quoted."""
