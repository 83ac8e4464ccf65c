"""Rules that explain an error of torch."""
