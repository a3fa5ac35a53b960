/** What the browser remembers of a visitor's choices; nothing where it forbids that, as for pages in frames of others. */

/** Until the browser is closed: ``sessionStorage``; for ever: ``localStorage``. */
type Kind = "sessionStorage" | "localStorage";

export function remembered(key: string, kind: Kind = "localStorage"): string | null {
  try {
    return window[kind].getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string, kind: Kind = "localStorage"): void {
  try {
    window[kind].setItem(key, value);
  } catch {
    // the choice holds until the page is left
  }
}
