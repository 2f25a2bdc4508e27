//! Six figures in large type, for a screen on the wall that nobody operates.

use super::dashboard::{Dashboard, TODAY, department};
use super::figures;
use super::links::{AGENTS, DEPARTMENT};

pub fn dashboard() -> Dashboard {
    let figures = [
        figures::waiting().opens(DEPARTMENT, "Department"),
        figures::longest_wait().opens(DEPARTMENT, "Department"),
        figures::service_level("Service level, today", "$__range").opens(DEPARTMENT, "Department"),
        figures::accepting().opens(AGENTS, "Agents"),
        figures::longest_reply().opens(DEPARTMENT, "Department"),
        figures::data_age(),
    ];
    Dashboard {
        name: "wall",
        uid: "rc-omni-wall",
        title: "Omnichannel / Wall",
        about: "Six figures for a screen that is read from a distance. Blue: normal. Amber: check the figure. Red: act now. Grey: no data.",
        time: TODAY,
        variables: vec![department()],
        rows: vec![("", figures.map(|panel| panel.size(8, 13)).into())],
    }
}
