"""What parameters say about a scene, in words."""

from __future__ import annotations

import math

from pystamps.parameters.table import Parameters


def orbit_direction(heading_deg: float) -> str:
    """Give the direction of the orbit from the heading, clockwise from north."""
    if not math.isfinite(heading_deg):
        return "unknown"
    return "ascending" if math.cos(math.radians(heading_deg)) > 0 else "descending"


def reference_in_words(parameters: Parameters) -> str:
    """Describe the reference area by the parameters that make it."""
    p = parameters
    if p.ref_x:
        return f"ref_x={p.ref_x} m, ref_y={p.ref_y} m"
    if p.ref_radius == -math.inf:
        return "none"
    limits = [
        f"{name}={value}"
        for name, value in (("ref_lon", p.ref_lon), ("ref_lat", p.ref_lat))
        if any(map(math.isfinite, value))
    ]
    if math.isfinite(p.ref_radius):
        limits.append(f"{p.ref_radius} m around {p.ref_centre_lonlat}")
    return ", ".join(limits) or "all points"
