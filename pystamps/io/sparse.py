"""Sparse arrays in MAT files: SciPy is loaded where there is one, and nowhere else.

Few files hold sparse arrays, and SciPy takes longer to load than all that most commands do.
"""

from __future__ import annotations

import sys
from typing import Any


def is_sparse(value: Any) -> bool:
    """Tell whether a value is a sparse array or matrix of SciPy."""
    # without the module nobody can have made one
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(value))


def sparse_columns(parts: Any, shape: Any) -> Any:
    """Give a ``scipy.sparse.csc_array``.

    Parameters
    ----------
    parts : tuple
        Values, rows and beginnings of columns; or values and (rows, columns).
    shape : tuple of two int
    """
    from scipy.sparse import csc_array

    return csc_array(parts, shape=shape)


def sparse_matrix(value: Any, dtype: Any = None) -> Any:
    """Give the ``scipy.sparse.csc_matrix`` of any array, dense or sparse."""
    from scipy.sparse import csc_matrix

    return csc_matrix(value, dtype=dtype)
