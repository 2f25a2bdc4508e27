// The types of the answers, and the differences between the server's code and its types that are known.

// The types of records by the field of the answer that has them, for the routes and the releases of which npm has no
// type of an answer.
export const RECORDS = {
  'livechat/rooms': { rooms: 'IOmnichannelRoom[]' },
  'livechat/users/agent': { users: 'ILivechatAgent[]' },
  'livechat/department': { departments: 'ILivechatDepartment[]' },
  'livechat/department/:id': { agents: 'ILivechatDepartmentAgents[]' },
  'livechat/business-hour': { businessHour: 'ILivechatBusinessHour' },
  'livechat/business-hours': { businessHours: 'ILivechatBusinessHour[]' },
  'livechat/priorities': { priorities: 'ILivechatPriority[]' },
  'livechat/sla': { sla: 'IOmnichannelServiceLevelAgreements[]' },
  'licenses.info': { license: 'LicenseInfo' },
  'voip/rooms': { rooms: 'IVoipRoom[]' },
  'voip/room': { room: 'IVoipRoom' },
};

// Fields that the server's code writes and its types lack or have as another kind, with the fields below them. Without
// `route`, of each route.
export const KNOWN = [
  { path: 'success', reason: 'API.v1.success adds it to the answer of each route; only the type of me has it' },
  { route: 'livechat/rooms', path: 'rooms[].metrics.response.fd', reason: 'the server writes a date, its types have a number or nothing' },
  { route: 'livechat/rooms', path: 'rooms[].metrics.reaction', reason: 'typed later than it was written' },
  { route: 'livechat/rooms', path: 'rooms[].department', reason: 'the list joins it; the record lacks it, the answer has it since 7.0' },
  { route: 'livechat/rooms', path: 'rooms[].verified', reason: 'rooms have it since 7.0' },
  { route: 'livechat/users/agent', path: 'users[].departments', reason: 'the list joins it since 6.4; the record lacks it' },
  { route: 'livechat/rooms', path: 'rooms[].v.name', reason: 'typed later than it was written' },
  { route: 'voip/rooms', path: 'rooms[].v.name', reason: 'typed later than it was written' },
  { route: 'voip/room', path: 'room.v.name', reason: 'typed later than it was written' },
];

// Routes of which some releases have no type at all.
export const UNTYPED = {
  'licenses.info': 'since 6.5',
  'voip/rooms': 'until 7.x',
  'voip/room': 'until 7.x',
};

// The names of two routes in the types.
const NAMES = { info: '/info', 'livechat/department/:id': '/v1/livechat/department/:_id' };

// TypeScript that exports the types of the answers by the numbers of their routes: Answer0 of `Endpoints`, Records0 of
// `types`. An answer that a release does not have is never, a record is of any type.
export function answers(routes, hasRecords) {
  const answer = (route, i) => `export type Answer${i} = Answer<${JSON.stringify(NAMES[route] ?? `/v1/${route}`)}>;`;
  const records = (route, i) =>
    Object.entries(RECORDS[route] ?? {}).map(([field, type]) => `export type Records${i} = { ${field}: types.${type}; total: any };`);
  return [
    'type Got<E> = E extends { GET: (...given: any[]) => infer R } ? R : never;',
    'type Answer<P extends string> = P extends keyof Endpoints ? Got<Endpoints[P]> : never;',
    ...routes.map(answer),
    ...(hasRecords ? routes.flatMap(records) : []),
  ].join('\n');
}
