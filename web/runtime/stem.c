// The first convolution: floats of few planes to bytes of some channels.
#include "net.h"
#include "simd.h"

enum { TILE = 8 };  // the last tile of a row reads beyond it: the scratch tensor has room for that

// A plane of the input with zeros around it, all planes of one image.
static void pad_image(float *to, const float *from, int planes, int h, int w, int above, int left) {
    int wide = w + 2 * left, high = h + 2 * above;
    __builtin_memset(to, 0, sizeof(float) * planes * high * wide);
    for (int k = 0; k < planes; ++k)
        for (int y = 0; y < h; ++y)
            __builtin_memcpy(to + ((size_t)k * high + y + above) * wide + left, from + ((size_t)k * h + y) * w,
                             sizeof(float) * w);
}

static void store4(uint8_t *to, v128_t value, const Operation *op) {
    const TensorSpec *spec = specs + op->output;
    if (op->activation == LEAKY) value = wasm_f32x4_pmax(wasm_f32x4_mul(value, wasm_f32x4_splat(op->slope)), value);
    value = FUSED(value, wasm_f32x4_splat(1 / spec->scale), wasm_f32x4_splat(spec->zero));  // a rectifier where zero is 0
    value = wasm_f32x4_pmin(wasm_f32x4_splat(header->most), wasm_f32x4_pmax(wasm_f32x4_splat(0), value));
    value = wasm_v128_and(wasm_f32x4_add(value, wasm_f32x4_splat(12582912.0f)), wasm_i32x4_splat(255));
    value = wasm_i16x8_narrow_i32x4(value, value);
    wasm_v128_store32_lane(to, wasm_u8x16_narrow_i16x8(value, value), 0);
}

// One row; `right` is a constant where this is inlined.
static inline void stem_row(const Operation *op, const float *row, const int *taps, int count, int right, uint8_t *to,
                            int wide) {
    int deep = padded(op->units);
    const float *weights = floats(op->weights), *bias = floats(op->factors);
    for (int x = 0; x < wide; x += TILE)
        for (int channel = 0; channel < deep; channel += 4) {
            v128_t sum[TILE];
            const float *pixels = row + (size_t)x * right, *w = weights + channel;
            EACH(p, TILE) sum[p] = load4(bias + channel);
            for (int k = 0; k < count; ++k, w += deep) {
                v128_t weight = load4(w);
                const float *at = pixels + taps[k];
                EACH(p, TILE) sum[p] = FUSED(splat4(at + p * right), weight, sum[p]);
            }
            for (int p = 0; p < TILE && x + p < wide; ++p) store4(to + (size_t)(x + p) * deep + channel, sum[p], op);
        }
}

void stem(const Operation *op) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output, *scratch = tensors + op->second;
    int planes = specs[op->input].channels, wide = in->w + 2 * op->left, high = in->h + 2 * op->above, count = 0;
    int taps[MAX_TAPS];
    for (int k = 0; k < planes; ++k)
        for (int y = 0; y < op->rows; ++y)
            for (int x = 0; x < op->columns; ++x) taps[count++] = (k * high + y) * wide + x;
    float *image = (float *)scratch->data;
    for (int n = 0; n < out->n; ++n) {
        pad_image(image, (const float *)in->data + (size_t)n * planes * in->h * in->w, planes, in->h, in->w, op->above,
                  op->left);
        for (int y = 0; y < out->h; ++y) {
            uint8_t *to = out->data + n * image_bytes(op->output) + y * row_bytes(op->output);
            const float *row = image + (size_t)y * op->down * wide;
            if (op->right == 2) stem_row(op, row, taps, count, 2, to, out->w);
            else stem_row(op, row, taps, count, op->right, to, out->w);
        }
    }
    fill_margin(op->output);
}
