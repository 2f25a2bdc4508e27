//! Faults between a workspace and its client, on request.
//!
//! The API answers first and the fault changes the answer afterwards, so that the limiter counts the request.
//! [`Fault::Hang`] and [`Fault::Slow`] change only the timing of the reply.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{
    answer::{ApiAnswer, Body, HTML, PAGE},
    route::Route,
};

/// A fault of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Another status and body, as a proxy sends them. The content type is JSON if the body begins with a brace, else
    /// HTML.
    Status(u16, String),
    /// The page of the web client with status 200.
    Html,
    /// Status 200 and a JSON content type, but invalid JSON.
    Garbage,
    /// The correct answer, cut in the middle.
    Truncated,
    /// The correct answer with this `total`.
    Total(u64),
    /// The list with this additional first element; `count` includes it.
    ExtraRow(Value),
    /// This value in the named field of every row.
    Field(String, Value),
    /// No answer until the client or the simulator closes the connection.
    Hang,
    /// Status 302 to this URL.
    Redirect(String),
    /// Status 200 with `success:false`, as old and foreign endpoints send it.
    Unsuccessful,
    /// The correct answer after this time.
    Slow(Duration),
}

/// The faults that are active.
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
    pub(crate) fn spoil(&self, mut answer: ApiAnswer) -> ApiAnswer {
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

impl ApiAnswer {
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
