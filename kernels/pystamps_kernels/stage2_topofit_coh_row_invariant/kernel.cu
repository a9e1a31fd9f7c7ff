// Phasors of unit amplitude from phases in cycles: one thread per phasor.
extern "C" __global__ void unit_phasors(const double *turns, Complex<PHASE> *z, long long count)
{
    const long long at = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (at >= count) return;
    double s, c;
    sine_cosine(2.0 * 3.141592653589793 * turns[at], s, c);
    z[at] = {(PHASE)c, (PHASE)s};
}

// Coherence after the search: one thread per pixel, phasors stored as (m, n).
extern "C" __global__ void coherence(
    const Complex<PHASE> *z, const BASELINE *b, double *coh,
    long long n, long long m, long long steps)
{
    const long long p = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (p >= n) return;
    const Pixel pixel = {z + p, b, n, 1, (int)m};
    coh[p] = fitted(pixel, (int)steps, [](int, Complex<VALUE>) {}).coherence;
}
