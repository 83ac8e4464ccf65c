"""The snippet's editor: text, colours, the recording gutter and the notes at the lines' ends."""
