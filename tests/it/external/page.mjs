// The page for people in a real Chromium: node page.mjs URL FOLDER. Opens the page with and without script until it has
// renewed itself, takes pictures of it into the folder, and prints what it saw as JSON.
import { join } from 'node:path';
import { finish, tab } from './chromium.mjs';

const [url, folder] = process.argv.slice(2);

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

finish(async () => {
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
      await page.show(width, width < 600 ? 800 : 1080, scheme);
      await page.picture(join(folder, `page-${width}-${scheme}.png`));
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
});
