//! JSON that no server should send, made from the JSON of a real answer.

use serde_json::{Map, Value, json};

/// A change of an answer's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// A hundred thousand brackets in an unread field and in a read field.
    Deep,
    DuplicateKeys,
    /// Half an emoji in every text that people wrote.
    LoneSurrogates,
    /// Bytes that are no UTF-8 in every text that people wrote.
    RawBytes,
    /// A wrong type in every field.
    WrongTypes,
    /// `null` before every row; in place of a single object, `null` alone.
    NullRows,
    /// Numbers as the ids of people and as the id of a row.
    NumberIds,
    /// `{"$date": …}`.
    DatesAsObjects,
    DatesAsMilliseconds,
    NegativeDurations,
    AbsurdDurations,
    TenThousandDepartments,
    /// A name of one megabyte.
    LongLabels,
}

/// Keys of lists.
const LISTS: [&str; 5] = ["rooms", "room", "queue", "departments", "users"];
/// Keys of texts that people wrote.
const WRITTEN: [&str; 7] = ["name", "fname", "username", "msg", "email", "phone", "alias"];
/// Numbers below this key, or with one of these keys, are durations.
const METRICS: &str = "metrics";
const SPANS: [&str; 3] = ["callDuration", "callTotalHoldTime", "callWaitingTime"];
/// Placeholder in a text for content that no text can hold.
const MARK: char = '\u{e000}';
const DEPTH: usize = 100_000;
const BEFORE_EVERYTHING: i64 = 1_577_836_800_000;

impl Twist {
    /// The body with changed JSON; `query` is the query of the request.
    pub fn apply(self, body: &[u8], query: &str) -> Vec<u8> {
        let mut json: Value = serde_json::from_slice(body).unwrap();
        if self == Self::NullRows && rows(&mut json).is_none() {
            return b"null".to_vec();
        }
        self.change(&mut json, query);
        self.written(&json)
    }

    fn change(self, json: &mut Value, query: &str) {
        match self {
            Self::DuplicateKeys => {}
            Self::Deep => each_row(json, |row| {
                let fields = [("lastMessage", MARK), ("department", MARK), ("user", MARK)];
                let fields = fields.map(|(name, mark)| (name.to_owned(), json!(mark)));
                row.extend(fields);
            }),
            Self::LoneSurrogates | Self::RawBytes => walk(json, "", &mut |key, value| {
                if let (true, Value::String(text)) = (WRITTEN.contains(&key), value) {
                    text.push(MARK);
                }
            }),
            Self::WrongTypes => each_row(json, |row| row.values_mut().for_each(turn_over)),
            Self::NullRows => add_rows(json, vec![Value::Null]),
            Self::NumberIds => number_ids(json, query),
            Self::DatesAsObjects => dates(json, |at| json!({ "$date": at })),
            Self::DatesAsMilliseconds => dates(json, |at| json!(at)),
            Self::NegativeDurations => durations(json, -5.0),
            Self::AbsurdDurations => durations(json, 1e300),
            Self::TenThousandDepartments => many_departments(json, query),
            Self::LongLabels => long_labels(json),
        }
    }

    fn written(self, json: &Value) -> Vec<u8> {
        if self == Self::DuplicateKeys {
            return twice(json).into_bytes();
        }
        let text = json.to_string();
        match self {
            Self::Deep => text
                .replacen(&format!("\"{MARK}\""), &brackets(), 3)
                .replace(&format!("\"{MARK}\""), "0")
                .into_bytes(),
            Self::LoneSurrogates => text.replace(MARK, "\\ud83d").into_bytes(),
            Self::RawBytes => {
                let pieces: Vec<&[u8]> = text.split(MARK).map(str::as_bytes).collect();
                pieces.join(&b"\xff\xfe"[..])
            }
            _ => text.into_bytes(),
        }
    }
}

/// JSON that is nothing but nesting.
pub fn brackets() -> String {
    "[".repeat(DEPTH) + &"]".repeat(DEPTH)
}

/// The list of an answer, if the answer is a list.
fn rows(json: &mut Value) -> Option<&mut Vec<Value>> {
    let mut fields = json.as_object_mut()?.iter_mut();
    fields.find_map(|(key, value)| LISTS.contains(&key.as_str()).then(|| value.as_array_mut())?)
}

/// Changes each row of a list; an answer that is no list is its own row.
fn each_row(json: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    if rows(json).is_none() {
        return json.as_object_mut().into_iter().for_each(change);
    }
    let rows = rows(json).into_iter().flatten().filter_map(Value::as_object_mut);
    rows.for_each(&mut change);
}

/// Adds rows before the others, and adds their number to the total.
fn add_rows(json: &mut Value, more: Vec<Value>) {
    let added = more.len();
    if let Some(rows) = rows(json) {
        rows.splice(0..0, more);
    }
    for key in ["total", "count"] {
        if let Some(count) = json.get(key).and_then(Value::as_u64) {
            json[key] = json!(count + added as u64);
        }
    }
}

/// Visits every value with its key.
fn walk(json: &mut Value, key: &str, change: &mut impl FnMut(&str, &mut Value)) {
    change(key, json);
    match json {
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, value)| walk(value, key, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, key, change)),
        _ => {}
    }
}

fn turn_over(value: &mut Value) {
    *value = match value {
        Value::String(_) | Value::Number(_) => json!([{ "x": [true] }]),
        Value::Bool(_) => json!(-1.5),
        Value::Null => json!({ "y": null }),
        Value::Array(_) | Value::Object(_) => json!("text"),
    };
}

fn number_ids(json: &mut Value, query: &str) {
    if rows(json).is_none() {
        json["_id"] = json!(4711);
        return;
    }
    walk(json, "", &mut |key, value| {
        let is_person = ["user", "servedBy", "closedBy", "u"].contains(&key);
        if let (true, Some(person)) = (is_person, value.as_object_mut()) {
            person.insert("_id".to_owned(), json!(4711));
        }
    });
    if is_further(query) {
        return;
    }
    let open = json!({ "_id": 4712, "open": true, "ts": BEFORE_EVERYTHING, "name": "4712" });
    add_rows(json, vec![open]);
}

fn dates(json: &mut Value, form: fn(i64) -> Value) {
    walk(json, "", &mut |_, value| {
        let at = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        if let Some(at) = at {
            *value = form(at.as_millisecond());
        }
    });
}

fn durations(json: &mut Value, span: f64) {
    each_row(json, |row| {
        if let Some(metrics) = row.get_mut(METRICS) {
            walk(metrics, "", &mut |_, value| {
                if value.is_number() {
                    *value = json!(span);
                }
            });
        }
        for key in SPANS {
            if let Some(value) = row.get_mut(key) {
                *value = json!(span);
            }
        }
    });
}

/// True if the request begins at a time or a row, or asks for another list than all open chats.
fn is_further(query: &str) -> bool {
    let keys = ["closedAt", "createdAt", "queued=", "onhold="];
    let has_offset = query.contains("offset=") && !query.contains("offset=0");
    has_offset || keys.iter().any(|key| query.contains(key))
}

/// Adds ten thousand rows with a department each, all older than anything that is counted. The rows come once, in one
/// list of chats.
fn many_departments(json: &mut Value, query: &str) {
    if rows(json).is_none() || is_further(query) {
        return;
    }
    let row = |number: i64| {
        let (id, name) = (format!("many-{number}"), format!("Department number {number}"));
        json!({
            "_id": id, "name": name, "open": true, "ts": BEFORE_EVERYTHING + number, "chats": 1,
            "username": name, "user": { "_id": "many", "username": "many", "status": "online" },
            "departmentId": id, "department": { "_id": id, "name": name }, "queue": name,
        })
    };
    add_rows(json, (0..10_000).map(row).collect());
}

/// Lengthens the names of the first row only: more would exceed the size of a page.
fn long_labels(json: &mut Value) {
    let name = "x".repeat(1_000_000);
    let mut is_first = true;
    each_row(json, |row| {
        if std::mem::take(&mut is_first) {
            rename(row, &name);
            for key in ["user", "department", "servedBy"] {
                if let Some(Value::Object(inner)) = row.get_mut(key) {
                    rename(inner, &name);
                }
            }
        }
    });
}

fn rename(row: &mut Map<String, Value>, name: &str) {
    for key in ["name", "username", "queue"] {
        if let Some(value) = row.get_mut(key) {
            *value = json!(name);
        }
    }
}

/// Writes every key of every object twice.
fn twice(json: &Value) -> String {
    match json {
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                let field = format!("{}:{}", json!(key), twice(value));
                format!("{field},{field}")
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(twice).collect::<Vec<_>>().join(","))
        }
        _ => json.to_string(),
    }
}
