"""Parts of ``measure_accuracy.py``."""
