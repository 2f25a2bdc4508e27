//! Closes that commit late: the API's view while a transaction runs.
//!
//! A close sets `closedAt` when it begins and becomes visible when it commits. Until then every list of the API shows
//! the chat as before, open and unchanged. The fields of the world are the truth; the endpoints read
//! [`World::shown_rooms`].

use std::time::Duration;

use super::World;
use super::room::{Room, RoomCloser};

impl World {
    /// Closes a chat. The API shows the close only after the time `by` and shows the old chat until then. False if
    /// the chat is not open. As with a transaction, `_updatedAt` then is the time of the close, not of the commit.
    pub fn delay_close(&mut self, room: &str, closer: RoomCloser, by: Duration) -> bool {
        let before = self.rooms.get(room).cloned();
        let is_closed = self.close(room, closer);
        if let Some(before) = before.filter(|_| is_closed) {
            self.uncommitted_closes.expire(self.now());
            self.uncommitted_closes.0.insert(room.to_owned(), (self.now() + by, before));
        }
        is_closed
    }

    /// The chats as the API shows them. A chat whose close has not yet committed appears as before the close.
    pub fn shown_rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms
            .values()
            .map(|room| self.uncommitted_closes.state_before(&room.id, self.now()).unwrap_or(room))
    }

    /// The chats that the API shows as open, ordered by id.
    pub fn shown_open_rooms(&self) -> impl Iterator<Item = &Room> {
        let rooms: Box<dyn Iterator<Item = &Room>> = if self.uncommitted_closes.0.is_empty() {
            Box::new(self.open_rooms())
        } else {
            Box::new(self.shown_rooms())
        };
        rooms.filter(|room| room.open)
    }

    /// True if the API shows the chat as closed.
    pub(super) fn is_shown_closed(&self, room: &str) -> bool {
        let is_veiled = self.uncommitted_closes.state_before(room, self.now()).is_some();
        !is_veiled && self.rooms.get(room).is_some_and(|chat| !chat.open)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::tests::{NEW, served, world};
    use super::super::{Channel, ChatState};
    use super::*;

    const LATE: Duration = Duration::from_secs(30);

    fn shown(world: &World, room: &str) -> Room {
        world.shown_rooms().find(|shown| shown.id == room).unwrap().clone()
    }

    #[test]
    fn a_close_that_commits_late_shows_the_chat_as_it_was_until_then() {
        let mut world = world(NEW);
        let (late, prompt) = (served(&mut world), served(&mut world));
        let before = world.rooms[&late].clone();
        assert!(world.delay_close(&late, RoomCloser::User, LATE));
        let closed_at = world.now();
        assert_eq!(world.rooms[&late].closed_at, Some(closed_at));
        world.close(&prompt, RoomCloser::User);
        assert_eq!(shown(&world, &prompt).state(), ChatState::Closed);
        assert_eq!(shown(&world, &late), before);
        world.advance(Duration::from_millis(29_998));
        assert_eq!(shown(&world, &late), before, "one millisecond too early");
        world.advance(Duration::from_millis(1));
        assert_eq!(shown(&world, &late), world.rooms[&late]);
        assert_eq!(shown(&world, &late).closed_at, Some(closed_at));
        assert_eq!(
            shown(&world, &late).updated_at,
            closed_at,
            "the write is older than its commit"
        );
    }

    #[test]
    fn a_chat_whose_close_is_under_way_takes_nothing_more() {
        let mut world = world(NEW);
        let room = served(&mut world);
        world.delay_close(&room, RoomCloser::User, LATE);
        assert!(
            !world.reply(&room) && !world.reopen(&room) && !world.close(&room, RoomCloser::User)
        );
        assert!(!world.delay_close(&room, RoomCloser::User, LATE));
        world.advance(LATE);
        assert!(world.reopen(&room), "it is closed by then");
        assert_eq!(shown(&world, &room).state(), ChatState::Queued);
    }

    #[test]
    fn a_clock_that_is_put_on_commits_nothing_earlier() {
        let mut world = world(NEW);
        let room = world.arrive(None, Channel::Widget);
        world.delay_close(&room, RoomCloser::Visitor, LATE);
        world.shift_clock(SignedDuration::from_hours(1));
        assert!(shown(&world, &room).open);
        world.advance(LATE);
        assert!(!shown(&world, &room).open);
    }

    #[test]
    fn a_clock_that_is_put_jumps_and_life_goes_on() {
        for hours in [1, -1] {
            let mut world = world(NEW);
            world.live(Duration::from_secs(600));
            let before = (world.now(), world.rooms.len());
            world.shift_clock(SignedDuration::from_hours(hours));
            assert_eq!(world.now(), before.0 + SignedDuration::from_hours(hours));
            world.live(Duration::from_secs(600));
            assert!(world.rooms.len() > before.1 + 20, "{} after {before:?}", world.rooms.len());
            assert_eq!(world.lived_until(), before.0 + Duration::from_secs(600));
        }
    }

    #[test]
    fn chats_can_end_in_the_same_millisecond() {
        let mut world = world(NEW);
        let rooms: Vec<String> = (0..3).map(|_| served(&mut world)).collect();
        assert_eq!(world.close_together(&rooms, RoomCloser::User), 3);
        let ends: Vec<_> = rooms.iter().map(|room| world.rooms[room].closed_at).collect();
        assert_eq!(ends, [Some(world.now()); 3]);
        assert_eq!(world.close_together(&rooms, RoomCloser::User), 0);
    }
}
