// Holds the fields that the exporter decodes against the types that Rocket.Chat publishes:
// node fields.mjs FIELDS.json FOLDER
// FIELDS.json has { releases, fields, all }. `fields` has, by the route of an endpoint, the kind of each field by its
// path in the answer, with [] for the members of a list. `all` is true if the releases are those for which KNOWN is
// complete. FOLDER keeps the packages from npm.
// Exit code 1 if a type lacks a field or has no value of its kind; the line names the release, the route and the field.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { KNOWN, RECORDS, UNTYPED, answers } from './types.mjs';
import { unpacked } from './unpacked.mjs';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const [file, folder] = process.argv.slice(2).map((path) => resolve(path));
const { releases, fields, all } = JSON.parse(readFileSync(file, 'utf8'));
const routes = Object.keys(fields);
const PACKAGES = ['@rocket.chat/rest-typings', '@rocket.chat/core-typings'];
const [REST, CORE] = PACKAGES;

// The folder of a package of a release, if npm has it.
const unpackedOnce = {};
const root = (release, name) =>
  (unpackedOnce[`${release} ${name}`] ??= unpacked(join(folder, name === CORE ? `types-${release}` : release), name, release) ?? 'none');
const has = (release, name) => root(release, name) !== 'none';

// A file of TypeScript with the types of a release, by the number of the route.
const entry = (release) => join(folder, `entry-${release}.${process.pid}.ts`);
function writeEntry(release) {
  const from = (name) => JSON.stringify(join(root(release, name), 'dist', 'index.js'));
  const imports = [
    has(release, REST) ? `import type { Endpoints } from ${from(REST)};` : 'type Endpoints = {};',
    has(release, CORE) ? `import type * as types from ${from(CORE)};` : '',
  ];
  writeFileSync(entry(release), [...imports, answers(routes, has(release, CORE))].join('\n'));
}

// A program of all releases. An answer has the records of its own release, or of any type if npm has no such package.
function programOf(entries) {
  const options = { noEmit: true, skipLibCheck: true, types: [], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true };
  const host = ts.createCompilerHost(options);
  const core = (importer) => {
    const release = releases.find((release) => importer.startsWith(`${root(release, REST)}/`));
    const found = has(release, CORE) && { resolvedFileName: join(root(release, CORE), 'dist', 'index.d.ts'), extension: '.d.ts' };
    return { resolvedModule: found || undefined };
  };
  // What is neither a file of the package nor a dependency of this folder has any type.
  const other = (name, importer) =>
    ts.resolveModuleName(name, /^[./]/.test(name) ? importer : join(here, 'fields.ts'), options, host);
  host.resolveModuleNameLiterals = (names, importer) => names.map(({ text }) => (text === CORE ? core(importer) : other(text, importer)));
  return ts.createProgram(entries, options, host);
}

releases.forEach(writeEntry);
const program = programOf(releases.map(entry));
const checker = program.getTypeChecker();
const { TypeFlags, IndexKind } = ts;

// The types of which a type is a union, without null and undefined.
const parts = (type) =>
  type.isUnion() ? type.types.flatMap(parts) : type.flags & (TypeFlags.Null | TypeFlags.Undefined | TypeFlags.Void | TypeFlags.Never) ? [] : [type];
const isAny = (type) => Boolean(type.flags & (TypeFlags.Any | TypeFlags.Unknown));

// The types of a field, or of the members of a list. A type whose fields have any name has this field with any type.
function below(type, name) {
  if (isAny(type)) return [type];
  if (name === '[]') return parts(checker.getIndexTypeOfType(type, IndexKind.Number) ?? checker.getNeverType());
  const symbol = checker.getPropertyOfType(type, name);
  if (symbol) return parts(checker.getTypeOfSymbol(symbol));
  return checker.getIndexTypeOfType(type, IndexKind.String) ? [checker.getAnyType()] : [];
}
const typesAt = (type, path) =>
  path.replaceAll('[]', '.[]').split('.').reduce((types, name) => types.flatMap((type) => below(type, name)), parts(type));

// True if a value of this type can be of the kind in which the exporter reads it.
function canBe(type, kind) {
  if (type.isIntersection()) return type.types.some((type) => canBe(type, kind));
  const isText = Boolean(type.flags & TypeFlags.StringLike);
  const isDate = type.symbol?.name === 'Date';
  const isList = checker.isArrayType(type) || checker.isTupleType(type);
  switch (kind) {
    case 'presence': return true;
    case 'text': return isText;
    case 'number': return Boolean(type.flags & TypeFlags.NumberLike);
    case 'flag': return Boolean(type.flags & TypeFlags.BooleanLike);
    case 'time': return isText || isDate || Boolean(checker.getPropertyOfType(type, '$date'));
    case 'list': return isList;
    case 'object': return Boolean(type.flags & TypeFlags.Object) && !isList && !isDate;
    default: throw new Error(`no such kind: ${kind}`);
  }
}

// The known difference of a field or of the object that has it.
const known = (route, path) =>
  KNOWN.find((it) => (it.route ?? route) === route && (path === it.path || path.startsWith(`${it.path}.`) || path.startsWith(`${it.path}[`)));

const used = new Set();
let failed = 0;
const fail = (line) => {
  failed += 1;
  console.error(line);
};

// The number of fields of a route that are typed, that have any type, and that are known to differ.
function held(release, route, type) {
  const counts = { typed: 0, any: 0, known: 0 };
  for (const [path, kind] of Object.entries(fields[route])) {
    const types = typesAt(type, path);
    const difference = known(route, path);
    if (types.some(isAny)) counts.any += 1;
    else if (types.some((type) => canBe(type, kind))) counts.typed += 1;
    else if (difference) {
      // What differs in each route is not counted for each.
      counts.known += difference.route ? 1 : 0;
      used.add(difference);
    } else if (!types.length) fail(`${release}: ${route} has no ${path}`);
    else fail(`${release}: ${route} has ${path} as ${types.map((type) => checker.typeToString(type)).join(' | ')}, which is no ${kind}`);
  }
  return counts;
}

// The type of an answer, or that of its records; undefined if npm has none.
function typeOf(release, route, i) {
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry(release))));
  const type = (name) => symbols.filter((it) => it.name === name).map((it) => checker.getDeclaredTypeOfSymbol(it))[0];
  const [answer, records] = [type(`Answer${i}`), type(`Records${i}`)];
  if (!(answer.flags & TypeFlags.Never)) return answer;
  const places = Object.entries(RECORDS[route] ?? {}).map(([field, name]) => field + (name.endsWith('[]') ? '[]' : ''));
  return records && !places.flatMap((path) => typesAt(records, path)).some(isAny) ? records : undefined;
}

// The fields of a release as a line.
function told(release) {
  const untyped = [];
  const lines = [];
  routes.forEach((route, i) => {
    const type = typeOf(release, route, i);
    const { typed, any, known } = type ? held(release, route, type) : { typed: 0 };
    const apart = [any && `of any type ${any}`, known && `known to differ ${known}`].filter(Boolean);
    if (typed) lines.push(`${route} ${typed}${apart.length ? ` (${apart.join(', ')})` : ''}`);
    else untyped.push(route);
  });
  const isTyped = (route) => has(release, CORE) && (has(release, REST) || RECORDS[route]) && !UNTYPED[route];
  untyped.filter(isTyped).forEach((route) => fail(`${release}: no types for ${route}`));
  const without = PACKAGES.filter((name) => !has(release, name)).map((name) => `; npm has no ${name}`);
  return `${release}: typed ${lines.join(', ') || 'nothing'}; no types for ${untyped.join(', ') || 'none'}${without.join('')}`;
}

releases.forEach((release) => console.log(told(release)));
for (const it of KNOWN.filter((it) => all && !used.has(it))) fail(`${it.route}: ${it.path} does not differ: remove it from the list`);
releases.forEach((release) => rmSync(entry(release)));
process.exitCode = failed ? 1 : 0;
