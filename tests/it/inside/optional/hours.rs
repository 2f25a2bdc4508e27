//! The server's business hours, and the visitors' widget.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::omnichannel::business_hours::BusinessHours;
use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use rocketchat_omnichannel_exporter::simulator::world::{BusinessHour, World};

use super::{INTERVAL, TEN_MINUTES, VERSIONS, asked, capability, poll_after, small};
use crate::watching::{Numbers, Watched, of_family, series, sum};

/// Steps for each version, over a week.
const STEPS: usize = 250;
const A_MINUTE: Duration = Duration::from_secs(60);

/// The server's hours for every department, except on a day within the test.
fn from_server(workspace: &mut Workspace) {
    workspace.widget = true;
    let closed = ["03-03".parse().unwrap()].into_iter().collect();
    workspace.service_levels.default.business_hours = BusinessHours::Server(closed);
}

/// Gives the first department hours of its own in another time zone, and the second hours that are not active.
fn with_own_hours(world: &mut World) {
    let ids: Vec<String> = world.departments.keys().cloned().collect();
    for (id, zone, active) in [(&ids[0], "Asia/Tokyo", true), (&ids[1], "UTC", false)] {
        let mut hour = BusinessHour::default_of(zone);
        hour.id = format!("hours-{id}");
        (hour.is_default, hour.active) = (false, active);
        hour.departments.insert(id.clone());
        world.administration.business_hours.push(hour);
    }
}

fn minutes(time: &str) -> i16 {
    let (hour, minute) = time.split_once(':').unwrap();
    hour.parse::<i16>().unwrap() * 60 + minute.parse::<i16>().unwrap()
}

/// Computed without code of the exporter.
fn is_open(world: &World, department: &str) -> bool {
    let hours = &world.administration.business_hours;
    let own = hours.iter().find(|hour| hour.departments.contains(department));
    let hour = own.unwrap_or(&hours[0]);
    let local = TimeZone::get(&hour.time_zone).unwrap().to_datetime(world.now());
    let day = &hour.days[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs())];
    let now = i16::from(local.hour()) * 60 + i16::from(local.minute());
    let is_holiday = (local.month(), local.day()) == (3, 3);
    let is_within = (minutes(&day.start)..minutes(&day.finish)).contains(&now);
    hour.active && day.open && !is_holiday && is_within
}

/// Departments that the page shows by their present name, by id.
fn shown(page: &Numbers, world: &World) -> BTreeMap<String, String> {
    let is_shown = |id: &str, name: &str| {
        let labels = [("department", name), ("department_id", id)];
        page.contains_key(&series("department_info", &labels))
    };
    let named = world.departments.values().filter(|it| is_shown(&it.id, &it.name));
    named.map(|it| (it.id.clone(), it.name.clone())).collect()
}

fn agrees(page: &Numbers, world: &World) -> [usize; 2] {
    let mut compared = [0, 0];
    for (id, name) in shown(page, world) {
        let labels = [("department", name.as_str())];
        let flag = |is_set: bool| f64::from(u8::from(is_set));
        let open = page.get(&series("business_hours_open", &labels));
        assert_eq!(open, Some(&flag(is_open(world, &id))), "{name} at {}", world.now());
        // A department that is new is asked for with the next directory.
        if let Some(online) = page.get(&series("widget_online", &labels)) {
            assert_eq!(*online, flag(world.is_widget_online(Some(&id))), "{name}");
            compared[1] += 1;
        }
        compared[0] += 1;
    }
    compared
}

#[tokio::test(start_paused = true)]
async fn hours_and_widgets_are_the_servers_own_after_every_random_step() {
    for version in VERSIONS {
        let settings = SimulatorSettings { refused: [].into(), ..small(version) };
        let mut watched = Watched::in_process(&settings, from_server);
        watched.simulator.world(with_own_hours);
        watched.poll().await;
        let (mut compared, mut open) = ([0, 0], [0, 0]);
        for _ in 0..STEPS {
            watched.simulator.world(|world| {
                world.advance(Duration::from_secs(2_400));
                world.random_step();
            });
            tokio::time::advance(A_MINUTE).await;
            watched.poll().await;
            let page = watched.poll().await;
            assert_eq!(page.get("up[]"), Some(&1.0), "{version}");
            let more = watched.simulator.world(|world| agrees(&page, world));
            compared = [compared[0] + more[0], compared[1] + more[1]];
            for (_, value) in of_family(&page, "business_hours_open") {
                open[usize::from(value > 0.5)] += 1;
            }
        }
        assert!(compared[0] > 150 && compared[1] > 150, "{version}: {compared:?}");
        assert!(open[0] > 30 && open[1] > 30, "{version}: both are seen: {open:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_community_build_has_the_default_hours_alone() {
    let settings = SimulatorSettings { refused: [].into(), enterprise: false, ..small("8.8.0") };
    let mut watched = Watched::in_process(&settings, from_server);
    watched.simulator.world(|world| world.advance(Duration::from_secs(12 * 3600)));
    let page = watched.poll().await;
    assert!(of_family(&page, "business_hours_open").len() >= 3);
    assert_eq!(sum(&page, "business_hours_open", ""), 0.0, "ten in the evening");
    assert_eq!(capability(&page, "hours"), 1.0);
    assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0);
}

#[tokio::test(start_paused = true)]
async fn hours_that_may_not_be_read_hold_nothing_back_and_are_asked_for_again_after_ten_minutes() {
    let mut watched = Watched::in_process(&small("8.8.0"), from_server);
    for _ in 0..3 {
        let page = poll_after(&mut watched, INTERVAL).await;
        assert!(of_family(&page, "business_hours_open").is_empty());
        assert_eq!((page.get("up[]"), capability(&page, "hours")), (Some(&1.0), 0.0));
    }
    assert_eq!(asked(&watched, "livechat/business-hour"), 1);
    watched
        .simulator
        .grant(rocketchat_omnichannel_exporter::simulator::Permission::ViewLivechatBusinessHours);
    poll_after(&mut watched, TEN_MINUTES).await;
    let page = poll_after(&mut watched, INTERVAL).await;
    assert!(of_family(&page, "business_hours_open").len() >= 3);
}

/// Requests by path, in a time with 10 requests a minute and many departments.
async fn requests(adjust: fn(&mut Workspace)) -> Vec<(Duration, String, String, bool)> {
    let settings = SimulatorSettings {
        departments: 200,
        agents: 20,
        calls: false,
        refused: [].into(),
        rate_limit: Some(10),
        // Short, so that the server announces its limit and refuses nothing: its window is in real time.
        rate_window: Duration::from_nanos(1),
        ..small("8.8.0")
    };
    let mut watched = Watched::in_process(&settings, |workspace| {
        workspace.poll.interval = INTERVAL;
        workspace.poll.max_requests_per_minute = 10;
        adjust(workspace);
    });
    let (mut all, mut seen) = (Vec::new(), 0);
    let began = tokio::time::Instant::now();
    for _ in 0..24 {
        poll_after(&mut watched, INTERVAL).await;
        let requests = watched.simulator.requests();
        for request in &requests[seen..] {
            let department = request.query.iter().find(|(name, _)| name == "department");
            let department = department.map(|(_, id)| id.clone()).unwrap_or_default();
            all.push((began.elapsed(), request.path.clone(), department, request.carried_token));
        }
        seen = requests.len();
    }
    all
}

#[tokio::test(start_paused = true)]
async fn with_ten_requests_a_minute_and_200_departments_no_list_of_chats_is_asked_for_later() {
    let without = requests(|_| {}).await;
    let with = requests(from_server).await;
    let count = |all: &[(Duration, String, String, bool)], path: &str| {
        all.iter().filter(|(_, asked, ..)| asked.ends_with(path)).count()
    };
    for path in ["livechat/rooms", "livechat/queue", "livechat/users/agent"] {
        let (before, now) = (count(&without, path), count(&with, path));
        assert!(now >= before, "{path}: {before}, and {now} beside the optional lists");
        assert!(now >= 12, "{path}: {now}");
    }
    for path in ["livechat/priorities", "livechat/sla", "licenses.info", "livechat/business-hours"]
    {
        assert!((1..=8).contains(&count(&with, path)), "{path}: {}", count(&with, path));
    }
    let widgets: Vec<_> = with.iter().filter(|(_, path, ..)| path.ends_with("config")).collect();
    let minutes = 12;
    assert!((30..=5 * (minutes + 1)).contains(&widgets.len()), "{}", widgets.len());
    assert!(widgets.iter().all(|(.., carried_token)| !carried_token));
    let mut last = BTreeMap::new();
    for (at, _, department, _) in widgets {
        let before = last.insert(department, *at);
        assert!(before.is_none_or(|before| *at >= before + A_MINUTE), "{department}");
    }
    assert_eq!(count(&without, "config"), 0, "only on request");
}
