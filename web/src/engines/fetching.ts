/** Files of models over the network or from the service worker's cache, with their progress. */

import { Fault } from "./engine";

/** The bytes of a file; hears how many have come. */
export async function fetched(url: string, came: (bytes: number) => void = () => undefined): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new Fault("offlineFirst");
  }
  if (!response.ok) throw new Fault("modelMissing", { file: url.split("/").pop() ?? url, status: response.status });
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const parts: Uint8Array[] = [];
  let total = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    total += value.length;
    came(value.length);
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
