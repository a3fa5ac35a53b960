/** What the tests of the page share: a server of the built page, and Chromium. */

import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const WEB = join(here, "../..");
export const DIST = join(WEB, "dist");
export const SAMPLES = join(WEB, "../samples");
export const EXPECTED = join(WEB, "build/expected/en");
export const EXPECTED_CHINESE = join(WEB, "build/expected/zh");
const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm",
  ".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
};
/** As ocr serve sends it. */
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; " +
  "worker-src 'self' blob:; connect-src 'self' blob: data:; object-src 'none'; base-uri 'none'";

/** Serves a folder; hears the path of each request. */
export async function served(folder = DIST, hear = () => undefined) {
  if (!existsSync(join(folder, "index.html"))) throw new Error(`${folder}: there is no page; run scripts/web build`);
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    hear(path);
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    try {
      const body = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://localhost:${server.address().port}/`, close: () => new Promise((done) => server.close(done)) };
}

function program() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
  if (!found) throw new Error("Chromium is not installed; run: sudo apt-get install chromium, or set CHROMIUM to its path");
  return found;
}

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: "en-GB" };
export const DESK = { viewport: { width: 1360, height: 860 }, locale: "en-GB" };

export function launched(args = []) {
  return chromium.launch({ executablePath: program(), args: ["--no-sandbox", "--disable-dev-shm-usage", ...args] });
}

/** A page whose errors are faults of the test. */
export async function opened(context, url, faults) {
  const page = await context.newPage();
  page.setDefaultTimeout(180_000); // on a busy machine
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && !/404|ERR_|Failed to load/.test(message.text()) && faults.push(message.text()));
  await page.goto(url);
  return page;
}

/** Slows the page's processor down. */
export async function throttled(page, rate) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
}

/** Waits for an element. Playwright looks for it at each frame, which takes a tenth of the time that reading a page does. */
export function there(page, selector, timeout = 540_000) {
  return page.evaluate(
    ([wanted, most]) =>
      new Promise((done, fail) => {
        const over = setTimeout(() => fail(new Error(`${wanted} does not appear`)), most);
        const look = () => {
          if (!document.querySelector(wanted)) return;
          watch.disconnect();
          clearTimeout(over);
          done();
        };
        const watch = new MutationObserver(look);
        watch.observe(document, { childList: true, subtree: true, attributes: true });
        look();
      }),
    [selector, timeout],
  );
}

/** Opens a picture and waits for its text; where a page is found in it, that is straightened, or the picture taken as it is. */
export async function read(page, file, { straighten = true } = {}) {
  await page.setInputFiles('[data-testid="files"]', file);
  await there(page, '.corner-editor, [data-testid="doubtful"]');
  if (await page.$(".corner-editor")) await page.click(`.corner-editor .bar .button${straighten ? ".primary" : ":first-child"}`);
  await there(page, '[data-testid="doubtful"]');
}

/** The text of the page that is shown, a line an entry. */
export function linesOf(page) {
  return page.$$eval(".text-line", (lines) => lines.map((line) => line.textContent.trim()));
}

export function expectedLines(name, folder = EXPECTED) {
  const rows = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  return rows.flat().map((line) => line.text.trim().replace(/ +/g, " "));
}

/** Edits from one text to another, over the length of the second (Levenshtein). */
export function errorRate(text, truth) {
  const [a, b] = [[...text], [...truth]];
  let row = b.map((_, k) => k + 1);
  row.unshift(0);
  a.forEach((character, i) => {
    const next = [i + 1];
    b.forEach((other, j) => next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (character === other ? 0 : 1))));
    row = next;
  });
  return row[b.length] / Math.max(1, b.length);
}
