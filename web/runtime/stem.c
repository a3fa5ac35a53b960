// The first convolution: floats of few planes to bytes of some channels.
#include "net.h"
#include "simd.h"

enum { TILE = 8 };

// A plane of the input with zeros around it, all planes of one image.
static void pad_image(float *to, const float *from, int planes, int h, int w, int pad) {
    int wide = w + 2 * pad;
    __builtin_memset(to, 0, sizeof(float) * planes * (h + 2 * pad) * wide);
    for (int k = 0; k < planes; ++k)
        for (int y = 0; y < h; ++y)
            __builtin_memcpy(to + ((size_t)k * (h + 2 * pad) + y + pad) * wide + pad, from + ((size_t)k * h + y) * w,
                             sizeof(float) * w);
}

static void store4(uint8_t *to, v128_t value, const Operation *op) {
    const TensorSpec *spec = specs + op->output;
    if (op->activation == LEAKY) value = wasm_f32x4_pmax(wasm_f32x4_mul(value, wasm_f32x4_splat(op->slope)), value);
    value = FUSED(value, wasm_f32x4_splat(1 / spec->scale), wasm_f32x4_splat(spec->zero));
    value = wasm_f32x4_pmin(wasm_f32x4_splat(127), wasm_f32x4_pmax(wasm_f32x4_splat(0), value));
    value = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(value));
    value = wasm_i16x8_narrow_i32x4(value, value);
    wasm_v128_store32_lane(to, wasm_u8x16_narrow_i16x8(value, value), 0);
}

void stem(const Operation *op) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output, *scratch = tensors + op->second;
    int planes = specs[op->input].channels, deep = padded(op->units), wide = in->w + 2 * op->pad;
    int high = in->h + 2 * op->pad;
    const float *weights = floats(op->weights), *bias = floats(op->factors);
    float *image = (float *)scratch->data;
    for (int n = 0; n < out->n; ++n) {
        pad_image(image, (const float *)in->data + (size_t)n * planes * in->h * in->w, planes, in->h, in->w, op->pad);
        for (int y = 0; y < out->h; ++y) {
            uint8_t *to = out->data + n * image_bytes(op->output) + y * row_bytes(op->output);
            const float *row = image + (size_t)y * op->down * wide;
            for (int x = 0; x < out->w; x += TILE)
                for (int channel = 0; channel < deep; channel += 4) {
                    v128_t sum[TILE];
                    const float *pixels[TILE], *w = weights + channel;
                    EACH(p, TILE) {
                        int at = x + p < out->w ? x + p : out->w - 1;
                        pixels[p] = row + (size_t)at * op->right;
                        sum[p] = load4(bias + channel);
                    }
                    for (int k = 0; k < planes; ++k)
                        for (int ky = 0; ky < op->rows; ++ky)
                            for (int kx = 0; kx < op->columns; ++kx, w += deep) {
                                v128_t weight = load4(w);
                                size_t at = ((size_t)k * high + ky) * wide + kx;
                                EACH(p, TILE) sum[p] = FUSED(splat4(pixels[p] + at), weight, sum[p]);
                            }
                    for (int p = 0; p < TILE && x + p < out->w; ++p)
                        store4(to + (size_t)(x + p) * deep + channel, sum[p], op);
                }
        }
    }
    fill_margin(op->output);
}
