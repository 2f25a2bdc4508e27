//! Counting rules and their times, from the simulated workspace to the page, for cases that the model does not cover.

use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};

use crate::counts;
use crate::watching::{Numbers, Watched, quiet, series};

/// Time between two polls.
const INTERVAL: Duration = Duration::from_secs(30);

/// A workspace in which nothing happens by itself, after one poll and one scrape.
async fn watched(adjust: impl FnOnce(&mut Workspace)) -> Watched {
    let mut watched = Watched::in_process(&quiet(), adjust);
    pass(&mut watched, INTERVAL).await;
    watched
}

/// Lets time pass, polls, and scrapes the resulting page.
async fn pass(watched: &mut Watched, time: Duration) -> Numbers {
    tokio::time::advance(time).await;
    watched.simulator.world(|world| world.advance(time));
    let page = watched.poll().await;
    watched.mark_scraped();
    page
}

fn arrived(watched: &Watched) -> String {
    watched.simulator.world(|world| world.arrive(None, Channel::Widget))
}

fn agents(watched: &Watched) -> Vec<String> {
    watched.simulator.world(|world| world.agents.keys().cloned().collect())
}

fn closed(page: &Numbers) -> f64 {
    let labels = [
        ("department", "Public"),
        ("source", "widget"),
        ("closer", "agent"),
        ("outcome", "answered"),
    ];
    page[&series("chats_closed_total", &labels)]
}

fn verdicts(page: &Numbers, result: &str) -> f64 {
    page[&series("service_level_chats_total", &[("department", "Public"), ("result", result)])]
}

fn audited(page: &Numbers) -> Option<f64> {
    page.get(&series("exporter_audit_missing_chats", &[])).copied()
}

/// Closes this many answered chats at one instant.
fn close_together(watched: &Watched, chats: usize, agent: &str) {
    watched.simulator.world(|world| {
        let rooms = world.arrive_together(chats);
        world.advance(Duration::from_secs(1));
        for room in &rooms {
            assert!(world.assign(room, agent) && world.reply(room));
        }
        assert_eq!(world.close_together(&rooms, RoomCloser::User), chats);
    });
}

fn is_cut(page: &Numbers) -> bool {
    page[&series("exporter_truncated", &[("collector", "closed")])] == 1.0
}

#[tokio::test(start_paused = true)]
async fn more_chats_closed_at_one_instant_than_a_poll_reads_are_all_counted_and_so_are_later_ones()
{
    let mut watched = watched(|workspace| workspace.poll.max_pages = 2).await;
    let agent = agents(&watched).remove(0);
    close_together(&watched, 700, &agent);
    watched.simulator.world(|world| world.advance(Duration::from_secs(1)));
    close_together(&watched, 10, &agent);
    let (mut was_cut, mut page) = (false, Numbers::new());
    for poll in 0..40 {
        page = pass(&mut watched, INTERVAL).await;
        was_cut |= is_cut(&page);
        if poll == 5 {
            close_together(&watched, 1, &agent);
        }
    }
    assert_eq!((was_cut, closed(&page), is_cut(&page)), (true, 711.0, false));
}

#[tokio::test(start_paused = true)]
async fn a_start_amid_more_chats_closed_at_one_instant_than_a_poll_reads_counts_each_once() {
    let directory = tempfile::tempdir().unwrap();
    let simulator = Arc::new(Simulator::detached(quiet()));
    let start = || {
        let state = StateDirectory::open(directory.path(), LockMode::Alone).unwrap();
        let store = Store::new(Box::new(state.claim("acme").unwrap()));
        let cut = |workspace: &mut Workspace| workspace.poll.max_pages = 2;
        Watched::beside(Arc::clone(&simulator), &quiet(), cut, Some(store))
    };
    let mut watched = start();
    pass(&mut watched, INTERVAL).await;
    let agent = agents(&watched).remove(0);
    close_together(&watched, 700, &agent);
    for _ in 0..4 {
        pass(&mut watched, INTERVAL).await;
    }
    drop(watched);
    let (mut watched, mut page) = (start(), Numbers::new());
    close_together(&watched, 1, &agent);
    for _ in 0..40 {
        page = pass(&mut watched, INTERVAL).await;
    }
    assert_eq!((closed(&page), is_cut(&page)), (701.0, false));
}

/// Closes a chat after an hour; the close shows 40 minutes later.
fn close_late(watched: &Watched, chat: &str, agent: &str) {
    watched.simulator.world(|world| {
        assert!(world.assign(chat, agent) && world.reply(chat));
        world.advance(Duration::from_secs(3_600));
        assert!(world.delay_close(chat, RoomCloser::User, Duration::from_secs(40 * 60)));
    });
}

#[tokio::test(start_paused = true)]
async fn an_hour_that_is_read_again_ends_though_more_closed_in_it_than_a_poll_reads() {
    let mut watched = watched(|workspace| workspace.poll.max_pages = 2).await;
    let agent = agents(&watched).remove(0);
    let late = arrived(&watched);
    pass(&mut watched, INTERVAL).await;
    close_late(&watched, &late, &agent);
    for _ in 0..8 {
        close_together(&watched, 100, &agent);
        pass(&mut watched, INTERVAL).await;
    }
    let mut page = Numbers::new();
    for _ in 0..400 {
        page = pass(&mut watched, INTERVAL).await;
    }
    close_together(&watched, 5, &agent);
    for _ in 0..10 {
        page = pass(&mut watched, INTERVAL).await;
    }
    assert_eq!((closed(&page), audited(&page)), (806.0, Some(0.0)));
}

#[tokio::test(start_paused = true)]
async fn a_close_that_shows_too_late_for_every_overlap_is_found_by_the_audit() {
    let mut watched = watched(|_| ()).await;
    let agent = agents(&watched).remove(0);
    let late = arrived(&watched);
    pass(&mut watched, INTERVAL).await;
    close_late(&watched, &late, &agent);
    let (mut most_missing, mut page) = (0.0_f64, Numbers::new());
    for _ in 0..400 {
        page = pass(&mut watched, INTERVAL).await;
        most_missing = audited(&page).unwrap_or_default().max(most_missing);
    }
    assert_eq!(most_missing, 1.0, "the audit missed it");
    assert_eq!((closed(&page), audited(&page)), (1.0, Some(0.0)));
    let late = [("collector", "closed"), ("result", "late")];
    assert_eq!(page[&series("exporter_records_total", &late)], 1.0);
}

#[tokio::test(start_paused = true)]
async fn the_clock_runs_from_the_handover_by_a_bot_to_the_answer_of_a_person() {
    let bot = "helper";
    let mut watched = watched(|workspace| workspace.bots = [bot.to_owned()].into()).await;
    let person = agents(&watched).remove(0);
    watched.simulator.world(|world| world.add_agent("bot", bot, &[]));
    let [answered, neglected, kept] = [(); 3].map(|()| arrived(&watched));
    pass(&mut watched, Duration::from_secs(10)).await;
    watched.simulator.world(|world| {
        for chat in [&answered, &neglected, &kept] {
            assert!(world.assign(chat, "bot") && world.reply(chat));
        }
    });
    for _ in 0..6 {
        pass(&mut watched, INTERVAL).await;
    }
    let page = pass(&mut watched, INTERVAL).await;
    let verdicts_now =
        |page: &Numbers| ["met", "missed", "excluded"].map(|result| verdicts(page, result));
    assert_eq!(verdicts_now(&page), [0.0; 3], "longer than the threshold, all with the bot");
    watched.simulator.world(|world| {
        assert!(world.forward_to_agent(&answered, &person));
        assert!(world.forward_to_agent(&neglected, &person));
        assert!(world.close(&kept, RoomCloser::Visitor));
    });
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| {
        // The server records a reply only if the visitor has written since the previous reply.
        assert!(world.visitor_writes(&answered) && world.reply(&answered));
    });
    for _ in 0..3 {
        pass(&mut watched, INTERVAL).await;
    }
    let page = pass(&mut watched, INTERVAL).await;
    assert_eq!(verdicts_now(&page), [1.0, 1.0, 1.0]);
}

#[tokio::test(start_paused = true)]
async fn only_listed_tags_are_counted_and_a_chat_with_two_counts_for_both() {
    let mut watched = watched(|workspace| {
        workspace.tags = vec!["billing".to_owned(), "refund".to_owned(), "unused".to_owned()];
    })
    .await;
    let agent = agents(&watched).remove(0);
    let chats = [&["billing", "refund"][..], &["billing", "about ada's divorce"], &[]];
    let chats = chats.map(|tags| (arrived(&watched), tags));
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| {
        for (chat, tags) in &chats {
            assert!(world.assign(chat, &agent) && world.reply(chat));
            for tag in *tags {
                assert!(world.tag(chat, tag));
            }
            assert!(world.close(chat, RoomCloser::User));
        }
    });
    pass(&mut watched, INTERVAL).await;
    let page = pass(&mut watched, INTERVAL).await;
    let counted = |tag| page[&series("chats_closed_by_tag_total", &[("tag", tag)])];
    assert_eq!((counted("billing"), counted("refund"), counted("unused")), (2.0, 1.0, 0.0));
    assert!(page.keys().all(|series| !series.contains("divorce")));
}

/// A chat whose agent closed it before the visitor's last question was answered, some hours ago.
async fn closed_with_a_question(watched: &mut Watched, agent: &str) -> String {
    let chat = arrived(watched);
    watched.simulator.world(|world| {
        assert!(world.assign(&chat, agent) && world.reply(&chat) && world.visitor_writes(&chat));
        assert!(world.close(&chat, RoomCloser::User));
    });
    for time in [INTERVAL, INTERVAL, Duration::from_secs(3 * 3_600)] {
        pass(watched, time).await;
    }
    chat
}

/// The number of the responses, and their seconds.
fn responses(page: &str) -> [f64; 2] {
    let page = counts::page(page);
    ["response_seconds_count", "response_seconds_sum"].map(|name| {
        page.iter().filter(|(series, _)| series.name == name).map(|(_, value)| value).sum()
    })
}

#[tokio::test(start_paused = true)]
async fn the_visitor_of_a_reopened_chat_awaits_a_reply_and_is_answered_since_the_reopening() {
    let mut watched = Box::pin(watched(|_| {})).await;
    let agent = agents(&watched)[0].clone();
    let chat = Box::pin(closed_with_a_question(&mut watched, &agent)).await;
    watched.simulator.world(|world| assert!(world.reopen(&chat)));
    Box::pin(pass(&mut watched, INTERVAL)).await;
    let before = responses(&watched.scraped().await);
    watched.simulator.world(|world| assert!(world.assign(&chat, &agent)));
    for waited in [60.0, 90.0] {
        let page = Box::pin(pass(&mut watched, INTERVAL)).await;
        let source = [("department", "Public"), ("source", "widget")];
        let shown = [
            page[&series("awaiting_reply_oldest_seconds", &source[..1])],
            page[&series("awaiting_reply_oldest_by_source_seconds", &source)],
        ];
        assert!(shown.iter().all(|shown| (shown - waited).abs() < 1.5), "{shown:?}");
        watched.simulator.world(|world| assert!(world.visitor_writes(&chat)));
    }
    watched.simulator.world(|world| assert!(world.reply(&chat)));
    Box::pin(pass(&mut watched, INTERVAL)).await;
    let after = responses(&watched.scraped().await);
    let [count, seconds] = [0, 1].map(|figure| after[figure] - before[figure]);
    assert!(count == 1.0 && (seconds - 90.0).abs() < 1.5, "{count} {seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_reopened_chat_is_missed_though_no_poll_saw_it_before_its_threshold() {
    let mut watched = Box::pin(watched(|_| {})).await;
    let agent = agents(&watched)[0].clone();
    let chat = Box::pin(closed_with_a_question(&mut watched, &agent)).await;
    let before = Box::pin(pass(&mut watched, INTERVAL)).await;
    watched.simulator.world(|world| assert!(world.reopen(&chat)));
    let after = Box::pin(pass(&mut watched, Duration::from_secs(90))).await;
    assert_eq!(verdicts(&after, "missed") - verdicts(&before, "missed"), 1.0);
}
