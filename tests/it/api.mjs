// An API of Rocket.Chat without chats, served by Node's own server: node api.mjs OPTIONS. The options are those of
// http.createServer or, with `cert`, of https.createServer; keys of certificates name files. `busy` is for how many ms it
// does nothing else after each answer. Prints its address.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const { host = 'localhost', keepAliveTimeout, busy, ...options } = JSON.parse(process.argv[2]);
for (const file of ['cert', 'key', 'ca']) {
  if (options[file]) options[file] = readFileSync(options[file]);
}
const body = JSON.stringify({
  rooms: [], queue: [], departments: [], users: [], count: 0, offset: 0, total: 0, success: true,
  _id: 'rbAXPnMktTFbNpwtJ', version: '8.1.0',
});
const answer = (_, response) => {
  response.setHeader('content-type', 'application/json').end(body);
  if (busy) setImmediate(() => { for (const begun = Date.now(); Date.now() - begun < busy;); });
};
const server = options.cert ? https.createServer(options, answer) : http.createServer(options, answer);
if (keepAliveTimeout !== undefined) {
  // Node keeps connections for a second longer; since 24.6 it can be told not to.
  server.keepAliveTimeout = keepAliveTimeout;
  server.keepAliveTimeoutBuffer = 0;
}
server.listen(0, '127.0.0.1', () => {
  console.log(`${options.cert ? 'https' : 'http'}://${host}:${server.address().port}`);
});
