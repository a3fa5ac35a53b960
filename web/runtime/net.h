// A net as its file describes it: tensors, operations and constants. docs/formats.md has the layout byte by byte.
#ifndef NET_H
#define NET_H

#include <stddef.h>
#include <stdint.h>

enum { MAGIC = 0x4e52434f, VERSION = 1 };  // "OCRN"
enum { MAX_RUNS = 64, MAX_TAPS = 256, BLOCK = 8 };  // kernel positions, times planes; channels computed together

typedef enum {
    OK,
    CHECKSUM,   // the bytes are not those that were written
    DAMAGED,    // a number in the file points outside of it
    LATER,      // a version or an operation that this runtime does not know
    SHAPE,      // the input does not have a shape that the net takes
    MEMORY,     // the memory could not grow
} Status;

typedef enum {
    BYTES,   // 0..`most`, N x H x W x C with a margin of `halo` pixels, C padded to a multiple of BLOCK
    ROWS,    // float, N x H x W x C, no margin
    WORDS,   // int16, N x H x W x C, no margin
    PLANES,  // float, N x C x H x W
    SCRATCH, // what an operation needs for itself
    LAYOUTS,
} Layout;

typedef enum { STEM, CONV, CONCAT, LSTM, DENSE, GREEDY, POOL, LINEAR, KINDS } Kind;
typedef enum { NONE, RELU, LEAKY, SIGMOID, GATE } Activation;

// Of a frame that a gate keeps from the classifier: the logit of the blank; all others are 0.
static const float CLOSED = 80;

typedef struct {
    int32_t layout, channels, halo, zero;
    float scale;
    int32_t last;  // the last operation that reads it, or the number of operations where it is an output
} TensorSpec;

typedef struct {
    int32_t kind, input, second, third, fourth, output;
    int32_t rows, columns, down, right, dilation, above, left;  // size of the kernel, strides, margins
    int32_t activation;
    float slope;
    int32_t shrink;            // log2 of how much smaller the second input is
    int32_t weights, factors;  // offsets of constants: int8, float
    int32_t units;             // output channels, or units of an LSTM
} Operation;

// Dimensions that an output is given with: of a tensor's N, C, H and W those that it names, in its order.
typedef enum { NCHW, NHW, ONLY_N, HW, WNC, FORMS } Form;

typedef struct {
    int32_t tensor, form;
    char name[24];
} Output;

typedef struct {
    uint32_t magic, version;
    int32_t tensors, operations, outputs, constants;  // the last one in bytes
    int32_t planes, height, width;                    // of the input; 0 where any will do
    int32_t most;                                     // largest byte between layers: 127, or 255 for finer nets
    char input[28];
} Header;

typedef struct {
    int32_t n, h, w;
    uint8_t *data;  // of the first pixel inside the margin
    uint8_t *base;
    size_t bytes;
} Tensor;

extern const Header *header;
extern const TensorSpec *specs;
extern const Operation *operations;
extern const uint8_t *constants;
extern Tensor *tensors;

static inline int padded(int channels) { return (channels + BLOCK - 1) / BLOCK * BLOCK; }
static inline size_t row_bytes(int t) {
    return (size_t)(tensors[t].w + 2 * specs[t].halo) * padded(specs[t].channels);
}
static inline size_t image_bytes(int t) { return row_bytes(t) * (tensors[t].h + 2 * specs[t].halo); }
static inline const float *floats(int offset) { return (const float *)(constants + offset); }

// How the products of a convolution are summed: by one instruction four of bytes, or two of bytes as int16, or two of int16.
typedef enum { TWO, PAIR, FOUR } Products;
// What is before weights of which sums fit into int16: how many inputs they have, a multiple of STRIDE, and how many of
// those the next weights have again.
enum { STRIDE = 8 };
typedef struct {
    int32_t inputs, again, unused[2];
} Chunk;
Products products(void);  // asked once, when a net is loaded: an engine may answer otherwise after it compiled anew
static inline int run_length(const Operation *op, int deep) { return (op->dilation == 1 ? op->columns : 1) * deep; }

void *allocate(size_t bytes);  // for as long as the net lives; 0 where the memory cannot grow
void fill_margin(int t);

// What is made of constants when a net is loaded, and what each operation does.
void *pack_conv(const Operation *op, int channels, Products how);
int16_t *pack_words(const int8_t *weights, int units, int length);
void stem(const Operation *op);
void conv(const Operation *op, const void *packed, Products how);
void concat(const Operation *op);
void lstm(const Operation *op, const int16_t *recurrent);
void dense(const Operation *op, const int16_t *packed);
void greedy(const Operation *op);
void pool(const Operation *op);
void linear(const Operation *op);

#endif
