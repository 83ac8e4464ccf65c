"""What autograd nodes do, one entry each, as torch documents it in `derivatives.yaml`."""
