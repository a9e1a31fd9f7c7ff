// Noise of arcs; the formulas are derived in cpu.py and fit_vectors.py. A group of m threads, one
// per image, has LANES arcs; their series lie in shared memory, and what depends on the dates is
// read once for all of them. BLOCK arcs are summed per block of threads: a fixed number, so that
// sums do not depend on the device.

constexpr double TWO_PI = 6.283185307179586, ONE_TURN = 0.15915494309189535;

// Round to a whole number by adding and subtracting 1.5 * 2**52.
__device__ inline double whole(double x)
{
    return (x + 6755399441055744.0) - 6755399441055744.0;
}

__device__ inline double wrapped(double phase) { return phase - TWO_PI * whole(phase * ONE_TURN); }

// Series of arcs in shared memory: image k of arc a lies at [k * width + a].
struct Series { double *re, *im, *angle; long long width; };

// Differences of the arcs from `first` on; the last one is repeated where there are no more.
__device__ inline void fill(
    Series &series, const Complex<float> *w, const long long *ends, long long first,
    long long n_arc, long long n_edge, long long m)
{
    for (long long at = threadIdx.x; at < n_arc * m; at += blockDim.x) {
        const long long arc = at / m, k = at % m;
        const long long row = first + arc < n_edge ? first + arc : n_edge - 1;
        const Complex<float> a = w[ends[2 * row] * m + k], b = w[ends[2 * row + 1] * m + k];
        const double re = (double)b.re * a.re + (double)b.im * a.im;
        const double im = (double)b.im * a.re - (double)b.re * a.im;
        series.re[k * series.width + arc] = re;
        series.im[k * series.width + arc] = im;
        series.angle[k * series.width + arc] = arctangent(im, re);
    }
}

// What one image leaves of LANES arcs: noise about the line, and noise about the other images.
// fit: weights of the other images, vectors for intercept and slope, each (m, m) with the images
// that are smoothed side by side; then the own weights.
__device__ inline void noise_of_image(
    const Series &series, long long lane, long long i, const double *day, const double *fit,
    long long m, double *noise, double *left_out)
{
    const double *others = fit, *level = fit + m * m, *tilt = fit + 2 * m * m;
    const double own = fit[3 * m * m + i];
    double mean_re[LANES] = {}, mean_im[LANES] = {}, mean_angle[LANES];
    double m0[LANES] = {}, m1[LANES] = {}, turns[LANES] = {};
    for (long long k = 0; k < m; k++)
        for (int a = 0; a < LANES; a++) {
            const long long at = k * series.width + lane + a;
            mean_re[a] = fma(others[k * m + i], series.re[at], mean_re[a]);
            mean_im[a] = fma(others[k * m + i], series.im[at], mean_im[a]);
        }
    for (int a = 0; a < LANES; a++) {
        const double re = series.re[i * series.width + lane + a];
        const double im = series.im[i * series.width + lane + a];
        mean_angle[a] = arctangent(mean_im[a] + own * im, mean_re[a] + own * re);
        left_out[a] = arctangent(im * mean_re[a] - re * mean_im[a],
                                 re * mean_re[a] + im * mean_im[a]);
    }
    for (long long k = 0; k < m; k++)
        for (int a = 0; a < LANES; a++) {
            const double y = wrapped(series.angle[k * series.width + lane + a] - mean_angle[a]);
            m0[a] = fma(level[k * m + i], y, m0[a]);
            m1[a] = fma(tilt[k * m + i], y, m1[a]);
        }
    // The second fit of the original sees y - m0 - m1 t wrapped. The fit of the unwrapped values
    // is zero, hence its intercept comes from the whole turns alone: n0 = -2 pi sum level turns.
    for (long long k = 0; k < m; k++) {
        const double t = day[i] - day[k];
        for (int a = 0; a < LANES; a++) {
            const double y = wrapped(series.angle[k * series.width + lane + a] - mean_angle[a]);
            turns[a] = fma(level[k * m + i], whole((y - m0[a] - m1[a] * t) * ONE_TURN), turns[a]);
        }
    }
    for (int a = 0; a < LANES; a++) {
        const double smooth = mean_angle[a] + m0[a] - TWO_PI * turns[a];
        noise[a] = wrapped(series.angle[i * series.width + lane + a] - smooth);
    }
}

// Give the noise, (m, n_kept) for arcs below n_kept when the first one counts as `start`, and
// the sums of the leave-one-out noise and of its squares, (blocks, 2, m).
extern "C" __global__ void __launch_bounds__(512) arc_noise(
    const Complex<float> *w, const long long *ends, const double *day, const double *fit,
    float *kept, double *sums, long long n_edge, long long start, long long n_kept, long long m,
    long long groups)
{
    extern __shared__ double shared[];
    const long long n_arc = LANES * groups, width = n_arc + 1;  // odd: spread over the banks
    Series series = {shared, shared + m * width, shared + 2 * m * width, width};
    for (long long round = 0; round < groups * m; round += blockDim.x) {
        const long long group = (round + threadIdx.x) / m, i = (round + threadIdx.x) % m;
        double total = 0.0, square = 0.0;
        for (long long tile = 0; tile < BLOCK; tile += n_arc) {
            const long long first = blockIdx.x * (long long)BLOCK + tile;
            if (first >= n_edge) break;
            __syncthreads();
            fill(series, w, ends, first, n_arc, n_edge, m);
            __syncthreads();
            if (group >= groups) continue;
            double noise[LANES], left_out[LANES];
            noise_of_image(series, LANES * group, i, day, fit, m, noise, left_out);
            for (int a = 0; a < LANES; a++) {
                const long long arc = first + LANES * group + a;
                if (arc >= n_edge) break;
                total += left_out[a];
                square += left_out[a] * left_out[a];
                if (start + arc < n_kept) kept[i * n_kept + start + arc] = (float)noise[a];
            }
        }
        __syncthreads();
        if (group < groups) {
            shared[2 * (group * m + i)] = total;
            shared[2 * (group * m + i) + 1] = square;
        }
        __syncthreads();
        if (group == 0) {
            total = square = 0.0;
            for (long long g = 0; g < groups; g++) {
                total += shared[2 * (g * m + i)];
                square += shared[2 * (g * m + i) + 1];
            }
            sums[blockIdx.x * 2 * m + i] = total;
            sums[(blockIdx.x * 2 + 1) * m + i] = square;
        }
    }
}

// Standard deviation and largest modulus of the noise of an arc without its DEM error, and the
// smallest ones of each pixel. Floats that are not negative have the order of their bits.
extern "C" __global__ void arc_statistics(
    const float *kept, const long long *edges, const double *weights, const double *bperp,
    float *edge_std, float *edge_max, float *ps_std, float *ps_max, long long n_edge,
    long long start, long long n_kept, long long m)
{
    const long long arc = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (arc >= n_edge) return;
    const float *noise = kept + start + arc;
    double slope = 0.0, mean = 0.0, largest = 0.0, square = 0.0;
    for (long long i = 0; i < m; i++) slope += noise[i * n_kept] * weights[i];
    for (long long i = 0; i < m; i++) {
        const double value = noise[i * n_kept] - slope * bperp[i];
        mean += value;
        largest = max(largest, fabs(value));
    }
    mean /= m;
    for (long long i = 0; i < m; i++) {
        const double value = noise[i * n_kept] - slope * bperp[i] - mean;
        square += value * value;
    }
    const float deviation = (float)sqrt(square / (m - 1)), modulus = (float)largest;
    edge_std[arc] = deviation;
    edge_max[arc] = modulus;
    for (int end = 0; end < 2; end++) {
        const long long pixel = edges[2 * arc + end];
        atomicMin((unsigned *)ps_std + pixel, __float_as_uint(deviation));
        atomicMin((unsigned *)ps_max + pixel, __float_as_uint(modulus));
    }
}
