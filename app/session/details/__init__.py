"""The details of an operation, a tensor, a module: sentences and boxes of facts."""
