// Convolutions of bytes: int8 weights times activations of 0..127, summed as int32, finished as bytes or floats.
//
// A row of pixels lies in memory as its channels one after the other, so the part of a row under the kernel is one
// run of bytes. TILE pixels and BLOCK channels are computed together, in registers.
#include "net.h"
#include "simd.h"

enum { TILE = 4, HALF = BLOCK / 4 };

typedef struct {
    const Operation *op;
    const float *factor, *bias;
    int runs, length;             // parts of a row under the kernel, bytes of each
    ptrdiff_t offsets[MAX_RUNS];  // of the runs, from the kernel's first pixel
    float residual, shift;        // of the second input; added at the end
} Plan;

static void plan_runs(Plan *plan, int channels, ptrdiff_t row) {
    const Operation *op = plan->op;
    int joined = op->dilation == 1;
    plan->runs = joined ? op->rows : op->rows * op->columns;
    plan->length = (joined ? op->columns : 1) * channels;
    for (int k = 0; k < plan->runs; ++k) {
        int y = joined ? k : k / op->columns, x = joined ? 0 : k % op->columns;
        plan->offsets[k] = y * op->dilation * row + (ptrdiff_t)x * op->dilation * channels;
    }
}

// Weights (units, rows, columns, channels) in the order in which `sums` reads them.
int8_t *pack_conv(const Operation *op, int channels) {
    int deep = padded(channels), positions = op->rows * op->columns, blocks = padded(op->units) / BLOCK;
    const int8_t *from = (const int8_t *)constants + op->weights;
#ifdef __wasm_relaxed_simd__
    enum { GROUP = 4 };
    typedef int8_t Weight;
#else
    enum { GROUP = 2 };
    typedef int16_t Weight;
#endif
    Weight *packed = allocate(sizeof(Weight) * blocks * BLOCK * positions * deep), *to = packed;
    if (!packed) return 0;
    for (int block = 0; block < blocks; ++block)
        for (int at = 0; at < positions * deep; at += GROUP)
            for (int k = 0; k < BLOCK; ++k)
                for (int j = 0; j < GROUP; ++j) {
                    int unit = block * BLOCK + k, place = (at + j) / deep, channel = (at + j) % deep;
                    int inside = unit < op->units && channel < channels;
                    *to++ = inside ? from[((size_t)unit * positions + place) * channels + channel] : 0;
                }
    return (int8_t *)packed;
}

// Sums of products for TILE pixels and BLOCK channels.
static inline void sums(const Plan *plan, const uint8_t *const *pixels, const int8_t *w, v128_t out[TILE][HALF]) {
    v128_t sum[TILE][HALF];
    EACH(p, TILE) EACH(v, HALF) sum[p][v] = wasm_i32x4_splat(0);
    for (int run = 0; run < plan->runs; ++run) {
        const uint8_t *x[TILE];
        EACH(p, TILE) x[p] = pixels[p] + plan->offsets[run];
#ifdef __wasm_relaxed_simd__
        for (int at = 0; at < plan->length; at += 4, w += 4 * BLOCK) {
            v128_t weight[HALF];
            EACH(v, HALF) weight[v] = wasm_v128_load(w + 16 * v);
            EACH(p, TILE) {
                v128_t value = wasm_v128_load32_splat(x[p] + at);
                EACH(v, HALF) sum[p][v] = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(weight[v], value, sum[p][v]);
            }
        }
#else
#define STEP(j)                                                                                               \
    EACH(v, HALF) weight[v] = wasm_v128_load(w + 16 * (HALF * (j) + v));                                      \
    EACH(p, TILE) {                                                                                           \
        v128_t pair = wasm_i32x4_shuffle(value[p], value[p], j, j, j, j);                                     \
        EACH(v, HALF) sum[p][v] = wasm_i32x4_add(sum[p][v], wasm_i32x4_dot_i16x8(weight[v], pair));           \
    }
        for (int at = 0; at < plan->length; at += 8, w += 16 * BLOCK) {
            v128_t value[TILE], weight[HALF];
            EACH(p, TILE) value[p] = wasm_u16x8_load8x8(x[p] + at);
            STEP(0) STEP(1) STEP(2) STEP(3)
        }
#endif
    }
    EACH(p, TILE) EACH(v, HALF) out[p][v] = sum[p][v];
}

static inline v128_t activated(const Operation *op, v128_t value) {
    if (op->activation == RELU) return wasm_f32x4_pmax(wasm_f32x4_splat(0), value);
    if (op->activation == LEAKY) return wasm_f32x4_pmax(wasm_f32x4_mul(value, wasm_f32x4_splat(op->slope)), value);
    if (op->activation == SIGMOID) return sigmoid(value);
    return value;
}

// Four channels: scaled, biased, activated, and the second input's added.
static inline v128_t finished(const Plan *plan, v128_t sum, int channel, const uint8_t *second) {
    v128_t value = FUSED(wasm_f32x4_convert_i32x4(sum), load4(plan->factor + channel), load4(plan->bias + channel));
    value = activated(plan->op, value);
    if (second) {
        v128_t other = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(second)));
        value = FUSED(wasm_f32x4_convert_i32x4(other), wasm_f32x4_splat(plan->residual), value);
    }
    return value;
}

// Eight floats as bytes 0..127, to the nearest.
static inline void store_bytes(uint8_t *to, v128_t low, v128_t high, float shift) {
    v128_t magic = wasm_f32x4_splat(12582912.0f), least = wasm_f32x4_splat(0), most = wasm_f32x4_splat(127);
    v128_t add = wasm_f32x4_splat(shift), mask = wasm_i32x4_splat(127);
    low = wasm_f32x4_pmin(most, wasm_f32x4_pmax(least, wasm_f32x4_add(low, add)));
    high = wasm_f32x4_pmin(most, wasm_f32x4_pmax(least, wasm_f32x4_add(high, add)));
    low = wasm_v128_and(wasm_f32x4_add(low, magic), mask);
    high = wasm_v128_and(wasm_f32x4_add(high, magic), mask);
    v128_t words = wasm_i16x8_narrow_i32x4(low, high);
    wasm_v128_store64_lane(to, wasm_u8x16_narrow_i16x8(words, words), 0);
}

static inline void store(const Plan *plan, v128_t sum[HALF], int channel, int n, int y, int x) {
    const Operation *op = plan->op;
    const Tensor *out = tensors + op->output;
    const TensorSpec *spec = specs + op->output;
    const uint8_t *second = 0;
    if (op->second >= 0) {
        second = tensors[op->second].data + n * image_bytes(op->second) +
                 (y >> op->shrink) * row_bytes(op->second) +
                 (size_t)(x >> op->shrink) * padded(specs[op->second].channels) + channel;
    }
    v128_t low = finished(plan, sum[0], channel, second);
    v128_t high = finished(plan, sum[1], channel + 4, second ? second + 4 : 0);
    int deep = padded(spec->channels);
    if (spec->layout == BYTES) {
        store_bytes(out->data + n * image_bytes(op->output) + y * row_bytes(op->output) + (size_t)x * deep + channel,
                    low, high, plan->shift);
    } else if (spec->layout == ROWS) {
        float *to = (float *)out->data + (((size_t)n * out->h + y) * out->w + x) * deep + channel;
        wasm_v128_store(to, low);
        wasm_v128_store(to + 4, high);
    } else {
        float values[BLOCK];
        wasm_v128_store(values, low);
        wasm_v128_store(values + 4, high);
        for (int k = 0; k < BLOCK && channel + k < spec->channels; ++k)
            ((float *)out->data)[(((size_t)n * spec->channels + channel + k) * out->h + y) * out->w + x] = values[k];
    }
}

void conv(const Operation *op, const int8_t *packed) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output;
    int deep = padded(specs[op->input].channels), wide = padded(op->units);
    ptrdiff_t row = row_bytes(op->input), image = image_bytes(op->input);
    Plan plan = {op, floats(op->factors), floats(op->factors) + wide, 0, 0, {0}, 0, 0};
    plan_runs(&plan, deep, row);
    plan.shift = specs[op->output].layout == BYTES ? specs[op->output].zero : 0;
    if (op->second >= 0) {
        float step = specs[op->output].layout == BYTES ? specs[op->output].scale : 1;
        plan.residual = specs[op->second].scale / step;
        plan.shift -= specs[op->second].zero * plan.residual;
    }
    size_t block = (size_t)op->rows * op->columns * deep * BLOCK;
#ifndef __wasm_relaxed_simd__
    block *= 2;
#endif
    for (int n = 0; n < out->n; ++n)
        for (int y = 0; y < out->h; ++y) {
            const uint8_t *from = in->data + n * image + (y * op->down - op->pad) * row - (ptrdiff_t)op->pad * deep;
            const int8_t *w = packed;
            for (int channel = 0; channel < wide; channel += BLOCK, w += block)
                for (int x = 0; x < out->w; x += TILE) {
                    const uint8_t *pixels[TILE];
                    EACH(p, TILE) {
                        int at = x + p < out->w ? x + p : out->w - 1;
                        pixels[p] = from + (ptrdiff_t)at * op->right * deep;
                    }
                    v128_t sum[TILE][HALF];
                    sums(&plan, pixels, w, sum);
                    for (int p = 0; p < TILE && x + p < out->w; ++p) store(&plan, sum[p], channel, n, y, x + p);
                }
        }
    if (specs[op->output].layout == BYTES) fill_margin(op->output);
}
