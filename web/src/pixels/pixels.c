// Pixels of grey and colour pictures, as OpenCV computes them: luma, averages over areas, affine warps. Memory is the
// caller's: `heap` on.
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))

extern uint8_t __heap_base;
EXPORT(heap) uint8_t *heap(void) { return &__heap_base; }

// Whether the memory reaches up to an address, if need be after it grew.
EXPORT(reach) int reach(uint32_t end) {
    uint32_t have = __builtin_wasm_memory_size(0) * 65536u;
    return end <= have || __builtin_wasm_memory_grow(0, (end - have + 65535u) / 65536u) != (__SIZE_TYPE__)-1;
}

static inline v128_t floats(v128_t bytes, int quarter) {
    v128_t words = quarter < 2 ? wasm_u16x8_extend_low_u8x16(bytes) : wasm_u16x8_extend_high_u8x16(bytes);
    return wasm_f32x4_convert_i32x4(quarter % 2 ? wasm_u32x4_extend_high_u16x8(words) : wasm_u32x4_extend_low_u16x8(words));
}

// Rec. 601 luma in 15-bit fixed point of RGBA, or of BGRA; four bytes beyond the last one may be written.
EXPORT(luma) void luma(const uint8_t *from, uint8_t *to, int count, int swapped) {
    const int red = swapped ? 3735 : 9798, blue = swapped ? 9798 : 3735;
    const v128_t share = wasm_i16x8_make(red, 19235, blue, 0, red, 19235, blue, 0), half = wasm_i32x4_splat(16384);
    for (int k = 0; k < count; k += 4) {
        v128_t rgba = wasm_v128_load(from + 4 * k);
        v128_t low = wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(rgba), share);
        v128_t high = wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(rgba), share);
        v128_t sum = wasm_i32x4_add(wasm_i32x4_shuffle(low, high, 0, 2, 4, 6), wasm_i32x4_shuffle(low, high, 1, 3, 5, 7));
        sum = wasm_i32x4_shr(wasm_i32x4_add(sum, half), 15);
        sum = wasm_i16x8_narrow_i32x4(sum, sum);
        wasm_v128_store32_lane(to + k, wasm_u8x16_narrow_i16x8(sum, sum), 0);
    }
}

// BGRX as RGBA that is opaque; `count` is a multiple of four, or up to three pixels beyond the last one are written.
EXPORT(swap) void swap(uint8_t *pixels, int count) {
    const v128_t opaque = wasm_i32x4_splat((int32_t)0xff000000);
    for (int k = 0; k < 4 * count; k += 16) {
        v128_t bgrx = wasm_v128_load(pixels + k);
        bgrx = wasm_i8x16_shuffle(bgrx, bgrx, 2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15);
        wasm_v128_store(pixels + k, wasm_v128_or(bgrx, opaque));
    }
}

typedef struct {
    int32_t first, count;  // source pixels under one of the result
    const float *weight;
} Span;

static double least(double a, double b) { return a < b ? a : b; }

// The spans of an axis; their weights follow them. Returns what follows both.
static uint8_t *spans(int from, int to, Span *out) {
    double scale = (double)from / to;
    float *weight = (float *)(out + to);
    for (int k = 0; k < to; ++k) {
        double low = k * scale, high = least(low + scale, from), size = least(scale, from - low);
        int first = (int)__builtin_ceil(low - 1e-9), last = (int)least(__builtin_floor(high + 1e-9), from);
        float *start = weight;
        int begins = first - low > 1e-3;
        if (begins) *weight++ = (float)((first - low) / size);
        for (int x = first; x < last; ++x) *weight++ = (float)(1 / size);
        if (high - last > 1e-3 && last < from) *weight++ = (float)(least(least(high - last, 1), size) / size);
        out[k] = (Span){begins ? first - 1 : first, (int)(weight - start), start};
    }
    return (uint8_t *)(((uintptr_t)weight + 15) & ~(uintptr_t)15);
}

// The rows of a span, weighted.
static void add_rows(const uint8_t *from, int bytes, const Span *rows, float *sum) {
    int x = 0;
    for (; x + 16 <= bytes; x += 16) {
        v128_t total[4];
        for (int q = 0; q < 4; ++q) total[q] = wasm_f32x4_splat(0);
        for (int k = 0; k < rows->count; ++k) {
            v128_t pixels = wasm_v128_load(from + (uint32_t)(rows->first + k) * bytes + x), weight = wasm_f32x4_splat(rows->weight[k]);
#pragma clang loop unroll(full)
            for (int q = 0; q < 4; ++q) total[q] = wasm_f32x4_add(total[q], wasm_f32x4_mul(floats(pixels, q), weight));
        }
        for (int q = 0; q < 4; ++q) wasm_v128_store(sum + x + 4 * q, total[q]);
    }
    for (; x < bytes; ++x) {
        sum[x] = 0;
        for (int k = 0; k < rows->count; ++k) sum[x] += from[(uint32_t)(rows->first + k) * bytes + x] * rows->weight[k];
    }
}

// Of four pixels of the result together: where the first of each begins, and the weights of as many as any pixel has.
typedef struct {
    int32_t *first;
    float *weight;
    int taps;
} Fours;

// The spans of a row in fours, laid out from `at` on; what a span lacks has the weight 0.
static Fours in_fours(const Span *across, int w, uint8_t **at) {
    Fours out = {(int32_t *)*at, 0, 0};
    int count = (w + 3) & ~3;
    out.weight = (float *)(out.first + count);
    for (int x = 0; x < w; ++x) out.taps = across[x].count > out.taps ? across[x].count : out.taps;
    for (int x = 0; x < count; ++x) {
        const Span *span = across + (x < w ? x : w - 1);
        float *to = out.weight + (x & ~3) * out.taps + (x & 3);
        out.first[x] = span->first;
        for (int k = 0; k < out.taps; ++k) to[4 * k] = k < span->count ? span->weight[k] : 0;
    }
    *at = (uint8_t *)(out.weight + count * out.taps);
    return out;
}

// Up to three bytes beyond the last one are written.
static void reduce_grey(const float *row, const Fours *across, uint8_t *to, int w) {
    const float *weight = across->weight;
    for (int x = 0; x < w; x += 4) {
        const int32_t *first = across->first + x;
        const float *a = row + first[0], *b = row + first[1], *c = row + first[2], *d = row + first[3];
        v128_t total = wasm_f32x4_splat(0);
        for (int k = 0; k < across->taps; ++k, weight += 4) {
            v128_t value = wasm_v128_load32_zero(a + k);
            value = wasm_v128_load32_lane(b + k, value, 1);
            value = wasm_v128_load32_lane(c + k, value, 2);
            value = wasm_v128_load32_lane(d + k, value, 3);
            total = wasm_f32x4_add(total, wasm_f32x4_mul(value, wasm_v128_load(weight)));
        }
        total = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(total));
        total = wasm_i16x8_narrow_i32x4(total, total);
        wasm_v128_store32_lane(to + x, wasm_u8x16_narrow_i16x8(total, total), 0);
    }
}

static void reduce_colour(const float *row, const Span *across, uint8_t *to, int w) {
    for (int x = 0; x < w; ++x) {
        const Span *span = across + x;
        v128_t total = wasm_f32x4_splat(0);
        for (int k = 0; k < span->count; ++k)
            total = wasm_f32x4_add(total, wasm_f32x4_mul(wasm_v128_load(row + 4 * (span->first + k)), wasm_f32x4_splat(span->weight[k])));
        total = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(total));
        total = wasm_i16x8_narrow_i32x4(total, total);
        wasm_v128_store32_lane(to + 4 * x, wasm_u8x16_narrow_i16x8(total, total), 0);
    }
}

// A picture of one or four channels made smaller: each pixel is the average of those under it. `scratch` needs room for
// width * (channels + 5) + height + 12 * (w + h) + 64 words.
EXPORT(area) void area(const uint8_t *from, int width, int height, uint8_t *to, int w, int h, int channels, uint8_t *scratch) {
    Span *across = (Span *)scratch, *down = (Span *)spans(width, w, across);
    uint8_t *rest = spans(height, h, down);
    Fours fours = {0, 0, 0};
    if (channels == 1) fours = in_fours(across, w, &rest);
    float *row = (float *)rest;
    for (int k = 0; k < fours.taps; ++k) row[width + k] = 0; // they have the weight 0
    for (int y = 0; y < h; ++y, to += w * channels) {
        add_rows(from, width * channels, down + y, row);
        if (channels == 1) reduce_grey(row, &fours, to, w);
        else reduce_colour(row, across, to, w);
    }
}

typedef struct {
    const uint8_t *data;
    int width, height;
} Grey;

static int clipped(int k, int count) { return k < 0 ? 0 : k >= count ? count - 1 : k; }

// The picture at any point, bilinear; its border is repeated.
static uint8_t sample(const Grey *from, double u, double v) {
    double left = __builtin_floor(u), top = __builtin_floor(v), fx = u - left, fy = v - top;
    int x = (int)left, y = (int)top;
    const uint8_t *above = from->data + (uint32_t)clipped(y, from->height) * from->width;
    const uint8_t *below = from->data + (uint32_t)clipped(y + 1, from->height) * from->width;
    int a = clipped(x, from->width), b = clipped(x + 1, from->width);
    double high = above[a] + (above[b] - above[a]) * fx, low = below[a] + (below[b] - below[a]) * fx;
    return (uint8_t)(high + (low - high) * fy + 0.5);
}

static double clamp(double value, double low, double high) { return value < low ? low : value > high ? high : value; }

// Narrows [low, high) to the x at which start + step * x lies within 0 and end.
static void within(double start, double step, int end, double *low, double *high) {
    double a = -start / step, b = (end - start) / step;
    if (step == 0) {
        if (start < 0 || start > end) *high = *low;
        return;
    }
    if (a > b) {
        double other = a;
        a = b, b = other;
    }
    *low = clamp(a, *low, *high);
    *high = clamp(b, *low, *high);
}

// Added to a float of less than 2^22, the number that rounds it to the nearest whole one, which then stands in its low bits;
// and what makes halves go up.
#define MAGIC 12582912.0f
#define HALF_UP 0.0001f

// The first four of eight words as floats, and the others.
static inline v128_t low4(v128_t words) { return wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(words)); }
static inline v128_t high4(v128_t words) { return wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(words)); }

static inline v128_t between(v128_t start, v128_t step, v128_t share) { return wasm_f32x4_add(start, wasm_f32x4_mul(step, share)); }

// Four pixels of a row, all of whose neighbours are in the picture, as numbers of 32 bits.
static inline v128_t sample4(const uint8_t *origin, int width, v128_t u, v128_t v) {
    const v128_t half = wasm_f32x4_splat(0.5f), magic = wasm_f32x4_splat(MAGIC);  // u - 0.5 to the nearest: at most u, at least u - 1
    v128_t x = wasm_f32x4_add(wasm_f32x4_sub(u, half), magic), y = wasm_f32x4_add(wasm_f32x4_sub(v, half), magic);
    v128_t fx = wasm_f32x4_sub(u, wasm_f32x4_sub(x, magic)), fy = wasm_f32x4_sub(v, wasm_f32x4_sub(y, magic));
    v128_t at = wasm_i32x4_add(wasm_i32x4_sub(x, magic), wasm_i32x4_mul(wasm_i32x4_sub(y, magic), wasm_i32x4_splat(width)));
    int first = wasm_i32x4_extract_lane(at, 0);
    const uint8_t *p0 = origin + first;
    v128_t above, below, side_by_side = wasm_i32x4_add(wasm_i32x4_splat(first), wasm_i32x4_make(0, 1, 2, 3));
    if (wasm_i32x4_all_true(wasm_i32x4_eq(at, side_by_side))) {  // a level line at its own size
        v128_t top = wasm_u16x8_load8x8(p0), under = wasm_u16x8_load8x8(p0 + width);
        above = between(low4(top), low4(wasm_i16x8_sub(wasm_u16x8_load8x8(p0 + 1), top)), fx);
        below = between(low4(under), low4(wasm_i16x8_sub(wasm_u16x8_load8x8(p0 + width + 1), under)), fx);
    } else {
        v128_t both = wasm_i32x4_splat(0);  // the pixels at four places with those to their right, then the same of the row below
        const uint8_t *p1 = origin + wasm_i32x4_extract_lane(at, 1);
        const uint8_t *p2 = origin + wasm_i32x4_extract_lane(at, 2), *p3 = origin + wasm_i32x4_extract_lane(at, 3);
        both = wasm_v128_load16_lane(p0, both, 0), both = wasm_v128_load16_lane(p1, both, 1);
        both = wasm_v128_load16_lane(p2, both, 2), both = wasm_v128_load16_lane(p3, both, 3);
        both = wasm_v128_load16_lane(p0 + width, both, 4), both = wasm_v128_load16_lane(p1 + width, both, 5);
        both = wasm_v128_load16_lane(p2 + width, both, 6), both = wasm_v128_load16_lane(p3 + width, both, 7);
        v128_t left = wasm_v128_and(both, wasm_i16x8_splat(255)), step = wasm_i16x8_sub(wasm_u16x8_shr(both, 8), left);
        above = between(low4(left), low4(step), fx);
        below = between(high4(left), high4(step), fx);
    }
    v128_t value = between(above, wasm_f32x4_sub(below, above), fy);
    return wasm_i32x4_sub(wasm_f32x4_add(wasm_f32x4_add(value, wasm_f32x4_splat(HALF_UP)), magic), magic);
}

// A grey picture sampled at (a x + b y + c, d x + e y + f) for each pixel of the result. Positions in the middle of a row are
// floats, relative to a pixel near them.
EXPORT(warp)
void warp(const uint8_t *data, int w, int h, double a, double b, double c, double d, double e, double f, uint8_t *to, int width,
          int height) {
    Grey from = {data, w, h};
    const v128_t steps = wasm_f32x4_make(0, 1, 2, 3);
    for (int y = 0; y < height; ++y) {
        double u = b * y + c, v = e * y + f, low = 0, high = width;
        within(u, a, w - 1, &low, &high);
        within(v, d, h - 1, &low, &high);
        int x = 0, begin = (int)low + 2, end = (int)high - 2;
        if (begin + 4 > end) begin = end = width;
        for (; x < begin; ++x) *to++ = sample(&from, a * x + u, d * x + v);
        if (begin < end) {
            double left = __builtin_floor(a * x + u), top = __builtin_floor(d * x + v);
            const uint8_t *origin = data + (int32_t)top * w + (int32_t)left;
            float du = (float)(a * begin + u - left), dv = (float)(d * begin + v - top);
            for (; x + 8 <= end; x += 8, to += 8) {
                v128_t sides[2];
                for (int k = 0; k < 2; ++k) {
                    v128_t along = wasm_f32x4_add(wasm_f32x4_splat((float)(x + 4 * k - begin)), steps);
                    sides[k] = sample4(origin, w, between(wasm_f32x4_splat(du), along, wasm_f32x4_splat((float)a)),
                                       between(wasm_f32x4_splat(dv), along, wasm_f32x4_splat((float)d)));
                }
                v128_t words = wasm_i16x8_narrow_i32x4(sides[0], sides[1]);
                wasm_v128_store64_lane(to, wasm_u8x16_narrow_i16x8(words, words), 0);
            }
        }
        for (; x < width; ++x) *to++ = sample(&from, a * x + u, d * x + v);
    }
}

// A picture of one or four channels at half its size: each pixel is the mean of four, rounded half up.
EXPORT(halve) void halve(const uint8_t *from, int width, int height, uint8_t *to, int channels) {
    const v128_t two = wasm_i16x8_splat(2);
    int bytes = width * channels, out = width / 2 * channels;
    for (int y = 0; y + 1 < height; y += 2, from += 2 * bytes, to += out) {
        const uint8_t *below = from + bytes;
        int x = 0;
        for (; x + 8 <= out; x += 8) {
            v128_t a = wasm_v128_load(from + 2 * x), b = wasm_v128_load(below + 2 * x), sum;
            if (channels == 1) {
                sum = wasm_i16x8_add(wasm_u16x8_extadd_pairwise_u8x16(a), wasm_u16x8_extadd_pairwise_u8x16(b));
            } else {
                v128_t low = wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(a), wasm_u16x8_extend_low_u8x16(b));
                v128_t high = wasm_i16x8_add(wasm_u16x8_extend_high_u8x16(a), wasm_u16x8_extend_high_u8x16(b));
                sum = wasm_i16x8_add(wasm_i64x2_shuffle(low, high, 0, 2), wasm_i64x2_shuffle(low, high, 1, 3));
            }
            sum = wasm_u16x8_shr(wasm_i16x8_add(sum, two), 2);
            wasm_v128_store64_lane(to + x, wasm_u8x16_narrow_i16x8(sum, sum), 0);
        }
        for (; x < out; ++x) {
            int at = x / channels * 2 * channels + x % channels;
            to[x] = (from[at] + from[at + channels] + below[at] + below[at + channels] + 2) >> 2;
        }
    }
}

// How often each byte comes. Paper is the same byte over and over: sixteen that are equal are counted at once.
EXPORT(count) void count(const uint8_t *from, int bytes, uint32_t *to) {
    static uint32_t odd[256];
    __builtin_memset(to, 0, sizeof odd);
    __builtin_memset(odd, 0, sizeof odd);
    int k = 0;
    for (; k + 16 <= bytes; k += 16) {
        if (wasm_i8x16_all_true(wasm_i8x16_eq(wasm_v128_load(from + k), wasm_v128_load8_splat(from + k)))) to[from[k]] += 16;
        else
            for (int j = k; j < k + 16; j += 2) ++to[from[j]], ++odd[from[j + 1]];
    }
    for (; k < bytes; ++k) ++to[from[k]];
    for (int value = 0; value < 256; ++value) to[value] += odd[value];
}

// Of each column, whether it has a byte from `low` to `high`.
EXPORT(columns) void columns(const uint8_t *from, int width, int height, int low, int high, uint8_t *to) {
    v128_t least = wasm_i8x16_splat((char)low), most = wasm_i8x16_splat((char)high);
    for (int x = 0; x < width; x += 16) {
        v128_t found = wasm_i8x16_splat(0);
        int last = x + 16 <= width ? x : width - 16;
        if (last < 0) break;
        for (int y = 0; y < height; ++y) {
            v128_t bytes = wasm_v128_load(from + (uint32_t)y * width + last);
            found = wasm_v128_or(found, wasm_v128_and(wasm_u8x16_ge(bytes, least), wasm_u8x16_le(bytes, most)));
        }
        wasm_v128_store(to + last, found);
    }
    for (int x = 0; width < 16 && x < width; ++x) {
        to[x] = 0;
        for (int y = 0; y < height; ++y) to[x] |= from[y * width + x] >= low && from[y * width + x] <= high;
    }
}

// Whether each byte is from `low` to `high`, as 0 or 1, after a closing of three along the rows. Returns how many bytes were.
EXPORT(mask) int mask(const uint8_t *from, int width, int height, int low, int high, uint8_t *to, uint8_t *wide) {
    int total = 0;
    wide[0] = wide[width + 1] = 1;
    for (int y = 0; y < height; ++y, from += width, to += width) {
        for (int x = 0; x < width; ++x) to[x] = (from[x] >= low) & (from[x] <= high);
        for (int x = 0; x < width; ++x) total += to[x];
        for (int x = 1; x + 1 < width; ++x) wide[x + 1] = to[x - 1] | to[x] | to[x + 1];
        wide[1] = to[0] | (width > 1 ? to[1] : 0);
        wide[width] = to[width - 1] | (width > 1 ? to[width - 2] : 0);
        for (int x = 0; x < width; ++x) to[x] = wide[x] & wide[x + 1] & wide[x + 2];
    }
    return total;
}

// A float for each byte, in rows of `wide` floats of which the rest is left alone.
EXPORT(look) void look(const uint8_t *from, int width, int height, const float *table, float *to, int wide) {
    for (int y = 0; y < height; ++y, from += width, to += wide)
        for (int x = 0; x < width; ++x) to[x] = table[from[x]];
}
