"""The window: PySide6 views of what `app.session` computes.  Never imports torch."""
