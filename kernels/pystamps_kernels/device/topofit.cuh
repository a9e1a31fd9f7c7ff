// Search for the look-angle error of one pixel; the formulas are derived in host/trials.py (the
// trials) and host/topofit.py (the rest). PHASE, BASELINE and VALUE are the classes of the phasors,
// of baselines and K, and of the values that the original rounds.

constexpr int TILE = 12;  // trials whose sums stay in registers
constexpr double LARGEST = 1.7976931348623157e308;
constexpr double STEP = 0.7853981633974483;  // phase over the baseline range between two trials

// Phasors and baselines of a pixel, and how far apart those of two interferograms lie.
struct Pixel {
    const Complex<PHASE> *z;
    const BASELINE *b;
    long long z_step, b_step;
    int m;
    __device__ Complex<PHASE> phasor(int i) const { return z[i * z_step]; }
    __device__ BASELINE baseline(int i) const { return b[i * b_step]; }
    __device__ bool is_null(int i) const { return phasor(i).re == 0 && phasor(i).im == 0; }
};

struct Fit { BASELINE k; Complex<VALUE> sum; VALUE coherence; };

__device__ inline double baseline_range(const Pixel &pixel)
{
    double low = LARGEST, high = -LARGEST;
    for (int i = 0; i < pixel.m; i++) {
        if (pixel.is_null(i)) continue;
        low = fmin(low, (double)pixel.baseline(i));
        high = fmax(high, (double)pixel.baseline(i));
    }
    return high - low;
}

// Adds z * cos(t a) and z * sin(t a) for the trials t of a tile; phases t * a of neighbouring
// trials differ by a, so the three-term recurrence gives one from the two before.
__device__ inline void correlate(const Pixel &pixel, double scale, int first,
    double (&re_cosine)[TILE], double (&im_cosine)[TILE],
    double (&re_sine)[TILE], double (&im_sine)[TILE])
{
    for (int i = 0; i < pixel.m; i++) {
        const double re = pixel.phasor(i).re, im = pixel.phasor(i).im;
        const double angle = pixel.baseline(i) * scale;
        double s, c, step_s, step_c;
        sine_cosine(first * angle, s, c);
        sine_cosine(angle, step_s, step_c);
        // cosine and sine of the trial before the first: those of (first - 1) * angle
        double before_c = c * step_c + s * step_s, before_s = s * step_c - c * step_s;
#pragma unroll
        for (int j = 0; j < TILE; j++) {
            re_cosine[j] = fma(re, c, re_cosine[j]);
            im_cosine[j] = fma(im, c, im_cosine[j]);
            re_sine[j] = fma(re, s, re_sine[j]);
            im_sine[j] = fma(im, s, im_sine[j]);
            const double next_c = fma(2.0 * step_c, c, -before_c);
            const double next_s = fma(2.0 * step_c, s, -before_s);
            before_c = c; before_s = s;
            c = next_c; s = next_s;
        }
    }
}

// Gives the trial of the largest modulus; of equal ones the first from -T on.
__device__ inline int best_trial(const Pixel &pixel, double extent, int steps)
{
    double largest_below = -1.0, largest_above = -1.0;
    int below = 0, above = 0;
    for (int first = 0; first <= steps; first += TILE) {
        double re_cosine[TILE] = {}, im_cosine[TILE] = {}, re_sine[TILE] = {}, im_sine[TILE] = {};
        correlate(pixel, STEP / extent, first, re_cosine, im_cosine, re_sine, im_sine);
#pragma unroll
        for (int j = 0; j < TILE; j++) {
            if (first + j > steps) continue;
            // sum z exp(+i t a) is trial -t, sum z exp(-i t a) is trial t
            double re = re_cosine[j] - im_sine[j], im = im_cosine[j] + re_sine[j];
            double power = re * re + im * im;
            if (power >= largest_below) { largest_below = power; below = -first - j; }
            re = re_cosine[j] + im_sine[j]; im = im_cosine[j] - re_sine[j];
            power = re * re + im * im;
            if (power > largest_above) { largest_above = power; above = first + j; }
        }
    }
    return largest_above > largest_below ? above : below;
}

// Gives p = z * exp(-1j k B) of an interferogram.
__device__ inline Complex<VALUE> turned_back(const Pixel &pixel, int i, BASELINE k)
{
    double s, c;
    sine_cosine((double)(k * pixel.baseline(i)), s, c);
    const VALUE sine = (VALUE)s, cosine = (VALUE)c;
    const Complex<PHASE> z = pixel.phasor(i);
    return {(VALUE)(z.re * cosine) + (VALUE)(z.im * sine),
            (VALUE)(z.im * cosine) - (VALUE)(z.re * sine)};
}

__device__ inline double modulus(double re, double im) { return sqrt(re * re + im * im); }

// Gives the slope of the angles left about their mean direction: a weighted least-squares line
// through the origin, weights the moduli of z.
__device__ inline double slope_left(const Pixel &pixel, BASELINE k)
{
    Complex<VALUE> sum = {0, 0};
    for (int i = 0; i < pixel.m; i++) {
        const Complex<VALUE> p = turned_back(pixel, i, k);
        sum.re += p.re; sum.im += p.im;
    }
    const double mean_re = sum.re, mean_im = sum.im;
    double products = 0.0, squares = 0.0;
    for (int i = 0; i < pixel.m; i++) {
        const Complex<VALUE> p = turned_back(pixel, i, k);
        const VALUE angle = (VALUE)arctangent(p.im * mean_re - p.re * mean_im,
                                              p.re * mean_re + p.im * mean_im);
        const VALUE weight = (VALUE)modulus(pixel.phasor(i).re, pixel.phasor(i).im);
        const double weighted = weight * (VALUE)pixel.baseline(i);
        products += weighted * (weight * angle);
        squares += weighted * weighted;
    }
    return products / squares;
}

// Gives the fit; takes each residual phasor, with the number of its interferogram, to `keep`.
template <class Keep> __device__ inline Fit fitted(const Pixel &pixel, int steps, Keep keep)
{
    const double extent = baseline_range(pixel);
    const BASELINE step = (BASELINE)((double)(BASELINE)STEP / extent);
    BASELINE k = (BASELINE)((double)step * best_trial(pixel, extent, steps));
    k = (BASELINE)((double)k + slope_left(pixel, k));
    Complex<VALUE> sum = {0, 0};
    VALUE moduli = 0;
    for (int i = 0; i < pixel.m; i++) {
        const Complex<VALUE> p = turned_back(pixel, i, k);
        sum.re += p.re; sum.im += p.im;
        moduli += (VALUE)modulus(p.re, p.im);
        keep(i, p);
    }
    return {k, sum, (VALUE)modulus(sum.re, sum.im) / moduli};
}
