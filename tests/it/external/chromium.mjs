// A Chromium without a window, which ends with the process, after three minutes in any case.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

// A tab with what its console says and what it asks for.
export const tab = async () => {
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
  // Sets the size of the window and the colour scheme.
  const show = async (width, height, scheme) => {
    await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  };
  const picture = async (file, captureBeyondViewport = true) => {
    const { data } = await call('Page.captureScreenshot', { captureBeyondViewport });
    writeFileSync(file, Buffer.from(data, 'base64'));
  };
  return { call, value, html, firstLine, show, picture, seen };
};

// Prints what `run` saw as JSON, and ends the process.
export const finish = (run) => run().then(
  (seen) => end(0, `${JSON.stringify(seen)}\n`),
  (error) => end(1, `${error.stack}\n${log}`),
);
