"""Backends of the kernels against their NumPy reference."""
