"""What is written on a picture: value, unit and sign, period, reference, sensor and track."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pystamps.plotting.stack_columns import InterferogramLabel
from pystamps.plotting.value_types import ValueType


def period_words(about: Mapping[str, Any]) -> str:
    """Say from when to when, of how many images, and relative to which image."""
    found = f"{about.get('first_date', '?')} … {about.get('last_date', '?')}"
    if "number_of_images" in about:
        dropped = str(about.get("dropped_dates", "")).split()
        found += f", {int(about['number_of_images'])} images"
        found += f", {len(dropped)} dropped" if dropped else ""
    return f"{found}; reference image {about.get('reference_date', '?')}"


def track_words(about: Mapping[str, Any]) -> str:
    """Say which satellite, in which direction."""
    found = f"{about.get('platform', 'unknown')}, {about.get('orbit_direction', 'unknown')} track"
    heading = float(about.get("heading_deg", math.nan))
    return f"{found}, heading {heading:.1f}°" if math.isfinite(heading) else found


def reference_words(kind: ValueType, about: Mapping[str, Any], *, is_referenced: bool) -> str:
    """Say what the values are relative to; nothing where they cannot be."""
    if not is_referenced:
        may_be = kind.is_referenced or kind.is_stack
        return "not relative to a reference area" if may_be else ""
    area = str(about.get("reference_area", "?"))
    count = int(about.get("reference_points", 0))
    return f"reference area: {area}" + (f" ({count:,} points)" if count else "")


def label_of_values(kind: ValueType) -> str:
    """Give the label of a colour bar or an axis: what, unit, sign."""
    unit = f" [{kind.unit}]" if kind.unit else ""
    sign = f", {kind.sign}" if kind.sign else ""
    return f"{kind.name}{unit}{sign}"


def interferogram_words(label: InterferogramLabel, about: Mapping[str, Any]) -> str:
    """Say which interferogram it is: number, dates, baseline, noise, flag."""
    first = about.get("reference_date", "?") if label.first_day is None else label.dates[0]
    found = (
        f"{label.noun} {label.number}: {first} – {label.dates[-1]}, perpendicular baseline "
        f"{label.bperp:+.0f} m"
    )
    found += f", noise {label.noise_deg:.0f}°" if math.isfinite(label.noise_deg) else ""
    return found + (f"; {label.flag}" if label.flag else "")


def lines_about(kind: ValueType, about: Mapping[str, Any], *, is_referenced: bool) -> list[str]:
    """Give the small print of a picture: parts taken off, period, reference, track."""
    return [
        kind.taken_off,
        period_words(about),
        reference_words(kind, about, is_referenced=is_referenced),
        track_words(about),
    ]
