"""What kept operations from being recorded: a module for each kind of cause."""
