"""The hot loops of pySTAMPS: per kernel a NumPy reference, a Numba and a CUDA version."""

from pystamps_kernels._backend import AUTO, BackendUnavailableError, KernelChoice, backends_of

KERNELS = (
    "legacy_uniform",
    "stage0_amplitude_sums",
    "stage0_difference_sums",
    "stage0_line_sums",
    "stage2_clap_filter",
    "stage2_grid_accumulate",
    "stage2_histogram",
    "stage2_topofit",
    "stage2_topofit_row_invariant",
    "stage2_topofit_coh_row_invariant",
    "stage2_weighted_phase",
    "stage3_cell_filter",
    "stage4_edge_stats",
    "stage6_grid_accumulate",
    "stage6_nearest_node",
    "stage7_scla",
    "stage7_simplex_l1",
    "stage8_edge_noise",
    "stage8_spatial_filter",
)
"""Names of the kernels, as the configuration spells them."""

__all__ = ["AUTO", "KERNELS", "BackendUnavailableError", "KernelChoice", "backends_of"]
