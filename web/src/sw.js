/**
 * The service worker: keeps the page and the models of one version, so that all of it works without network. The build
 * fills in the version and the list of files. Requests to a server's API are never kept.
 */

const CACHE = `ocr-${"VERSION"}`;
const FILES = ["FILES"];
const KEPT = /\/(assets|models)\/|\.(html|js|css|wasm|png|jpg|svg|webmanifest)$/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await cache.addAll(["./", ...FILES].map((name) => new Request(name, { cache: "no-cache" })));
      if (!self.registration.active) await self.skipWaiting();
    }),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("ocr-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "activate") self.skipWaiting();
});

async function answered(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.mode === "navigate" ? "./" : request, { ignoreSearch: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && response.status === 200 && KEPT.test(new URL(request.url).pathname)) await cache.put(request, response.clone());
  return response;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const scope = new URL(self.registration.scope).pathname;
  if (event.request.method !== "GET" || url.origin !== location.origin || !url.pathname.startsWith(scope)) return;
  const path = url.pathname.slice(scope.length);
  if (/^(v1\/|healthz|metrics|openapi|docs)/.test(path)) return;
  event.respondWith(answered(event.request));
});
