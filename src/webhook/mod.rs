//! The webhooks of Rocket.Chat's Omnichannel: a notice that a list has changed, so that its next poll comes earlier.
//!
//! A webhook is never a source of numbers. The server may lose it, repeat it or send it before its own write ends. Of
//! its body only the `type` is read. The module sends nothing and serves nothing.
//!
//! The server sends `POST` with a JSON object as the body and the secret token in `X-RocketChat-Livechat-Token`; without
//! a configured token it leaves the header out. The timeout is 5 s by default. Releases since PR 36793 repeat a request
//! after no answer, 429 and 5xx, up to five times; earlier releases repeat it after every answer except 200, up to ten
//! times, with pauses of 20 s, or 10 s before PR 28219. Releases before PR 36793 wait for the answer before they go on
//! with the chat. The server stores the body of the answer in the room (`saveCRMDataByRoomId`).
//! Source: `apps/meteor/app/livechat/server/lib/webhooks.ts`, `hooks/sendToCRM.ts`, `hooks/offlineMessage.ts`.

pub mod event_type;
pub mod nudges;
pub mod receiver;
