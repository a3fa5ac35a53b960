/** The page in a real Chromium: reading, correcting, saving, offline, installation, accessibility. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, EXPECTED, EXPECTED_CHINESE, PHONE, SAMPLES, WEB, errorRate, expectedLines, launched, linesOf, opened, read, served, throttled } from "./harness.mjs";

const AXE = readFileSync(join(WEB, "node_modules/axe-core/axe.min.js"), "utf8");
const COLUMNS = join(EXPECTED, "columns.png");
let browser;
let server;
const faults = [];

before(async () => {
  server = await served();
  browser = await launched();
});
after(async () => {
  await browser.close();
  await server.close();
  assert.deepEqual(faults, []);
});

async function inContext(options, work) {
  const context = await browser.newContext({ ...options, acceptDownloads: true });
  try {
    await work(await opened(context, server.url, faults), context);
  } finally {
    await context.close();
  }
}

/** Accessibility faults of what is shown. */
async function axe(page) {
  await page.waitForTimeout(150);
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: AXE });
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 90)).join(" | ")}`);
}

async function saved(page, form) {
  await page.click(".save-bar .primary");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-testid="save-${form}"]`)]);
  return download.path();
}

test("a phone with a quarter of the speed reads a page: the text is that of Python; a word is corrected; a PDF is saved", async () => {
  await inContext(PHONE, async (page) => {
    await throttled(page, 4);
    await read(page, COLUMNS);
    assert.deepEqual(await linesOf(page), expectedLines("columns"));
    await throttled(page, 1);
    await page.click(".switch button:nth-child(2)");

    // Doubt every word, so that there is something to check.
    const words = await page.$$(".word");
    await words[2].click();
    await words[2].click();
    const field = page.locator('[data-testid="edit"]');
    await field.fill("Zürich 漢字");
    await field.press("Enter");
    assert.match((await linesOf(page))[0], /^The quick Zürich 漢字 fox/);

    const text = execFileSync("pdftotext", ["-layout", await saved(page, "pdf"), "-"], { encoding: "utf8" });
    assert.match(text, /The quick Zürich 漢字 fox/);
    assert.match(text, /What is written without effort/);
    const pdf = JSON.parse(readFileSync(await saved(page, "json"), "utf8"));
    assert.equal(pdf.pages[0].blocks[0].lines[0].words[2].text, "Zürich 漢字");
    assert.match(readFileSync(await saved(page, "hocr"), "utf8"), /<span class="ocrx_word"[^>]*bbox \d+ \d+ \d+ \d+; x_wconf \d+">quick<\/span>/);
    assert.match(readFileSync(await saved(page, "txt"), "utf8"), /Zürich 漢字 fox/);
  });
});

test("Chinese is read on the device, with the text and boxes of Python", async () => {
  await inContext(PHONE, async (page) => {
    await page.evaluate(() => localStorage.setItem("lang", "zh"));
    await page.reload();
    await read(page, join(EXPECTED_CHINESE, "lines.png"), { straighten: false });
    const [lines, wanted] = [await linesOf(page), expectedLines("lines", EXPECTED_CHINESE)];
    assert.equal(lines.length, wanted.length);
    assert.match(lines.join(""), /[\u4e00-\u9fff]{8}/);
    const python = JSON.parse(readFileSync(join(EXPECTED_CHINESE, "lines.json"), "utf8")).flat();
    const doubtful = python.filter((line) => line.confidence < 0.6).length / wanted.join("\n").length;
    const rate = errorRate(lines.join("\n"), wanted.join("\n"));
    assert.ok(rate < 0.01 + doubtful, `${rate}: a grey level decides otherwise for one character of a doubtful line, and one in some hundreds`);
    const boxes = await page.$$eval(".box-line", (all) => all.map((one) => one.getAttribute("points").split(/[ ,]/).map(Number)));
    const corners = python.map((line) => line.corners.flat());
    corners.forEach((box, k) => box.forEach((value, c) => assert.ok(Math.abs(value - boxes[k][c]) < 2, `line ${k}: ${boxes[k]} instead of ${box}`)));
  });
});

test("Tab goes through the doubtful words, Enter accepts, and fewer errors are expected", async () => {
  await inContext(DESK, async (page) => {
    await read(page, join(SAMPLES, "receipt.jpg"));
    const number = async (id) => Number(/[\d.]+/.exec(await page.textContent(`[data-testid="${id}"]`))?.[0] ?? 0);
    const [doubts, errors] = [await number("doubtful"), await number("expected")];
    assert.ok(doubts > 3 && errors > 0, `${doubts} doubtful words, ${errors} errors expected`);
    await page.click(".check-button");
    const first = await page.inputValue('[data-testid="edit"]');
    await page.keyboard.press("Tab");
    assert.notEqual(await page.inputValue('[data-testid="edit"]'), undefined);
    assert.equal(await number("doubtful"), doubts, "Tab leaves a word as it is");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await page.inputValue('[data-testid="edit"]'), first);
    await page.keyboard.press("Enter");
    for (let k = 0; k < 50 && (await number("doubtful")) !== doubts - 1; k++) await page.waitForTimeout(100);
    assert.equal(await number("doubtful"), doubts - 1);
    assert.ok((await number("expected")) < errors);
    await page.keyboard.press("Escape");
    await page.fill('input[type="search"]', "stationery");
    assert.ok((await page.$$(".word.found")).length >= 1);
    const text = (await linesOf(page)).join("\n");
    assert.ok(errorRate(text, expectedLines("receipt").join("\n")) < 0.02);
  });
});

test("a photograph: corners are found, moved by keys, straightened; compared before and after", async () => {
  await inContext(DESK, async (page) => {
    await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "photo.jpg"));
    const corner = page.locator('[data-testid="corner-0"]');
    await corner.waitFor({ timeout: 180_000 });
    const place = async () => Number(await corner.getAttribute("cx"));
    const x = await place();
    assert.ok(Math.abs(x - 81.7) < 8, `the top left corner is at ${x}`);
    await corner.focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(400);
    assert.ok((await place()) > x, `${await place()} is not to the right of ${x}`);
    await page.keyboard.press("ArrowLeft");
    assert.deepEqual(await axe(page), []);
    await page.click(".corner-editor .primary");
    await page.waitForSelector('[data-testid="doubtful"]', { timeout: 180_000 });
    const text = (await linesOf(page)).join("\n");
    assert.match(text, /THE CHILD OF THE[^]*CHAPTER I[^]*Children, ye cannot understand/);
    await page.waitForSelector('.tool[aria-pressed="true"]', { timeout: 180_000 });
    await page.click(".tool:nth-child(2)");
    assert.equal(await page.inputValue(".compare input"), "50");
  });
});

test("the pages of a PDF are read one after the other, into one document", async () => {
  await inContext(DESK, async (page) => {
    await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "scan.pdf"));
    await page.locator(".thumb.done").nth(2).waitFor({ timeout: 240_000 });
    const text = execFileSync("pdftotext", [await saved(page, "pdf"), "-"], { encoding: "utf8" });
    assert.equal(text.split("\f").length - 1, 3);
    assert.match(text, /CHILD OF THE/);
  });
});

test("after the first visit the page reads without network, and can be installed", async () => {
  await inContext(PHONE, async (page, context) => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForTimeout(500);
    assert.ok(await page.evaluate(() => !!navigator.serviceWorker.controller));
    const session = await context.newCDPSession(page);
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
    const { data, errors } = await session.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    assert.equal(JSON.parse(data).display, "standalone");
    await context.setOffline(true);
    await page.reload();
    await read(page, COLUMNS);
    assert.deepEqual(await linesOf(page), expectedLines("columns"));
    await context.setOffline(false);
  });
});

test("a passport's zone is read and checked on the device", async () => {
  await inContext(PHONE, async (page) => {
    await page.click(".tabs .tab:nth-child(2)");
    await page.setInputFiles('[data-testid="identity-file"]', join(SAMPLES, "passport.jpg"));
    await page.waitForSelector(".verdict", { timeout: 180_000 });
    assert.match(await page.textContent(".fields"), /ERIKSSON.*ANNA MARIA.*L898902C3/s);
    assert.equal((await page.$$(".checks .good")).length, 5);
    assert.equal((await page.$$(".verdict.good")).length, 1);
    assert.match(await page.textContent(".problems"), /expired on 2012-04-15/);
    assert.deepEqual(await axe(page), []);
  });
});

test("everything beside several pages can be tapped at 360 pixels", async () => {
  await inContext({ ...PHONE, viewport: { width: 360, height: 740 } }, async (page) => {
    await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "scan.pdf"));
    await page.locator(".thumb").nth(2).waitFor({ timeout: 180_000 });
    const hidden = await page.evaluate(() =>
      [...document.querySelectorAll(".strip-tools button, .workbench > .switch button")].filter((button) => {
        const { left, top, width, height } = button.getBoundingClientRect();
        return !button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
      }).map((button) => button.textContent),
    );
    assert.deepEqual(hidden, []);
  });
});

for (const colorScheme of ["light", "dark"])
  for (const locale of ["en-GB", "zh-CN"])
    test(`axe finds nothing, nothing overflows at 360 pixels: ${colorScheme}, ${locale}`, async () => {
      await inContext({ ...PHONE, viewport: { width: 360, height: 740 }, colorScheme, locale }, async (page) => {
        await page.waitForSelector(".start");
        const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.deepEqual(await axe(page), []);
        assert.equal(await overflow(), 0);
        await page.click(".settings button");
        assert.deepEqual(await axe(page), []);
        await page.selectOption(".settings select", "en");
        await page.keyboard.press("Escape");
        await read(page, COLUMNS);
        assert.deepEqual(await axe(page), []);
        assert.equal(await overflow(), 0);
        await page.click(".switch button:nth-child(2)");
        await page.click(".word >> nth=1");
        assert.deepEqual(await axe(page), []);
        assert.equal(await overflow(), 0);
        const heights = await page.evaluate(() => [".details-word", ".meter"].map((part) => document.querySelector(part).offsetHeight));
        assert.ok(heights[0] < 1.5 * heights[1], "a word of a few letters stands in one line");
        await page.click(".save-bar .primary");
        assert.deepEqual(await axe(page), []);
      });
    });
