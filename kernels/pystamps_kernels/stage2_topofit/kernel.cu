// One thread per pixel. Phasors and residual are stored interferogram by interferogram, (m, n),
// so that neighbouring threads read neighbouring values; `b_pixel` and `b_ifg` are the distances
// of the baselines of two pixels (0 where all share them) and of two interferograms.

extern "C" __global__ void topofit(
    const Complex<PHASE> *z, const BASELINE *b, long long b_pixel, long long b_ifg,
    double *k, double *c, double *coh, Complex<PHASE> *residual,
    long long n, long long m, long long steps)
{
    const long long p = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (p >= n) return;
    const Pixel pixel = {z + p, b + p * b_pixel, n, b_ifg, (int)m};
    const Fit fit = fitted(pixel, (int)steps, [&](int i, Complex<VALUE> left) {
        const bool is_null = pixel.is_null(i);
        residual[i * n + p] = {is_null ? 0 : (PHASE)left.re, is_null ? 0 : (PHASE)left.im};
    });
    k[p] = fit.k;
    c[p] = (VALUE)arctangent(fit.sum.im, fit.sum.re);
    coh[p] = fit.coherence;
}
