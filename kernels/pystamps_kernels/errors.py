"""What the kernels refuse; users see these as messages, without a traceback."""

from __future__ import annotations


class BackendUnavailableError(Exception):
    """A backend was asked for that a kernel does not have or this machine cannot run."""


class DeviceMemoryError(BackendUnavailableError):
    """Not even the smallest block fits in the memory of the device."""
