// A block adds up the values around at most TARGETS targets of one cell, for 32 * WIDTH columns.
// Sources come in tiles of SOURCES; the weight of a pair is computed once for all columns. Each
// thread has TARGETS / ROWS targets and WIDTH columns; all threads of a warp share their targets,
// so that pairs beyond the radius cost them nothing. Sums run over the sources in their order.

constexpr int SOURCES = 32, TARGETS = 32, ROWS = 8, COLUMNS = 32 * WIDTH;
constexpr int THREADS = 32 * ROWS, OWN = TARGETS / ROWS;

extern "C" __global__ void gaussian_means(
    const float *xy, const long long *tasks, const long long *first, const long long *last,
    const float *source_xy, const float *source_values, double *result,
    double radius_square, double scale, long long m, long long n_part)
{
    __shared__ double weight[SOURCES][TARGETS], total[TARGETS];
    __shared__ double value[SOURCES][COLUMNS];  // converted once, not once per target
    const long long *task = tasks + 3 * (blockIdx.x / n_part);
    const long long target = task[0], cell = task[2], column = blockIdx.x % n_part * COLUMNS;
    const int n_target = (int)(task[1] - target), own = threadIdx.x / 32 * OWN;
    const int lane = threadIdx.x % 32;
    double sum[OWN][WIDTH] = {}, weights = 0.0;
    for (int r = 0; r < 3; r++) {
        const long long end = last[3 * cell + r];
        for (long long source = first[3 * cell + r]; source < end; source += SOURCES) {
            const int n_source = (int)(end - source < SOURCES ? end - source : SOURCES);
            for (int at = threadIdx.x; at < SOURCES * TARGETS; at += THREADS) {
                const int s = at / TARGETS, t = at % TARGETS;
                double w = 0.0;
                if (s < n_source && t < n_target) {
                    const float dx = source_xy[2 * (source + s)] - xy[2 * (target + t)];
                    const float dy = source_xy[2 * (source + s) + 1] - xy[2 * (target + t) + 1];
                    const double square = (double)(dx * dx + dy * dy);
                    if (!(square >= radius_square)) w = exp(square * scale);
                }
                weight[s][t] = w;
            }
            for (int at = threadIdx.x; at < SOURCES * COLUMNS; at += THREADS) {
                const int s = at / COLUMNS;
                const long long j = column + at % COLUMNS;
                value[s][at % COLUMNS] =
                    s < n_source && j < m ? source_values[(source + s) * m + j] : 0.0;
            }
            __syncthreads();
            for (int s = 0; s < n_source; s++)
                for (int t = 0; t < OWN; t++) {
                    const double w = weight[s][own + t];
                    if (w == 0.0) continue;  // a missing value beyond the radius does no harm
                    for (int j = 0; j < WIDTH; j++)
                        sum[t][j] = fma(w, value[s][lane + 32 * j], sum[t][j]);
                }
            if (threadIdx.x < TARGETS)
                for (int s = 0; s < n_source; s++) weights += weight[s][threadIdx.x];
            __syncthreads();
        }
    }
    if (threadIdx.x < TARGETS) total[threadIdx.x] = weights;
    __syncthreads();
    for (int t = 0; t < OWN && own + t < n_target; t++)
        for (int j = 0; j < WIDTH; j++) {
            const long long k = column + lane + 32 * j;
            if (k < m) result[(target + own + t) * m + k] = sum[t][j] / total[own + t];  // 0/0: NaN
        }
}
