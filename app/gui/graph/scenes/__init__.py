"""From a graph to a scene: measured, laid out, placed, and in step with the scene before."""
