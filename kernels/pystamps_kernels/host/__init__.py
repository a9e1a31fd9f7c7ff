"""What the Numba kernels share: compilation and its cache, and the arithmetic of their loops.

Everything that uses Numba comes through here, so that Numba is imported undisturbed.
"""

import os

from pystamps_kernels.undisturbed_imports import undisturbed_import

undisturbed_import("numba")
# it would look for that file again whenever it compiles, in the directory of that moment
undisturbed_import("numba.core.config")._config_fname = os.devnull  # type: ignore[attr-defined]
