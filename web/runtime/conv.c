// Convolutions of bytes: int8 weights times activations, summed as int32, finished as bytes or floats.
//
// A row of pixels lies in memory as its channels one after the other, so the part of a row under the kernel is one
// run of bytes. Some pixels and BLOCK channels are computed together, in registers: six pixels where one instruction sums
// four products, so that twelve sums hide the five cycles that it takes; else four, since products need registers, too.
#include "net.h"
#include "simd.h"

enum { TILE = 4, WIDE_TILE = 5, HALF = BLOCK / 4 };

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
    plan->length = run_length(op, channels);
    plan->runs = op->rows * op->columns * channels / plan->length;
    for (int k = 0; k < plan->runs; ++k) {
        int y = joined ? k : k / op->columns, x = joined ? 0 : k % op->columns;
        plan->offsets[k] = y * op->dilation * row + (ptrdiff_t)x * op->dilation * channels;
    }
}

typedef v128_t Sums[WIDE_TILE][HALF];

#ifdef __wasm_relaxed_simd__
// Sums of products for WIDE_TILE pixels and BLOCK channels, four products at a time. Returns where the next block's weights are.
static inline const int8_t *sums4(const Plan *plan, const uint8_t *const *pixels, const int8_t *w, Sums out) {
    Sums sum;
    EACH(p, WIDE_TILE) EACH(v, HALF) sum[p][v] = wasm_i32x4_splat(0);
    for (int run = 0; run < plan->runs; ++run) {
        const uint8_t *x[WIDE_TILE];
        EACH(p, WIDE_TILE) x[p] = pixels[p] + plan->offsets[run];
        for (int at = 0; at < plan->length; at += 4, w += 4 * BLOCK) {
            v128_t weight[HALF];
            EACH(v, HALF) weight[v] = wasm_v128_load(w + 16 * v);
            EACH(p, WIDE_TILE) {
                v128_t value = wasm_v128_load32_splat(x[p] + at);
                EACH(v, HALF) sum[p][v] = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(weight[v], value, sum[p][v]);
            }
        }
    }
    EACH(p, WIDE_TILE) EACH(v, HALF) out[p][v] = sum[p][v];
    return w;
}

#define PAIRS(at)                                                                                                   \
    EACH(v, HALF) weight[v] = wasm_v128_load(w + BLOCK * (at) + 16 * v);                                            \
    EACH(p, TILE) {                                                                                                 \
        v128_t value = wasm_v128_load32_splat(x[p] + (at));                                                         \
        EACH(v, HALF) sum[p][v] = wasm_i16x8_add(sum[p][v], wasm_i16x8_relaxed_dot_i8x16_i7x16(weight[v], value));  \
    }

#define FORWARD(inputs)                                                                                             \
    w += BLOCK * (inputs);                                                                                          \
    EACH(p, TILE) x[p] += (inputs);

// The same with sums of 16 bits, for as many products as cannot overflow: `pack_pairs` has counted them.
static inline const int8_t *sums_of_pairs(const Plan *plan, const uint8_t *const *pixels, const int8_t *w, Sums out) {
    EACH(p, TILE) EACH(v, HALF) out[p][v] = wasm_i32x4_splat(0);
    for (int run = 0; run < plan->runs; ++run) {
        const uint8_t *x[TILE];
        EACH(p, TILE) x[p] = pixels[p] + plan->offsets[run];
        for (int rest = plan->length; rest > 0;) {
            Chunk chunk = *(const Chunk *)w;
            int length = chunk.inputs;
            Sums sum;
            v128_t weight[HALF];
            w += sizeof chunk, rest -= length - chunk.again;
            EACH(p, TILE) EACH(v, HALF) sum[p][v] = wasm_i16x8_splat(0);
            for (; length > 0; length -= STRIDE) {
                PAIRS(0)
                PAIRS(4)
                FORWARD(STRIDE)
            }
            EACH(p, TILE) x[p] -= chunk.again;
            EACH(p, TILE) EACH(v, HALF) out[p][v] = wasm_i32x4_add(out[p][v], wasm_i32x4_extadd_pairwise_i16x8(sum[p][v]));
        }
    }
    return w;
}
#endif

// The same with the pair `pair` of eight bytes that were widened, two products at a time.
#define STEP(pair)                                                                                                  \
    EACH(v, HALF) weight[v] = wasm_v128_load(w + 8 * (HALF * (pair) + v));                                          \
    EACH(p, TILE) {                                                                                                 \
        v128_t both = wasm_i32x4_shuffle(value[p], value[p], pair, pair, pair, pair);                               \
        EACH(v, HALF) sum[p][v] = wasm_i32x4_add(sum[p][v], wasm_i32x4_dot_i16x8(weight[v], both));                 \
    }

static inline const int8_t *sums2(const Plan *plan, const uint8_t *const *pixels, const int8_t *from, Sums out) {
    Sums sum;
    const int16_t *w = (const int16_t *)from;
    EACH(p, TILE) EACH(v, HALF) sum[p][v] = wasm_i32x4_splat(0);
    for (int run = 0; run < plan->runs; ++run) {
        const uint8_t *x[TILE];
        EACH(p, TILE) x[p] = pixels[p] + plan->offsets[run];
        for (int at = 0; at < plan->length; at += 8, w += 8 * BLOCK) {
            v128_t value[TILE], weight[HALF];
            EACH(p, TILE) value[p] = wasm_u16x8_load8x8(x[p] + at);
            STEP(0) STEP(1) STEP(2) STEP(3)
        }
    }
    EACH(p, TILE) EACH(v, HALF) out[p][v] = sum[p][v];
    return (const int8_t *)w;
}

static inline const int8_t *sums(const Plan *plan, Products how, const uint8_t *const *pixels, const int8_t *w, Sums out) {
#ifdef __wasm_relaxed_simd__
    if (how == FOUR) return sums4(plan, pixels, w, out);
    if (how == PAIR) return sums_of_pairs(plan, pixels, w, out);
#else
    (void)how;
#endif
    return sums2(plan, pixels, w, out);
}

// Where a row of the output goes, and what is added to it.
typedef struct {
    uint8_t *to;            // of its first pixel
    const uint8_t *second;  // bytes of the second input, or none
    size_t step, second_step;
    int channel, channels, plane;  // first of the block; all, and floats of a plane, where they are PLANES
} Row;

typedef struct {
    v128_t factor, bias;
} Finish;

static inline v128_t activated(const Operation *op, v128_t value) {
    if (op->activation == NONE) return value;
    if (op->activation == RELU) return wasm_f32x4_pmax(wasm_f32x4_splat(0), value);
    if (op->activation == LEAKY) return wasm_f32x4_pmax(wasm_f32x4_mul(value, wasm_f32x4_splat(op->slope)), value);
    return sigmoid(value);
}

// Four channels: scaled, biased, activated, and the second input's added.
static inline v128_t finished(const Plan *plan, v128_t sum, const Finish *last, const uint8_t *second) {
    v128_t value = activated(plan->op, FUSED(wasm_f32x4_convert_i32x4(sum), last->factor, last->bias));
    if (second) {
        v128_t other = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(second)));
        value = FUSED(wasm_f32x4_convert_i32x4(other), wasm_f32x4_splat(plan->residual), value);
    }
    return value;
}

// Eight floats as bytes, to the nearest.
static inline void store_bytes(uint8_t *to, v128_t low, v128_t high, float shift) {
    v128_t magic = wasm_f32x4_splat(12582912.0f), least = wasm_f32x4_splat(0), most = wasm_f32x4_splat(header->most);
    v128_t add = wasm_f32x4_splat(shift), mask = wasm_i32x4_splat(255);
    low = wasm_f32x4_pmin(most, wasm_f32x4_pmax(least, wasm_f32x4_add(low, add)));
    high = wasm_f32x4_pmin(most, wasm_f32x4_pmax(least, wasm_f32x4_add(high, add)));
    low = wasm_v128_and(wasm_f32x4_add(low, magic), mask);
    high = wasm_v128_and(wasm_f32x4_add(high, magic), mask);
    v128_t words = wasm_i16x8_narrow_i32x4(low, high);
    wasm_v128_store64_lane(to, wasm_u8x16_narrow_i16x8(words, words), 0);
}

static inline void store(const Plan *plan, const v128_t sum[HALF], const Finish last[HALF], const Row *row, int x) {
    const Operation *op = plan->op;
    const uint8_t *second = row->second ? row->second + (size_t)(x >> op->shrink) * row->second_step : 0;
    v128_t low = finished(plan, sum[0], last, second);
    v128_t high = finished(plan, sum[1], last + 1, second ? second + 4 : 0);
    int layout = specs[op->output].layout;
    uint8_t *to = row->to + (size_t)x * row->step;
    if (layout == BYTES) {
        store_bytes(to, low, high, plan->shift);
    } else if (layout == ROWS) {
        wasm_v128_store(to, low);
        wasm_v128_store(to + 16, high);
    } else {
        float values[BLOCK];
        wasm_v128_store(values, low);
        wasm_v128_store(values + 4, high);
        for (int k = 0; k < BLOCK && row->channel + k < row->channels; ++k)
            ((float *)to)[(size_t)k * row->plane] = values[k];
    }
}

// The row y of image n, from a block of channels on.
static Row row_of(const Operation *op, int n, int y, int channel) {
    const Tensor *out = tensors + op->output;
    int layout = specs[op->output].layout, deep = padded(specs[op->output].channels);
    Row row = {out->data, 0, deep, 0, channel, specs[op->output].channels, out->h * out->w};
    if (layout == BYTES) {
        row.to += n * image_bytes(op->output) + y * row_bytes(op->output) + channel;
    } else if (layout == ROWS) {
        row.step = sizeof(float) * deep;
        row.to += ((size_t)n * out->h + y) * out->w * row.step + sizeof(float) * channel;
    } else {
        row.step = sizeof(float);
        row.to += sizeof(float) * (((size_t)n * row.channels + channel) * row.plane + (size_t)y * out->w);
    }
    if (op->second >= 0) {
        row.second_step = padded(specs[op->second].channels);
        row.second = tensors[op->second].data + n * image_bytes(op->second) +
                     (y >> op->shrink) * row_bytes(op->second) + channel;
    }
    return row;
}

// One row of a block of channels; returns where the next block's weights are. `how` is a constant where this is inlined.
static inline const int8_t *conv_row(const Plan *plan, Products how, const uint8_t *from, size_t pixel, const int8_t *w,
                                     const Row *row, int wide) {
    const int tile = how == FOUR ? WIDE_TILE : TILE;
    Finish last[HALF];
    const int8_t *next = w;
    EACH(v, HALF) last[v] = (Finish){load4(plan->factor + row->channel + 4 * v), load4(plan->bias + row->channel + 4 * v)};
    for (int x = 0; x < wide; x += tile) {
        const uint8_t *pixels[WIDE_TILE];
        Sums sum;
        for (int p = 0; p < tile; ++p) pixels[p] = from + (size_t)(x + p < wide ? x + p : wide - 1) * pixel;
        next = sums(plan, how, pixels, w, sum);
        for (int p = 0; p < tile && x + p < wide; ++p) store(plan, sum[p], last, row, x + p);
    }
    return next;
}

void conv(const Operation *op, const void *packed, Products how) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output;
    int deep = padded(specs[op->input].channels), wide = padded(op->units);
    ptrdiff_t row = row_bytes(op->input), image = image_bytes(op->input);
    Plan plan = {op, floats(op->factors), floats(op->factors) + wide, 0, 0, {0}, 0, 0};
    plan_runs(&plan, deep, row);
    int bytes = specs[op->output].layout == BYTES;
    plan.shift = bytes ? specs[op->output].zero : 0;
    if (op->second >= 0) {
        plan.residual = specs[op->second].scale / (bytes ? specs[op->output].scale : 1);
        plan.shift -= specs[op->second].zero * plan.residual;
    }
    for (int n = 0; n < out->n; ++n)
        for (int y = 0; y < out->h; ++y) {
            const uint8_t *from = in->data + n * image + (y * op->down - op->above) * row - (ptrdiff_t)op->left * deep;
            const int8_t *w = packed;
            for (int channel = 0; channel < wide; channel += BLOCK) {
                Row to = row_of(op, n, y, channel);
                size_t pixel = (size_t)op->right * deep;
                w = how == FOUR   ? conv_row(&plan, FOUR, from, pixel, w, &to, out->w)
                    : how == PAIR ? conv_row(&plan, PAIR, from, pixel, w, &to, out->w)
                                  : conv_row(&plan, TWO, from, pixel, w, &to, out->w);
            }
        }
    if (bytes) fill_margin(op->output);
}
