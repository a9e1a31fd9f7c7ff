"""Names of array types, for signatures; ``Index`` counts from 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating[Any]]
Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Complex64 = npt.NDArray[np.complex64]
Bool = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]
