/** What the page says where something cannot be done: a clear sentence, in both languages. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, EXPECTED, PHONE, SAMPLES, launched, linesOf, opened, read, served } from "./harness.mjs";

const folder = mkdtempSync(join(tmpdir(), "ocr-web-"));
let browser;
let server;

before(async () => {
  server = await served();
  browser = await launched();
});
after(async () => {
  await browser.close();
  await server.close();
});

async function inContext(options, work, { url = server.url, prepare = async () => undefined } = {}) {
  const context = await browser.newContext(options);
  try {
    await prepare(context);
    await work(await opened(context, url, []), context);
  } finally {
    await context.close();
  }
}

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function said(page, text) {
  await page.locator(".notice", { hasText: text }).waitFor({ timeout: 180_000 });
}

/** A PNG that says it is very large, and is not. */
function enormous() {
  const bytes = readFileSync(join(EXPECTED, "columns.png"));
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(40_000, 16);
  copy.writeUInt32BE(40_000, 20);
  return copy;
}

/** A JPEG that ends in its middle. */
function half() {
  const bytes = readFileSync(join(SAMPLES, "receipt.jpg"));
  return bytes.subarray(0, bytes.length >> 1);
}

/** A GIF of two pictures of one pixel. */
const animated = () => Buffer.from(
  "474946383961010001008000000000 00ffffff 21f904000a0000 00 2c00000000010001000002024401 00 21f904000a0000 00 2c00000000010001000002024c01 00 3b".replace(/ /g, ""),
  "hex",
);

/** A PDF without pages. */
const noPages = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer\n<</Root 1 0 R/Size 3>>\n%%EOF\n";

const CASES = [
  ["a text file", () => file("letter.txt", "no picture"), "letter.txt cannot be opened", "无法打开 letter.txt"],
  ["a TIFF", () => join(SAMPLES, "report.tif"), "report.tif is a TIFF", "report.tif 是 TIFF"],
  ["a damaged PDF", () => file("broken.pdf", "%PDF-1.7\nnothing"), "broken.pdf cannot be opened as a PDF", "无法打开 broken.pdf"],
  ["a picture too large", () => file("huge.png", enormous()), "huge.png is too large: 1600 million pixels", "huge.png 太大：1600 百万像素"],
  ["half a picture", () => file("half.jpg", half()), "half.jpg cannot be opened: the file is damaged", "无法打开 half.jpg：文件已损坏"],
  ["a HEIC", () => file("phone.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1")), "phone.heic is a HEIC", "phone.heic 是 HEIC"],
  ["a PDF without pages", () => file("none.pdf", noPages), "none.pdf has no pages", "none.pdf 没有页面"],
  ["an empty file", () => file("empty.png", ""), "empty.png cannot be opened", "无法打开 empty.png"],
];
for (const [name, made, english, chinese] of CASES)
  test(name, async () => {
    for (const [locale, text] of [["en-GB", english], ["zh-CN", chinese]])
      await inContext({ ...DESK, locale }, async (page) => {
        await page.setInputFiles('[data-testid="files"]', made());
        await said(page, text);
        assert.equal((await page.$$(".start")).length, 1, "the page is as before");
      });
  });

test("an animation is read as its first picture, which is said", async () => {
  for (const [locale, text] of [["en-GB", "two.gif shows 2 pictures one after the other"], ["zh-CN", "two.gif 是含 2 幅画面的动图"]])
    await inContext({ ...DESK, locale }, async (page) => {
      await page.setInputFiles('[data-testid="files"]', file("two.gif", animated()));
      await said(page, text);
      const shown = await page.$eval(".viewer img, .viewer canvas, .thumb img, .thumb canvas", (one) => one.tagName + (one.src ?? ""));
      assert.ok(shown.startsWith("CANVAS") || (await page.evaluate(async (url) => (await (await fetch(url)).blob()).type, shown.slice(3))) === "image/jpeg", "it stands still");
    });
});

test("a JPEG that lacks only its last bytes is read, which is said", async () => {
  const whole = readFileSync(join(SAMPLES, "receipt.jpg"));
  for (const [locale, text] of [["en-GB", "The last bytes of cut.jpg are missing"], ["zh-CN", "cut.jpg 缺少最后几个字节"]])
    await inContext({ ...DESK, locale }, async (page) => {
      await read(page, file("cut.jpg", whole.subarray(0, -2)), { straighten: false });
      await said(page, text);
      assert.match((await linesOf(page)).join("\n"), /HING STATIONERY SDN BHD/);
    });
});

test("white letters on a transparent ground are read", async () => {
  await inContext(DESK, async (page) => {
    await read(page, join(EXPECTED, "clear.png"), { straighten: false });
    assert.match((await linesOf(page)).join("\n"), /Doubt is not a pleasant condition/);
  });
});

test("pages that were not saved are not left without asking", async () => {
  await inContext(DESK, async (page) => {
    const asked = [];
    page.on("dialog", (dialog) => { asked.push(dialog.type()); void dialog.accept(); });
    await page.click("body");
    await page.reload();
    assert.deepEqual(asked, [], "nothing is open");
    await read(page, join(EXPECTED, "columns.png"), { straighten: false });
    await page.click("body");
    await page.reload();
    assert.deepEqual(asked, ["beforeunload"]);
  });
});

test("what is saved before all pages are read lacks them, which is said; reading can be stopped", async () => {
  await inContext(DESK, async (page) => {
    await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "scan.pdf"));
    await page.locator(".thumb.done").first().waitFor({ timeout: 180_000 });
    await page.locator(".progress", { hasText: "of 3 pages are read" }).waitFor();
    await page.click(".save-bar .primary");
    await page.click('[data-testid="save-txt"]');
    await said(page, "of 3 pages have not been read");
    await page.click(".progress button");
    await page.locator(".progress").waitFor({ state: "detached" });
    const read = await page.locator(".thumb.done").count();
    assert.ok(read < 3 && (await page.locator(".thumb.failed").count()) === 3 - read);
    await page.waitForTimeout(4000);
    assert.equal(await page.locator(".thumb.done").count(), read, "nothing goes on");
  });
});

test("a page without text", async () => {
  await inContext(DESK, async (page) => {
    await read(page, join(EXPECTED, "blank.png"));
    await said(page, "No text was found");
  });
});

test("a browser without SIMD", async () => {
  const prepare = (context) => context.route(/device\.worker.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `WebAssembly.validate = () => false;\n${await response.text()}` });
  });
  for (const [locale, text] of [["en-GB", "This browser is too old"], ["zh-CN", "浏览器版本太旧"]])
    await inContext({ ...PHONE, locale, serviceWorkers: "block" }, (page) => said(page, text), { prepare });
});

test("offline at the first visit", async () => {
  const prepare = (context) => context.route(/models\//, (route) => route.abort("internetdisconnected"));
  for (const [locale, text] of [["en-GB", "You are offline"], ["zh-CN", "当前没有网络"]])
    await inContext({ ...PHONE, locale, serviceWorkers: "block" }, (page) => said(page, text), { prepare });
});

test("the camera is refused", async () => {
  for (const [locale, text] of [["en-GB", "The camera was refused"], ["zh-CN", "无法使用相机"]])
    await inContext({ ...DESK, locale }, async (page) => {
      await page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
      });
      await page.click(".open-buttons .primary");
      await said(page, text);
    });
});

test("a part of the reader is missing", async () => {
  const prepare = (context) => context.route(/recognizer\./, (route) => route.fulfill({ status: 404 }));
  await inContext({ ...PHONE, serviceWorkers: "block" }, (page) => said(page, "could not be loaded (recognizer.ocrnet: 404)"), { prepare });
});

test("a part of the reader is damaged", async () => {
  const prepare = (context) => context.route(/recognizer\./, async (route) => {
    const body = await (await route.fetch()).body();
    body.fill(0, 5000, 5100);
    await route.fulfill({ body });
  });
  await inContext({ ...PHONE, serviceWorkers: "block" }, (page) => said(page, "could not be loaded (recognizer:"), { prepare });
});

test("a photograph that lies on its side in the file", async () => {
  await inContext(DESK, async (page) => {
    await read(page, join(EXPECTED, "sideways.jpg"), { straighten: false });
    assert.match((await linesOf(page)).join("\n"), /HING STATIONERY SDN BHD[^]*JALAN/);
  });
});
