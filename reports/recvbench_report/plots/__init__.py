"""One plot a file. Each has data functions (pure, tested) and draw(); common.py turns a drawing into a Plot."""
