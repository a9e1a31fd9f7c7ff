// One thread per phasor. BASELINE is the class of the baselines, in which the angle is formed.

extern "C" __global__ void weighted_phase(
    const Complex<float> *ph, const BASELINE *bperp_mat, const BASELINE *k_ps,
    const float *weighting, Complex<float> *out, long long n, long long m)
{
    const long long at = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (at >= n * m) return;
    const long long p = at / m;
    double s, c;
    sine_cosine((double)(bperp_mat[at] * k_ps[p]), s, c);
    const float sine = (float)s, cosine = (float)c;
    out[at].re = (ph[at].re * cosine + ph[at].im * sine) * weighting[p];
    out[at].im = (ph[at].im * cosine - ph[at].re * sine) * weighting[p];
}
