"""Sine, cosine and arctangent without branches, for loops that the compiler shall vectorise.

The library functions are called one value at a time; these are plain arithmetic with
selections, so a loop over contiguous values becomes vector instructions. Errors stay within
two units in the last place for arguments up to 1e5.
"""

from __future__ import annotations

import math

from pystamps_kernels.host.compile import compiled

# x = n pi/2 + r with a whole number n and |r| <= pi/4. pi/2 comes in three parts, of which the
# first two have so few digits that their products with whole numbers below 2**20 are exact: no
# rounding is left where digits cancel in x - n pi/2. Then sin x and cos x are those of r for n = 0
# (mod 4), cos r and -sin r for 1, -sin r and -cos r for 2, -cos r and sin r for 3.
_QUARTER_HIGH = 1.5707963267341256
_QUARTER_MIDDLE = 6.077100506303966e-11
_QUARTER_LOW = 2.0222662487959506e-21
_TWO_OVER_PI = 0.6366197723675814
_ROUNDER = 6755399441055744.0  # 1.5 * 2**52: adding and subtracting it rounds to a whole number

# Taylor coefficients; on [-pi/4, pi/4] the next terms are below 1e-17
_S3, _S5, _S7, _S9, _S11, _S13, _S15, _S17 = (
    (-1.0) ** k / math.factorial(2 * k + 1) for k in range(1, 9)
)
_C2, _C4, _C6, _C8, _C10, _C12, _C14, _C16 = (
    (-1.0) ** k / math.factorial(2 * k) for k in range(1, 9)
)

# arctan(t)/t as a polynomial in t**2 on |t| <= tan(pi/8), interpolated at Chebyshev nodes
_A1, _A2, _A3, _A4, _A5, _A6, _A7, _A8, _A9, _A10, _A11 = (
    -0.3333333333333333, 0.1999999999999552, -0.14285714284666456, 0.1111111101524943,
    -0.0909090457784223, 0.0769218318428245, -0.06664511355208251, 0.05858148112088871,
    -0.05085445547829273, 0.03923153724537069, -0.0191767388724898,
)  # fmt: skip
_TAN_PI_8 = math.tan(math.pi / 8)
_HALF_PI = math.pi / 2
_FOURTH_PI = math.pi / 4


@compiled
def sine_cosine(x: float) -> tuple[float, float]:
    """Sine and cosine of an angle in radians."""
    n = (x * _TWO_OVER_PI + _ROUNDER) - _ROUNDER
    r = ((x - n * _QUARTER_HIGH) - n * _QUARTER_MIDDLE) - n * _QUARTER_LOW
    q = r * r
    s = _S9 + q * (_S11 + q * (_S13 + q * (_S15 + q * _S17)))
    s = r + r * q * (_S3 + q * (_S5 + q * (_S7 + q * s)))
    c = _C8 + q * (_C10 + q * (_C12 + q * (_C14 + q * _C16)))
    c = 1.0 + q * (_C2 + q * (_C4 + q * (_C6 + q * c)))
    # n modulo 4; n/4 - 3/8 lies within 3/8 of the whole number below n/4, so rounding goes there
    quadrant = n - 4.0 * ((n * 0.25 - 0.375 + _ROUNDER) - _ROUNDER)
    is_odd = (quadrant == 1.0) | (quadrant == 3.0)
    sine = c if is_odd else s
    cosine = s if is_odd else c
    sine = -sine if quadrant >= 2.0 else sine
    cosine = -cosine if (quadrant == 1.0) | (quadrant == 2.0) else cosine
    return sine, cosine


@compiled
def arctangent(y: float, x: float) -> float:
    """Angle of the point (x, y) in (-pi, pi]; 0 for the origin.

    For the first octant, low <= high: arctan(low/high) = arctan t with t = low/high, or pi/4 +
    arctan t with t = (low - high)/(low + high) (the tangent of the difference of two angles),
    whichever has |t| <= tan(pi/8). Then the octants follow from the signs and the order of x, y.
    """
    along, across = abs(x), abs(y)
    is_steep = across > along
    low = along if is_steep else across
    high = across if is_steep else along
    is_middle = low > _TAN_PI_8 * high
    numerator = low - high if is_middle else low
    denominator = low + high if is_middle else high
    t = numerator / (denominator if high > 0.0 else 1.0)
    s = t * t
    p = _A6 + s * (_A7 + s * (_A8 + s * (_A9 + s * (_A10 + s * _A11))))
    p = _A1 + s * (_A2 + s * (_A3 + s * (_A4 + s * (_A5 + s * p))))
    angle = t + t * s * p
    angle = angle + _FOURTH_PI if is_middle else angle
    angle = _HALF_PI - angle if is_steep else angle
    angle = math.pi - angle if x < 0.0 else angle
    return math.copysign(angle, y)
