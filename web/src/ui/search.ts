/** Words that contain what is searched for. */

import type { Page, Place } from "../document";

/** Letters without case and accents. */
function folded(text: string): string {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}

/** Places of words in which a search of one or several words occurs; each match gives its first to its last word. */
export function matchesOf(pages: readonly Page[], search: string): Place[] {
  const wanted = folded(search.trim().replace(/\s+/g, " "));
  if (!wanted) return [];
  const places: Place[] = [];
  pages.forEach((page, p) =>
    page.blocks.forEach((block, b) =>
      block.lines.forEach((line, l) => {
        const words = line.words.map((word) => folded(word.text));
        const text = words.join(" ");
        const hit = new Set<number>();
        for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
          let start = 0;
          words.forEach((word, w) => {
            if (start < at + wanted.length && start + word.length > at) hit.add(w);
            start += word.length + 1;
          });
        }
        for (const w of hit) places.push({ page: p, block: b, line: l, word: w });
      }),
    ),
  );
  return places;
}
