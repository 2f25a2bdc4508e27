//! What goes wrong between a workspace and its client, on request.
//!
//! The request is answered first and the answer spoilt afterwards: a fault does not spare the
//! limiter. [`Fault::Hang`] and [`Fault::Slow`] are the listener's business.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{
    Answer, Body, Route,
    answer::{HTML, PAGE},
};

/// One way to spoil an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Another status with a body, as a proxy gives it; JSON where the body begins with a brace.
    Status(u16, String),
    /// The web client's page with status 200.
    Html,
    /// Status 200 and JSON in name only.
    Garbage,
    /// The true answer, cut in the middle.
    Truncated,
    /// `total` says this instead.
    Total(u64),
    /// The list has this as one more element, first; `count` counts it.
    ExtraRow(Value),
    /// A field of every row holds this instead.
    Field(String, Value),
    /// No answer, until the client or the simulator goes away.
    Hang,
    /// 302 to that URL.
    Redirect(String),
    /// 200 with `success:false`, as old and foreign endpoints do.
    Unsuccessful,
    /// The true answer, that much later.
    Slow(Duration),
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    by_route: BTreeMap<Route, Fault>,
    everywhere: Option<Fault>,
}

impl Faults {
    pub(crate) fn set(&mut self, route: Route, fault: Option<Fault>) {
        self.by_route.remove(&route);
        self.by_route.extend(fault.map(|fault| (route, fault)));
    }

    pub(crate) fn set_everywhere(&mut self, fault: Option<Fault>) {
        self.everywhere = fault;
    }

    pub(crate) fn on(&self, path: &str) -> Option<&Fault> {
        self.by_route.get(&Route::of(path)).or(self.everywhere.as_ref())
    }
}

impl Fault {
    pub(crate) fn spoil(&self, mut answer: Answer) -> Answer {
        match self {
            Self::Status(status, body) => answer.replaced(*status, content_type(body), body),
            Self::Html => answer.replaced(200, HTML, PAGE),
            Self::Garbage => answer.replaced(200, JSON, "{\"success\":tru"),
            Self::Truncated => answer.cut(),
            Self::Total(total) => answer.set("total", Value::from(*total)),
            Self::Unsuccessful => answer.set("success", Value::Bool(false)),
            Self::Redirect(url) => answer.replaced(302, HTML, "").with("location", url),
            Self::ExtraRow(row) => {
                answer.rows(|rows| rows.insert(0, row.clone()));
                answer
            }
            Self::Field(name, value) => {
                answer.rows(|rows| overwrite(rows, name, value));
                answer
            }
            Self::Hang | Self::Slow(_) => answer,
        }
    }
}

const JSON: &str = "application/json";

fn content_type(body: &str) -> &'static str {
    if body.starts_with('{') { JSON } else { HTML }
}

fn overwrite(rows: &mut [Value], name: &str, value: &Value) {
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        row.insert(name.to_owned(), value.clone());
    }
}

impl Answer {
    fn replaced(mut self, status: u16, content_type: &'static str, body: &str) -> Self {
        self.status = status;
        self.body = Body::Text(content_type, body.to_owned());
        self
    }

    fn cut(self) -> Self {
        let Body::Json(whole) = &self.body else {
            return self;
        };
        let text = whole.to_string();
        let half: String = text.chars().take(text.chars().count() / 2).collect();
        let status = self.status;
        self.replaced(status, JSON, &half)
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        if let Body::Json(Value::Object(body)) = &mut self.body {
            body.insert(key.to_owned(), value);
        }
        self
    }

    fn rows(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        let Body::Json(Value::Object(body)) = &mut self.body else {
            return;
        };
        let mut count = None;
        if let Some(rows) = body.values_mut().find_map(Value::as_array_mut) {
            change(rows);
            count = Some(rows.len());
        }
        if let Some(count) = count.filter(|_| body.contains_key("count")) {
            body.insert("count".to_owned(), Value::from(count));
        }
    }
}
