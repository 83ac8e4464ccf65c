"""Rules for what optimizers, evaluation and frozen parameters do to training."""
