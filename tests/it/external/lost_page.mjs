// The page for people in a real Chromium while the exporter is away: node lost_page.mjs URL FOLDER. Prints `stop` and later
// `start`, and waits each time for a line on its standard input. Takes pictures into the folder, and prints what it saw
// as JSON.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finish, pause, tab } from './chromium.mjs';

const [url, folder] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const asked = async (word) => {
  process.stdout.write(`${word}\n`);
  await lines.next();
};

const LOOK = `(() => {
  const [lost, main] = [document.getElementById('lost'), document.querySelector('main')];
  const { top, left, bottom, right } = lost.getBoundingClientRect();
  const inside = bottom > top && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
  const uncovered = lost.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  return {
    isVisible: inside && uncovered,
    said: lost.querySelector('[role=alert]').textContent,
    text: lost.textContent,
    title: document.title,
    colours: [...document.querySelectorAll('.first, .state')].map((it) => getComputedStyle(it).backgroundColor),
    opacity: Number(getComputedStyle(main).opacity),
    width: document.scrollingElement.scrollWidth - innerWidth,
  };
})()`;

finish(async () => {
  const page = await tab();
  await page.call('Page.navigate', { url });
  await page.firstLine();
  await page.value(`document.querySelectorAll('details').forEach((it) => { it.open = true; })`);
  const isHidden = async (hidden) => {
    while (await page.value(`document.getElementById('lost').hidden`) !== hidden) await pause(50);
  };
  const alive = await page.value(LOOK);
  await asked('stop');
  await isHidden(false);
  const dead = [];
  for (const width of [360, 1920]) {
    for (const scheme of ['light', 'dark']) {
      await page.show(width, 800, scheme);
      for (const place of ['top', 'end']) {
        await page.value(`scrollTo(0, ${place === 'top' ? 0 : 'document.scrollingElement.scrollHeight'})`);
        await page.picture(join(folder, `lost-${width}-${scheme}-${place}.png`), false);
        dead.push({ ...await page.value(LOOK), window: `${width} ${scheme} ${place}` });
      }
    }
  }
  await asked('start');
  await isHidden(true);
  await page.show(1920, 800, 'light');
  return { alive, dead, again: await page.value(LOOK) };
});
