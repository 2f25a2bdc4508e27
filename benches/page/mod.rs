//! One page of `livechat/rooms`, byte for byte as the simulator sends the page.

use rocketchat_omnichannel_exporter::simulator::Simulator;

use crate::call_centre::{self, Size};

const PATH: &str = "/api/v1/livechat/rooms";

/// A page with this many open rooms. It is the same page each time.
pub(crate) fn of_rooms(rooms: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let size = Size { departments: 10, agents: 50, rooms: rooms * 2 };
    let settings = call_centre::settings(size);
    let login = [("x-auth-token", &settings.token), ("x-user-id", &settings.user_id)];
    let login = login.map(|(name, value)| (name.to_owned(), value.clone()));
    let simulator = Simulator::detached(settings);
    call_centre::populate(&simulator, size);
    let reply = simulator.answer("GET", PATH, &format!("open=true&count={rooms}"), &login);
    if reply.status != 200 {
        return Err(format!("the simulator refuses {PATH}: {}", reply.body).into());
    }
    Ok(reply.body.into_bytes())
}
