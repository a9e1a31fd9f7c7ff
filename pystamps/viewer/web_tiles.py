"""The address of a server of map tiles, where somebody names one: all that a page may ask."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pystamps.errors import ParameterError

_ADDRESS = re.compile(r"[A-Za-z0-9:/._~%?&=+{}-]+")
_PLACES = ("{z}", "{x}", "{y}")
_THIS_MACHINE = ("127.0.0.1", "localhost")


def origin_of_tiles(address: str) -> str:
    """Give scheme and host of an address, as a content security policy names them.

    Parameters
    ----------
    address : str
        Such as ``https://tile.openstreetmap.org/{z}/{x}/{y}.png``.

    Raises
    ------
    ParameterError
        It is no such address.
    """
    parts = urlsplit(address) if _ADDRESS.fullmatch(address) else None
    is_safe = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    )
    if parts is None or not is_safe or not parts.hostname or "{" in parts.netloc:
        raise ParameterError(
            f"tiles {address!r}: expected an address https://HOST/... of map tiles, such as "
            "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
        )
    if any(address.count(place) != 1 for place in _PLACES):
        raise ParameterError(
            f"tiles {address!r}: expected {', '.join(_PLACES)} once each, in the place of zoom, "
            "column and row"
        )
    return f"{parts.scheme}://{parts.netloc}"
