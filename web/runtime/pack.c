// Weights of convolutions in the order in which their sums read them.
#include "net.h"
#include "simd.h"

enum { LANES = 2 * BLOCK };            // sums of 16 bits in a block: of the even and the odd pairs of each channel
enum { MOST_SUM = INT16_MAX / 127 };  // of weights that a sum of 16 bits bears

// With relaxed SIMD, activations of 0..127 let one instruction sum four products where the processor has that (VNNI, ARM's
// dot product). Other x86 is made to do it in five; what the instructions give beyond 127 tells them apart. VNNI takes all
// of 0..255.
Products products(void) {
#ifdef __wasm_relaxed_simd__
    v128_t large = wasm_i8x16_splat(127), beyond = wasm_i8x16_splat(-1);
    v128_t two = wasm_i16x8_relaxed_dot_i8x16_i7x16(large, beyond);
    v128_t four = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(large, beyond, wasm_i32x4_splat(0));
    int saturates = wasm_i16x8_extract_lane(two, 0) == INT16_MAX, exact = wasm_i32x4_extract_lane(four, 0) == 4 * 127 * 255;
    if (header->most == 127) return saturates && !exact ? PAIR : FOUR;
    if (exact) return FOUR;
#endif
    return TWO;
}

typedef struct {
    const Operation *op;
    int channels, deep;
} Source;

// Weights of BLOCK output channels for some inputs under the kernel, of the same pixel; 0 where channels are padded.
static inline void take(const Source *from, int block, int at, int inputs, int8_t *to) {
    const Operation *op = from->op;
    int place = at / from->deep, channel = at % from->deep, positions = op->rows * op->columns;
    const int8_t *weights = (const int8_t *)constants + op->weights + (size_t)place * from->channels + channel;
    for (int k = 0; k < BLOCK; ++k)
        for (int j = 0; j < inputs; ++j) {
            int inside = block + k < op->units && channel + j < from->channels;
            *to++ = inside ? weights[(size_t)(block + k) * positions * from->channels + j] : 0;
        }
}

// Adds weights to the largest and least sums that there can be; whether they still fit into int16.
static int fits(const int8_t taken[STRIDE * BLOCK], int most[LANES], int least[LANES]) {
    int good = 1;
    for (int k = 0; k < STRIDE * BLOCK; ++k) {
        int lane = k % (4 * BLOCK) / 2;
        if (taken[k] > 0) most[lane] += taken[k];
        else least[lane] -= taken[k];
        good = good && most[lane] <= MOST_SUM && least[lane] <= MOST_SUM;
    }
    return good;
}

// The weights of BLOCK channels for STRIDE inputs, four inputs at a time: half of each (rounded), the rest, or all.
typedef enum { ALL, HALF, REST } Part;
static int add_weights(const int8_t taken[STRIDE * BLOCK], Part part) {
    int8_t *to = allocate(STRIDE * BLOCK);
    for (int k = 0; to && k < STRIDE * BLOCK; ++k)
        to[k] = part == ALL ? taken[k] : part == HALF ? taken[k] / 2 : taken[k] - taken[k] / 2;
    return to != 0;
}

static Chunk *add_chunk(int inputs, int again) {
    Chunk *chunk = allocate(sizeof(Chunk));
    if (chunk) *chunk = (Chunk){inputs, again, {0}};
    return chunk;
}

// For each block, chunks of inputs whose sums of pairs fit into int16, whatever the activations are. Where those of STRIDE
// inputs do not, they are halved, and the inputs come twice. What is allocated in a row lies in a row.
static void *pack_pairs(const Source *from) {
    int inputs = from->op->rows * from->op->columns * from->deep, run = run_length(from->op, from->deep);
    void *first = 0;
    for (int block = 0; block < from->op->units; block += BLOCK)
        for (int at = 0; at < inputs;) {
            int most[LANES] = {0}, least[LANES] = {0}, end = (at / run + 1) * run;
            int8_t taken[STRIDE * BLOCK];
            Chunk *chunk = add_chunk(0, 0);
            if (!chunk) return 0;
            if (!first) first = chunk;
            for (; at < end; at += STRIDE, chunk->inputs += STRIDE) {
                for (int k = 0; k < STRIDE; k += 4) take(from, block, at + k, 4, taken + k * BLOCK);
                if (!fits(taken, most, least)) break;
                if (!add_weights(taken, ALL)) return 0;
            }
            if (chunk->inputs) continue;
            *chunk = (Chunk){STRIDE, STRIDE, {0}};
            if (!add_weights(taken, HALF) || !add_chunk(STRIDE, 0) || !add_weights(taken, REST)) return 0;
            at += STRIDE;
        }
    return first;
}

void *pack_conv(const Operation *op, int channels, Products how) {
    Source from = {op, channels, padded(channels)};
    if (how == PAIR) return pack_pairs(&from);
    int inputs = op->rows * op->columns * from.deep, together = how == FOUR ? 4 : 2;
    int8_t *packed = allocate((size_t)padded(op->units) * inputs * (how == FOUR ? 1 : 2)), *bytes = packed;
    int16_t *words = (int16_t *)packed;
    if (!packed) return 0;
    for (int block = 0; block < op->units; block += BLOCK)
        for (int at = 0; at < inputs; at += together) {
            int8_t taken[4 * BLOCK];
            take(&from, block, at, together, taken);
            for (int k = 0; k < together * BLOCK; ++k) {
                if (how == FOUR) *bytes++ = taken[k];
                else *words++ = taken[k];
            }
        }
    return packed;
}
