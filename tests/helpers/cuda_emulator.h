// Runs CUDA kernels on the CPU, one thread of a block after the other, each as a coroutine that
// gives way at __syncthreads(). Wrong: threads that do not all meet at a barrier.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>
#include <csetjmp>
#include <ucontext.h>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static
#define __constant__ static
#define __launch_bounds__(...)

using std::copysign; using std::fabs; using std::fma; using std::floor; using std::isfinite;
using std::isinf; using std::isnan; using std::max; using std::min; using std::sqrt;

struct EmulatedIndex { unsigned x = 0, y = 0, z = 0; };
static EmulatedIndex threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {

constexpr std::size_t STACK = 128 * 1024;

struct Coroutine {
    ucontext_t context;  // where it starts
    jmp_buf state;       // where it goes on: swapcontext would ask the kernel at every barrier
    std::vector<char> stack;
    bool is_started, is_done;
    long barriers;
};

static jmp_buf scheduler;
static Coroutine *current;
static unsigned char *shared_memory;
static void (*body)(void *);
static void *body_arguments;

static void enter()
{
    body(body_arguments);
    current->is_done = true;
    _longjmp(scheduler, 1);
}

static void barrier()
{
    current->barriers++;
    if (!_setjmp(current->state)) _longjmp(scheduler, 1);
}

// Runs a thread up to its next barrier or its end.
static __attribute__((noinline)) void resume(Coroutine *thread)
{
    current = thread;
    if (_setjmp(scheduler)) return;
    if (thread->is_started) _longjmp(thread->state, 1);
    thread->is_started = true;
    setcontext(&thread->context);
}

// Runs the threads of a block in rounds from barrier to barrier; false if they do not meet.
static bool run_block(std::vector<Coroutine> &threads, bool backwards)
{
    const std::size_t n = threads.size();
    for (auto &thread : threads) {
        getcontext(&thread.context);
        thread.stack.resize(STACK);
        thread.context.uc_stack.ss_sp = thread.stack.data();
        thread.context.uc_stack.ss_size = STACK;
        thread.context.uc_link = nullptr;
        thread.is_started = thread.is_done = false;
        thread.barriers = 0;
        makecontext(&thread.context, enter, 0);
    }
    while (true) {
        for (std::size_t i = 0; i < n; i++) {
            const std::size_t at = backwards ? n - 1 - i : i;
            threadIdx.x = (unsigned)at;
            resume(&threads[at]);
        }
        for (auto &thread : threads)
            if (thread.is_done != threads[0].is_done || thread.barriers != threads[0].barriers)
                return false;
        if (threads[0].is_done) return true;
    }
}

template <class Function, class... Arguments, std::size_t... I>
static void call(Function *function, std::tuple<Arguments...> &arguments, std::index_sequence<I...>)
{
    function(std::get<I>(arguments)...);
}

template <class... Arguments> struct Call {
    void (*function)(Arguments...);
    std::tuple<Arguments...> arguments;
    static void run(void *self)
    {
        auto *it = static_cast<Call *>(self);
        call(it->function, it->arguments, std::index_sequence_for<Arguments...>{});
    }
};

// Kind and size of an argument: 1000 + size of what a pointer points to, 100 + size of a
// floating number, size of a whole number.
template <class T> constexpr int kind_of()
{
    if constexpr (std::is_pointer_v<T>) return 1000 + (int)sizeof(std::remove_pointer_t<T>);
    else return (std::is_floating_point_v<T> ? 100 : 0) + (int)sizeof(T);
}

template <class... Arguments, std::size_t... I>
static std::tuple<Arguments...> unpack(void **values, std::index_sequence<I...>)
{
    return std::tuple<Arguments...>(*static_cast<std::decay_t<Arguments> *>(values[I])...);
}

// 0: done; -1: threads do not meet at a barrier; k > 0: argument k has another class.
template <class... Arguments>
static int launch(void (*function)(Arguments...), void **values, const int *kinds, int count,
                  long long blocks, int threads, long long shared_bytes, int backwards)
{
    const int wanted[] = {kind_of<Arguments>()..., 0};
    if (count != (int)sizeof...(Arguments)) return 1000;
    for (int k = 0; k < count; k++)
        if (kinds[k] != wanted[k]) return k + 1;
    Call<Arguments...> it{function,
        unpack<Arguments...>(values, std::index_sequence_for<Arguments...>{})};
    body = Call<Arguments...>::run;
    body_arguments = &it;
    std::vector<unsigned char> shared(shared_bytes + 64);
    shared_memory = shared.data() + (64 - (std::uintptr_t)shared.data() % 64) % 64;
    blockDim = {(unsigned)threads, 1, 1};
    gridDim = {(unsigned)blocks, 1, 1};
    std::vector<Coroutine> coroutines(HAS_BARRIERS ? threads : 0);
    for (long long b = 0; b < blocks; b++) {
        blockIdx.x = (unsigned)(backwards ? blocks - 1 - b : b);
        std::memset(shared.data(), 0xA5, shared.size());  // a block finds no zeros there
        if (HAS_BARRIERS) {
            if (!run_block(coroutines, backwards)) return -1;
            continue;
        }
        for (int t = 0; t < threads; t++) {
            threadIdx.x = (unsigned)(backwards ? threads - 1 - t : t);
            Call<Arguments...>::run(&it);
        }
    }
    return 0;
}

}  // namespace emulator

static inline void __syncthreads() { emulator::barrier(); }
static inline float __double2float_rn(double x) { return (float)x; }
static inline unsigned __float_as_uint(float x) { unsigned u; std::memcpy(&u, &x, 4); return u; }
static inline float __uint_as_float(unsigned u) { float x; std::memcpy(&x, &u, 4); return x; }
template <class T> static T atomicAdd(T *at, T value)
{
    static_assert(std::is_integral_v<T>, "sums of floating numbers would depend on the order");
    const T before = *at; *at = before + value; return before;
}
template <class T> static T atomicMin(T *at, T value)
{
    static_assert(std::is_integral_v<T>, "whole numbers only");
    const T before = *at; *at = min(before, value); return before;
}
template <class T> static T atomicMax(T *at, T value)
{
    static_assert(std::is_integral_v<T>, "whole numbers only");
    const T before = *at; *at = max(before, value); return before;
}
