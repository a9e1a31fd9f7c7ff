// One thread per pixel. Its row comes through shared memory, so that neighbouring threads read
// neighbouring values; the sums run over the columns in their order, as on the CPU.
// PHASE and BASELINE are the classes of the arrays, PIXELS the threads of a block.

typedef double Tile[PIXELS][COLUMNS + 1];  // one column more: no two threads meet in a bank

// Add up the weighted values of a pixel; columns without weight may hold NaN.
__device__ inline double weighted_sum(
    double sum, const double *weight, const double *values, long long first, long long m)
{
    for (long long j = first; j < m && j < first + COLUMNS; j++)
        if (weight[j] != 0.0) sum += weight[j] * values[j - first];
    return sum;
}

extern "C" __global__ void look_angle_error(
    const PHASE *ph, const BASELINE *bperp, const double *slope, const double *constant,
    const double *reference, const double *k_known, double *k_ps, double *c_ps,
    BASELINE *ph_scla, long long n, long long m, long long n_known)
{
    __shared__ Tile tile;
    __shared__ BASELINE rounded[PIXELS];
    const long long first = blockIdx.x * (long long)PIXELS, pixel = first + threadIdx.x;
    double k = n_known && pixel < n ? k_known[pixel] : 0.0, c = 0.0;
    for (long long column = 0; column < m && !n_known; column += COLUMNS) {
        for (int at = threadIdx.x; at < PIXELS * COLUMNS; at += PIXELS) {
            const long long row = first + at / COLUMNS, j = column + at % COLUMNS;
            if (row < n && j < m)
                tile[at / COLUMNS][at % COLUMNS] = ph[row * m + j] - reference[j];
        }
        __syncthreads();
        if (pixel < n) k = weighted_sum(k, slope, tile[threadIdx.x], column, m);
        __syncthreads();
    }
    rounded[threadIdx.x] = (BASELINE)k;
    __syncthreads();
    for (long long column = 0; column < m; column += COLUMNS) {
        for (int at = threadIdx.x; at < PIXELS * COLUMNS; at += PIXELS) {
            const long long row = first + at / COLUMNS, j = column + at % COLUMNS;
            if (row < n && j < m) {
                const BASELINE scla = rounded[at / COLUMNS] * bperp[row * m + j];
                ph_scla[row * m + j] = scla;
                tile[at / COLUMNS][at % COLUMNS] = ph[row * m + j] - reference[j] - scla;
            }
        }
        __syncthreads();
        if (pixel < n) c = weighted_sum(c, constant, tile[threadIdx.x], column, m);
        __syncthreads();
    }
    if (pixel < n) {
        k_ps[pixel] = k;
        c_ps[pixel] = c;
    }
}
