"""Numbers as a page takes them: small whole numbers, differences, bytes of a kind together.

A packed array is deflated (zlib) after three steps, which the page undoes in reverse
(``viewer/src/packed.js``): values become whole numbers of a step, those become differences to the
number before (modulo the size of the type), a sign becomes the lowest bit, and all first bytes
stand before all second bytes. What is not known (NaN) is the smallest whole number.
"""

from __future__ import annotations

import zlib

import numpy as np

from pystamps.arrays import Array

_LEVEL = 6


def packed_integers(values: Array) -> bytes:
    """Pack int16 or int32; each row of a matrix begins anew.

    Parameters
    ----------
    values : ndarray of int16 or int32, shape (n,) or (n, m)
    """
    difference = values.copy()
    difference[..., 1:] -= values[..., :-1]  # modulo the size of the type
    bits = values.dtype.itemsize * 8 - 1
    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    folded = ((difference << 1) ^ (difference >> bits)).view(unsigned)
    little = folded.astype(unsigned.newbyteorder("<"))
    planes = little.reshape(-1, 1).view(np.uint8).T
    return zlib.compress(np.ascontiguousarray(planes).tobytes(), _LEVEL)


def packed_bytes(values: Array) -> bytes:
    """Pack bytes as they are."""
    return zlib.compress(np.ascontiguousarray(values, dtype=np.uint8).tobytes(), _LEVEL)


def whole_numbers(values: Array, step: float, dtype: type[np.signedinteger]) -> Array:
    """Give values as multiples of a step; the smallest number stands for what is not known.

    Raises
    ------
    OverflowError
        A value is too large for the type.
    """
    limits = np.iinfo(dtype)
    scaled = np.rint(np.asarray(values, dtype=np.float64) / step)
    known = np.isfinite(scaled)
    if (np.abs(scaled[known]) > limits.max).any():
        raise OverflowError(f"values up to {np.abs(scaled[known]).max() * step:g}, step {step:g}")
    return np.where(known, scaled, limits.min).astype(dtype)
