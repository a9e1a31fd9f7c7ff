// One block of threads per window, a window per cell and interferogram. Here every window is
// transformed by itself, with indices from its corner: X[u, v] = sum (-1)^(i+j) z[i, j]
// exp(-2 pi i (u i + v j) / N) has frequency (u - N/2, v - N/2). Of the inverse transform of
// gain times X only the sample of the cell, at (a, b) in the window, is wanted:
//     filtered = (-1)^(a+b) / N^2 sum_(u, v) gain[u, v] X[u, v] exp(+2 pi i (u a + v b) / N),
// where the sign undoes that of the input. The CPU counts phases from the cell instead.

// Copy a window without the cells about (a, b), which are places in the window.
__device__ inline void load_window(
    const Planes &x, const Complex<float> *grid, long long n_j, int a, int b, int reach)
{
    for (int q = threadIdx.x; q < N * N; q += THREADS) {
        const int i = q / N, j = q % N;
        const bool is_left_out = abs(i - a) <= reach && abs(j - b) <= reach;
        const Complex<float> none = {0.0f, 0.0f};
        load_value(x, i, j, is_left_out ? none : grid[i * n_j + j]);
    }
}

// The sum above, for the first thread only: (x.re + i x.im) (c + i d), c and d the parts of the
// phase times the gain.
__device__ inline Value sample(
    const Planes &x, const double (&gain)[VALUES], int a, int b, const Tables &tables,
    double *slots_re, double *slots_im)
{
    double re = 0.0, im = 0.0;
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        int u, first;
        strip_of(turn, u, first);
#pragma unroll
        for (int s = 0; s < STRIP; s++) {
            const int v = first + s;
            if (u >= N || v >= N) continue;
            const int angle = (u * a + v * b) % N, at = u * PITCH + v;
            const double c = tables.cosine[angle] * gain[turn * STRIP + s];
            const double d = tables.sine[angle] * gain[turn * STRIP + s];
            re = fma(x.re[at], c, fma(-x.im[at], d, re));
            im = fma(x.im[at], c, fma(x.re[at], d, im));
        }
    }
    slots_re[threadIdx.x] = re;
    slots_im[threadIdx.x] = im;
    __syncthreads();
    if (threadIdx.x < GATHER)
        for (int t = threadIdx.x + GATHER; t < THREADS; t += GATHER) {
            slots_re[threadIdx.x] += slots_re[t];
            slots_im[threadIdx.x] += slots_im[t];
        }
    __syncthreads();
    Value sum = {0.0, 0.0};
    if (threadIdx.x == 0)
        for (int t = 0; t < GATHER; t++) sum = sum + Value{slots_re[t], slots_im[t]};
    return sum;
}

__device__ inline long long clamped(long long value, long long most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

// `grid` has the interferogram first, as `out` has; `reach` holds for the interferograms from
// `first_plain` on only if that is none. `scratch` is work space where shared memory is too small.
extern "C" __global__ void __launch_bounds__(THREADS) cell_filter(
    const Complex<float> *grid, const long long *cells, const double *low_pass,
    const double *circle, Complex<float> *out, double alpha, double beta,
    long long reach, long long first_plain, long long n_i, long long n_j, long long n_cells,
    long long n_ifg, double *scratch)
{
    extern __shared__ double shared[];
    __shared__ Tables tables;
    double *memory = SCRATCH ? scratch + blockIdx.x * (4LL * PLANE) : shared;
    load_circle(tables, circle);
    for (long long window = blockIdx.x; window < n_cells * n_ifg; window += gridDim.x) {
        const long long k = window / n_cells, cell = window - k * n_cells;
        const long long i0 = clamped(cells[2 * cell] - N / 2, n_i - N);
        const long long j0 = clamped(cells[2 * cell + 1] - N / 2, n_j - N);
        const int a = (int)(cells[2 * cell] - i0), b = (int)(cells[2 * cell + 1] - j0);
        Planes x = planes_at(memory, 0), y = planes_at(memory, 1);
        clear_counts(tables);
        load_window(x, grid + (k * n_i + i0) * n_j + j0, n_j, a, b,
                    k < first_plain ? (int)reach : 0);
        __syncthreads();
        transform(x, y, tables);
        double own[VALUES];
        smoothed_moduli(x, y, tables, own);
        adaptive_gain(own, low_pass, alpha, beta, tables, y.re);
        __syncthreads();
        const Value sum = sample(x, own, a, b, tables, y.re, y.im);
        if (threadIdx.x == 0) {
            const double scale = ((a + b) % 2 ? -1.0 : 1.0) / (N * N);
            out[window] = {(float)(scale * sum.re), (float)(scale * sum.im)};
        }
        __syncthreads();
    }
}
