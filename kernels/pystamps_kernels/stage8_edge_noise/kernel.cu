// Noise of arcs in one launch; arc_model.py has the formulas. A block has a few arcs, whose series
// lie in shared memory. Steps that are alike for all values run over values and arcs; sums over the
// values of a series run in their order as on the CPU: one thread per date (or trial) has LANES
// arcs, so that what depends on the dates is read once for all of them. Phases are single precision
// as in the original.

typedef Complex<float> Phasor;

constexpr float PI = 3.14159274f, TWO_PI = 6.28318548f;

// What all arcs have in common; see ArcModel. Sizes of 0 = nothing to search, no such smoother.
struct Search {
    const long long *later, *earlier;
    const float *base, *slopes;
    const double *trial_re, *trial_im;
    int n_term, n_trial;
};
struct Lines {
    const long long *order;
    const float *weights;
    const double *intercept;
    const long long *level;
    int n, n_level;
};
struct Series {
    const double *series;
    const long long *first, *second;
    int n_image;
};

// Arcs of a block: value q of arc a lies at [q * width + a].
struct Arcs {
    double *wide;
    Phasor *d, *term, *left;
    float *slope, *shift;
    int *flag;
    int width, m;
};

__device__ inline Phasor phasor(double phase)
{
    double sine, cosine;
    sine_cosine(phase, sine, cosine);
    return {(float)cosine, (float)sine};
}

__device__ inline Phasor times(Phasor a, Phasor b)
{
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

__device__ inline Phasor times_conjugate(Phasor a, Phasor b)
{
    return {a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

__device__ inline double modulus(double re, double im) { return sqrt(re * re + im * im); }

__device__ inline Phasor unit(Phasor z)
{
    const float size = (float)modulus(z.re, z.im);
    return {z.re / size, z.im / size};
}

__device__ inline float angle(Phasor z) { return (float)arctangent(z.im, z.re); }

__device__ inline float wrapped(float phase)
{
    float moved = phase + PI;
    if (moved >= TWO_PI) moved -= TWO_PI;
    if (moved < 0.0f) moved += TWO_PI;
    return moved - PI;
}

// Phasor of a term of the search.
__device__ inline Phasor term_of(const Arcs &arcs, const Search &search, int j, int a)
{
    const Phasor one = {1.0f, 0.0f};
    const long long later = search.later[j], earlier = search.earlier[j];
    const Phasor x = later < 0 ? one : arcs.d[later * arcs.width + a];
    const Phasor y = earlier < 0 ? one : arcs.d[earlier * arcs.width + a];
    return unit(times_conjugate(x, y));
}

// Terms of the search, and the modulus of their sum after removing each trial slope. For the sums
// the terms are converted once; they take the place of term and left, which are not in use yet.
__device__ inline void search_trials(const Arcs &arcs, const Search &search)
{
    Complex<double> *exact = (Complex<double> *)arcs.term;
    const int n = search.n_trial, n_value = search.n_term * arcs.width;
    for (int at = threadIdx.x; at < n_value; at += blockDim.x) {
        const Phasor z = term_of(arcs, search, at / arcs.width, at % arcs.width);
        exact[at] = {z.re, z.im};
    }
    __syncthreads();
    for (int task = threadIdx.x; task < arcs.width / LANES * n; task += blockDim.x) {
        const int t = task % n, first = task / n * LANES;
        double re[LANES] = {}, im[LANES] = {};
        for (int j = 0; j < search.n_term; j++) {
            const double trial_re = search.trial_re[j * n + t];
            const double trial_im = search.trial_im[j * n + t];
            for (int a = 0; a < LANES; a++) {
                const Complex<double> z = exact[j * arcs.width + first + a];
                re[a] = fma(z.re, trial_re, fma(-z.im, trial_im, re[a]));
                im[a] = fma(z.re, trial_im, fma(z.im, trial_re, im[a]));
            }
        }
        for (int a = 0; a < LANES; a++)
            arcs.wide[t * arcs.width + first + a] = modulus(re[a], im[a]);
    }
    __syncthreads();
    for (int at = threadIdx.x; at < n_value; at += blockDim.x)
        arcs.term[at] = term_of(arcs, search, at / arcs.width, at % arcs.width);
    __syncthreads();
}

// Take the best trial of an arc if it exceeds every other lobe; NaN never does.
__device__ inline void choose_trial(const Arcs &arcs, const Search &search, int a)
{
    const int width = arcs.width, n = search.n_trial;
    const double *value = arcs.wide + a;
    int best = 0;
    for (int t = 1; t < n; t++)
        if (value[t * width] > value[best * width]) best = t;
    int foot = best, end = best;
    while (foot > 0 && value[foot * width] >= value[(foot - 1) * width]) foot--;
    while (end < n - 1 && value[(end + 1) * width] <= value[end * width]) end++;
    double highest = 0.0, size = 0.0;
    for (int t = 0; t < n; t++)
        if ((t < foot || t > end) && value[t * width] > highest) highest = value[t * width];
    for (int j = 0; j < search.n_term; j++)
        size += modulus(arcs.term[j * width + a].re, arcs.term[j * width + a].im);
    arcs.flag[a] = (value[best * width] - highest) / size > CLEAR_PEAK;
    arcs.slope[a] = arcs.flag[a] ? search.slopes[best] : 0.0f;
}

// Offsets of the terms from their mean phase once the trial slope is removed, with their moduli.
__device__ inline void offsets_from_trial(const Arcs &arcs, const Search &search)
{
    for (int at = threadIdx.x; at < search.n_term * arcs.width; at += blockDim.x) {
        const int a = at % arcs.width;
        const Phasor turn = phasor(arcs.slope[a] * search.base[at / arcs.width]);
        arcs.left[at] = times_conjugate(arcs.term[at], turn);
    }
    __syncthreads();
    Phasor *total = (Phasor *)arcs.wide;
    if (threadIdx.x < arcs.width) {
        Phasor sum = {0.0f, 0.0f};
        for (int j = 0; j < search.n_term; j++) {
            sum.re += arcs.left[j * arcs.width + threadIdx.x].re;
            sum.im += arcs.left[j * arcs.width + threadIdx.x].im;
        }
        total[threadIdx.x] = sum;
    }
    __syncthreads();
    for (int at = threadIdx.x; at < search.n_term * arcs.width; at += blockDim.x) {
        const Phasor z = arcs.term[at];
        const float offset = angle(times_conjugate(arcs.left[at], total[at % arcs.width]));
        arcs.left[at] = {offset, (float)modulus(z.re, z.im)};
    }
    __syncthreads();
}

// Trial slope plus the least-squares slope of what is left; 0 when incoherent or not found.
__device__ inline void refine_slopes(const Arcs &arcs, const Search &search)
{
    const int width = arcs.width, own = threadIdx.x, n = search.n_term;
    offsets_from_trial(arcs, search);
    if (own < width && arcs.flag[own]) {
        double numerator = 0.0, denominator = 0.0;
        for (int j = 0; j < n; j++) {
            const float offset = arcs.left[j * width + own].re;
            const float size = arcs.left[j * width + own].im;
            const double weighted = (double)(size * search.base[j]);
            numerator += weighted * (double)(size * offset);
            denominator += weighted * weighted;
        }
        arcs.slope[own] += (float)(numerator / denominator);
    }
    __syncthreads();
    for (int at = threadIdx.x; at < n * width; at += blockDim.x) {
        const Phasor z = arcs.term[at];
        double sine, cosine;
        sine_cosine((double)arcs.slope[at % width] * search.base[at / width], sine, cosine);
        arcs.wide[2 * at] = z.re * cosine + z.im * sine;
        arcs.wide[2 * at + 1] = z.im * cosine - z.re * sine;
    }
    __syncthreads();
    if (own < width && arcs.flag[own]) {
        double re = 0.0, im = 0.0, size = 0.0;
        for (int j = 0; j < n; j++) {
            re += arcs.wide[2 * (j * width + own)];
            im += arcs.wide[2 * (j * width + own) + 1];
            size += arcs.left[j * width + own].im;
        }
        if (!(modulus(re, im) / size >= LOWEST_COHERENCE)) arcs.slope[own] = 0.0f;
    }
    __syncthreads();
}

// Mean phasors around the dates, turned by the line through what is left of the phase.
__device__ inline void values_on_lines(const Arcs &arcs, const Lines &lines)
{
    const int width = arcs.width, n = lines.n;
    for (int at = threadIdx.x; at < n * width; at += blockDim.x)
        arcs.term[at].re = angle(arcs.d[lines.order[at / width] * width + at % width]);
    __syncthreads();
    for (int task = threadIdx.x; task < width / LANES * n; task += blockDim.x) {
        const int k = task % n, first = task / n * LANES;
        Phasor mean[LANES] = {};
        float mean_angle[LANES];
        double at_date[LANES] = {};
        for (int q = 0; q < n; q++)
            for (int a = 0; a < LANES; a++) {
                const Phasor z = arcs.d[lines.order[q] * width + first + a];
                mean[a].re += z.re * lines.weights[q * n + k];
                mean[a].im += z.im * lines.weights[q * n + k];
            }
        for (int a = 0; a < LANES; a++) mean_angle[a] = angle(mean[a]);
        for (int q = 0; q < n; q++)
            for (int a = 0; a < LANES; a++)
                at_date[a] = fma(lines.intercept[q * n + k],
                    (double)wrapped(arcs.term[q * width + first + a].re - mean_angle[a]),
                    at_date[a]);
        for (int a = 0; a < LANES; a++)
            arcs.left[k * width + first + a] = times(mean[a], phasor(at_date[a]));
    }
    __syncthreads();
}

// The curve of every arc in term.re: the values on the lines unwrapped from date to date.
__device__ inline void smooth_along_lines(const Arcs &arcs, const Lines &lines)
{
    const int width = arcs.width;
    values_on_lines(arcs, lines);
    for (int at = threadIdx.x; at < lines.n * width; at += blockDim.x)
        arcs.term[at].im = angle(
            at < width ? arcs.left[at] : times_conjugate(arcs.left[at], arcs.left[at - width]));
    __syncthreads();
    if (threadIdx.x < width) {
        float total = 0.0f, level = 0.0f;
        for (int k = 0; k < lines.n; k++) {
            total += arcs.term[k * width + threadIdx.x].im;
            arcs.term[k * width + threadIdx.x].im = total;
        }
        for (int k = 0; k < lines.n_level; k++)
            level += arcs.term[lines.level[k] * width + threadIdx.x].im;
        level /= (float)lines.n_level;
        arcs.shift[threadIdx.x] = level - angle(phasor(level));
    }
    __syncthreads();
    for (int at = threadIdx.x; at < lines.n * width; at += blockDim.x)
        arcs.term[lines.order[at / width] * width + at % width].re =
            arcs.term[at].im - arcs.shift[at % width];
    __syncthreads();
}

// The curve of every arc in term.re: differences of the smoothed series of images.
__device__ inline void smooth_series(const Arcs &arcs, const Series &smoother)
{
    const int width = arcs.width, n = smoother.n_image;
    double *exact = (double *)arcs.term;  // converted once, not once per image
    for (int at = threadIdx.x; at < arcs.m * width; at += blockDim.x)
        exact[at] = angle(arcs.d[at]);
    __syncthreads();
    for (int task = threadIdx.x; task < width / LANES * n; task += blockDim.x) {
        const int i = task % n, first = task / n * LANES;
        double total[LANES] = {};
        for (int q = 0; q < arcs.m; q++)
            for (int a = 0; a < LANES; a++)
                total[a] = fma(smoother.series[q * n + i], exact[q * width + first + a], total[a]);
        for (int a = 0; a < LANES; a++) arcs.wide[i * width + first + a] = total[a];
    }
    __syncthreads();
    for (int at = threadIdx.x; at < arcs.m * width; at += blockDim.x) {
        const int q = at / width, a = at % width;
        arcs.term[at].re = (float)arcs.wide[smoother.second[q] * width + a]
                           - (float)arcs.wide[smoother.first[q] * width + a];
    }
    __syncthreads();
}

// Expected difference and noise in left; flag: noisier than the limit.
__device__ inline void compare(const Arcs &arcs, const float *bperp, double noise_limit)
{
    const int width = arcs.width, m = arcs.m;
    for (int at = threadIdx.x; at < m * width; at += blockDim.x) {
        const float smooth = arcs.term[at].re;
        const float noise = angle(times(arcs.d[at], phasor(-smooth)));
        const float look_angle = arcs.slope[at % width] * bperp[at / width];
        arcs.left[at] = {smooth + noise + look_angle, noise};
    }
    __syncthreads();
    if (threadIdx.x < width) {
        double mean = 0.0, squares = 0.0;
        for (int q = 0; q < m; q++) mean += arcs.left[q * width + threadIdx.x].im;
        mean /= m;
        for (int q = 0; q < m; q++) {
            const double rest = arcs.left[q * width + threadIdx.x].im - mean;
            squares += rest * rest;
        }
        arcs.flag[threadIdx.x] = (m > 1 ? sqrt(squares / (m - 1)) : squares) > noise_limit;
    }
    __syncthreads();
}

extern "C" __global__ void __launch_bounds__(128) arc_noise(
    const Phasor *ph, const long long *ends, const float *bperp, double noise_limit,
    const long long *later, const long long *earlier, const float *base, const float *slopes,
    const double *trial_re, const double *trial_im, const long long *order, const float *weights,
    const double *intercept, const long long *level, const double *series,
    const long long *first_image, const long long *second_image, float *expected, float *noise,
    float *slope, long long n_edge, int m, int n_term, int n_trial, int n_date, int n_level,
    int n_image, int width, int n_wide, int n_value)
{
    extern __shared__ double shared[];
    Phasor *values = (Phasor *)(shared + n_wide * width);
    float *numbers = (float *)(values + (m + 2 * n_value) * width);
    const Arcs arcs = {shared, values, values + m * width, values + (m + n_value) * width,
                       numbers, numbers + width, (int *)(numbers + 2 * width), width, m};
    const Search search = {later, earlier, base, slopes, trial_re, trial_im, n_term, n_trial};
    const long long first = blockIdx.x * (long long)width;
    for (int at = threadIdx.x; at < m * width; at += blockDim.x) {
        const int a = at / m, q = at % m;
        const long long arc = first + a < n_edge ? first + a : n_edge - 1;
        arcs.d[q * width + a] =
            unit(times_conjugate(ph[ends[2 * arc + 1] * m + q], ph[ends[2 * arc] * m + q]));
    }
    if (threadIdx.x < width) arcs.slope[threadIdx.x] = 0.0f;
    __syncthreads();
    if (n_term) {
        search_trials(arcs, search);
        if (threadIdx.x < width) choose_trial(arcs, search, threadIdx.x);
        __syncthreads();
        refine_slopes(arcs, search);
    }
    for (int at = threadIdx.x; at < m * width; at += blockDim.x) {
        const float look_angle = arcs.slope[at % width] * bperp[at / width];
        arcs.d[at] = times(arcs.d[at], phasor(-look_angle));
        arcs.term[at].re = 0.0f;
    }
    __syncthreads();
    if (n_date) smooth_along_lines(arcs, {order, weights, intercept, level, n_date, n_level});
    if (n_image) smooth_series(arcs, {series, first_image, second_image, n_image});
    compare(arcs, bperp, noise_limit);
    const float missing = __uint_as_float(0x7fc00000u);
    for (int at = threadIdx.x; at < m * width; at += blockDim.x) {
        const int a = at / m, q = at % m;
        if (first + a >= n_edge) continue;
        const Phasor value = arcs.left[q * width + a];
        expected[(first + a) * m + q] = arcs.flag[a] ? missing : value.re;
        noise[(first + a) * m + q] = arcs.flag[a] ? missing : value.im;
    }
    if (threadIdx.x < width && first + threadIdx.x < n_edge)
        slope[first + threadIdx.x] = arcs.slope[threadIdx.x];
}
