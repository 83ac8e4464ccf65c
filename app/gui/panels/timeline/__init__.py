"""The run from left to right: a slider over four lanes, its buttons, and its words."""
