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

// Adds the weights for four inputs to the largest and least sums that there can be; whether they still fit into int16.
static int fits(const int8_t four[4 * BLOCK], int most[LANES], int least[LANES]) {
    int good = 1;
    for (int lane = 0; lane < LANES; ++lane)
        for (int j = 0; j < 2; ++j) {
            int weight = four[2 * lane + j];
            if (weight > 0) most[lane] += weight;
            else least[lane] -= weight;
            good = good && most[lane] <= MOST_SUM && least[lane] <= MOST_SUM;
        }
    return good;
}

// For each block, chunks of inputs whose sums of pairs fit into int16, whatever the activations are: the number of inputs,
// then the weights of BLOCK channels for four inputs at a time. What is allocated in a row lies in a row.
static void *pack_pairs(const Source *from) {
    int inputs = from->op->rows * from->op->columns * from->deep, run = run_length(from->op, from->deep);
    void *first = 0;
    for (int block = 0; block < from->op->units; block += BLOCK)
        for (int at = 0; at < inputs;) {
            int most[LANES] = {0}, least[LANES] = {0}, start = at, end = (at / run + 1) * run;
            int32_t *head = allocate(CHUNK_HEAD);
            if (!head) return 0;
            if (!first) first = head;
            for (int8_t four[4 * BLOCK]; at < end; at += 4) {
                take(from, block, at, 4, four);
                if (!fits(four, most, least)) break;
                int8_t *to = allocate(4 * BLOCK);
                if (!to) return 0;
                __builtin_memcpy(to, four, 4 * BLOCK);
            }
            *head = at - start;
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
