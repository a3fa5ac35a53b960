// Photographs pages of HTML as a screen shows them, with every word that is seen and where: node draw.mjs HTML OUT [options]
//
//   --every N --first K   every N-th page of the folder, from the K-th
//   --width W --scale S   of the window, in CSS pixels, and pixels of the picture for each
//
// The folder is served to a headless Chromium (CHROMIUM, or the one on the path); nothing else is reached. A word is
// taken if the element at three of its points is its own and nothing clips it. OUT/gt.jsonl has a line a page:
// {"image", "words": [[text, left, top, right, bottom], ...]} in pixels of the picture.
import {createServer} from 'node:http';
import {appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync} from 'node:fs';
import {extname, join, relative} from 'node:path';
import {parseArgs} from 'node:util';
import {chromium} from 'playwright-core';

const TALLEST = 2000; // CSS pixels of a page that are taken
const TYPES = {
  '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.png': 'image/png',
  '.jpg': 'image/jpeg', '.webp': 'image/webp', '.woff': 'font/woff', '.woff2': 'font/woff2', '.json': 'application/json',
};

const {values, positionals} = parseArgs({allowPositionals: true, options: {
  every: {type: 'string', default: '1'}, first: {type: 'string', default: '0'},
  width: {type: 'string', default: '1280'}, scale: {type: 'string', default: '1'},
}});
if (positionals.length !== 2) {
  console.error('usage: node draw.mjs HTML OUT [--every N] [--first K] [--width W] [--scale S]');
  process.exit(2);
}
const [root, out] = positionals;
const [every, first, width, scale] = [values.every, values.first, values.width, values.scale].map(Number);

const pages = (folder) => readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
  const path = join(folder, entry.name);
  if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : pages(path);
  return entry.name.endsWith('.html') ? [path] : [];
}).sort();

const server = createServer((request, response) => {
  let path = join(root, decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
  if (!existsSync(path)) return response.writeHead(404).end();
  response.writeHead(200, {'content-type': TYPES[extname(path)] ?? 'application/octet-stream'}).end(readFileSync(path));
}).listen(0);
const site = `http://localhost:${server.address().port}`;

/** Runs in the page: its visible words with their boxes in CSS pixels. */
function words() {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const ancestors = (element) => element ? [element, ...ancestors(element.parentElement)] : [];
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!element || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEXTAREA', 'OPTION'].includes(element.tagName)) continue;
    const style = getComputedStyle(element), above = ancestors(element);
    const opacity = above.reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
    if (style.visibility !== 'visible' || opacity < 0.3) continue;
    for (const match of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 3);
      if (boxes.length !== 1) continue;
      const [box] = boxes;
      if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight) continue;
      const seen = [0.15, 0.5, 0.85].every((at) => {
        const top = document.elementFromPoint(box.left + box.width * at, box.top + box.height / 2);
        return top && (top.contains(element) || element.contains(top));
      });
      const clipped = above.some((one) => {
        const hull = one.getBoundingClientRect();
        return getComputedStyle(one).overflow !== 'visible' && (box.right > hull.right + 1 || box.left < hull.left - 1
          || box.bottom > hull.bottom + 1 || box.top < hull.top - 1);
      });
      if (!seen || clipped) continue;
      const text = style.textTransform === 'uppercase' ? match[0].toUpperCase()
        : style.textTransform === 'capitalize' ? match[0][0].toUpperCase() + match[0].slice(1) : match[0];
      found.push([text, box.left, box.top, box.right, box.bottom]);
    }
  }
  return found;
}

mkdirSync(out, {recursive: true});
rmSync(join(out, 'gt.jsonl'), {force: true});
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox']});
for (const path of pages(root).filter((_, index) => index % every === first % every)) {
  const name = `${relative(root, path).replaceAll('/', '-').replace(/\.html$/, '')}.png`;
  const context = await browser.newContext({viewport: {width, height: 900}, deviceScaleFactor: scale});
  try {
    const page = await context.newPage();
    await page.route((url) => !url.href.startsWith(site), (route) => route.abort());
    await page.goto(`${site}/${relative(root, path)}`, {waitUntil: 'load', timeout: 30_000});
    await page.addStyleTag({content: '*{animation:none!important;transition:none!important;caret-color:transparent!important}'});
    await page.waitForTimeout(600);
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({width, height: Math.min(TALLEST, Math.max(tall, 300))});
    await page.waitForTimeout(300);
    const seen = await page.evaluate(words);
    await page.screenshot({path: join(out, name)});
    const placed = seen.map(([text, ...box]) => [text, ...box.map((side) => Math.round(side * scale))]);
    appendFileSync(join(out, 'gt.jsonl'), `${JSON.stringify({image: name, words: placed})}\n`);
    console.log(name, seen.length);
  } catch (error) {
    console.error(`${name}: ${error.message.split('\n')[0]}`);
  }
  await context.close();
}
await browser.close();
server.close();
