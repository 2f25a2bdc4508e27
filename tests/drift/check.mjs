// Holds the requests of the exporter against the validators that Rocket.Chat publishes: node check.mjs REQUESTS.json FOLDER
// REQUESTS.json has, by release, the requests as [path, query]. FOLDER keeps the packages from npm, one folder each.
// Exit code 1 if a validator refuses a request; the line names the release, the request and the reason.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import qs from 'qs';
import { unpacked } from './unpacked.mjs';

const PACKAGE = '@rocket.chat/rest-typings';
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const require = createRequire(import.meta.url);

// The names of the validators by route. A release has some of them; the server of that release uses the first.
const VALIDATORS = {
  'livechat/business-hour': ['isGETBusinessHourParams'],
  'livechat/config': ['isGETLivechatConfigParams'],
  'livechat/department': ['isGETLivechatDepartmentProps'],
  'livechat/department/:id': ['isLivechatDepartmentIdProps'],
  'livechat/priorities': ['isGETLivechatPrioritiesParams'],
  'livechat/queue': ['isGETLivechatQueueParams'],
  'livechat/rooms': ['isGETLivechatRoomsParams'],
  'livechat/sla': ['isLivechatPrioritiesProps'],
  // The route of the server is livechat/users/:type.
  'livechat/users/agent': ['isLivechatUsersManagerGETProps'],
  'licenses.info': ['isLicensesInfoProps'],
  'voip/room': ['isVoipRoomProps'],
  'voip/rooms': ['isVoipRoomsProps'],
};
const FILES = ['omnichannel.js', 'voip.js', 'licenses.js'];

// A validator imports only enumerations from other packages of Rocket.Chat: any value stands for them.
const enumerations = {
  name: 'enumerations',
  setup(bundle) {
    // One stand-in for each importer: it has the names that this importer asks for.
    bundle.onResolve({ filter: /^@rocket\.chat\// }, ({ importer }) => ({ path: importer, namespace: 'enumerations' }));
    bundle.onLoad({ filter: /.*/, namespace: 'enumerations' }, ({ path }) => {
      const imports = readFileSync(path, 'utf8').matchAll(/import \{([^}]*)\} from '@rocket\.chat\//g);
      const names = [...imports].flatMap(([, list]) => list.split(','));
      return { contents: names.map((name) => `export const ${name.trim()} = { ANY: 'any' };`).join('\n') };
    });
  },
};

// The validators of a release by name.
async function validators(release, folder) {
  const files = FILES.map((name) => join(folder, name)).filter(existsSync);
  const outfile = join(folder, `bundle-${process.pid}.cjs`);
  await build({
    stdin: { contents: files.map((file) => `export * from ${JSON.stringify(file)};`).join('\n'), resolveDir: here },
    bundle: true, platform: 'node', format: 'cjs', outfile, plugins: [enumerations], logLevel: 'error', nodePaths: [join(here, 'node_modules')],
  });
  try {
    return require(outfile);
  } finally {
    rmSync(outfile);
  }
}

// The route of a path: one department has its id in it.
const route = (path) => path.replace(/^\/api\/(v1\/)?/, '').replace(/^(livechat\/department)\/.+/, '$1/:id');

// The validator of a route, of the names that this release has.
const validator = (known, path) => VALIDATORS[route(path)]?.map((name) => known[name]).find(Boolean);

const [requestsFile, folder] = process.argv.slice(2).map((path) => resolve(path));
let refused = 0;
for (const [release, requests] of Object.entries(JSON.parse(readFileSync(requestsFile, 'utf8')))) {
  const root = unpacked(join(folder, release), PACKAGE, release);
  if (!root) {
    console.log(`${release}: npm has no ${PACKAGE}: not validated`);
    continue;
  }
  const known = await validators(release, join(root, 'dist', 'v1'));
  const unchecked = new Set();
  const accepted = {};
  for (const [path, query] of requests) {
    const validate = validator(known, path);
    if (!validate) {
      unchecked.add(route(path));
    } else if (validate(qs.parse(query))) {
      accepted[route(path)] = (accepted[route(path)] ?? 0) + 1;
    } else {
      refused += 1;
      const reasons = validate.errors.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
      console.error(`${release} refuses ${path}?${decodeURIComponent(query)}: ${reasons.join('; ')}`);
    }
  }
  const counts = Object.entries(accepted).sort().map(([name, count]) => `${name} ${count}`);
  console.log(`${release}: accepted ${counts.join(', ')}; no validator for ${[...unchecked].sort().join(', ')}`);
}
process.exitCode = refused ? 1 : 0;
