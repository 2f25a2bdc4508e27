//! The colours of the board follow the promise that is configured for a department.

use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::omnichannel::service_level::ServiceLevel;
use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::status::facts::{
    Attainment, DepartmentStatus, TargetComparison,
};
use tokio::time::Instant;

use super::status::{facts, rendered};
use crate::watching::{Watched, quiet};

/// The department with a promise of its own; `Support` has that of the workspace.
const SALES: &str = "Sales";

fn promise(workspace: &mut Workspace) {
    let (threshold, objective) = (Duration::from_secs(200), 0.05);
    let own = ServiceLevel { threshold, objective, ..ServiceLevel::default() };
    workspace.service_levels.departments.insert(SALES.to_owned(), own);
}

/// Sales and Support after a chat of each has waited for so many seconds, and the page.
async fn after(seconds: u64) -> ([DepartmentStatus; 2], String) {
    let settings = SimulatorSettings { agents: 0, departments: 2, ..quiet() };
    let mut watched = Watched::in_process(&settings, promise);
    watched.polled().await;
    watched.simulator.world(|world| {
        let departments: Vec<_> = world.departments.keys().cloned().collect();
        for department in &departments {
            world.arrive(Some(department), Channel::Widget);
        }
        world.advance(Duration::from_secs(seconds));
    });
    tokio::time::advance(Duration::from_secs(seconds)).await;
    let now = Instant::now();
    watched.polled().await;
    let facts = facts(&watched, now);
    let (html, _) = rendered(facts.clone());
    let departments = &facts.workspaces[0].departments;
    let named = |name| departments.iter().find(|it| it.name == name).unwrap().clone();
    ([named(SALES), named("Support")], html)
}

/// The row of a department.
fn row<'a>(html: &'a str, department: &str) -> &'a str {
    let row = html.split_once(&format!("<bdi>{department}</bdi>")).unwrap().1;
    row.split_once("</tr>").unwrap().0
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_compared_with_the_target_time_of_its_department() {
    for (seconds, sales, colour) in [
        (190, TargetComparison::Within, "well\">within"),
        (210, TargetComparison::Over, "amber\">over"),
        (610, TargetComparison::FarOver, "red\">far over"),
    ] {
        let (departments, html) = after(seconds).await;
        let times = departments.map(|it| (it.target_time, it.target_seconds));
        assert_eq!(times, [(sales, 200.0), (TargetComparison::FarOver, 60.0)], "{seconds} s");
        let (shown, expected) = (row(&html, SALES), format!("state {colour} 3 min 20 s<"));
        assert!(shown.contains(&expected), "{seconds} s: {shown}");
        let shown = row(&html, "Support");
        assert!(shown.contains("state red\">far over 1 min<"), "{seconds} s: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_is_compared_with_the_objective_of_its_department() {
    let (departments, html) = after(610).await;
    let judged = departments.map(|it| {
        let span = it.service_level.last_30_minutes.unwrap();
        (it.service_level.objective_ratio, span.met_ratio, span.attainment)
    });
    let expected = [(0.05, Attainment::Below), (0.8, Attainment::FarBelow)];
    assert_eq!(judged, expected.map(|(objective, it)| (objective, Some(0.0), Some(it))));
    for (department, shown) in [
        (SALES, ["amber\">0 % below<", "objective 5 %<"]),
        ("Support", ["red\">0 % far below<", "objective 80 %<"]),
    ] {
        let row = row(&html, department);
        assert!(shown.iter().all(|it| row.contains(it)), "{department}: {row}");
    }
}
