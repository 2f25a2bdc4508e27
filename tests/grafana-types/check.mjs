// Holds dashboards against the types that Grafana publishes: node check.mjs DASHBOARD.json…
// Each file becomes a constant of the type of a dashboard, whose panels are one of ours by their `type`; tsc then
// says what is misspelt. Exit code 1 if anything is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const panels = {
  bargauge: 'BarGauge', heatmap: 'Heatmap', stat: 'Stat', 'state-timeline': 'StateTimeline', table: 'Table', text: 'Text', timeseries: 'TimeSeries',
};
const withFields = ['Heatmap', 'StateTimeline', 'Table', 'TimeSeries'];
const module = (name) => `@grafana/schema/dist/esm/raw/composable/${name.toLowerCase()}/panelcfg/x/${name}PanelCfg_types.gen`;
const panel = ([type, name]) => `Of<'${type}', ${name}.Options, ${withFields.includes(name) ? `${name}.FieldConfig` : '{}'}>`;

// JSON has the words of an enum, not its members; everything may be left out.
const head = `
import type { Dashboard, FieldConfig, Panel, RowPanel } from '@grafana/schema';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
${Object.values(panels).map((name) => `import type * as ${name} from '${module(name)}';`).join('\n')}
type Json<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]?: Json<T[K]> } : T;
type Source = { type: 'prometheus'; uid: string };
type Fields<Custom> = {
  defaults: Omit<Json<FieldConfig>, 'custom'> & { custom?: Json<Custom> };
  overrides: { matcher: { id: string; options?: unknown }; properties: { id: string; value?: unknown }[] }[];
};
type Of<Type, Options, Custom> = Omit<Json<Panel>, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Type; options?: Json<Options>; fieldConfig?: Fields<Custom>; targets?: (Json<Dataquery> & { datasource?: Source })[];
};
// Of annotations the types know no data source.
type Whole = Omit<Json<Dashboard>, 'panels' | 'annotations'> & {
  annotations: object; panels: (${Object.entries(panels).map(panel).join(' | ')} | (Json<RowPanel> & { type: 'row' }))[];
};
`;

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const folder = mkdtempSync(join(here, 'generated-'));
try {
  const files = process.argv.slice(2).map((path) => {
    const file = join(folder, `${basename(path, '.json')}.ts`);
    writeFileSync(file, `${head}export const dashboard: Whole = ${readFileSync(path, 'utf8')};\n`);
    return file;
  });
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--target', 'es2022'];
  const tsc = spawnSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), ...options, ...files], { stdio: 'inherit' });
  process.exitCode = tsc.status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
