// Weights of convolutions in the order in which their sums read them.
#include "net.h"
#include "simd.h"

enum { LANES = 2 * BLOCK };            // sums of 16 bits in a block: of the even and the odd pairs of each channel
enum { MOST_SUM = INT16_MAX / 127 };  // of weights that a sum of 16 bits bears

// With relaxed SIMD, activations of 0..127 let one instruction sum four products where the processor has that (VNNI, ARM's
// dot product). Other x86 is made to do it in five; what the instructions give beyond 127 tells them apart.
Products products(void) {
#ifdef __wasm_relaxed_simd__
    if (header->most == 127) {
        v128_t large = wasm_i8x16_splat(127), beyond = wasm_i8x16_splat(-1);
        v128_t two = wasm_i16x8_relaxed_dot_i8x16_i7x16(large, beyond);
        v128_t four = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(large, beyond, wasm_i32x4_splat(0));
        int saturates = wasm_i16x8_extract_lane(two, 0) == INT16_MAX;
        return saturates && wasm_i32x4_extract_lane(four, 0) != 4 * 127 * 255 ? PAIR : FOUR;
    }
#endif
    return TWO;
}

typedef struct {
    const Operation *op;
    int channels, deep;
} Source;

// The weight of an output channel for one of the inputs under the kernel; 0 where channels are padded.
static int8_t weight_of(const Source *from, int unit, int at) {
    const Operation *op = from->op;
    int place = at / from->deep, channel = at % from->deep;
    if (unit >= op->units || channel >= from->channels) return 0;
    const int8_t *weights = (const int8_t *)constants + op->weights;
    return weights[((size_t)unit * op->rows * op->columns + place) * from->channels + channel];
}

// Adds four inputs to the largest and least sums that there can be; whether they still fit into int16.
static int fits(const Source *from, int block, int at, int most[LANES], int least[LANES]) {
    int good = 1;
    for (int lane = 0; lane < LANES; ++lane)
        for (int j = 0; j < 2; ++j) {
            int weight = weight_of(from, block + lane / 2, at + 2 * (lane % 2) + j);
            if (weight > 0) most[lane] += weight;
            else least[lane] -= weight;
            good = good && most[lane] <= MOST_SUM && least[lane] <= MOST_SUM;
        }
    return good;
}

// Inputs from `at` up to `end` whose sums of pairs fit into int16, whatever the activations are.
static int chunk(const Source *from, int block, int at, int end) {
    int most[LANES] = {0}, least[LANES] = {0}, next = at;
    while (next < end && fits(from, block, next, most, least)) next += 4;
    return next - at;
}

// For each block and each chunk of its inputs: their number, then the weights of BLOCK channels for four inputs at a time.
static void *pack_pairs(const Source *from) {
    int inputs = from->op->rows * from->op->columns * from->deep, run = run_length(from->op, from->deep);
    int8_t *first = 0;
    for (int block = 0; block < from->op->units; block += BLOCK)
        for (int at = 0; at < inputs;) {
            int length = chunk(from, block, at, (at / run + 1) * run);
            int8_t *to = allocate(CHUNK_HEAD + (size_t)length * BLOCK);  // follows the one before
            if (!to) return 0;
            if (!first) first = to;
            *(int32_t *)to = length;
            to += CHUNK_HEAD;
            for (int end = at + length; at < end; at += 4)
                for (int k = 0; k < BLOCK; ++k)
                    for (int j = 0; j < 4; ++j) *to++ = weight_of(from, block + k, at + j);
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
        for (int at = 0; at < inputs; at += together)
            for (int k = 0; k < BLOCK; ++k)
                for (int j = 0; j < together; ++j) {
                    int8_t weight = weight_of(&from, block + k, at + j);
                    if (how == FOUR) *bytes++ = weight;
                    else *words++ = weight;
                }
    return packed;
}
