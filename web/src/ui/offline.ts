/** The service worker, which keeps the page for use without network, and tells of a new version. */

import type { Store } from "./store";

export async function installed(store: Store): Promise<void> {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  try {
    const registration = await navigator.serviceWorker.register("sw.js");
    const offer = (worker: ServiceWorker | null): void => {
      if (worker && navigator.serviceWorker.controller) store.set({ update: worker });
    };
    if (registration.waiting) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => {
        if (worker.state === "installed") offer(worker);
      });
    });
  } catch (error) {
    console.warn("without the service worker this page needs the network:", error);
  }
}

/** Changes to the new version. */
export function update(worker: ServiceWorker): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  worker.postMessage("activate");
}
