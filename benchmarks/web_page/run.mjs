/**
 * The web page beside tesseract.js, in one Chromium with a phone's screen: npm ci; node run.mjs PAGES [--slow N].
 *
 * PAGES has pictures (.png, .jpg) with their text (.txt). For each page the two take turns, in a fresh browser each time:
 * CPU seconds of the renderers from opening the site to the first text, and for the same page again; seconds by the clock;
 * the bytes that were loaded, gzipped; the peak memory of the renderer; the character error rate. CPU seconds do not depend
 * on what else the machine does; nothing is slowed down, since Chromium does that by keeping the processor busy.
 *
 * With --slow 4 all threads of the renderers stand still three quarters of the time (SIGSTOP and SIGCONT): Chromium's own
 * throttling leaves workers alone, in which both engines work. Then seconds by the clock count; and the page is loaded once
 * more without network, and reads.
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
/** Milliseconds that slowed renderers run at a time. */
const TURN = 10;
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

/** Processes of the browser's renderers, without those of its own windows. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const ids = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  return ids.filter((id) => !readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--top-chrome-webui"));
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
    await page.evaluate(() => document.querySelector(".thumb-remove")?.click());
    await read(page, picture, { straighten: false });
    return page.$$eval(".text-line", (lines) => lines.map((line) => line.textContent.trim()).join("\n"));
  },
  async tesseract(page, picture) {
    const data = `data:image/${extname(picture).slice(1)};base64,${readFileSync(picture).toString("base64")}`;
    return page.evaluate((address) => read(address), data);
  },
};

/** Stops the renderers for all but one part in so many of the time; returns what ends that. */
async function slowed(browser, rate) {
  if (rate === 1) return async () => undefined;
  let [going, ids] = [true, await renderers(browser)];
  const signal = (name) => {
    for (const id of ids)
      try {
        process.kill(id, name);
      } catch {
        // it has ended
      }
  };
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const work = (async () => {
    for (let round = 1; going; round++) {
      await pause(TURN);
      signal("SIGSTOP");
      await pause(TURN * (rate - 1));
      signal("SIGCONT");
      if (round % 20 === 0) ids = await renderers(browser);
    }
  })();
  return async () => {
    going = false;
    await work;
  };
}

/** Seconds by the clock of some work. */
async function seconds(work) {
  const started = performance.now();
  const value = await work();
  return [(performance.now() - started) / 1000, value];
}

async function measured(name, picture, truth, rate) {
  const site = await (name === "ocr" ? served(DIST) : served(MODULES, { "index.html": Buffer.from(PAGE) }));
  const browser = await launched();
  let atFullSpeed = async () => undefined;
  try {
    const context = await browser.newContext({ ...PHONE, serviceWorkers: "block" });
    const page = await context.newPage();
    page.setDefaultTimeout(560_000);
    const before = await used(browser); // of an empty page
    atFullSpeed = await slowed(browser, rate);
    const [clock, text] = await seconds(async () => {
      await page.goto(site.url);
      return ENGINES[name](page, picture);
    });
    const first = (await used(browser)) - before;
    const bytes = site.bytes();
    const [clockAgain] = await seconds(() => ENGINES[name](page, picture));
    const again = (await used(browser)) - before - first;
    const memory = await peak(browser);
    await atFullSpeed();
    const offline = name === "ocr" && rate > 1 ? await reloaded(browser, site, picture, rate) : null;
    const plain = (value) => value.replace(/\s+/g, " ").trim();
    return { first, again, clock, clockAgain, bytes, memory, offline, cer: errorRate(plain(text), plain(truth)) };
  } finally {
    await atFullSpeed();
    await browser.close();
    site.close();
  }
}

/** Seconds to load the installed page without network, and to the text of a picture from then. */
async function reloaded(browser, site, picture, rate) {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  page.setDefaultTimeout(560_000);
  await page.goto(site.url);
  await page.waitForFunction(async () => !!(await navigator.serviceWorker.ready).active && !!navigator.serviceWorker.controller);
  await context.setOffline(true);
  const atFullSpeed = await slowed(browser, rate);
  try {
    const [load] = await seconds(async () => {
      await page.reload();
      await page.waitForSelector('[data-testid="files"]', { state: "attached" });
    });
    const [text] = await seconds(() => ENGINES.ocr(page, picture));
    return [load, text];
  } finally {
    await atFullSpeed();
    await context.close();
  }
}

const folder = process.argv[2];
const rate = process.argv[3] === "--slow" ? Number(process.argv[4]) : 1;
if (!folder || !(rate >= 1) || (process.argv.length > 3 && process.argv[3] !== "--slow")) {
  process.stderr.write("run.mjs: name a folder of pages: node benchmarks/web_page/run.mjs PAGES [--slow 4]\n");
  process.exit(2);
}
execFileSync("test", ["-d", join(MODULES, "tesseract.js")]);
const rows = { ocr: [], tesseract: [] };
for (const file of readdirSync(folder).filter((name) => /\.(png|jpg)$/.test(name))) {
  const picture = join(folder, file);
  const truth = readFileSync(picture.replace(/\.\w+$/, ".txt"), "utf8");
  for (const name of ["ocr", "tesseract"]) {
    const row = await measured(name, picture, truth, rate);
    rows[name].push(row);
    process.stderr.write(`${file} ${name}: ${JSON.stringify(row)}\n`);
  }
}
const mean = (name, value) => rows[name].reduce((sum, row) => sum + value(row), 0) / rows[name].length;
const timed = rate > 1 ? "s" : "CPU s";
process.stdout.write(`| | first text, ${timed} | a page, ${timed} | download, MB gzipped | peak memory, MB | CER |\n|---|---|---|---|---|---|\n`);
for (const [name, label] of [["ocr", "this page"], ["tesseract", "tesseract.js 7"]]) {
  const times = rate > 1 ? [mean(name, (row) => row.clock), mean(name, (row) => row.clockAgain)] : [mean(name, (row) => row.first), mean(name, (row) => row.again)];
  const [bytes, memory, cer] = [mean(name, (row) => row.bytes / 1e6), mean(name, (row) => row.memory), mean(name, (row) => 100 * row.cer)];
  process.stdout.write(`| ${label} | ${times.map((time) => time.toFixed(1)).join(" | ")} | ${bytes.toFixed(2)} | ${memory.toFixed(0)} | ${cer.toFixed(2)} % |\n`);
}
const offline = rows.ocr.flatMap((row) => (row.offline ? [row.offline] : []));
if (offline.length) {
  const [load, text] = [0, 1].map((k) => offline.reduce((sum, row) => sum + row[k], 0) / offline.length);
  process.stdout.write(`\nWithout network: loaded in ${load.toFixed(1)} s, the text ${text.toFixed(1)} s after the picture was opened.\n`);
}
