/** The page that ``ocr serve`` shows: the same screens, read by the server. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, SAMPLES, WEB, launched, linesOf, opened, read } from "./harness.mjs";

const PORT = 18_000 + (process.pid % 1000);
let browser;
let server;

before(async () => {
  const program = process.env.PYTHON ?? "python";
  server = spawn(program, ["-m", "ocr.cli", "serve", "--port", String(PORT), "--front-end", join(WEB, "dist")], { cwd: join(WEB, "..") });
  let said = "";
  server.stderr.on("data", (data) => (said += data));
  for (let k = 0; ; k++) {
    if (await fetch(`http://localhost:${PORT}/healthz`).then((answer) => answer.ok, () => false)) break;
    if (k > 240 || server.exitCode !== null) throw new Error(`ocr serve does not start: ${said}`);
    await new Promise((done) => setTimeout(done, 500));
  }
  browser = await launched();
});
after(async () => {
  await browser?.close();
  server.kill("SIGTERM");
  await new Promise((done) => (server.exitCode === null ? server.once("exit", done) : done()));
});

async function inContext(work) {
  const context = await browser.newContext(DESK);
  const faults = [];
  try {
    await work(await opened(context, `http://localhost:${PORT}/`, faults));
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

test("the server reads a picture, and a PDF page by page", async () => {
  await inContext(async (page) => {
    await page.locator(".assurance", { hasText: "your own server" }).waitFor();
    await read(page, join(SAMPLES, "receipt.jpg"));
    assert.match((await linesOf(page)).join("\n"), /43300 SERI KEMBANGAN, SELANGOR/);
    assert.match(await page.textContent(".details"), /Choose a line/);
    await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "scan.pdf"));
    await page.locator(".thumb.done").nth(3).waitFor({ timeout: 240_000 });
    await page.click(".thumb-button >> nth=1");
    assert.match((await linesOf(page)).join("\n"), /THE CHILD OF THE/);
    await page.click(".word >> nth=1");
    assert.match(await page.textContent(".details-foot"), /crnn/);
  });
});

test("what the server says about a page is shown", async () => {
  await inContext(async (page) => {
    await page.locator(".assurance", { hasText: "your own server" }).waitFor();
    const said = { number: 1, width: 90, height: 90, dpi: 100, seconds: 0, text: "", blocks: [], warnings: ["page 1: 2 lines could not be read"] };
    await page.route("**/v1/read", (route) => route.fulfill({ json: { schema: 1, pages: [said] } }));
    await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "receipt.jpg"));
    await page.locator(".notice", { hasText: "receipt.jpg: page 1: 2 lines could not be read" }).waitFor();
  });
});

test("the server reads an identity card and a passport", async () => {
  await inContext(async (page) => {
    await page.locator(".tabs .tab").nth(1).click();
    await page.setInputFiles('[data-testid="identity-file"]', join(SAMPLES, "passport.jpg"));
    await page.locator(".verdict.good").waitFor({ timeout: 180_000 });
    assert.match(await page.textContent(".fields"), /ERIKSSON[^]*L898902C3/);
    await page.locator(".identity .switch button").nth(1).click();
    await page.setInputFiles('[data-testid="identity-file"]', [join(SAMPLES, "card-front.jpg"), join(SAMPLES, "card-back.jpg")]);
    await page.locator(".card-view .fields").waitFor({ timeout: 180_000 });
    assert.match(await page.textContent(".fields"), /Name[^]*Number[^]*Authority/);
  });
});
