"""Memory of this process."""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PEAK_RESET = Path("/proc/self/clear_refs")


def resident_mb() -> float:
    """Memory in use now; NaN where the system does not say."""
    return _status("VmRSS")


def peak_mb() -> float:
    """Largest memory in use since the start or :func:`reset_peak`; NaN if not known."""
    return _status("VmHWM")


def reset_peak() -> bool:
    """Give unused memory back and begin a new peak; False where the system cannot."""
    gc.collect()
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    try:
        _PEAK_RESET.write_text("5")
    except OSError:
        return False
    return True


def _status(key: str) -> float:
    if not _STATUS.is_file():
        return float("nan")
    for line in _STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return float(value.split()[0]) / 1024
    return float("nan")
