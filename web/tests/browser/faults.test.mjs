/** What the page says where something cannot be done: a clear sentence, in both languages. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deflateSync } from "node:zlib";
import { DESK, EXPECTED, PHONE, SAMPLES, launched, linesOf, opened, read, served, there } from "./harness.mjs";

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

/** The checksum of a part of a PNG. */
function crc32(bytes) {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}

/** A white PNG. */
function blank(width, height) {
  const part = (kind, data) => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(kind), data, Buffer.alloc(4)]);
    bytes.writeUInt32BE(data.length, 0);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const row = Buffer.alloc(width + 1, 255);
  row[0] = 0;
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), part("IHDR", head), part("IDAT", rows), part("IEND", Buffer.alloc(0))]);
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
  ["an empty file", () => file("empty.png", ""), "empty.png is empty", "empty.png 是空文件"],
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

test("a blank picture that was made smaller has no small print", async () => {
  await inContext(DESK, async (page) => {
    await read(page, file("blank.png", blank(5000, 4000)));
    await said(page, "No text was found");
    assert.equal(await page.locator(".notice", { hasText: "small" }).count(), 0);
  });
});

test("a browser that keeps nothing for this page", async () => {
  const prepare = (context) => context.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, { get: () => { throw new DOMException("denied", "SecurityError"); } });
  });
  await inContext(DESK, async (page) => {
    await page.click(".settings button");
    await page.click('.settings-menu button[lang="zh-CN"]');
    await page.locator("text=打开图片或 PDF").waitFor();
    await read(page, join(EXPECTED, "light.png"));
    assert.ok((await linesOf(page)).length > 2);
  }, { prepare });
});

/** Drops what looks like a folder: names of files with the bytes of a picture. */
async function drop(page, names) {
  const bytes = readFileSync(join(EXPECTED, "light.png")).toString("base64");
  await page.evaluate(([names, bytes]) => {
    const picture = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    const files = names.map((name) => ({ name, isFile: true, isDirectory: false, file: (done) => done(new File([picture], name)) }));
    const parts = [files, []];
    const folder = { name: "scans", isFile: false, isDirectory: true, createReader: () => ({ readEntries: (done) => done(parts.shift()) }) };
    DataTransferItem.prototype.webkitGetAsEntry = () => folder;
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([], "scans"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, [names, bytes]);
}

test("a folder is dropped: its pictures in the order of their names, and nothing else of it", async () => {
  await inContext(DESK, async (page) => {
    await drop(page, ["page 10.png", "notes.txt", "page 9.png"]);
    await there(page, '[data-testid="doubtful"]');
    assert.deepEqual(await page.$$eval(".thumb canvas, .thumb img", (seen) => seen.length), 2);
    assert.equal(await page.locator(".notice").count(), 0);
  });
  await inContext(DESK, async (page) => {
    await drop(page, ["notes.txt"]);
    await said(page, "no pictures or PDF files in the folder scans");
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
