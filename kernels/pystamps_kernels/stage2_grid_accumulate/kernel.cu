// One thread per cell and interferogram, which adds the pixels of the cell one after the other;
// those of cell g are order[first[g]] to order[first[g + 1] - 1].
extern "C" __global__ void add_by_cell(
    const Complex<float> *ph, const long long *order, const long long *first,
    Complex<float> *grid, long long n_cell, long long m)
{
    const long long at = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (at >= n_cell * m) return;
    const long long cell = at / m, i = at - cell * m, end = first[cell + 1];
    if (first[cell] == end) return;
    Complex<float> sum = grid[at];
    for (long long s = first[cell]; s < end; s++) {
        const Complex<float> z = ph[order[s] * m + i];
        sum.re += z.re;
        sum.im += z.im;
    }
    grid[at] = sum;
}
