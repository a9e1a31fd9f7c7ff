"""What the Numba kernels share: compilation and its cache, and the arithmetic of their loops."""
