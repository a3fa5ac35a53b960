// Loading a net, planning its memory for an input, running it: what the page calls.
#include "net.h"

#define EXPORT(name) __attribute__((export_name(#name)))

enum { PAGE = 65536, ALIGNMENT = 16, MOST = 1 << 24 };
static const uintptr_t LIMIT = (uintptr_t)1 << 31;  // no tensor begins beyond it, so that no address wraps around

extern uint8_t __heap_base;
static uint8_t *end_of_net, *arena;  // of what lives as long as the net; start of the activations

const Header *header;
const TensorSpec *specs;
const Operation *operations;
const uint8_t *constants;
Tensor *tensors;
static const Output *outputs;
static void **packed;   // for each operation
static Products how;    // convolutions are packed, and summed
static int32_t *first;  // for each tensor: the operation that writes it

static uint8_t *aligned(uint8_t *p) {
    return (uint8_t *)(((uintptr_t)p + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

static int reaches(uintptr_t end) {
    uintptr_t have = __builtin_wasm_memory_size(0) * (uintptr_t)PAGE;
    return end <= have || __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) != (size_t)-1;
}

void *allocate(size_t bytes) {
    uint8_t *start = aligned(end_of_net ? end_of_net : &__heap_base);
    if (bytes > (size_t)1 << 30 || !reaches((uintptr_t)start + bytes)) return 0;
    end_of_net = start + bytes;
    return start;
}

// Room for the bytes of a net; called once, before `load`.
EXPORT(reserve) void *reserve(size_t bytes) { return allocate(bytes); }

static uint32_t checksum(const uint8_t *bytes, size_t count) {
    uint32_t table[256], value = 0xffffffff;
    for (uint32_t k = 0; k < 256; ++k) {
        table[k] = k;
        for (int bit = 0; bit < 8; ++bit) table[k] = table[k] & 1 ? table[k] >> 1 ^ 0xedb88320 : table[k] >> 1;
    }
    for (size_t k = 0; k < count; ++k) value = table[(value ^ bytes[k]) & 255] ^ value >> 8;
    return ~value;
}

static int inside(int offset, int64_t bytes) {
    return offset >= 0 && offset % 4 == 0 && bytes >= 0 && offset + bytes <= header->constants;
}

static int is_tensor(int t, int layout) { return t >= 0 && t < header->tensors && specs[t].layout == layout; }

// Whether the constants and tensors of an operation are there.
static Status operation_valid(const Operation *op) {
    if (op->kind < 0 || op->kind >= KINDS) return LATER;
    if (op->input < 0 || op->input >= header->tensors || op->output < 0 || op->output >= header->tensors) return DAMAGED;
    int channels = specs[op->input].channels, wide = padded(op->units);
    int64_t kernel = (int64_t)op->rows * op->columns, units = op->units;
    if (units < 0 || units > MOST || op->activation < NONE || op->activation > GATE) return DAMAGED;
    if (op->second >= header->tensors || op->third >= header->tensors || op->fourth >= header->tensors) return DAMAGED;
    int good = 1;
    if (op->kind == STEM || op->kind == CONV)
        good = op->rows > 0 && op->columns > 0 && kernel <= MAX_RUNS && op->down > 0 && op->right > 0 &&
               op->dilation > 0 && op->above >= 0 && op->left >= 0 && op->above < MOST && op->left < MOST && units > 0 && specs[op->output].channels == units;
    if (op->kind == STEM)
        good = good && kernel * channels <= MAX_TAPS && is_tensor(op->input, PLANES) && is_tensor(op->output, BYTES) && is_tensor(op->second, SCRATCH) &&
               inside(op->weights, 4 * kernel * channels * wide) && inside(op->factors, 4 * wide);
    if (op->kind == CONV)
        good = good && is_tensor(op->input, BYTES) && inside(op->weights, kernel * channels * units) &&
               inside(op->factors, 8 * wide) && op->above <= specs[op->input].halo && op->left <= specs[op->input].halo &&
               (op->second < 0 || is_tensor(op->second, BYTES)) && op->shrink >= 0 && op->shrink < 8;
    if (op->kind == CONCAT) good = is_tensor(op->input, BYTES) && is_tensor(op->output, BYTES);
    if (op->kind == LSTM)
        good = is_tensor(op->input, ROWS) && is_tensor(op->output, WORDS) && is_tensor(op->second, SCRATCH) &&
               specs[op->output].scale > 0 && units > 0 && units % BLOCK == 0 && channels == 8 * units && specs[op->output].channels == 2 * units &&
               inside(op->weights, 8 * units * units) && inside(op->factors, 32 * units);
    if (op->kind == DENSE) {
        int gated = op->activation == GATE, added = gated ? -1 : op->second;
        good = is_tensor(op->input, WORDS) && (is_tensor(op->output, ROWS) || is_tensor(op->output, WORDS)) &&
               units > 0 && channels % BLOCK == 0 && specs[op->output].channels == units &&
               inside(op->weights, units * channels) && inside(op->factors, 8 * wide + gated * 4 * (channels + 1)) &&
               (!gated || (is_tensor(op->second, SCRATCH) && is_tensor(op->output, ROWS))) &&
               (added < 0 || ((is_tensor(added, WORDS) || is_tensor(added, ROWS)) && specs[added].channels == units)) &&
               (units % BLOCK == 0 || (added < 0 && is_tensor(op->output, ROWS)));
    }
    if (op->kind == GREEDY)
        good = is_tensor(op->input, ROWS) && is_tensor(op->output, PLANES) && is_tensor(op->second, PLANES);
    if (op->kind == POOL)
        good = is_tensor(op->input, BYTES) && is_tensor(op->output, ROWS) && specs[op->output].channels == channels;
    if (op->kind == LINEAR)
        good = is_tensor(op->input, ROWS) && is_tensor(op->output, PLANES) && specs[op->output].channels == units &&
               inside(op->weights, 4 * units * channels) && inside(op->factors, 4 * units);
    return good ? OK : DAMAGED;
}

static Status lay_out(size_t bytes) {
    const Header *h = header;
    if (bytes < sizeof(Header) || h->magic != MAGIC) return DAMAGED;
    if (h->version != VERSION) return LATER;
    if (h->most != 127 && h->most != 255) return DAMAGED;
    if (h->tensors <= 0 || h->tensors > 4096 || h->operations <= 0 || h->operations > 4096 || h->outputs <= 0 ||
        h->outputs > 16 || h->constants < 0)
        return DAMAGED;
    specs = (const TensorSpec *)(h + 1);
    operations = (const Operation *)(specs + h->tensors);
    outputs = (const Output *)(operations + h->operations);
    constants = (const uint8_t *)(outputs + h->outputs);
    if (constants + h->constants != (const uint8_t *)h + bytes) return DAMAGED;
    for (int t = 0; t < h->tensors; ++t)
        if (specs[t].layout < 0 || specs[t].layout >= LAYOUTS || specs[t].channels < 0 || specs[t].channels > MOST ||
            specs[t].halo < 0 || specs[t].halo > 1024)
            return DAMAGED;
    for (int k = 0; k < h->outputs; ++k)
        if (outputs[k].tensor < 0 || outputs[k].tensor >= h->tensors || outputs[k].form >= FORMS) return DAMAGED;
    return specs[0].layout == PLANES ? OK : DAMAGED;
}

// Check the bytes in the room of `reserve`, and make the weights ready.
EXPORT(load) Status load(const Header *at, size_t bytes, uint32_t expected) {
    header = at;
    if (checksum((const uint8_t *)at, bytes) != expected) return CHECKSUM;
    Status status = lay_out(bytes);
    if (status) return status;
    tensors = allocate(sizeof(Tensor) * header->tensors);
    first = allocate(sizeof(int32_t) * header->tensors);
    packed = allocate(sizeof(void *) * header->operations);
    how = products();
    if (!tensors || !first || !packed) return MEMORY;
    for (int t = 0; t < header->tensors; ++t) first[t] = -1;
    for (int k = 0; k < header->operations; ++k) {
        const Operation *op = operations + k;
        if ((status = operation_valid(op))) return status;
        const int8_t *weights = (const int8_t *)constants + op->weights;
        int channels = specs[op->input].channels;
        packed[k] = op->kind == CONV    ? pack_conv(op, channels, how)
                    : op->kind == LSTM  ? (void *)pack_words(weights, 8 * op->units, op->units)
                    : op->kind == DENSE ? (void *)pack_words(weights, op->units, channels)
                                        : tensors;
        if (!packed[k]) return MEMORY;
        first[op->output] = k;
        if (op->second >= 0 && (specs[op->second].layout == SCRATCH || op->kind == GREEDY)) first[op->second] = k;
    }
    arena = aligned(end_of_net);
    return OK;
}

static int size_after(int size, int kernel, int stride, int pad, int dilation) {
    int rest = size + 2 * pad - dilation * (kernel - 1) - 1;
    return rest < 0 ? 0 : rest / stride + 1;
}

static int concat_fits(const Operation *op, Tensor *out) {
    const int32_t sources[4] = {op->input, op->second, op->third, op->fourth};
    int channels = 0;
    for (int k = 0; k < 4 && sources[k] >= 0; ++k)
        if (!(op->shrink >> (4 * k) & 15)) *out = tensors[sources[k]];
    for (int k = 0; k < 4 && sources[k] >= 0; ++k) {
        int shrink = op->shrink >> (4 * k) & 15, s = sources[k];
        channels += specs[s].channels;
        if (specs[s].layout != BYTES || tensors[s].h << shrink < out->h || tensors[s].w << shrink < out->w) return 0;
    }
    return channels == specs[op->output].channels;
}

// Size of what an operation writes, from what it reads; whether they fit.
static int infer(const Operation *op) {
    const Tensor *in = tensors + op->input;
    Tensor *out = tensors + op->output, size = {in->n, in->h, in->w, 0, 0, 0};
    int64_t scratch = 0;
    if (op->kind == STEM || op->kind == CONV) {
        size.h = size_after(in->h, op->rows, op->down, op->above, op->dilation);
        size.w = size_after(in->w, op->columns, op->right, op->left, op->dilation);
        scratch = (int64_t)4 * specs[op->input].channels * (in->h + 2 * op->above) * (in->w + 2 * op->left) +
                  64 * op->right;
        if (op->kind == CONV && op->second >= 0 &&
            (tensors[op->second].n != in->n || tensors[op->second].h << op->shrink < size.h ||
             tensors[op->second].w << op->shrink < size.w || specs[op->second].channels != op->units))
            return 0;
    } else if (op->kind == CONCAT) {
        if (!concat_fits(op, &size)) return 0;
    } else if (op->kind == DENSE) {
        scratch = (int64_t)4 * in->n * in->h * in->w;
        if (op->activation != GATE && op->second >= 0 &&
            (tensors[op->second].n != in->n || tensors[op->second].h != in->h || tensors[op->second].w != in->w))
            return 0;
    } else if (op->kind == LSTM) {
        if (in->h != 1) return 0;
        scratch = (int64_t)in->n * op->units * 22;
    } else if (op->kind == GREEDY) {
        size = (Tensor){1, in->w, in->n, 0, 0, 0};
        tensors[op->second] = size;
    } else if (op->kind == POOL || op->kind == LINEAR) {
        size.h = size.w = 1;
    }
    if (op->second >= 0 && specs[op->second].layout == SCRATCH) tensors[op->second].bytes = scratch;
    out->n = size.n, out->h = size.h, out->w = size.w;
    return size.n > 0 && size.h > 0 && size.w > 0 && scratch < MOST * 64;
}

static int64_t bytes_of(int t) {
    int64_t pixels = (int64_t)tensors[t].n * tensors[t].h * tensors[t].w, channels = specs[t].channels;
    switch (specs[t].layout) {
        case BYTES: {
            int64_t margin = 2 * specs[t].halo;
            return tensors[t].n * (tensors[t].h + margin) * (tensors[t].w + margin) * padded(channels);
        }
        case ROWS: return 4 * pixels * padded(channels);
        case WORDS: return 2 * pixels * channels;
        case PLANES: return 4 * pixels * channels;
        default: return tensors[t].bytes;
    }
}

static int overlap(int a, int b) { return first[a] <= specs[b].last && first[b] <= specs[a].last; }

// The lowest place in the arena where a tensor meets none that lives at the same time.
static uint8_t *place(int t) {
    uint8_t *best = 0;
    for (int k = -1; k < t; ++k) {
        if (k >= 0 && !overlap(k, t)) continue;
        uint8_t *start = k < 0 ? arena : aligned(tensors[k].base + tensors[k].bytes);
        if ((best && start >= best) || (uintptr_t)start > LIMIT) continue;
        int free = 1;
        for (int other = 0; other < t && free; ++other)
            free = !overlap(other, t) || start >= tensors[other].base + tensors[other].bytes ||
                   start + tensors[t].bytes <= tensors[other].base;
        if (free) best = start;
    }
    return best;
}

// Plan for an input of this shape.
EXPORT(plan) Status plan(int n, int planes, int height, int width) {
    if (n <= 0 || height <= 0 || width <= 0 || planes != header->planes || n > 4096 || height > 65535 ||
        width > 65535 || (header->height && height != header->height) || (header->width && width != header->width))
        return SHAPE;
    tensors[0].n = n, tensors[0].h = height, tensors[0].w = width;
    for (int k = 0; k < header->operations; ++k)
        if (!infer(operations + k)) return SHAPE;
    for (int t = 0; t < header->tensors; ++t) {
        int64_t bytes = bytes_of(t);
        if (bytes > (int64_t)(LIMIT / 2)) return MEMORY;
        tensors[t].bytes = bytes + ALIGNMENT;
        tensors[t].base = place(t);
        if (!tensors[t].base || !reaches((uintptr_t)tensors[t].base + tensors[t].bytes)) return MEMORY;
        int margin = specs[t].layout == BYTES ? specs[t].halo : 0;
        tensors[t].data = tensors[t].base + (margin ? margin * (row_bytes(t) + padded(specs[t].channels)) : 0);
    }
    return OK;
}

// Set the pixels around each image to what stands for zero.
void fill_margin(int t) {
    size_t row = row_bytes(t), halo = specs[t].halo, deep = padded(specs[t].channels), image = image_bytes(t);
    if (!halo) return;
    for (int n = 0; n < tensors[t].n; ++n) {
        uint8_t *start = tensors[t].base + n * image;
        __builtin_memset(start, specs[t].zero, halo * row);
        __builtin_memset(start + image - halo * row, specs[t].zero, halo * row);
        for (int y = 0; y < tensors[t].h; ++y) {
            uint8_t *line = start + (halo + y) * row;
            __builtin_memset(line, specs[t].zero, halo * deep);
            __builtin_memset(line + row - halo * deep, specs[t].zero, halo * deep);
        }
    }
}

EXPORT(run) void run(void) {
    for (int k = 0; k < header->operations; ++k) {
        const Operation *op = operations + k;
        switch (op->kind) {
            case STEM: stem(op); break;
            case CONV: conv(op, packed[k], how); break;
            case CONCAT: concat(op); break;
            case LSTM: lstm(op, packed[k]); break;
            case DENSE: dense(op, packed[k]); break;
            case GREEDY: greedy(op); break;
            case POOL: pool(op); break;
            case LINEAR: linear(op); break;
        }
    }
}

// Where the input goes, and where outputs lie: n, h, w, data, ... as in `Tensor`.
EXPORT(tensor) const Tensor *tensor(int t) { return tensors + t; }
