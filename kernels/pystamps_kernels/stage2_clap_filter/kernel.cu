// Windows of SIZE cells, STEP apart, filtered in N x N with zeros behind. One block of threads
// filters a window; then each cell adds the windows that cover it, always in the same order.

constexpr int SIZE = 3 * N / 4, STEP = SIZE / 4;

__device__ inline long long windows_along(long long cells) { return (cells + STEP - 1) / STEP - 3; }

// First window that reaches a cell.
__device__ inline long long first_window(long long cell)
{
    return cell < SIZE ? 0 : (cell - SIZE) / STEP + 1;
}

// How far a window is moved back so that it ends with the grid; 0 for all but the last.
__device__ inline int moved_back(long long window, long long cells)
{
    const long long over = window * STEP + SIZE - cells;
    return over > 0 ? (int)over : 0;
}

// Copy a window; tell all threads whether any value is not 0.
__device__ inline bool load_window(
    const Planes &x, const Complex<REAL> *grid, long long n_j, Tables &tables)
{
    bool is_occupied = false;
    for (int q = threadIdx.x; q < N * N; q += THREADS) {
        const int i = q / N, j = q % N;
        const Complex<REAL> none = {0, 0};
        const bool is_inside = i < SIZE && j < SIZE;
        if (load_value(x, i, j, is_inside ? grid[i * n_j + j] : none)) is_occupied = true;
    }
    return any_thread(is_occupied, tables);
}

__device__ inline void multiply(const Planes &x, const double (&gain)[VALUES])
{
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
        int u, first;
        strip_of(turn, u, first);
#pragma unroll
        for (int s = 0; s < STRIP; s++) {
            if (u >= N || first + s >= N) continue;
            x.re[u * PITCH + first + s] *= gain[turn * STRIP + s];
            x.im[u * PITCH + first + s] *= gain[turn * STRIP + s];
        }
    }
}

// `grid` has the interferogram first. `filtered` holds SIZE x SIZE values per window.
extern "C" __global__ void __launch_bounds__(THREADS) filter_windows(
    const Complex<REAL> *grid, const double *low_pass, const double *circle,
    Complex<double> *filtered, double alpha, double beta, long long n_i, long long n_j,
    long long n_ifg, double *scratch)
{
    extern __shared__ double shared[];
    __shared__ Tables tables;
    double *memory = SCRATCH ? scratch + blockIdx.x * (4LL * PLANE) : shared;
    const long long across = windows_along(n_j), per_image = windows_along(n_i) * across;
    load_circle(tables, circle);
    for (long long window = blockIdx.x; window < per_image * n_ifg; window += gridDim.x) {
        const long long k = window / per_image, w = window - k * per_image;
        const long long wi = w / across, wj = w - wi * across;
        const long long i0 = wi * STEP - moved_back(wi, n_i), j0 = wj * STEP - moved_back(wj, n_j);
        Planes x = planes_at(memory, 0), y = planes_at(memory, 1);
        clear_counts(tables);
        if (load_window(x, grid + (k * n_i + i0) * n_j + j0, n_j, tables)) {
            transform(x, y, tables);
            double own[VALUES];
            smoothed_moduli(x, y, tables, own);
            adaptive_gain(own, low_pass, alpha, beta, tables, y.re);
            multiply(x, own);
            __syncthreads();
            Planes inverse = {x.im, x.re}, work = {y.im, y.re};
            transform(inverse, work, tables);
            x = {inverse.im, inverse.re};
        }
        for (int q = threadIdx.x; q < SIZE * SIZE; q += THREADS) {
            const int i = q / SIZE, j = q % SIZE;
            const double scale = ((i + j) % 2 ? -1.0 : 1.0) / (N * N);
            filtered[window * (SIZE * SIZE) + q] = {
                scale * x.re[i * PITCH + j], scale * x.im[i * PITCH + j]};
        }
        __syncthreads();
    }
}

// One thread per cell and interferogram. Weights fall off from the middle of a window and move
// with it: they depend on the distance from where it would lie had it not been moved.
extern "C" __global__ void add_windows(
    const Complex<double> *filtered, Complex<REAL> *out, long long n_i, long long n_j,
    long long n_ifg)
{
    const long long at = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (at >= n_i * n_j * n_ifg) return;
    const long long k = at / (n_i * n_j), i = at / n_j - k * n_i, j = at % n_j;
    const long long down = windows_along(n_i), across = windows_along(n_j);
    Value sum = {0.0, 0.0};
    for (long long wi = first_window(i); wi <= min(i / STEP, down - 1); wi++) {
        const int a = (int)(i - wi * STEP), row = a + moved_back(wi, n_i);
        for (long long wj = first_window(j); wj <= min(j / STEP, across - 1); wj++) {
            const int b = (int)(j - wj * STEP), column = b + moved_back(wj, n_j);
            const double weight = min(a, SIZE - 1 - a) + min(b, SIZE - 1 - b) + 1e-6;
            const long long window = (k * down + wi) * across + wj;
            const Value value = filtered[(window * SIZE + row) * SIZE + column];
            sum = {fma(weight, value.re, sum.re), fma(weight, value.im, sum.im)};
        }
    }
    out[at] = {(REAL)sum.re, (REAL)sum.im};
}
