// Filter of one window by one block of threads: transforms, adaptive gain. The formulas, the order
// of the passes and the place of the zero frequency are derived in host/fourier.py and
// host/spectrum.py. Wants the definitions WINDOW (its size, even), THREADS (of a block) and
// SCRATCH.
//
// Spectra here have the axes of the window: x[u, v] at u * PITCH + v.
//
// Real and imaginary parts lie in planes of their own with rows PITCH apart. That is odd, so
// threads that go down columns and threads that go along rows both meet all banks of memory.
// Four planes are the whole work space: for windows of 32, six blocks share a multiprocessor.
//
// Estimate for an H100 (not measured) and windows of 32 around cells: 95 000 operations in double
// (1 500 cycles of a multiprocessor), 250 KB through shared memory (2 000), 14 000 instructions of
// warps (3 500). Instructions are the limit: 60 000 cells in 30 interferograms take 30 ms or more.

constexpr int N = WINDOW, PITCH = N + 1, REACH = 3, STRIP = 8;
constexpr int PLANE = N * PITCH > THREADS ? N * PITCH : THREADS;
constexpr int STRIPS = N * ((N + STRIP - 1) / STRIP);
constexpr int TURNS = (STRIPS + THREADS - 1) / THREADS;
constexpr int VALUES = TURNS * STRIP;  // of the spectrum, that a thread keeps
constexpr int STEPS = 64, SPREAD = 8, GATHER = 16;
constexpr double TAP1 = 0.7066482778577162,  // Gaussian window of seven samples
    TAP2 = 0.24935220877729616,
    TAP3 = 0.04393693362340742;
constexpr long long INFINITE = 0x7FF0000000000000;  // the bits of infinity

struct Planes { double *re, *im; };

// What a block keeps beside its planes.
struct Tables {
    double cosine[N], sine[N];  // of 2 pi k / N
    int counts[STEPS * SPREAD];
    int flag;
};

__device__ inline Planes planes_at(double *memory, int pair)
{
    return {memory + 2 * pair * PLANE, memory + (2 * pair + 1) * PLANE};
}

__device__ inline void swap(Planes &x, Planes &y)
{
    const Planes z = x;
    x = y;
    y = z;
}

// Before the first window.
__device__ inline void load_circle(Tables &tables, const double *circle)
{
    for (int k = threadIdx.x; k < N; k += THREADS) {
        tables.cosine[k] = circle[k];
        tables.sine[k] = circle[N + k];
    }
}

// Before each window; all threads pass a barrier between this and the search for the median.
__device__ inline void clear_counts(Tables &tables)
{
    for (int q = threadIdx.x; q < STEPS * SPREAD; q += THREADS) tables.counts[q] = 0;
}

// Store a value of the grid with NaN as 0. The alternating sign moves the zero frequency of the
// spectrum to the middle, so that the smoothing, which is not circular, works on neighbours.
template <class Real>
__device__ inline bool load_value(const Planes &x, int i, int j, Complex<Real> value)
{
    const bool is_valid = value.re == value.re && value.im == value.im;
    const double sign = (i + j) % 2 ? -1.0 : 1.0;
    x.re[i * PITCH + j] = is_valid ? sign * value.re : 0.0;
    x.im[i * PITCH + j] = is_valid ? sign * value.im : 0.0;
    return is_valid && (value.re != 0 || value.im != 0);
}

// Tell all threads whether any of them says so; what they stored before is seen by all.
__device__ inline bool any_thread(bool mine, Tables &tables)
{
    if (threadIdx.x == 0) tables.flag = 0;
    __syncthreads();
    if (mine) tables.flag = 1;
    __syncthreads();
    return tables.flag;
}

// ---- Transforms: self-sorting passes of Stockham -------------------------------------------
//
// With w_n = exp(-2 pi i / n), LEFT the length that is left, DONE = N / LEFT, R the radix and
// PART = LEFT / R, a pass makes from x[p, r] (p < LEFT, r < DONE)
//     y[p, k, r] = w_LEFT^(k p) sum_j w_R^(k j) x[p + PART j, r],    p < PART, j and k < R.
// A butterfly is the sum over j for all k; the factor before it is entry k p DONE of the tables.

typedef Complex<double> Value;

__device__ inline Value operator+(Value a, Value b) { return {a.re + b.re, a.im + b.im}; }
__device__ inline Value operator-(Value a, Value b) { return {a.re - b.re, a.im - b.im}; }
__device__ inline Value times_minus_i(Value a) { return {a.im, -a.re}; }

// a (c - i s)
__device__ inline Value turned_back(Value a, double c, double s)
{
    return {fma(a.re, c, a.im * s), fma(a.im, c, -(a.re * s))};
}

__device__ inline void butterfly(Value (&v)[2])
{
    const Value a = v[0];
    v[0] = a + v[1];
    v[1] = a - v[1];
}

// w_4 = -i: v0 + v1 + v2 + v3, v0 - i v1 - v2 + i v3, v0 - v1 + v2 - v3, v0 + i v1 - v2 - i v3
__device__ inline void butterfly(Value (&v)[4])
{
    const Value sum = v[0] + v[2], difference = v[0] - v[2];
    const Value odd = v[1] + v[3], turned = times_minus_i(v[1] - v[3]);
    v[0] = sum + odd;
    v[1] = difference + turned;
    v[2] = sum - odd;
    v[3] = difference - turned;
}

// With the even and the odd values transformed by themselves, E and O, the results are
// E[k] + w_8^k O[k] and, since w_8^4 = -1, E[k] - w_8^k O[k] for k + 4. The factors are
// w_8 = (1 - i) / sqrt 2, w_8^2 = -i and w_8^3 = (-1 - i) / sqrt 2.
__device__ inline void butterfly(Value (&v)[8])
{
    const double half = 0.7071067811865476;  // square root of 1/2
    Value even[4] = {v[0], v[2], v[4], v[6]}, odd[4] = {v[1], v[3], v[5], v[7]};
    butterfly(even);
    butterfly(odd);
    odd[1] = {half * (odd[1].re + odd[1].im), half * (odd[1].im - odd[1].re)};
    odd[2] = times_minus_i(odd[2]);
    odd[3] = {half * (odd[3].im - odd[3].re), -half * (odd[3].re + odd[3].im)};
    for (int k = 0; k < 4; k++) {
        v[k] = even[k] + odd[k];
        v[k + 4] = even[k] - odd[k];
    }
}

// The factor that the next pass takes: a power of two if possible, else the smallest prime.
__device__ constexpr int radix(int left)
{
    if (left % 8 == 0) return 8;
    if (left % 4 == 0) return 4;
    int factor = 2;
    while (left % factor) factor++;
    return factor;
}

// One pass over all N transforms of length N. Element k of transform `lane` lies at
// k * ALONG + lane * ACROSS; LEFT is what earlier passes left of the length. Other radices than
// powers of two take the sum as it stands, with one factor w_LEFT^(k (p + PART j)) per term.
template <int LEFT, int ALONG, int ACROSS>
__device__ inline void one_pass(const Planes &x, const Planes &y, const Tables &tables)
{
    constexpr int R = radix(LEFT), PART = LEFT / R, DONE = N / LEFT;
    for (int task = threadIdx.x; task < N * (N / R); task += THREADS) {
        const int lane = task % N, p = task / N / DONE, r = task / N % DONE;
        const int from = (p * DONE + r) * ALONG + lane * ACROSS;
        const int to = (R * p * DONE + r) * ALONG + lane * ACROSS;
        if constexpr (R == 2 || R == 4 || R == 8) {
            Value v[R];
#pragma unroll
            for (int j = 0; j < R; j++) {
                const int at = from + j * (PART * DONE * ALONG);
                v[j] = {x.re[at], x.im[at]};
            }
            butterfly(v);
#pragma unroll
            for (int k = 0; k < R; k++) {
                const int angle = k * p * DONE, at = to + k * (DONE * ALONG);
                if (k > 0 && PART > 1)
                    v[k] = turned_back(v[k], tables.cosine[angle], tables.sine[angle]);
                y.re[at] = v[k].re;
                y.im[at] = v[k].im;
            }
        } else {
            for (int k = 0; k < R; k++) {
                Value sum = {0.0, 0.0};
                for (int j = 0; j < R; j++) {
                    const int angle = k * (p + PART * j) * DONE % N;
                    const int at = from + j * (PART * DONE * ALONG);
                    const Value value = {x.re[at], x.im[at]};
                    sum = sum + turned_back(value, tables.cosine[angle], tables.sine[angle]);
                }
                y.re[to + k * (DONE * ALONG)] = sum.re;
                y.im[to + k * (DONE * ALONG)] = sum.im;
            }
        }
    }
    __syncthreads();
}

template <int LEFT, int ALONG, int ACROSS>
__device__ inline void passes(Planes &x, Planes &y, const Tables &tables)
{
    if constexpr (LEFT > 1) {
        one_pass<LEFT, ALONG, ACROSS>(x, y, tables);
        swap(x, y);
        passes<LEFT / radix(LEFT), ALONG, ACROSS>(x, y, tables);
    }
}

// Transform a matrix both ways: from x to x, with y as work space. The inverse, not divided by
// N * N, follows by exchanging the real and the imaginary plane of both.
__device__ inline void transform(Planes &x, Planes &y, const Tables &tables)
{
    passes<N, PITCH, 1>(x, y, tables);
    passes<N, 1, PITCH>(x, y, tables);
}

// ---- Adaptive gain --------------------------------------------------------------------------

__device__ inline double as_double(long long bits)
{
    union { long long bits; double value; } both;
    both.bits = bits;
    return both.value;
}

// Strip number `turn` of this thread: `line` is N or more where there is none.
__device__ inline void strip_of(int turn, int &line, int &first)
{
    const int strip = threadIdx.x + turn * THREADS;
    line = strip < STRIPS ? strip % N : N;
    first = strip / N * STRIP;
}

// Correlate a strip of a line with seven taps, zeros outside the matrix.
template <int ALONG, int ACROSS>
__device__ inline void smooth(const double *h, int line, int first, double *smoothed)
{
    double near[STRIP + 2 * REACH];
#pragma unroll
    for (int s = 0; s < STRIP + 2 * REACH; s++) {
        const int at = first + s - REACH;
        near[s] = at >= 0 && at < N ? h[at * ALONG + line * ACROSS] : 0.0;
    }
#pragma unroll
    for (int s = 0; s < STRIP; s++) {
        double sum = fma(TAP1, near[s + 2] + near[s + 4], near[s + 3]);
        sum = fma(TAP2, near[s + 1] + near[s + 5], sum);
        smoothed[s] = fma(TAP3, near[s] + near[s + 6], sum);
    }
}

// Smoothed moduli of the spectrum x: each thread gets its strips of rows, infinity where they
// leave the matrix. The planes y are work space.
__device__ inline void smoothed_moduli(
    const Planes &x, const Planes &y, const Tables &tables, double (&own)[VALUES])
{
    for (int q = threadIdx.x; q < N * N; q += THREADS) {
        const int at = q / N * PITCH + q % N;
        y.re[at] = sqrt(fma(x.re[at], x.re[at], x.im[at] * x.im[at]));
    }
    __syncthreads();
    int line, first;
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        strip_of(turn, line, first);
        double smoothed[STRIP];
        if (line < N) smooth<PITCH, 1>(y.re, line, first, smoothed);
#pragma unroll
        for (int s = 0; s < STRIP; s++)
            if (line < N && first + s < N) y.im[(first + s) * PITCH + line] = smoothed[s];
    }
    __syncthreads();
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        strip_of(turn, line, first);
        if (line < N) smooth<1, PITCH>(y.im, line, first, own + turn * STRIP);
#pragma unroll
        for (int s = 0; s < STRIP; s++)
            if (line >= N || first + s >= N) own[turn * STRIP + s] = as_double(INFINITE);
    }
}

// How many values of all threads do not exceed a limit; `step` counts the calls for a window.
__device__ inline int count_up_to(
    const double (&own)[VALUES], double limit, int step, Tables &tables)
{
    int count = 0;
#pragma unroll
    for (int s = 0; s < VALUES; s++) count += own[s] <= limit ? 1 : 0;
    int *counts = tables.counts + step * SPREAD;
    atomicAdd(counts + threadIdx.x % SPREAD, count);
    __syncthreads();
    int total = 0;
#pragma unroll
    for (int s = 0; s < SPREAD; s++) total += counts[s];
    return total;
}

// Smallest value above a limit, of all threads.
__device__ inline double smallest_above(const double (&own)[VALUES], double limit, double *slots)
{
    double smallest = as_double(INFINITE);
#pragma unroll
    for (int s = 0; s < VALUES; s++)
        if (own[s] > limit && own[s] < smallest) smallest = own[s];
    slots[threadIdx.x] = smallest;
    __syncthreads();
    if (threadIdx.x < GATHER)
        for (int t = threadIdx.x + GATHER; t < THREADS; t += GATHER)
            if (slots[t] < slots[threadIdx.x]) slots[threadIdx.x] = slots[t];
    __syncthreads();
    for (int t = 0; t < GATHER; t++)
        if (slots[t] < smallest) smallest = slots[t];
    return smallest;
}

// Mean of the middle two of N * N values that are not negative. The bits of such numbers are
// ordered as the numbers are: halving the range of bits ends after 63 steps at the latest, and
// after about 20 with one value left in it. At all times fewer than `target` values lie up to
// `low` and at least as many up to `high`: the value of rank target - 1 is the smallest above
// `low` in the end. If more than `target` lie up to `high`, it is that of rank `target` too (the
// two are equal); else the other is the smallest above it. The plane `slots` is work space.
__device__ inline double median(const double (&own)[VALUES], Tables &tables, double *slots)
{
    const int target = N * N / 2;  // the middle two have the ranks target - 1 and target, from 0
    long long low = -1, high = INFINITE;
    int below = 0, upto = N * N;
    for (int step = 0; upto - below > 1 && high - low > 1; step++) {
        const long long middle = low + (high - low) / 2;
        const int count = count_up_to(own, as_double(middle), step, tables);
        if (count >= target) {
            high = middle;
            upto = count;
        } else {
            low = middle;
            below = count;
        }
    }
    const double lower = low < 0 ? 0.0 : smallest_above(own, as_double(low), slots);
    if (upto > target) return lower;
    __syncthreads();
    return 0.5 * (lower + smallest_above(own, lower, slots));
}

// Gain of a filter for a value of the spectrum: `scale` is one over the median of its moduli.
__device__ inline double gain_of(
    double modulus, double scale, double low_pass, double alpha, double beta)
{
    const double ratio = modulus * scale;
    if (!(ratio > 1.0)) return low_pass;
    return fma(beta, (alpha == 1.0 ? ratio : pow(ratio, alpha)) - 1.0, low_pass);
}

// Replace the moduli that a thread keeps by the gain. `low_pass` has the zero frequency in the
// middle and its axes exchanged: neighbouring threads read neighbours.
__device__ inline void adaptive_gain(
    double (&own)[VALUES], const double *low_pass, double alpha, double beta, Tables &tables,
    double *slots)
{
    const double middle = median(own, tables, slots);
    const double scale = middle != 0.0 ? 1.0 / middle : 1.0;
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        int line, first;
        strip_of(turn, line, first);
#pragma unroll
        for (int s = 0; s < STRIP; s++)
            if (line < N && first + s < N)
                own[turn * STRIP + s] = gain_of(own[turn * STRIP + s], scale,
                                                low_pass[(first + s) * N + line], alpha, beta);
    }
}
