/** The state of the page, and how components hear of its changes. */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Page, Place } from "../document";
import type { EngineKind, Fault, Lang } from "../engines/engine";
import { type Say, type Tongue, preferredTongue, saying } from "../i18n";
import type { Shot } from "../opening/picture";
import type { Quad } from "../pixels/image";
import { remembered } from "./memory";

export type SheetStatus = "opening" | "seeking" | "corners" | "waiting" | "reading" | "done" | "failed";

/** A page of the document that is being made. */
export interface Sheet {
  readonly id: number;
  readonly name: string;
  readonly status: SheetStatus;
  /** Share of the reading that is done. */
  readonly progress: number;
  /** The page as it is read; null until it is drawn. */
  readonly shot: Shot | null;
  /** The photograph that the page was cut out of, and where it is in it. */
  readonly photo?: Shot;
  readonly quad?: Quad;
  readonly white?: Shot;
  readonly showWhite: boolean;
  readonly page?: Page;
  readonly fault?: Fault;
}

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: "info" | "error";
}

export interface State {
  readonly tongue: Tongue;
  readonly lang: Lang;
  readonly tab: "read" | "identity";
  readonly engine: EngineKind;
  readonly serverThere: boolean;
  readonly token: string;
  /** Share of the models that is loaded; 1 when the engine is ready. */
  readonly loaded: number;
  readonly loading: boolean;
  readonly sheets: readonly Sheet[];
  /** The sheets as they were when they were last saved, shared or copied. */
  readonly saved: readonly Sheet[] | null;
  readonly current: number;
  /** The word that is chosen, and whether it is being corrected. */
  readonly selected: Place | null;
  readonly editing: boolean;
  readonly threshold: number;
  readonly search: string;
  readonly pane: "picture" | "text";
  readonly notices: readonly Notice[];
  readonly spoken: string;
  readonly update: ServiceWorker | null;
}

function initial(): State {
  const lang = remembered("lang");
  return {
    tongue: preferredTongue(),
    lang: lang === "zh" || lang === "en" ? lang : preferredTongue(),
    tab: location.hash === "#identity" ? "identity" : "read",
    engine: "device",
    serverThere: false,
    token: remembered("token", "sessionStorage") ?? "",
    loaded: 0,
    loading: false,
    sheets: [],
    saved: null,
    current: 0,
    selected: null,
    editing: false,
    threshold: 0.9,
    search: "",
    pane: "picture",
    notices: [],
    spoken: "",
    update: null,
  };
}

export class Store {
  private value = initial();
  private readonly listeners = new Set<() => void>();

  get state(): State {
    return this.value;
  }

  set(change: Partial<State>): void {
    this.value = { ...this.value, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Change one sheet; nothing happens if it was removed. */
  sheet(id: number, change: Partial<Sheet>): void {
    this.set({ sheets: this.value.sheets.map((sheet) => (sheet.id === id ? { ...sheet, ...change } : sheet)) });
  }

  say: Say = (key, values) => saying(this.value.tongue)(key, values);

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const StoreContext = createContext<Store>(null as unknown as Store);

/** The store; the component is drawn again when the state changes. */
export function useStore(): Store {
  const store = useContext(StoreContext);
  const [, redraw] = useState(0);
  const drawn = store.state;
  useEffect(() => {
    const again = () => redraw((n) => n + 1);
    if (store.state !== drawn) again(); // it changed before anyone listened
    return store.listen(again);
  }, [store]);
  return store;
}
