// Long short-term memory in both directions, and dense layers on its output: int16 times int8 (kept as int16).
#include "net.h"
#include "simd.h"

enum { TILE = 4, VECTORS = 2, GATES = 32 };

// Weights (units, length) of int8 as int16, BLOCK units together: for each pair along the length, BLOCK pairs.
int16_t *pack_words(const int8_t *weights, int units, int length) {
    int wide = padded(units);
    int16_t *packed = allocate(sizeof(int16_t) * wide * length), *to = packed;
    if (!packed) return 0;
    for (int block = 0; block < wide; block += BLOCK)
        for (int at = 0; at < length; at += 2)
            for (int k = 0; k < BLOCK; ++k)
                for (int j = 0; j < 2; ++j)
                    *to++ = block + k < units ? weights[(size_t)(block + k) * length + at + j] : 0;
    return packed;
}

static void dense_tile(const int16_t *const *rows, int length, const int16_t *w, v128_t sum[TILE][VECTORS]) {
    v128_t total[TILE][VECTORS];
    EACH(p, TILE) EACH(v, VECTORS) total[p][v] = wasm_i32x4_splat(0);
    for (int at = 0; at < length; at += 2, w += 2 * BLOCK) {
        v128_t weight[VECTORS];
        EACH(v, VECTORS) weight[v] = wasm_v128_load(w + 8 * v);
        EACH(p, TILE) {
            v128_t value = wasm_v128_load32_splat(rows[p] + at);
            EACH(v, VECTORS) total[p][v] = wasm_i32x4_add(total[p][v], wasm_i32x4_dot_i16x8(weight[v], value));
        }
    }
    EACH(p, TILE) EACH(v, VECTORS) sum[p][v] = total[p][v];
}

// What is added to a row's channels: of the second input, floats or int16.
static inline v128_t addend(const Operation *op, size_t row, int at) {
    const TensorSpec *spec = specs + op->second;
    const uint8_t *data = tensors[op->second].data;
    size_t place = row * spec->channels + at;
    if (spec->layout == ROWS) return load4((const float *)data + place);
    v128_t words = wasm_i32x4_load16x4((const int16_t *)data + place);
    return wasm_f32x4_mul(wasm_f32x4_convert_i32x4(words), wasm_f32x4_splat(spec->scale));
}

static inline void store_row(const Operation *op, size_t row, int at, v128_t value) {
    const TensorSpec *spec = specs + op->output;
    uint8_t *data = tensors[op->output].data;
    if (spec->layout == ROWS) {
        wasm_v128_store((float *)data + row * padded(spec->channels) + at, value);
        return;
    }
    value = wasm_f32x4_nearest(wasm_f32x4_mul(value, wasm_f32x4_splat(1 / spec->scale)));
    value = wasm_i32x4_trunc_sat_f32x4(value);
    wasm_v128_store64_lane((int16_t *)data + row * spec->channels + at, wasm_i16x8_narrow_i32x4(value, value), 0);
}

// The rows that a gate lets pass: those of which weights and bias after `bias` give more than 0, and the first one.
// All others get the logits of a certain blank.
static int passing(const Operation *op, int32_t *live, int count) {
    int length = specs[op->input].channels, wide = padded(op->units), passed = 0;
    const float *gate = floats(op->factors) + 2 * wide;
    for (int row = 0; row < count; ++row) {
        const int16_t *from = (const int16_t *)tensors[op->input].data + (size_t)row * length;
        float sum = 0, *to = (float *)tensors[op->output].data + (size_t)row * wide;
        for (int k = 0; k < length; ++k) sum += gate[k] * from[k];
        if (row == 0 || sum * specs[op->input].scale + gate[length] > 0) {
            live[passed++] = row;
        } else {
            __builtin_memset(to, 0, sizeof(float) * wide);
            to[0] = CLOSED;
        }
    }
    return passed;
}

// Rows of int16 to rows of floats or int16: factor * (weights x row) + bias + second input.
void dense(const Operation *op, const int16_t *packed) {
    const Tensor *in = tensors + op->input;
    int length = specs[op->input].channels, wide = padded(op->units), count = in->n * in->h * in->w;
    const float *factor = floats(op->factors), *bias = factor + wide;
    const int16_t *from = (const int16_t *)in->data;
    int32_t *live = op->activation == GATE ? (int32_t *)tensors[op->second].data : 0;
    if (live) count = passing(op, live, count);
    int added = !live && op->second >= 0;
    for (int channel = 0; channel < wide; channel += BLOCK)
        for (int first = 0; first < count; first += TILE) {
            const int16_t *rows[TILE];
            size_t places[TILE];
            EACH(p, TILE) {
                int row = first + p < count ? first + p : count - 1;
                places[p] = live ? live[row] : row;
                rows[p] = from + places[p] * length;
            }
            v128_t sum[TILE][VECTORS];
            dense_tile(rows, length, packed + (size_t)channel * length, sum);
            for (int p = 0; p < TILE && first + p < count; ++p)
                EACH(v, VECTORS) {
                    int at = channel + 4 * v;
                    v128_t value = FUSED(wasm_f32x4_convert_i32x4(sum[p][v]), load4(factor + at), load4(bias + at));
                    if (added) value = wasm_f32x4_add(value, addend(op, places[p], at));
                    store_row(op, places[p], at, value);
                }
        }
}

// gates += factor * (recurrent weights x state), for all lines of the batch.
static void recur(float *gates, const int16_t *state, const int16_t *w, const float *factor, int units, int lines) {
    for (int block = 0; block < 4 * units; block += GATES)
        for (int n = 0; n < lines; ++n) {
            v128_t sum[GATES / 4];
            EACH(v, GATES / 4) sum[v] = wasm_i32x4_splat(0);
            const int16_t *weight = w + (size_t)block * units;
            for (int at = 0; at < units; at += 2, weight += 2 * BLOCK) {
                v128_t value = wasm_v128_load32_splat(state + (size_t)n * units + at);
                EACH(b, GATES / BLOCK) EACH(v, VECTORS) {
                    v128_t product = wasm_v128_load(weight + (size_t)b * BLOCK * units + 8 * v);
                    sum[2 * b + v] = wasm_i32x4_add(sum[2 * b + v], wasm_i32x4_dot_i16x8(product, value));
                }
            }
            float *to = gates + (size_t)n * 4 * units + block;
            EACH(v, GATES / 4)
            wasm_v128_store(to + 4 * v, FUSED(wasm_f32x4_convert_i32x4(sum[v]), load4(factor + block + 4 * v),
                                              load4(to + 4 * v)));
        }
}

// One step of one line; the gates are in ONNX's order: input, output, forget, cell.
static void step(const float *gates, float *cell, int16_t *state, int16_t *out, int units, float one) {
    for (int k = 0; k < units; k += 4) {
        v128_t input = sigmoid(load4(gates + k)), output = sigmoid(load4(gates + units + k));
        v128_t forget = sigmoid(load4(gates + 2 * units + k)), fresh = hyperbolic(load4(gates + 3 * units + k));
        v128_t memory = FUSED(input, fresh, wasm_f32x4_mul(forget, load4(cell + k)));
        wasm_v128_store(cell + k, memory);
        v128_t value = wasm_f32x4_mul(wasm_f32x4_mul(output, hyperbolic(memory)), wasm_f32x4_splat(one));
        v128_t whole = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(value));
        whole = wasm_i16x8_narrow_i32x4(whole, whole);
        wasm_v128_store64_lane(state + k, whole, 0);
        wasm_v128_store64_lane(out + k, whole, 0);
    }
}

// The input has the gates of both directions without the recurrent part: N x 1 x T x (2 * 4 * units) floats.
void lstm(const Operation *op, const int16_t *recurrent) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output, *scratch = tensors + op->second;
    int units = op->units, lines = in->n, steps = in->w;
    const float *factor = floats(op->factors);
    float *gates = (float *)scratch->data, *cell = gates + (size_t)lines * 4 * units;
    int16_t *state = (int16_t *)(cell + (size_t)lines * units);
    for (int way = 0; way < 2; ++way) {
        const int16_t *w = recurrent + (size_t)way * 4 * units * units;
        __builtin_memset(cell, 0, (size_t)lines * units * (sizeof(float) + sizeof(int16_t)));
        for (int k = 0; k < steps; ++k) {
            int at = way ? steps - 1 - k : k;
            for (int n = 0; n < lines; ++n)
                __builtin_memcpy(gates + (size_t)n * 4 * units,
                                 (const float *)in->data + (((size_t)n * steps + at) * 2 + way) * 4 * units,
                                 sizeof(float) * 4 * units);
            recur(gates, state, w, factor + way * 4 * units, units, lines);
            for (int n = 0; n < lines; ++n)
                step(gates + (size_t)n * 4 * units, cell + (size_t)n * units, state + (size_t)n * units,
                     (int16_t *)out->data + ((size_t)n * steps + at) * 2 * units + way * units, units,
                     1 / specs[op->output].scale);
        }
    }
}
