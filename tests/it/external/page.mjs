// The page for people in a real Chromium: node page.mjs URL FOLDER. Opens the page with and without script until it has
// renewed itself, takes pictures of it into the folder, and prints what it saw as JSON. Ends after three minutes in any case.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [url, folder] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'page-'));
const chromium = spawn('chromium', [
  '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe',
  `--user-data-dir=${profile}`, 'about:blank',
], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
let log = '';
chromium.stderr.on('data', (part) => { log += part; });
const end = (code, text) => {
  process.stdout.write(text);
  chromium.kill('SIGKILL');
  chromium.on('exit', () => { rmSync(profile, { recursive: true, force: true }); process.exit(code); });
};
setTimeout(() => end(1, `not finished within three minutes\n${log}`), 180_000).unref();

// The devtools protocol over a pipe: JSON, each message with a zero byte after it.
const [write, read] = [chromium.stdio[3], chromium.stdio[4]];
const [answers, listeners] = [new Map(), []];
let [number, rest] = [0, ''];
read.on('data', (part) => {
  const messages = (rest + part).split('\0');
  rest = messages.pop();
  for (const message of messages.map((it) => JSON.parse(it))) {
    if (message.id) answers.get(message.id)(message);
    else listeners.forEach((listen) => listen(message));
  }
});
const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
  number += 1;
  answers.set(number, ({ result, error }) => error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result));
  write.write(`${JSON.stringify({ id: number, method, params, sessionId })}\0`);
});
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

// A tab with what its console says and what it asks for.
const tab = async () => {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const seen = { console: [], requests: [] };
  listeners.push(({ method, params, sessionId: of }) => {
    if (of !== sessionId) return;
    if (method === 'Runtime.consoleAPICalled') seen.console.push(JSON.stringify(params.args));
    if (method === 'Runtime.exceptionThrown') seen.console.push(params.exceptionDetails.text);
    if (method === 'Log.entryAdded') seen.console.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Network.requestWillBeSent') seen.requests.push(params.request.url);
  });
  const call = (method, params) => send(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'DOM']) await call(`${domain}.enable`);
  const value = async (expression) => {
    const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value;
  };
  const html = async () => {
    const { root } = await call('DOM.getDocument');
    return (await call('DOM.getOuterHTML', { nodeId: root.nodeId })).outerHTML;
  };
  // Until the document has the page, and until its first line differs from `before`.
  const firstLine = async (before) => {
    for (;;) {
      const line = /class="first[^>]*>([^<]*)/.exec(await html().catch(() => ''))?.[1];
      if (line && line !== before) return line;
      await pause(50);
    }
  };
  return { call, value, html, firstLine, seen };
};

const CELLS = `Object.fromEntries([...document.querySelectorAll('.board tbody tr')].map((row) => [
  row.querySelector('bdi').textContent,
  Object.fromEntries([...row.querySelectorAll('td')].map((cell) => [cell.dataset.name, cell.textContent.trim()])),
]))`;

// Notes the moments for which the page plans its renewals, by the clock that it has just read.
const PLANNED = `
  window.planned = [];
  const [now, wait] = [Date.now.bind(Date), setTimeout];
  let read = 0;
  Date.now = () => { read = now(); return read; };
  window.setTimeout = (run, delay) => { window.planned.push(read + delay); return wait(run, delay); };
`;

const run = async () => {
  const page = await tab();
  await page.call('Page.addScriptToEvaluateOnNewDocument', { source: PLANNED });
  await page.call('Page.navigate', { url });
  const first = await page.firstLine();
  await page.value(`document.querySelectorAll('details').forEach((it) => { it.open = true; }); window.isKept = true`);
  const renewed = await page.firstLine(first);
  const isKept = await page.value(`window.isKept && [...document.querySelectorAll('details')].every((it) => it.open)`);
  const planned = await page.value('window.planned');
  const cells = await page.value(CELLS);
  const links = await page.value(`[...document.querySelectorAll('nav a')].map((it) => it.href)`);

  const widths = {};
  for (const width of [360, 1280, 1920]) {
    for (const scheme of ['light', 'dark']) {
      const height = width < 600 ? 800 : 1080;
      await page.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
      await page.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      const { data } = await page.call('Page.captureScreenshot', { captureBeyondViewport: true });
      writeFileSync(join(folder, `page-${width}-${scheme}.png`), Buffer.from(data, 'base64'));
    }
    // The page and the board must fit into the window.
    widths[width] = await page.value(`(() => {
      const board = document.querySelector('.board')?.parentElement;
      return document.scrollingElement.scrollWidth + (board ? board.scrollWidth - board.clientWidth : 0);
    })()`);
  }

  const plain = await tab();
  await plain.call('Emulation.setScriptExecutionDisabled', { value: true });
  await plain.call('Page.navigate', { url });
  const before = await plain.firstLine();
  const after = await plain.firstLine(before);
  const withoutScript = await plain.html();
  return {
    first, renewed, isKept, planned, cells, links, widths, before, after, withoutScript,
    console: [...page.seen.console, ...plain.seen.console],
    requests: [...page.seen.requests, ...plain.seen.requests],
  };
};

run().then((seen) => end(0, JSON.stringify(seen)), (error) => end(1, `${error.stack}\n${log}`));
