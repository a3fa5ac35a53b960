/** Pictures of the page for the documentation: node web/tests/browser/screenshots.mjs docs/images. */

import { join } from "node:path";
import { DESK, PHONE, SAMPLES, launched, opened, read, served } from "./harness.mjs";

const out = process.argv[2];
const server = await served();
const browser = await launched();

async function shots(options, work) {
  const context = await browser.newContext(options);
  const page = await opened(context, server.url, []);
  await page.waitForTimeout(2500);
  await work(page, (name) => page.screenshot({ path: join(out, `web-${name}.png`) }));
  await context.close();
}

async function whitened(page) {
  await page.waitForSelector('.tool[aria-pressed="true"]', { timeout: 240_000 });
  await page.waitForTimeout(600);
}

await shots(PHONE, async (page, shot) => {
  await shot("start");
  await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "photo.jpg"));
  await page.waitForSelector(".corner-editor", { timeout: 180_000 });
  await page.waitForTimeout(500);
  await shot("corners");
  await page.click(".corner-editor .primary");
  await page.waitForSelector('[data-testid="doubtful"]', { state: "attached", timeout: 240_000 });
  await whitened(page);
  await page.click(".tool:nth-child(2)");
  await shot("compare");
  await page.click(".tool:nth-child(2)");
  await page.click(".switch button:nth-child(2)");
  await page.click(".check-button");
  await page.waitForTimeout(400);
  await shot("check");
});
await shots(DESK, async (page, shot) => {
  await read(page, join(SAMPLES, "receipt.jpg"));
  await page.click(".doubt >> nth=2");
  await page.waitForTimeout(600);
  await shot("desk");
});
await shots({ ...DESK, colorScheme: "dark", locale: "zh-CN" }, async (page, shot) => {
  await page.click(".settings button");
  await page.selectOption(".settings select", "en");
  await page.keyboard.press("Escape");
  await page.setInputFiles('[data-testid="files"]', join(SAMPLES, "scan.pdf"));
  await page.locator(".thumb.done").first().waitFor({ timeout: 180_000 });
  await page.waitForTimeout(500);
  await shot("dark");
});
await shots(PHONE, async (page, shot) => {
  await page.click(".tabs .tab:nth-child(2)");
  await page.setInputFiles('[data-testid="identity-file"]', join(SAMPLES, "passport.jpg"));
  await page.waitForSelector(".verdict", { timeout: 240_000 });
  await page.waitForTimeout(500);
  await shot("identity");
});
await browser.close();
await server.close();
