//! Members of departments and filters by department, with the answers of the directory endpoints.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, World};
use rocketchat_omnichannel_exporter::simulator::{
    Fault, Permission, Route, Simulator, SimulatorSettings,
};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};

use crate::inside::cycle;
use crate::process::contract::texts;
use crate::watching::{Numbers, Watched, of_family, series, sum};

/// Time between two polls.
const INTERVAL: Duration = Duration::from_secs(30);
/// Time for which a departments list is valid, and for which a refusal is valid.
const TEN_MINUTES: Duration = Duration::from_secs(600);
/// Longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Three departments, every chat in one of them, and a token with the permissions that the documentation describes.
fn small(version: &str) -> SimulatorSettings {
    SimulatorSettings { agents: 6, calls: false, ..cycle::small(version) }
}

fn beginning(version: &str, adjust: impl FnOnce(&mut Workspace)) -> Watched {
    Watched::in_process(&small(version), adjust)
}

/// A cycle with a filter by these departments.
fn filtered(version: &str, departments: &[&str]) -> Watched {
    beginning(version, |workspace| workspace.filter.departments = texts(departments))
}

/// Lets time pass, then polls.
async fn poll_after(watched: &mut Watched, time: Duration) -> Numbers {
    tokio::time::advance(time).await;
    watched.simulator.world(|world| world.advance(time));
    watched.poll().await
}

/// Number of members by department, independent of their presence.
fn members_of_world(world: &World) -> BTreeMap<String, f64> {
    let departments = world.departments.values();
    departments.map(|it| (it.name.clone(), it.members.len() as f64)).collect()
}

fn members_of_page(page: &Numbers) -> BTreeMap<String, f64> {
    let mut members = BTreeMap::new();
    for (key, value) in of_family(page, "agents") {
        let words: Vec<&str> = key.split('"').collect();
        let at = words.iter().position(|word| *word == "department").unwrap();
        *members.entry(words[at + 2].to_owned()).or_default() += value;
    }
    members
}

fn asked(watched: &Watched, part: &str) -> usize {
    let requests = watched.simulator.requests();
    requests.iter().filter(|request| request.path.contains(part)).count()
}

fn capability(page: &Numbers, name: &str) -> f64 {
    page[&series("exporter_capability", &[("name", name)])]
}

fn forbidden() -> Fault {
    Fault::Status(403, r#"{"success":false,"error":"unauthorized"}"#.to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_list_of_agents_tells_the_members_of_departments() {
    for version in ["6.4.0", "6.13.0", "7.13.0", "8.6.0"] {
        let mut watched = beginning(version, |_| {});
        let page = watched.poll().await;
        let truth = watched.simulator.world(|world| members_of_world(world));
        assert_eq!(members_of_page(&page), truth, "{version}");
        assert_eq!(capability(&page, "members"), 1.0, "{version}");
        assert_eq!(asked(&watched, "livechat/department/"), 0, "{version}");
        let id = watched.simulator.world(|world| {
            let department = world.departments.values_mut().next().unwrap();
            department.members.clear();
            department.id.clone()
        });
        let page = poll_after(&mut watched, INTERVAL).await;
        let truth = watched.simulator.world(|world| members_of_world(world));
        assert_eq!(members_of_page(&page), truth, "{version}: {id} has no member any more");
    }
}

#[tokio::test(start_paused = true)]
async fn members_of_what_the_directory_hides_or_the_filter_leaves_out_are_not_shown() {
    let mut watched = beginning("8.6.0", |_| {});
    watched.simulator.world(|world| {
        let billing = world.departments.values().find(|it| it.name == "Billing").unwrap();
        let billing = billing.id.clone();
        assert!(world.archive_department(&billing));
    });
    let page = watched.poll().await;
    let shown: Vec<String> = members_of_page(&page).into_keys().collect();
    assert_eq!(shown, ["Sales", "Support"]);
    let page = filtered("8.6.0", &["Sales"]).poll().await;
    assert_eq!(members_of_page(&page).into_keys().collect::<Vec<_>>(), ["Sales"]);
    for (key, _) in of_family(&page, "agent_chats") {
        assert!(key.contains("\"Sales\""), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn before_6_4_each_department_tells_its_members_to_who_may_view_departments() {
    for version in ["3.18.2", "5.4.0", "6.3.0"] {
        let mut watched = beginning(version, |_| {});
        for _ in 0..3 {
            let page = poll_after(&mut watched, INTERVAL).await;
            assert!(of_family(&page, "agents").is_empty(), "{version}");
            assert_eq!(capability(&page, "departments"), 1.0, "{version}");
            assert_eq!(capability(&page, "members"), 0.0, "{version}");
            assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0, "{version}");
        }
        assert_eq!(asked(&watched, "livechat/department/"), 1, "{version}: refused once");
        watched.simulator.grant(Permission::ViewLivechatDepartments);
        let page = poll_after(&mut watched, TEN_MINUTES).await;
        let truth = watched.simulator.world(|world| members_of_world(world));
        assert_eq!(members_of_page(&page), truth, "{version}");
        assert_eq!(capability(&page, "members"), 1.0, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn members_are_unknown_where_neither_agents_nor_departments_tell_them() {
    let refused = [
        Permission::TransferLivechatGuest,
        Permission::EditOmnichannelContact,
        Permission::ViewLivechatDepartments,
    ];
    let settings = SimulatorSettings { refused: refused.into(), ..small("8.6.0") };
    let mut watched = Watched::in_process(&settings, |_| {});
    for _ in 0..3 {
        let page = poll_after(&mut watched, INTERVAL).await;
        assert_eq!(page.get("up[]"), Some(&1.0));
        assert_eq!(capability(&page, "members"), 0.0);
        assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0);
    }
    assert_eq!(asked(&watched, "livechat/department/"), 1, "refused once");
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_changes_who_tells_the_members() {
    let mut watched = beginning("6.3.0", |_| {});
    watched.simulator.grant(Permission::ViewLivechatDepartments);
    watched.poll().await;
    let before = asked(&watched, "livechat/department/");
    assert_eq!(before, 3);
    watched.simulator.set_version("6.10.0".parse().unwrap());
    watched.simulator.world(|world| {
        world.departments.values_mut().next().unwrap().members.clear();
    });
    let page = poll_after(&mut watched, TEN_MINUTES).await;
    let truth = watched.simulator.world(|world| members_of_world(world));
    assert_eq!(members_of_page(&page), truth);
    assert_eq!(asked(&watched, "livechat/department/"), before);
}

/// Asserts that only the directory was requested, and that every list that needs the filter reports a failure.
fn assert_unresolved(watched: &Watched, page: &Numbers, what: &str) {
    assert_eq!(page.get("up[]"), Some(&0.0), "{what}");
    for list in ["queued", "closed", "onhold", "open", "queue"] {
        let labels = [("collector", list), ("reason", "filter_unresolved")];
        let failures = page[&series("exporter_poll_failures_total", &labels)];
        assert!(failures > 0.0, "{what}: {list}");
    }
    for route in ["livechat/rooms", "livechat/queue", "livechat/users"] {
        assert_eq!(asked(watched, route), 0, "{what}: {route}");
    }
    assert!(of_family(page, "open_chats").is_empty(), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_fails_while_the_directory_is_refused_and_heals_with_it() {
    for (refusal, reason) in
        [(forbidden(), "forbidden"), (Fault::Status(404, String::new()), "not_found")]
    {
        let mut watched = filtered("8.1.0", &["Sales"]);
        watched.simulator.set_fault(Route::Departments, Some(refusal));
        let page = watched.poll().await;
        assert_unresolved(&watched, &page, reason);
        let labels = [("collector", "departments"), ("reason", reason)];
        assert!(page[&series("exporter_poll_failures_total", &labels)] > 0.0, "{reason}");
        watched.simulator.set_fault(Route::Departments, None);
        let page = poll_after(&mut watched, LONGEST_PAUSE).await;
        assert_eq!(page.get("up[]"), Some(&1.0), "{reason}");
        let is_sales = |key: &String| key.contains("\"Sales\"");
        assert!(of_family(&page, "open_chats").iter().all(|(key, _)| is_sales(key)), "{reason}");
        assert!(sum(&page, "open_chats", "\"Sales\"") > 0.0, "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_department_that_is_none_makes_the_whole_filter_fail_until_there_is_one() {
    let mut watched = filtered("8.1.0", &["Sales", "Care"]);
    let page = watched.poll().await;
    assert_unresolved(&watched, &page, "one of two");
    watched.simulator.world(|world| {
        let support = world.departments.values().find(|it| it.name == "Support").unwrap();
        let support = support.id.clone();
        assert!(world.rename_department(&support, "Care"));
        world.arrive(Some(&support), Channel::Widget);
    });
    let page = poll_after(&mut watched, LONGEST_PAUSE).await;
    assert_eq!(page.get("up[]"), Some(&1.0));
    assert!(sum(&page, "open_chats", "\"Care\"") > 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_department_of_the_filter_that_is_deleted_is_missed_by_the_next_directory() {
    let mut watched = filtered("8.1.0", &["Sales"]);
    assert_eq!(watched.poll().await.get("up[]"), Some(&1.0));
    watched.simulator.world(|world| {
        let sales = world.departments.values().find(|it| it.name == "Sales").unwrap();
        let sales = sales.id.clone();
        assert!(world.delete_department(&sales));
    });
    let page = poll_after(&mut watched, TEN_MINUTES).await;
    assert_eq!(page.get("up[]"), Some(&0.0));
    assert!(sum(&page, "exporter_poll_failures_total", "filter_unresolved") > 0.0);
}

#[tokio::test(start_paused = true)]
async fn an_archived_department_is_filtered_by_name_and_id_where_the_server_lists_it() {
    // Archived departments are not requested from a server that hides its version, because servers of 5.x refuse that
    // request.
    for (version, version_hidden) in [("6.3.0", false), ("8.6.0", false), ("8.6.0", true)] {
        for by_name in [true, false] {
            let settings = SimulatorSettings { version_hidden, ..small(version) };
            let simulator = Arc::new(Simulator::detached(settings.clone()));
            let id = simulator.world(|world| {
                let sales = world.departments.values().find(|it| it.name == "Sales").unwrap();
                let sales = sales.id.clone();
                assert!(world.archive_department(&sales));
                sales
            });
            let named = if by_name { "Sales".to_owned() } else { id };
            let filter = |workspace: &mut Workspace| workspace.filter.departments = vec![named];
            let page = Watched::beside(simulator, &settings, filter, None).poll().await;
            let up = if version_hidden { 0.0 } else { 1.0 };
            assert_eq!(page.get("up[]"), Some(&up), "{version} by name: {by_name}");
        }
    }
}

/// Starts the next process on the same state directory, with a filter by the department named Sales.
fn begin(simulator: &Arc<Simulator>, settings: &SimulatorSettings, state: &Path) -> Watched {
    let disk = StateDirectory::open(state, LockMode::Alone).unwrap().claim("acme").unwrap();
    let store = Some(Store::new(Box::new(disk)));
    let filter = |workspace: &mut Workspace| workspace.filter.departments = texts(&["Sales"]);
    Watched::beside(Arc::clone(simulator), settings, filter, store)
}

#[tokio::test(start_paused = true)]
async fn a_department_that_was_known_before_is_filtered_by_while_the_directory_is_refused() {
    let settings = small("8.1.0");
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let folder = tempfile::tempdir().unwrap();
    begin(&simulator, &settings, folder.path()).poll().await;
    simulator.set_fault(Route::Departments, Some(forbidden()));
    // A state that is kept over many restarts must not lose the departments of the filter.
    for life in 0..3 {
        let mut watched = begin(&simulator, &settings, folder.path());
        for poll in 0..3 {
            let page = poll_after(&mut watched, 5 * TEN_MINUTES).await;
            assert_eq!(page.get("up[]"), Some(&1.0), "life {life}, poll {poll}");
            assert_eq!(capability(&page, "departments"), 0.0);
        }
    }
    let page = begin(&simulator, &settings, folder.path()).poll().await;
    assert!(sum(&page, "exporter_collector_success", "\"open\"") > 0.0);
}
