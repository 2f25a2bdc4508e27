// Holds the fields that the exporter decodes against the types that Rocket.Chat publishes: node fields.mjs FIELDS.json FOLDER
// FIELDS.json has { releases, fields }: the fields as paths, by the name of their type. FOLDER keeps the packages from npm.
// Exit code 1 if a type lacks a field; the line names the release, the type and the field.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { unpacked } from './unpacked.mjs';

const PACKAGE = '@rocket.chat/core-typings';

// Fields that the server's code writes and its types lack. The aggregations of livechat/rooms and livechat/users/agent add the
// departments; the types of some fields are of a later release than the fields.
const UNTYPED = {
  IOmnichannelRoom: ['department._id', 'department.name', 'verified', 'autoTransferredAt', 'responseBy.firstResponseTs', 'metrics.reaction.ft',
    'metrics.response.fd', 'metrics.chatDuration'],
  ILivechatAgent: ['departments'],
};
// The types of calls went with the calls.
const GONE = ['IVoipRoom'];
// Since 8.6 the ids of all records are typed in a package that is not read here.
const isUntyped = (name, path) => path.split('.').at(-1) === '_id' || UNTYPED[name]?.includes(path);

// The type of a property; of a list, that of its members.
function property(checker, type, name) {
  const whole = checker.getNonNullableType(type);
  const one = checker.getIndexTypeOfType(whole, ts.IndexKind.Number) ?? whole;
  if (one.flags & ts.TypeFlags.Any) return one;
  const symbol = checker.getPropertyOfType(one, name);
  return symbol && checker.getTypeOfSymbol(symbol);
}

function lacks(checker, type, path) {
  let known = type;
  for (const name of path.split('.')) known = known && property(checker, known, name);
  return !known;
}

const [file, folder] = process.argv.slice(2).map((path) => resolve(path));
const { releases, fields } = JSON.parse(readFileSync(file, 'utf8'));
const entry = (release) => join(folder, `types-${release}.${process.pid}.ts`);
for (const release of releases) {
  const types = Object.keys(fields).map((name) => `export type ${name} = types.${name};`);
  const from = JSON.stringify(join(unpacked(join(folder, `types-${release}`), `${PACKAGE}@${release}`), 'dist', 'index.js'));
  writeFileSync(entry(release), [`import type * as types from ${from};`, ...types].join('\n'));
}
const options = { noEmit: true, skipLibCheck: true, types: [], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true };
const program = ts.createProgram(releases.map(entry), options);
const checker = program.getTypeChecker();
let missing = 0;
for (const release of releases) {
  const counts = [];
  const source = program.getSourceFile(entry(release));
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const name = symbol.name;
    if (type.flags & ts.TypeFlags.Any) {
      counts.push(`${name} not in the types`);
      if (!GONE.includes(name)) {
        missing += 1;
        console.error(`${release}: no type ${name}`);
      }
      continue;
    }
    const untyped = fields[name].filter((path) => lacks(checker, type, path));
    for (const path of untyped.filter((path) => !isUntyped(name, path))) {
      missing += 1;
      console.error(`${release}: ${name} has no ${path}`);
    }
    counts.push(`${name} ${fields[name].length - untyped.length}`);
  }
  console.log(`${release}: ${counts.join(', ')}`);
}
releases.forEach((release) => rmSync(entry(release)));
process.exitCode = missing ? 1 : 0;
