"""The window: PySide6 views of what `app.session` knows.  Never imports torch."""
