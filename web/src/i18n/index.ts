/** Messages in the chosen language. */

import { remembered } from "../ui/memory";
import { type Key, en } from "./en";
import { zh } from "./zh";

export type { Key };
export type Tongue = "en" | "zh";
export type Say = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

const MESSAGES: Readonly<Record<Tongue, Record<Key, string>>> = { en, zh };

export function saying(tongue: Tongue): Say {
  return (key, values = {}) =>
    MESSAGES[tongue][key].replace(/\{(\w+)\}/g, (gap, name: string) => (name in values ? String(values[name]) : gap));
}

/** Whether a fault's key is one of the messages. */
export function isKey(key: string): key is Key {
  return key in en;
}

export function preferredTongue(): Tongue {
  const stored = remembered("tongue");
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
