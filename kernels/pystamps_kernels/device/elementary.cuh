// Sine, cosine and arctangent as in host/elementary.py: the same operations in the same order, so
// that device and CPU give the same bits. Sources hold no #include: the runtime compiler has none.

// Taylor coefficients
constexpr double S3 = -0.16666666666666666,
    S5 = 0.008333333333333333,
    S7 = -0.0001984126984126984,
    S9 = 2.7557319223985893e-06,
    S11 = -2.505210838544172e-08,
    S13 = 1.6059043836821613e-10,
    S15 = -7.647163731819816e-13,
    S17 = 2.8114572543455206e-15;
constexpr double C2 = -0.5,
    C4 = 0.041666666666666664,
    C6 = -0.001388888888888889,
    C8 = 2.48015873015873e-05,
    C10 = -2.755731922398589e-07,
    C12 = 2.08767569878681e-09,
    C14 = -1.1470745597729725e-11,
    C16 = 4.779477332387385e-14;

template <class Real> struct Complex { Real re, im; };

__device__ inline void sine_cosine(double x, double &sine, double &cosine)
{
    const double rounder = 6755399441055744.0;  // 1.5 * 2**52
    const double n = (x * 0.6366197723675814 + rounder) - rounder;
    const double r = ((x - n * 1.5707963267341256) - n * 6.077100506303966e-11)
                     - n * 2.0222662487959506e-21;
    const double q = r * r;
    double s = S9 + q * (S11 + q * (S13 + q * (S15 + q * S17)));
    s = r + r * q * (S3 + q * (S5 + q * (S7 + q * s)));
    double c = C8 + q * (C10 + q * (C12 + q * (C14 + q * C16)));
    c = 1.0 + q * (C2 + q * (C4 + q * (C6 + q * c)));
    const double quadrant = n - 4.0 * ((n * 0.25 - 0.375 + rounder) - rounder);
    const bool is_odd = quadrant == 1.0 || quadrant == 3.0;
    sine = is_odd ? c : s;
    cosine = is_odd ? s : c;
    if (quadrant >= 2.0) sine = -sine;
    if (quadrant == 1.0 || quadrant == 2.0) cosine = -cosine;
}

// Angle of the point (x, y) in (-pi, pi]; 0 for the origin.
__device__ inline double arctangent(double y, double x)
{
    const double along = fabs(x), across = fabs(y);
    const bool is_steep = across > along;
    const double low = is_steep ? along : across, high = is_steep ? across : along;
    const bool is_middle = low > 0.41421356237309503 * high;  // tan(pi/8)
    const double t = (is_middle ? low - high : low)
                     / (high > 0.0 ? (is_middle ? low + high : high) : 1.0);
    const double s = t * t;
    double p = 0.0769218318428245 + s * (-0.06664511355208251 + s * (0.05858148112088871
               + s * (-0.05085445547829273 + s * (0.03923153724537069
               + s * -0.0191767388724898))));
    p = -0.3333333333333333 + s * (0.1999999999999552 + s * (-0.14285714284666456
        + s * (0.1111111101524943 + s * (-0.0909090457784223 + s * p))));
    double angle = t + t * s * p;
    if (is_middle) angle = angle + 0.7853981633974483;
    if (is_steep) angle = 1.5707963267948966 - angle;
    if (x < 0.0) angle = 3.141592653589793 - angle;
    return copysign(angle, y);
}
