// 128-bit vectors. With relaxed SIMD, four products of bytes are summed by one instruction; without, two of words.
#ifndef SIMD_H
#define SIMD_H

#include <stdint.h>
#include <wasm_simd128.h>

#ifdef __wasm_relaxed_simd__
#define FUSED(a, b, c) wasm_f32x4_relaxed_madd(a, b, c)
#else
#define FUSED(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)
#endif

#define EACH(variable, count) _Pragma("clang loop unroll(full)") for (int variable = 0; variable < (count); ++variable)

static inline v128_t load4(const float *from) { return wasm_v128_load(from); }
static inline v128_t splat4(const float *from) { return wasm_v128_load32_splat(from); }

// e to the power of x by a polynomial of degree 5 (Cephes); relative error below 2e-7 for -87..88.
static inline v128_t exponential(v128_t x) {
    x = wasm_f32x4_pmin(wasm_f32x4_splat(88.0f), wasm_f32x4_pmax(wasm_f32x4_splat(-87.0f), x));
    v128_t whole = wasm_f32x4_nearest(wasm_f32x4_mul(x, wasm_f32x4_splat(1.44269504f)));
    v128_t r = FUSED(whole, wasm_f32x4_splat(-0.693359375f), x);
    r = FUSED(whole, wasm_f32x4_splat(2.12194440e-4f), r);
    v128_t y = wasm_f32x4_splat(1.9875691500e-4f);
    y = FUSED(y, r, wasm_f32x4_splat(1.3981999507e-3f));
    y = FUSED(y, r, wasm_f32x4_splat(8.3334519073e-3f));
    y = FUSED(y, r, wasm_f32x4_splat(4.1665795894e-2f));
    y = FUSED(y, r, wasm_f32x4_splat(1.6666665459e-1f));
    y = FUSED(y, r, wasm_f32x4_splat(5.0000001201e-1f));
    y = wasm_f32x4_add(FUSED(y, wasm_f32x4_mul(r, r), r), wasm_f32x4_splat(1.0f));
    v128_t power = wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(whole), wasm_i32x4_splat(127)), 23);
    return wasm_f32x4_mul(y, power);
}

static inline v128_t sigmoid(v128_t x) {
    v128_t one = wasm_f32x4_splat(1.0f);
    return wasm_f32x4_div(one, wasm_f32x4_add(one, exponential(wasm_f32x4_neg(x))));
}

static inline v128_t hyperbolic(v128_t x) {
    v128_t twice = sigmoid(wasm_f32x4_add(x, x));
    return wasm_f32x4_sub(wasm_f32x4_add(twice, twice), wasm_f32x4_splat(1.0f));
}

#endif
