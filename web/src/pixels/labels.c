// Connected components of masks: numbered, their boxes, and the moments of those of the detector's map.
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name)))

static int32_t root(int32_t *parent, int32_t label) {
    while (parent[label] != label) label = parent[label] = parent[parent[label]];
    return label;
}

static int32_t joined(int32_t *parent, int32_t a, int32_t b) {
    if (!a || a == b) return b;
    a = root(parent, a), b = root(parent, b);
    return a < b ? (parent[b] = a) : (parent[a] = b);
}

// The component of each pixel that is not 0, numbered from 1 in the order of their first pixels by rows; pixels that touch at
// a corner belong together where `eight`. `labels` has a row of zeros before its first and a number before each row;
// `parent` needs room for half as many numbers as there are pixels, and two. Returns their number, the background included.
EXPORT(label) int label(const uint8_t *mask, int width, int height, int eight, int32_t *labels, int32_t *parent) {
    int32_t fresh = 1, count = 1, wide = width + 2;
    __builtin_memset(labels, 0, sizeof(int32_t) * wide * (height + 1));
    parent[0] = 0;
    for (int y = 0; y < height; ++y, mask += width) {
        int32_t *row = labels + (y + 1) * wide + 1, *above = row - wide;
        for (int x = 0; x < width; ++x) {
            uint64_t eightfold;
            if (x + 8 <= width && (__builtin_memcpy(&eightfold, mask + x, 8), !eightfold)) {
                x += 7;
                continue;
            }
            if (!mask[x]) continue;
            int32_t found = row[x - 1];
            if (above[x]) found = joined(parent, found, above[x]);
            if (eight && above[x - 1]) found = joined(parent, found, above[x - 1]);
            if (eight && above[x + 1]) found = joined(parent, found, above[x + 1]);
            if (!found) parent[found = fresh] = fresh, ++fresh;
            row[x] = found;
        }
    }
    for (int32_t k = 1; k < fresh; ++k) parent[k] = parent[k] == k ? count++ : parent[parent[k]];
    for (int32_t k = wide; k < wide * (height + 1); ++k) labels[k] = parent[labels[k]];
    return count;
}

typedef struct {
    int32_t left, top, right, bottom, area;  // the last column and row inside
} Blob;

// The boxes of components, the background's included.
EXPORT(boxes) void boxes(const int32_t *labels, int width, int height, int count, Blob *out) {
    int wide = width + 2;
    for (int k = 0; k < count; ++k) out[k] = (Blob){width, height, -1, -1, 0};
    for (int y = 0; y < height; ++y) {
        const int32_t *row = labels + (y + 1) * wide + 1;
        for (int x = 0; x < width; ++x) {
            if (!row[x]) continue;
            Blob *blob = out + row[x];
            if (x < blob->left) blob->left = x;
            if (x > blob->right) blob->right = x;
            if (y < blob->top) blob->top = y;
            blob->bottom = y;
            ++blob->area;
        }
    }
}

// Least difference between the second moments along a line that runs up and across it, as a share of their sum.
#define LONG 0.96

typedef struct {
    double mass, x, y;                // of the component with its soft edge; its centre
    double ux, uy;                    // the direction of the text
    double low, high, above, below;   // how far its points are from the centre along that, and across
    double inside, points, width, height;
} Kernel;

typedef struct {
    const float *map;
    const int32_t *labels;
    int width, height;
} Map;

static int touches(const Map *from, int x, int y, int32_t label) {
    int wide = from->width + 2, below = y + 1 < from->height;
    const int32_t *at = from->labels + (y + 1) * wide + x + 1;
    if (at[-1] == label || at[1] == label) return 1;
    for (int d = -1; d <= 1; ++d)
        if (at[d - wide] == label || (below && at[d + wide] == label)) return 1;
    return 0;
}

// Mass and centre, or (where the centre is known) the second moments, of a component and the points around it that belong
// to no other.
static void add_moments(const Map *from, const Blob *box, int32_t label, int second, Kernel *to, double moments[3]) {
    int x0 = box->left > 0 ? box->left - 1 : 0, x1 = box->right + 1 < from->width ? box->right + 1 : from->width - 1;
    int y0 = box->top > 0 ? box->top - 1 : 0, y1 = box->bottom + 1 < from->height ? box->bottom + 1 : from->height - 1;
    for (int y = y0; y <= y1; ++y)
        for (int x = x0; x <= x1; ++x) {
            int32_t found = from->labels[(y + 1) * (from->width + 2) + x + 1];
            if (found != label && (found || !touches(from, x, y, label))) continue;
            double value = from->map[y * from->width + x], dx = x - to->x, dy = y - to->y;
            if (second) {
                moments[0] += value * dx * dx, moments[1] += value * dy * dy, moments[2] += value * dx * dy;
            } else {
                to->mass += value, moments[0] += value * x, moments[1] += value * y;
                if (found) to->inside += value, to->points += 1;
            }
        }
}

// Half the angle whose tangent is 2 xy / (xx - yy), as a direction; upwards where it is steep.
static void turn(Kernel *to, const double moments[3]) {
    double across = moments[0] - moments[1], both = 2 * moments[2], length = __builtin_sqrt(across * across + both * both);
    to->ux = 1, to->uy = 0;
    if (length == 0) return;
    if (across >= 0) {
        to->ux = __builtin_sqrt((1 + across / length) / 2);
        to->uy = both / length / (2 * to->ux);
    } else {
        to->uy = __builtin_sqrt((1 - across / length) / 2);
        to->ux = both / length / (2 * to->uy);
        to->ux = -to->ux, to->uy = -to->uy;
    }
}

// Whether moments are those of something much longer than high: a line, and no letter, which shows no direction.
static int slender(const double moments[3]) {
    double across = moments[0] - moments[1], both = 2 * moments[2], sum = moments[0] + moments[1];
    return across * across + both * both > LONG * LONG * sum * sum;
}

static void measure(const Map *from, const Blob *box, int32_t label, Kernel *to) {
    double infinity = __builtin_inf();
    to->low = to->above = infinity, to->high = to->below = -infinity;
    for (int y = box->top; y <= box->bottom; ++y)
        for (int x = box->left; x <= box->right; ++x) {
            if (from->labels[(y + 1) * (from->width + 2) + x + 1] != label) continue;
            double dx = x - to->x, dy = y - to->y, u = dx * to->ux + dy * to->uy, v = dy * to->ux - dx * to->uy;
            if (u < to->low) to->low = u;
            if (u > to->high) to->high = u;
            if (v < to->above) to->above = v;
            if (v > to->below) to->below = v;
        }
}

// What is known of the components of a map (all but the background); those that are not long are level, and what runs up has to be very long.
EXPORT(kernels) void kernels(const float *map, const int32_t *labels, int width, int height, int count, const Blob *found, Kernel *out) {
    Map from = {map, labels, width, height};
    for (int32_t k = 1; k < count; ++k) {
        const Blob *box = found + k;
        double first[3] = {0, 0, 0}, second[3] = {0, 0, 0};
        Kernel kernel = {.width = box->right - box->left + 1, .height = box->bottom - box->top + 1, .ux = 1};
        add_moments(&from, box, k, 0, &kernel, first);
        kernel.x = first[0] / kernel.mass, kernel.y = first[1] / kernel.mass;
        int level = kernel.width > 2 * kernel.height;
        if (level || kernel.height > 2 * kernel.width) {
            add_moments(&from, box, k, 1, &kernel, second);
            if (level || slender(second)) turn(&kernel, second);
        }
        measure(&from, box, k, &kernel);
        out[k - 1] = kernel;
    }
}

// Whether each number of a map is above a threshold.
EXPORT(above) void above(const float *map, int count, float threshold, uint8_t *to) {
    for (int k = 0; k < count; ++k) to[k] = map[k] > threshold;
}
