#!/usr/bin/env node
// Plays one recorded timeline of Rocket.Chat documents and answers the REST API over them, as that release does.
// The documents were recorded from Rocket.Chat's own server code; this program is ours and holds none of it.
//
//   node replay.mjs 8.6.1-life-a.json.gz [--port 3900]
//
// All dates of the timeline are moved so that its start is the moment this program starts; each change of a document comes
// at its own time. Needs Node 18.3 or newer and nothing else.
//   --at MS            stands still at this moment of the timeline, with the dates as they were recorded
//   --from MS          starts at this moment of the timeline instead of 0
//   --upper-count N    API_Upper_Count_Limit (100)
//   --no-limit         no rate limiter, whatever the timeline says
//   --permissions a,b  the permissions of the user, instead of those of the timeline
//   --user ID --token TOKEN
// GET /__replay tells where the timeline stands, which requests came, which were refused, and the longest time between two
// readings of each list of chats.
import http from 'node:http';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { parseArgs } from 'node:util';

const { values: arg, positionals } = parseArgs({ allowPositionals: true, options: {
  port: { type: 'string', default: '3900' }, at: { type: 'string' }, from: { type: 'string', default: '0' }, 'upper-count': { type: 'string', default: '100' },
  'no-limit': { type: 'boolean', default: false }, permissions: { type: 'string' }, user: { type: 'string', default: 'replayUserId00001' }, token: { type: 'string', default: 'replay-token-' + 'x'.repeat(30) } } });
if (positionals.length !== 1) { console.error('replay.mjs TIMELINE.json.gz [--port 3900] …: see the head of the file'); process.exit(2); }
const raw = fs.readFileSync(positionals[0]);
const T = JSON.parse(raw[0] === 0x1f && raw[1] === 0x8b ? zlib.gunzipSync(raw) : raw);
if (T.format !== 1) { console.error('not a timeline of format 1'); process.exit(2); }
const [MAJ, MIN] = T.version.split('.').map(Number);
const since = (maj, min = 0) => MAJ > maj || (MAJ === maj && MIN >= min);
const UPPER = Number(arg['upper-count']), DEFAULT = 50;
const permissions = new Set(arg.permissions !== undefined ? arg.permissions.split(',') : T.server.permissions);
const may = (p) => permissions.has(p);

// ---- the documents

const db = { rooms: new Map(), voip_rooms: new Map(), users: new Map(), departments: new Map(), department_agents: new Map() };
const frozen = arg.at !== undefined;
const t0 = Date.now() - Number(arg.from), shift = frozen ? 0 : t0 - T.start;
const clock = () => frozen ? Number(arg.at) : Date.now() - t0;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const moved = (x) => typeof x === 'string' ? (shift && DATE.test(x) ? new Date(Date.parse(x) + shift).toISOString() : x)
  : Array.isArray(x) ? x.map(moved) : x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, moved(v)])) : x;
let next = 0;
function advance() {
  const now = clock();
  for (; next < T.steps.length && T.steps[next].at <= now; next++) {
    const s = T.steps[next];
    for (const [c, ids] of Object.entries(s.remove ?? {})) for (const id of ids) db[c].delete(id);
    for (const [c, docs] of Object.entries(s.set ?? {})) for (const d of docs) db[c].set(d._id, moved(d));
  }
}

// ---- what all routes share

class Refused extends Error { constructor(status, body) { super(JSON.stringify(body)); this.status = status; this.body = body; } }
const failure = (error, errorType, details) => new Refused(400, { success: false, error: errorType ? `${error} [${errorType}]` : error, ...(errorType && { errorType }), ...(details && { details }) });
const invalid = (text) => failure(text, 'invalid-params');
const unauthorized = () => new Refused(403, { success: false, error: 'unauthorized' });
const noPermission = () => new Refused(403, { success: false, error: 'User does not have the permissions required for this action [error-unauthorized]' });

/** a=1&b[]=2&b[]=3&c[d]=4 */
function parseQuery(text) {
  const out = {};
  for (const part of text.split('&')) {
    if (!part) continue;
    const i = part.indexOf('='); const dec = (x) => decodeURIComponent(x.replace(/\+/g, ' '));
    const key = dec(i < 0 ? part : part.slice(0, i)), value = i < 0 ? '' : dec(part.slice(i + 1));
    const m = /^([^[]+)\[([^\]]*)\]$/.exec(key);
    if (m && m[2] === '') out[m[1]] = [].concat(out[m[1]] ?? [], value);
    else if (m) out[m[1]] = { ...(typeof out[m[1]] === 'object' ? out[m[1]] : {}), [m[2]]: value };
    else out[key] = key in out ? [].concat(out[key], value) : value;
  }
  return out;
}

// The kinds of parameters: n number, s text, b boolean, a list of texts, f text or boolean, d department (text or, from 7.7, a list)
const PAGE = { count: 'n', offset: 'n', sort: 's', query: 's' };
const ROOMS = { ...PAGE, fields: 's', createdAt: 's', customFields: 's', closedAt: 's', agents: 'a', roomName: 's', departmentId: since(7, 7) ? 'd' : 's', open: 'f', onhold: 'f', tags: 'a', ...(since(6, 11) && { queued: 'f' }), ...(since(7, 7) && { units: 'a' }) };
const QUEUE = { count: 'n', offset: 'n', sort: 's', agentId: 's', departmentId: 's', includeOfflineAgents: 's' };
const DEPARTMENTS = { ...PAGE, text: 's', onlyMyDepartments: ['true', 'false'], enabled: 's', excludeDepartmentId: 's', showArchived: 's' };
const USERS = { ...PAGE, fields: 's', text: 's', onlyAvailable: 'b', excludeId: 's', showIdleAgents: 'b' };
const MEMBERS = { count: 'n', offset: 'n', sort: 's' };
const VOIP = { ...PAGE, agents: 'a', open: ['true', 'false'], createdAt: 's', closedAt: 's', tags: 'a', queue: 's', visitorId: 's', direction: ['inbound', 'outbound'], roomName: 's' };
/** Judges the query as the validator of the release does and turns texts into numbers, booleans and lists as it does. */
function judge(q, spec) {
  for (const k of Object.keys(q)) if (!(k in spec)) throw invalid('must NOT have additional properties');
  const out = { ...q };
  for (const [k, v] of Object.entries(q)) {
    const kind = spec[k];
    if (kind === 'n') { if (v === '') out[k] = null; else if (typeof v === 'string' && v == +v) out[k] = +v; else throw invalid('must be number'); }
    else if (kind === 'b') { if (v === '') out[k] = null; else if (v === 'true' || v === 'false') out[k] = v === 'true'; else throw invalid('must be boolean'); }
    else if (kind === 'a') { if (Array.isArray(v)) continue; if (since(8) && typeof v === 'string') out[k] = [v]; else if (v === '') out[k] = null; else throw invalid('must be array'); }
    else if (kind === 'd') { if (typeof v === 'string') out[k] = since(8) ? [v] : v; else if (!Array.isArray(v)) throw invalid(`must be string\n must be array\n must match ${since(8) ? 'a schema in anyOf' : 'exactly one schema in oneOf'}`); }
    else if (Array.isArray(kind)) { if (typeof v !== 'string') throw invalid('must be string'); if (!kind.includes(v)) throw invalid('must be equal to one of the allowed values'); }
    else if (typeof v !== 'string') throw invalid('must be string');
  }
  return out;
}
function paging(q) {
  const offset = q.offset ? parseInt(q.offset, 10) : 0;
  let count = q.count === undefined || q.count === null ? DEFAULT : parseInt(q.count || 0, 10);
  if (count > UPPER) count = UPPER;
  return { offset, count };
}
function sorting(q, otherwise) {
  if (typeof q.sort !== 'string' || (q.sort === '' && !since(8))) return otherwise;
  let s; try { s = JSON.parse(q.sort); if (Object.values(s).some((v) => v !== 1 && v !== -1)) throw 0; } catch {
    if (MAJ === 7) throw failure("Cannot read properties of undefined (reading 'warn')"); // no logger in its context
    throw unreadable('sort', q.sort);
  }
  return s;
}
const unreadable = (name, text) => failure(`Invalid ${name} parameter provided: "${text}"`, `error-invalid-${name}`, { helperMethod: 'parseJsonQuery' });
/** sort, and before 7.0 also fields and query: read, and then of no use to these routes */
function parsed(q, otherwise) {
  const sort = sorting(q, otherwise);
  if (!since(7)) for (const k of ['fields', 'query']) if (typeof q[k] === 'string' && q[k] !== '') { try { const v = JSON.parse(q[k]); if (k === 'fields' && Object.values(v).some((x) => x !== 0 && x !== 1)) throw 0; } catch { throw unreadable(k, q[k]); } }
  return sort;
}
const value = (o, path) => path.split('.').reduce((v, p) => v === undefined || v === null ? undefined : v[p], o);
/** MongoDB's order for what occurs here: missing first, then numbers, texts (and dates, as ISO text), booleans */
const rank = (x) => x === undefined || x === null ? 0 : typeof x === 'number' ? 1 : typeof x === 'string' ? 2 : typeof x === 'object' ? 3 : 4;
const order = (spec) => (a, b) => { for (const [k, dir] of Object.entries(spec)) { const x = value(a, k), y = value(b, k); const r = rank(x) - rank(y); if (r) return r < 0 ? -dir : dir; if (rank(x) === 0 || x === y) continue; return x < y ? -dir : dir; } return 0; };
function page(rows, { offset, count }) {
  if (offset < 0) throw failure(`BSON field 'skip' value must be >= 0, actual value '${offset}'`);
  return count ? rows.slice(offset, offset + Math.abs(count)) : rows.slice(offset); // 0: all of them; a negative one is the driver's
}
const like = (text) => { const t = text.toLowerCase(); return (x) => typeof x === 'string' && x.toLowerCase().includes(t); };
function dates(name, text) {
  if (!text) return undefined;
  let d; try { d = JSON.parse(text); } catch (e) { throw failure(e.message); }
  for (const k of ['start', 'end']) if (d?.[k] && isNaN(Date.parse(d[k]))) throw failure(`The "${name}.${k}" query parameter must be a valid date.`);
  return d;
}
/** Both ends are inclusive. A range with neither end matches nothing: the query becomes { closedAt: {} } */
const inside = (x, d) => !!(d.start || d.end) && typeof x === 'string' && (!d.start || Date.parse(x) >= Date.parse(d.start)) && (!d.end || Date.parse(x) <= Date.parse(d.end));

// ---- the routes

const yes = (x) => ['t', 'true', '1'].includes(String(x));
function rooms(q) {
  const p = paging(q); if (!p.offset) noteReading(q); const sort = parsed(q, { ts: -1 });
  const created = dates('createdAt', q.createdAt), closed = dates('closedAt', q.closedAt);
  if (!may('view-livechat-rooms') && !(may('view-l-room') && q.agents?.length === 1 && q.agents[0] === arg.user)) throw unauthorized();
  let custom;
  if (q.customFields) { try { custom = JSON.parse(q.customFields); if (typeof custom !== 'object' || Array.isArray(custom) || custom === null) throw 0; } catch { throw failure('The "customFields" query parameter must be a valid JSON.'); } }
  const open = q.open === 'true' || q.open === true ? true : q.open === 'false' || q.open === false ? false : undefined; // other texts are ignored
  const queued = yes(q.queued), onhold = yes(q.onhold);
  const deps = q.departmentId && q.departmentId !== 'undefined' ? [].concat(q.departmentId) : undefined;
  const exact = since(7) && q.roomName?.length > 1 && q.roomName.startsWith('"') && q.roomName.endsWith('"'); const named = q.roomName && (exact ? (x) => x === q.roomName.slice(1, -1) : like(q.roomName));
  const all = [...db.rooms.values()].filter((r) => {
    if (q.agents && !q.agents.includes(r.servedBy?._id) && !(!since(7) && q.agents.includes(r.servedBy?.username))) return false;
    if (named && !named(r.fname)) return false;
    if (deps && !deps.includes(r.departmentId)) return false;
    if (q.tags && !(r.tags ?? []).some((t) => q.tags.includes(t))) return false;
    if (MAJ === 7 && q.units?.length && !(r.departmentAncestors ?? []).some((u) => q.units.includes(u))) return false;
    if (created && !inside(r.ts, created)) return false;
    if (closed && !inside(r.closedAt, closed)) return false;
    if (custom && Object.entries(custom).some(([k, v]) => !new RegExp(v, 'i').test(r.livechatData?.[k] ?? ''))) return false;
    if (queued) return r.open === true && !r.servedBy && r.onHold !== true; // wins over open and onhold
    if (open !== undefined) { if (('open' in r) !== open) return false; if (open && since(6, 11) && !r.servedBy) return false; }
    if (onhold) return r.onHold === true;
    return open === undefined || r.onHold !== true;
  }).sort(order(sort));
  const rows = page(all, p).map((r) => { const d = r.departmentId && db.departments.get(r.departmentId); return d ? { ...r, department: { _id: d._id, name: d.name } } : r; });
  return { rooms: rows, count: rows.length, offset: p.offset, total: all.length };
}
function queue(q) {
  const p = paging(q); const sort = parsed(q, { chats: -1 }); const offline = q.includeOfflineAgents === 'true';
  const groups = new Map();
  for (const r of db.rooms.values()) {
    if (r.open !== true || !r.servedBy || (q.departmentId && q.departmentId !== 'undefined' && r.departmentId !== q.departmentId)) continue;
    const u = db.users.get(r.servedBy._id);
    if (since(6, 12) && !u) continue; // a deleted user is left out since 6.12
    if (q.agentId && u?._id !== q.agentId) continue;
    if (!offline && (u?.status === 'offline' || u?.statusLivechat !== 'available')) continue;
    const d = r.departmentId === undefined ? undefined : db.departments.get(r.departmentId); const key = JSON.stringify([u?._id, r.departmentId]);
    let g = groups.get(key);
    if (!g) groups.set(key, g = { chats: 0, user: u ? { _id: u._id, username: u.username, status: u.status } : {},
      department: since(6, 12) ? { ...(r.departmentId !== undefined && { _id: r.departmentId }), ...(d && { name: d.name }) } : { _id: r.departmentId ?? null, name: d?.name ?? null } });
    g.chats += 1;
  }
  const all = [...groups.values()].sort(order(sort)), rows = page(all, p);
  return { queue: rows, count: rows.length, offset: p.offset, total: all.length };
}
function departments(q, archived = false) {
  const p = paging(q); const sort = parsed(q, { name: 1 }); const named = q.text && like(q.text);
  const all = [...db.departments.values()].filter((d) => (d.type === undefined || d.type === 'd') && (archived ? d.archived === true : q.showArchived === 'true' || d.archived !== true) && (archived || q.enabled !== 'true' || d.enabled === true) && (!named || named(d.name)) && (!q.excludeDepartmentId || d._id !== q.excludeDepartmentId)).sort(order(sort));
  const rows = page(all, p); return { departments: rows, count: rows.length, offset: p.offset, total: all.length };
}
const membersOf = (id) => [...db.department_agents.values()].filter((a) => a.departmentId === id);
function department(q, id) { // not judged by a validator; the agents only for who may view departments
  const agents = may('view-livechat-departments') && (q.includeAgents === undefined || q.includeAgents === 'true');
  return { department: db.departments.get(id) ?? null, ...(agents && { agents: membersOf(id) }) };
}
function members(q, id) {
  const p = paging(q); const all = membersOf(id).sort(order(parsed(q, { username: 1 }))); const rows = page(all, p);
  return { agents: rows, count: rows.length, offset: p.offset, total: all.length };
}
function users(q, type) {
  const p = paging(q); const sort = parsed(q, { name: 1 });
  if (type === 'agent') { if (!may('transfer-livechat-guest') && !may('edit-omnichannel-contact')) throw unauthorized(); } else if (type === 'manager') { if (!may('view-livechat-manager')) throw unauthorized(); } else throw failure('Invalid type');
  const named = q.text && like(q.text); const bot = (u) => (u.roles ?? []).includes('bot');
  const all = [...db.users.values()].filter((u) => (u.roles ?? []).includes('livechat-' + type) && (!named || named(u.username) || named(u.name) || (u.emails ?? []).some((e) => named(e.address)))
    && (type !== 'agent' || ((!q.onlyAvailable || u.statusLivechat === 'available') && (!q.excludeId || u._id !== q.excludeId) && (q.showIdleAgents === undefined || q.showIdleAgents === true || bot(u) || (u.status !== undefined && u.status !== 'offline')))))
    .map((u) => ({ _id: u._id, username: u.username, status: u.status, statusLivechat: u.statusLivechat, name: u.name, emails: u.emails, livechat: u.livechat, departments: [...db.department_agents.values()].filter((a) => a.agentId === u._id).map((a) => a.departmentId) })).sort(order(sort));
  if (!p.count) throw failure("Each element of the 'pipeline' array must be an object"); // count=0 leaves a number in the pipeline: refused (the wording is MongoDB's)
  const rows = page(all, p); return { users: rows, count: rows.length, offset: p.offset, total: all.length };
}
function voip(q) {
  const p = paging(q); const sort = parsed(q, { ts: -1 });
  if (!may('view-livechat-rooms') && !(may('view-l-room') && q.agents?.length === 1 && q.agents[0] === arg.user)) throw unauthorized();
  const open = q.open === 'true'; const named = q.roomName && like(q.roomName);
  const all = [...db.voip_rooms.values()].filter((r) => ('open' in r) === open && (!q.visitorId || q.visitorId === 'undefined' || r.v?._id === q.visitorId) && (!q.agents || q.agents.includes(r.servedBy?._id) || q.agents.includes(r.servedBy?.username))
    && !q.createdAt && !q.closedAt // these two are read as plain text, never as a range: with either of them nothing matches
    && (!q.tags || (r.tags ?? []).some((t) => q.tags.includes(t))) && (!q.queue || r.queue === q.queue) && (!q.direction || r.direction === q.direction) && (!named || named(r.name))).sort(order(sort));
  const rows = page(all, p); return { rooms: rows, count: rows.length, total: all.length, offset: p.offset };
}
const me = () => ({ _id: arg.user, username: 'prometheus', name: 'Prometheus', active: true, status: 'offline', roles: ['exporter'], settings: { profile: {}, preferences: {} }, isOAuthUser: false });

const DEPS = ['view-livechat-departments', 'view-l-room'];
/** [name, parameters, answer, permissions of which one is needed] */
function route(path) {
  let m;
  if (path === 'me') return ['me', undefined, me];
  if (path === 'livechat/rooms') return [path, ROOMS, rooms];
  if (path === 'livechat/queue') return [path, QUEUE, queue, ['view-l-room']];
  if (path === 'livechat/department') return [path, DEPARTMENTS, departments, DEPS];
  if (path === 'livechat/departments/archived') return [path, DEPARTMENTS, (q) => departments(q, true), DEPS];
  if ((m = /^livechat\/department\/([^/]+)$/.exec(path))) return ['livechat/department/:_id', undefined, (q) => department(q, m[1]), DEPS];
  if ((m = /^livechat\/department\/([^/]+)\/agents$/.exec(path))) return ['livechat/department/:_id/agents', since(7) ? MEMBERS : undefined, (q) => members(q, m[1]), DEPS];
  if ((m = /^livechat\/users\/([^/]+)$/.exec(path))) return ['livechat/users/:type', USERS, (q) => users(q, m[1])];
  if (path === 'voip/rooms' && !since(8)) return [path, VOIP, voip];
  return undefined;
}

// ---- the server

const LIMIT = 10, WINDOW = 60000; const buckets = new Map(); const stats = { requests: {}, refused: [], throttled: 0 };
function limited(name, res) { // 7.6 to 7.x: the rule is looked up under another name than it was made, so that nothing is limited
  if (arg['no-limit'] || !T.server.rate_limit || may('api-bypass-rate-limit') || (MAJ === 7 && MIN >= 6)) return;
  const now = Date.now(); let b = buckets.get(name); if (!b || now - b.since > WINDOW) buckets.set(name, b = { n: 0, since: now });
  b.n += 1; res.setHeader('X-RateLimit-Limit', LIMIT); res.setHeader('X-RateLimit-Remaining', Math.max(0, LIMIT - b.n)); res.setHeader('X-RateLimit-Reset', b.since + WINDOW);
  if (b.n > LIMIT) { stats.throttled += 1; throw new Refused(429, { success: false, error: `Error, too many requests. Please slow down. You must wait ${Math.ceil((b.since + WINDOW - now) / 1000)} seconds before trying this endpoint again. [error-too-many-requests]` }); }
}
function send(res, status, body) { res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }); res.end(JSON.stringify(body)); }
function html(res) { res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }); res.end('<!DOCTYPE html><html><head></head><body>Rocket.Chat</body></html>'); }
/** A change between two readings of a list may never be seen */
const readings = new Map();
const pause = (r, now) => Math.max(r.longest, now - r.last);
function noteReading(q) {
  const now = Date.now(), list = `open=${q.open} queued=${q.queued} onhold=${q.onhold}`, r = readings.get(list);
  readings.set(list, { last: now, longest: r ? pause(r, now) : 0 });
}
const pauses = () => Object.fromEntries([...readings].map(([list, r]) => [list, pause(r, Date.now())]));
function answer(req, res) {
  const [path, text = ''] = req.url.split('?'); advance();
  if (path === '/__replay') return send(res, 200, { version: T.version, name: T.name, at: clock(), length: T.length, steps: T.steps.length, applied: next, shift, pauses: pauses(), ...stats });
  if (path === '/api/info') return send(res, 200, { version: `${MAJ}.${MIN}`, minimumClientVersions: {}, success: true });
  const m = /^\/api\/v1\/(.*)$/.exec(path); const r = m && route(since(7) ? decodeURIComponent(m[1]) : decodeURIComponent(m[1]).replace(/\/$/, ''));
  if (!r) { if (!path.startsWith('/api/') || !since(7)) return html(res); res.writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' }); return res.end('404 Not Found'); }
  const [name, spec, handle, needs] = r; stats.requests[name] = (stats.requests[name] ?? 0) + 1;
  try {
    const text401 = 'You must be logged in to do this.';
    if (req.headers['x-auth-token'] !== arg.token || req.headers['x-user-id'] !== arg.user) throw new Refused(401, { ...(since(7) && { success: false, error: text401 }), status: 'error', message: text401 });
    const allowed = () => { if (needs && !needs.some(may)) throw noPermission(); };
    if (since(8)) allowed(); // the order of the three differs
    limited(name, res);
    let q = parseQuery(text); if (spec) q = judge(q, spec);
    if (!since(8)) allowed();
    return send(res, 200, { ...handle(q), success: true });
  } catch (e) {
    if (!(e instanceof Refused)) { console.error(e); return send(res, 500, { success: false, error: String(e) }); }
    if (e.status === 400 || e.status === 403) stats.refused.push(`${e.status} ${decodeURIComponent(req.url)} ${e.message}`.slice(0, 400));
    if (!since(7, 4) && (e.status === 401 || e.status === 403)) return setTimeout(() => send(res, e.status, e.body), 500 + Math.random() * 500); // these answers come late before 7.4
    return send(res, e.status, e.body);
  }
}
const server = http.createServer((req, res) => { req.resume(); req.on('end', () => answer(req, res)); });
server.keepAliveTimeout = 65000; // a real one closes idle connections after 5 s: not what a timeline is about
server.listen(Number(arg.port), '127.0.0.1', () => console.log(`Rocket.Chat ${T.version}, ${T.name}, on http://127.0.0.1:${server.address().port} user ${arg.user} token ${arg.token}`));
