"""The tab of the inspector that shows measurements of time and memory."""
