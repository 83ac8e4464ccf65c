"""What there is to say of an operation, a tensor, a module: sentences and boxes of facts."""
