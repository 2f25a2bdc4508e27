//! Events that are rare in a workspace that runs by itself: chats that end without an answer, and holds.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, ChatState, RoomCloser};

/// Minutes between two chats without an answer.
const EVERY_MINUTES: u64 = 10;

/// The party that ends a chat.
#[derive(Debug, Clone, Copy)]
enum By {
    Visitor,
    Agent,
    Server,
}

/// A chat without an answer: the seconds for which it waits for an agent, true if an agent takes it then, and who ends it.
type Unanswered = (u64, bool, By);

const UNANSWERED: [Unanswered; 7] = [
    (2, false, By::Visitor),
    (20, false, By::Visitor),
    (10, false, By::Agent),
    (10, false, By::Server),
    (3, true, By::Visitor),
    (3, true, By::Agent),
    (3, true, By::Server),
];

/// The rare events of this minute. They need less than a minute, by which the clock of the workspace moves.
pub fn happen(world: &mut World, minute: u64) {
    if minute % EVERY_MINUTES == EVERY_MINUTES / 2 {
        hold_one(world);
    }
    if minute.is_multiple_of(EVERY_MINUTES) {
        let number = usize::try_from(minute / EVERY_MINUTES).unwrap();
        leave_unanswered(world, UNANSWERED[number % UNANSWERED.len()]);
    }
}

fn leave_unanswered(world: &mut World, (waits, is_taken, by): Unanswered) {
    let departments: Vec<_> = world.departments.keys().cloned().collect();
    let room = world.arrive(departments.first().map(String::as_str), Channel::Widget);
    world.advance(Duration::from_secs(waits));
    if is_taken {
        let agent = world.agents.keys().next().unwrap().clone();
        assert!(world.assign(&room, &agent));
        world.advance(Duration::from_secs(waits));
    }
    let is_closed = match by {
        By::Visitor => world.close(&room, RoomCloser::Visitor),
        By::Agent => world.close(&room, RoomCloser::User),
        By::Server => world.close_automatically(&room),
    };
    assert!(is_closed);
}

/// Puts a chat that was answered on hold, if there is one. Its agent or the server ends the hold later.
fn hold_one(world: &mut World) {
    let answered = world.chats(ChatState::InProgress).find(|room| room.answered_at.is_some());
    if let Some(room) = answered.map(|room| room.id.clone()) {
        assert!(world.hold(&room));
    }
}
