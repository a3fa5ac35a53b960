/** Connected components of a mask, numbered from 1 in the order of their first pixel by rows. */

export interface Labels {
  readonly labels: Int32Array;
  /** Number of labels, the background 0 included. */
  readonly count: number;
}

export function components(mask: Uint8Array, width: number, height: number, eight: boolean): Labels {
  const labels = new Int32Array(width * height);
  const parent: number[] = [0];
  const find = (label: number): number => {
    while (parent[label] !== label) label = parent[label] = parent[parent[label]];
    return label;
  };
  const join = (a: number, b: number): number => {
    a = find(a);
    b = find(b);
    if (a < b) return (parent[b] = a);
    return (parent[a] = b);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (!mask[i]) continue;
      let label = x > 0 ? labels[i - 1] : 0;
      if (y > 0) {
        const above = labels[i - width];
        if (above) label = label ? join(label, above) : above;
        if (eight) {
          const left = x > 0 ? labels[i - width - 1] : 0;
          if (left) label = label ? join(label, left) : left;
          const right = x + 1 < width ? labels[i - width + 1] : 0;
          if (right) label = label ? join(label, right) : right;
        }
      }
      if (!label) {
        label = parent.length;
        parent.push(label);
      }
      labels[i] = label;
    }
  }
  const final = new Int32Array(parent.length);
  let count = 1;
  for (let label = 1; label < parent.length; label++) {
    const root = find(label);
    if (root === label) final[label] = count++;
    else final[label] = final[root];
  }
  for (let i = 0; i < labels.length; i++) labels[i] = final[labels[i]];
  return { labels, count };
}
