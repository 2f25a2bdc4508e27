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
  const [alert, age] = lost.children;
  const duration = (seconds) =>
    seconds < 120 ? seconds + " s" : seconds < 7200 ? Math.floor(seconds / 60) + " min" : Math.floor(seconds / 3600) + " h";
  const lose = (reason) => {
    const sentence = "This page is not renewed: " + reason + ". ";
    lost.hidden = false;
    // A screen reader reads a text again when it is set again; only the age is renewed.
    if (alert.textContent !== sentence) alert.textContent = sentence;
    age.textContent = "These numbers are " + duration(Math.round((Date.now() - shownAt) / 1000)) + " old.";
    document.title = "Not renewed – Omnichannel";
    document.body.classList.add("dead");
  };
  const show = (next, main) => {
    renew(document.querySelector("main"), main);
    document.title = next.title;
    shownAt = Date.now();
    document.body.classList.remove("dead");
    lost.hidden = true;
    alert.textContent = "";
  };
  const ask = async () => {
    const answer = await fetch("./", { cache: "no-store", signal: AbortSignal.timeout(every) });
    if (!answer.ok) return lose("the answer is HTTP " + answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = next.querySelector("main");
    if (main) show(next, main); else lose("the answer is another page");
  };
  // At multiples of `every` by the clock: screens beside each other change together, and the exporter renders once for all.
  const wait = () => setTimeout(turn, every - Date.now() % every);
  const turn = () => ask().catch(() => lose("the exporter does not answer")).then(wait);
  wait();
})();
