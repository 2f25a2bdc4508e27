//! Colours that follow the exported thresholds and objectives, and texts for figures without a value.
//!
//! The steps of a panel are fixed numbers. A promise is not: each department has its own threshold and objective. So a
//! figure has three queries, of which one has a value, and each query has its colour.

use serde_json::json;

use super::panel::{LOOK, NOW, Panel, REST, WELL};

/// A share that is below the objective by this much is red.
const FAR_BELOW: f64 = 0.1;

/// An expression that tells how bad a figure is, and the values above which the figure is amber and red.
#[derive(Debug, Clone)]
pub struct Trouble {
    pub expression: String,
    pub amber_above: f64,
    pub red_above: f64,
}

impl Trouble {
    pub fn new(expression: impl Into<String>, amber_above: f64, red_above: f64) -> Self {
        Self { expression: expression.into(), amber_above, red_above }
    }

    /// The worst ratio of a wait by workspace and department to the target time of its department.
    pub fn of_wait(wait: &str, red_above: f64) -> Self {
        let threshold = "max by (workspace, department) (#service_level_threshold_seconds{@D})";
        let ratio = format!("max(({wait}) / on (workspace, department) {threshold})");
        Self::new(ratio, 1.0, red_above)
    }

    /// The distance of the service level below the objective, over `time`. The objective of several departments is
    /// weighted by their judged chats.
    pub fn of_service_level(time: &str) -> Self {
        let judged = |result: &str| {
            format!(
                "sum by (workspace, department) (increase(#service_level_chats_total{{@D,result=~'{result}'}}[{time}]))"
            )
        };
        let (met, all) = (judged("met"), judged("met|missed"));
        let objective = "max by (workspace, department) (#service_level_objective_ratio{@D})";
        let promised = format!("sum({all} * on (workspace, department) {objective})");
        let below = format!("({promised} - sum({met})) / (sum({all}) > 0)");
        Self::new(below, 0.0, FAR_BELOW)
    }

    /// Members that accept chats, by department: amber if an open department has none, red if chats wait there.
    pub fn of_absence() -> Self {
        let accepting = "sum by (workspace, department) (#agents{@D,accepting='true'})";
        let waiting = "sum by (workspace, department) (#open_chats{@D,state='queued'})";
        let absence = format!(
            "max((({accepting} == bool 0) * on (workspace, department) (1 + ({waiting} > bool 0))) \
             unless on (workspace, department) (#business_hours_open{{@D}} == 0))"
        );
        Self::new(absence, 0.0, 1.0)
    }

    /// Waiting chats beyond the target time, in the department with the most. Three of them are an incident.
    pub fn of_queue() -> Self {
        let overdue = "max by (workspace, department) (#service_level_overdue_chats{@D})";
        Self::new(format!("max({overdue})"), 0.0, 2.0)
    }
}

impl Panel {
    /// Gives the figure of the only query the colour of a trouble. `on` is the label that the series of the query and
    /// of the trouble share, empty if there is one trouble for all.
    pub fn coloured_by(mut self, on: &str, trouble: &Trouble) -> Self {
        let Trouble { expression, amber_above, red_above } = trouble;
        let target = self.json["targets"].as_array_mut().unwrap().pop().unwrap();
        let (value, legend) =
            (target["expr"].as_str().unwrap(), target["legendFormat"].as_str().unwrap());
        let steps = [
            (NOW, format!("({value}) and on ({on}) (({expression}) > {red_above})")),
            (
                LOOK,
                format!("({value}) and on ({on}) (({expression}) > {amber_above} <= {red_above})"),
            ),
            (WELL, format!("({value}) unless on ({on}) (({expression}) > {amber_above})")),
        ];
        for (colour, query) in steps {
            self = self.query(legend, &query).latest_colour(colour);
        }
        self
    }

    /// Gives the figure of the only query, one series, the colours of its ratio to `bound`: cheaper than a trouble of
    /// its own, because a window of a day is expensive.
    pub fn coloured_against(mut self, bound: &str, amber_above: f64, red_above: f64) -> Self {
        let target = self.json["targets"].as_array_mut().unwrap().pop().unwrap();
        let value = target["expr"].as_str().unwrap();
        let legend = target["legendFormat"].as_str().unwrap();
        let (amber, red) =
            (format!("on () ({amber_above} * {bound})"), format!("on () ({red_above} * {bound})"));
        self.query(legend, &format!("({value}) > {red}"))
            .latest_colour(NOW)
            .query(legend, &format!("({value}) > {amber} <= {red}"))
            .latest_colour(LOOK)
            .query(legend, &format!("({value}) <= {amber}"))
            .latest_colour(WELL)
    }

    fn latest_colour(mut self, colour: &str) -> Self {
        let reference = self.json["targets"].as_array().unwrap().last().unwrap()["refId"].clone();
        let overrides = self.json["fieldConfig"]["overrides"].as_array_mut().unwrap();
        overrides.push(json!({
            "matcher": { "id": "byFrameRefID", "options": reference },
            "properties": [{ "id": "color", "value": { "mode": "fixed", "fixedColor": colour } }],
        }));
        self
    }

    /// Shows a text in place of a missing value while the polls work; otherwise, the panel has no data. Only for one
    /// query with values from 0 on, before a colour.
    pub fn otherwise(mut self, text: &str) -> Self {
        let mut target = self.json["targets"].as_array_mut().unwrap().pop().unwrap();
        let legend = target["legendFormat"].take();
        // A legend of departments has a name for this case too.
        let fallback =
            "label_replace(0 * max(#up{@W} == 1) - 1, 'department', 'all departments', '', '')";
        let query = format!("({}) or on () {fallback}", target["expr"].as_str().unwrap());
        self.query(legend.as_str().unwrap(), &query).mapped(&[("-1", text, REST)])
    }
}
