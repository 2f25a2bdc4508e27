"use strict";
(() => {
  const every = 5000;
  let shownAt = Date.now();
  const alike = (old, next) => old.nodeType === next.nodeType && old.nodeName === next.nodeName;
  const attributes = (old, next) => {
    for (const { name } of [...old.attributes])
      if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of next.attributes)
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  };
  const renew = (old, next) => {
    if (old.isEqualNode(next)) return;
    if (!alike(old, next)) return old.replaceWith(document.importNode(next, true));
    if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = next.nodeValue; return; }
    attributes(old, next);
    const [before, after] = [[...old.childNodes], [...next.childNodes]];
    after.forEach((child, index) => before[index] ? renew(before[index], child) : old.append(document.importNode(child, true)));
    before.slice(after.length).forEach((child) => child.remove());
  };
  const lost = document.getElementById("lost");
  const ask = async () => {
    try {
      const answer = await fetch("./", { cache: "no-store", signal: AbortSignal.timeout(every) });
      if (!answer.ok) throw new Error("HTTP " + answer.status);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = next.querySelector("main");
      if (!main) throw new Error("no page");
      renew(document.querySelector("main"), main);
      document.title = next.title;
      shownAt = Date.now();
      lost.hidden = true;
    } catch {
      const seconds = Math.round((Date.now() - shownAt) / 1000);
      lost.textContent = "The exporter does not answer. These numbers are " + seconds + " s old.";
      lost.hidden = false;
    }
    wait();
  };
  // At multiples of `every` by the clock: screens beside each other change together, and the exporter renders once for all.
  const wait = () => setTimeout(ask, every - Date.now() % every);
  wait();
})();
