"""Autograd's side: nodes, what they save, backward passes, `requires_grad` and `.grad`."""
