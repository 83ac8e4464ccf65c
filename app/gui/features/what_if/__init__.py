"""What-if: changes for the next runs of a program, which leave its text as it is."""
