"""CUDA: one thread per pixel, rows through shared memory. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu

_PIXELS = 128
_COLUMNS = 16
_CLASSES = {"f": "float", "d": "double"}
PROGRAMS = {
    (phase, baseline): gpu.Program(
        ("stage7_scla/kernel.cu",),
        (
            ("PHASE", _CLASSES[phase]),
            ("BASELINE", _CLASSES[baseline]),
            ("PIXELS", str(_PIXELS)),
            ("COLUMNS", str(_COLUMNS)),
        ),
    )
    for phase in _CLASSES
    for baseline in _CLASSES
}


def stage7_scla(
    ph: Any, bperp: Any, slope: Any, constant: Any, reference: Any, k_known: Any
) -> tuple[Any, Any, Any]:
    """See the package; an empty ``k_known`` means that K is to be estimated."""
    n, m = ph.shape
    k_ps, c_ps = gpu.empty(ph, (n,), np.float64), gpu.empty(ph, (n,), np.float64)
    ph_scla = gpu.empty(ph, (n, m), bperp.dtype)
    program = PROGRAMS[ph.dtype.char, bperp.dtype.char]
    weights = [gpu.to_device(weight) for weight in (slope, constant, reference)]
    xp = gpu.arrays()

    def run(rows: slice) -> None:
        phase, baseline = gpu.to_device(ph[rows]), gpu.to_device(bperp[rows])
        known = gpu.to_device(k_known[rows])
        k, c, scla = xp.empty(len(phase)), xp.empty(len(phase)), xp.empty_like(baseline)
        gpu.launch(
            program, "look_angle_error", phase, baseline, *weights, known, k, c, scla,
            np.int64(len(phase)), np.int64(m), np.int64(known.size),
            blocks=-(-len(phase) // _PIXELS), threads=_PIXELS,
        )  # fmt: skip
        gpu.store_rows(k_ps, rows, k)
        gpu.store_rows(c_ps, rows, c)
        gpu.store_rows(ph_scla, rows, scla)

    gpu.in_blocks(n, m * (ph.dtype.itemsize + 2 * bperp.dtype.itemsize) + 24, run)
    return k_ps, c_ps, ph_scla
