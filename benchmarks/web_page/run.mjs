/**
 * The web page beside tesseract.js, in one Chromium with a phone's screen: npm ci; node run.mjs PAGES [--markdown].
 *
 * PAGES has pictures (.png, .jpg) with their text (.txt). For each page the two take turns, in a fresh browser each time:
 * CPU seconds of the renderer from opening the site to the first text, and for the same page again; seconds by the clock;
 * the bytes that were loaded, gzipped; the peak memory of the renderer; the character error rate. CPU seconds do not depend
 * on what else the machine does; nothing is slowed down, since Chromium does that by keeping the processor busy.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { DIST, PHONE, errorRate, launched, read } from "../../web/tests/browser/harness.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const MODULES = join(HERE, "node_modules");
const PAGE = `<!doctype html><meta charset="utf-8"><script src="tesseract.js/dist/tesseract.min.js"></script><script>
let worker;
async function read(picture) {
  worker ??= await Tesseract.createWorker("eng", 1, {
    workerPath: "tesseract.js/dist/worker.min.js", corePath: "tesseract.js-core", langPath: "@tesseract.js-data/eng/4.0.0_best_int",
    cacheMethod: "none", workerBlobURL: false,
  });
  return (await worker.recognize(picture)).data.text;
}</script>`;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png" };

/** Serves a folder; counts what is loaded, gzipped. */
async function served(folder, extra = {}) {
  const loaded = new Map();
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname)).slice(1) || "index.html";
    let body;
    try {
      body = extra[path] ?? readFileSync(join(folder, path));
    } catch {
      return response.writeHead(404).end();
    }
    loaded.set(path, path.endsWith(".gz") ? body.length : Math.min(body.length, gzipSync(body, { level: 9 }).length));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://localhost:${server.address().port}/`, bytes: () => [...loaded.values()].reduce((sum, n) => sum + n, 0), close: () => server.close() };
}

/** Processes of the browser's renderers. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** Greatest peak of memory of the renderers, in MB. */
async function peak(browser) {
  const peaks = (await renderers(browser)).map((id) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) / 1024);
  return Math.max(...peaks);
}

/** CPU seconds that the renderers have used. */
async function used(browser) {
  const ticks = (await renderers(browser)).map((id) => {
    const fields = readFileSync(`/proc/${id}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, n) => sum + n, 0) / 100;
}

const ENGINES = {
  async ocr(page, picture) {
    if (await page.$(".thumb-remove")) await page.click(".thumb-remove >> nth=0");
    await read(page, picture, { straighten: false });
    if (await page.$(".corner-editor")) {
      await page.click(".corner-editor .bar .button:first-child");
      await page.waitForSelector('[data-testid="doubtful"]', { state: "attached", timeout: 240_000 });
    }
    return page.$$eval(".text-line", (lines) => lines.map((line) => line.textContent.trim()).join("\n"));
  },
  async tesseract(page, picture) {
    const data = `data:image/${extname(picture).slice(1)};base64,${readFileSync(picture).toString("base64")}`;
    return page.evaluate((address) => read(address), data);
  },
};

async function measured(name, picture, truth) {
  const site = await (name === "ocr" ? served(DIST) : served(MODULES, { "index.html": Buffer.from(PAGE) }));
  const browser = await launched();
  try {
    const context = await browser.newContext({ ...PHONE, serviceWorkers: "block" });
    const page = await context.newPage();
    page.setDefaultTimeout(560_000);
    const started = performance.now();
    await page.goto(site.url);
    const text = await ENGINES[name](page, picture);
    const clock = (performance.now() - started) / 1000;
    const first = await used(browser);
    const bytes = site.bytes();
    await ENGINES[name](page, picture);
    const again = (await used(browser)) - first;
    const plain = (value) => value.replace(/\s+/g, " ").trim();
    return { first, again, clock, bytes, memory: await peak(browser), cer: errorRate(plain(text), plain(truth)) };
  } finally {
    await browser.close();
    site.close();
  }
}

const folder = process.argv[2];
if (!folder) {
  process.stderr.write("run.mjs: name a folder of pages: node benchmarks/web_page/run.mjs PAGES\n");
  process.exit(2);
}
execFileSync("test", ["-d", join(MODULES, "tesseract.js")]);
const rows = { ocr: [], tesseract: [] };
for (const file of readdirSync(folder).filter((name) => /\.(png|jpg)$/.test(name))) {
  const picture = join(folder, file);
  const truth = readFileSync(picture.replace(/\.\w+$/, ".txt"), "utf8");
  for (const name of ["ocr", "tesseract"]) {
    const row = await measured(name, picture, truth);
    rows[name].push(row);
    process.stderr.write(`${file} ${name}: ${JSON.stringify(row)}\n`);
  }
}
const mean = (name, key) => rows[name].reduce((sum, row) => sum + row[key], 0) / rows[name].length;
process.stdout.write("| | first text, CPU s | a page, CPU s | download, MB gzipped | peak memory, MB | CER |\n|---|---|---|---|---|---|\n");
for (const [name, label] of [["ocr", "this page"], ["tesseract", "tesseract.js 7"]])
  process.stdout.write(
    `| ${label} | ${mean(name, "first").toFixed(1)} | ${mean(name, "again").toFixed(1)} | ${(mean(name, "bytes") / 1e6).toFixed(2)} | ` +
      `${mean(name, "memory").toFixed(0)} | ${(100 * mean(name, "cer")).toFixed(2)} % |\n`,
  );
