/** Closing a menu: by Escape, or by a press outside of it. */

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Calls ``close`` on Escape, and on a press outside of ``menu``, while the menu is ``open``. */
export function useDismiss(open: boolean, menu: RefObject<HTMLElement>, close: () => void): void {
  useEffect(() => {
    if (!open) return undefined;
    const dismiss = (event: Event): void => {
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !menu.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", dismiss);
    document.addEventListener("keydown", dismiss);
    return () => {
      document.removeEventListener("pointerdown", dismiss);
      document.removeEventListener("keydown", dismiss);
    };
  }, [open]);
}
