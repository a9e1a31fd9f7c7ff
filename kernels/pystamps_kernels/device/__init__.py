"""What the CUDA kernels share: the device, transfers, memory, launches and device code."""
