//! Conditions of `docs/why-not-counted.md`: a chat or call is left out under the condition, and counted without it.

mod before_counting;
mod between_polls;
mod call_rows;
mod calls;
mod chat_rows;
mod filters;

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};

use crate::counts::{self, Counted};
use crate::watching::Watched;

/// Time between two polls.
const INTERVAL: Duration = Duration::from_secs(30);

/// A workspace in which nothing happens by itself, after its first poll.
async fn watched(settings: &SimulatorSettings) -> Watched {
    let mut watched = Watched::in_process(settings, |_| ());
    pass(&mut watched, INTERVAL).await;
    watched
}

/// Lets time pass, polls, and scrapes the resulting page.
async fn pass(watched: &mut Watched, time: Duration) -> Counted {
    tokio::time::advance(time).await;
    watched.simulator.world(|world| world.advance(time));
    counts::page(&watched.scraped().await)
}

/// Polls until everything that has happened is counted and shown.
async fn settle(watched: &mut Watched) -> Counted {
    for _ in 0..3 {
        pass(watched, INTERVAL).await;
    }
    pass(watched, INTERVAL).await
}

/// The sum of the series of this name that have these labels.
fn total(page: &Counted, name: &str, labels: &[(&str, &str)]) -> f64 {
    let named = page.iter().filter(|(series, _)| series.name == name);
    let labelled = named.filter(|(series, _)| {
        labels.iter().all(|(label, value)| series.labels.get(*label).is_some_and(|it| it == value))
    });
    labelled.map(|(_, value)| value).sum()
}

fn starts(page: &Counted) -> f64 {
    total(page, "chats_started_total", &[])
}

fn closes(page: &Counted) -> f64 {
    total(page, "chats_closed_total", &[])
}

/// The ids of the two agents.
fn agents(watched: &Watched) -> [String; 2] {
    let agents: Vec<String> =
        watched.simulator.world(|world| world.agents.keys().cloned().collect());
    agents.try_into().unwrap()
}

/// A new chat that waits.
fn arrived(watched: &Watched, department: Option<&str>) -> String {
    watched.simulator.world(|world| world.arrive(department, Channel::Widget))
}

/// Lets an agent take a waiting chat and answer it.
fn serve(watched: &Watched, chat: &str, agent: &str) {
    watched.simulator.world(|world| assert!(world.assign(chat, agent) && world.reply(chat)));
}

/// Lets the agent of a chat close it.
fn close(watched: &Watched, chat: &str) {
    watched.simulator.world(|world| assert!(world.close(chat, RoomCloser::User)));
}

/// Lets a chat begin, be answered and end.
fn whole_chat(watched: &Watched) {
    let [ada, _] = agents(watched);
    let chat = arrived(watched, None);
    serve(watched, &chat, &ada);
    close(watched, &chat);
}
