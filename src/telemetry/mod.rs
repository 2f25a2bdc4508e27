//! The log: one line per event, on standard error.
//!
//! An error is logged with all its sources. The level of an event is decided where the event is logged; only the level
//! of dependencies is limited here, to events that an operator should see. Logging never waits: a separate thread
//! writes, and lines are dropped if standard error is not read.

mod log_queue;
mod terminal;

use std::any::Any;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::ProgressBar;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt as lines, reload};

use self::log_queue::LogQueue;
use self::terminal::BesideBar;
use crate::config::{Log, LogFormat, LogLevel};
use crate::error_chain::chain;

/// The lines of this process, once the log is installed.
static LINES: OnceLock<LogQueue> = OnceLock::new();
/// Longest wait for unwritten lines when the process ends.
const LAST_LINES: Duration = Duration::from_secs(1);
/// Longest wait for unwritten lines in a panic, which may end the process.
const PANIC: Duration = Duration::from_millis(250);

/// Dependencies that log every connection and every frame; the verifier of rustls logs under `log`.
const CHATTY: [&str; 6] =
    ["hyper", "hyper_util", "log", "reqwest", "rustls", "rustls_platform_verifier"];

/// A handle for changing the log level while the process runs.
#[derive(Debug, Clone)]
pub struct LogLevelHandle(reload::Handle<Targets, Registry>);

impl LogLevelHandle {
    /// Changes the level from now on.
    pub fn set(&self, level: LogLevel) {
        if let Err(error) = self.0.reload(filter(level)) {
            tracing::error!(%error, "Cannot change the log level.");
        }
    }
}

/// Installs the log for the whole process, panics included. Fails if a log is already installed.
pub fn install(log: Log) -> io::Result<LogLevelHandle> {
    let log_queue = LogQueue::onto(BesideBar(io::stderr()))?;
    let writer = log_queue.clone();
    let (subscriber, handle) = subscriber(log, move || writer.clone());
    subscriber.try_init().map_err(io::Error::other)?;
    let lines = LINES.get_or_init(|| log_queue);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let reason = reason(panic.payload());
        tracing::error!(
            place,
            reason,
            "The exporter panicked. This is a defect: please report it with the log."
        );
        lines.flush(PANIC);
    }));
    Ok(handle)
}

/// Writes log lines above this bar, for as long as the bar exists.
pub fn write_above(bar: &ProgressBar) {
    terminal::write_above(bar);
}

/// Number of log lines that were dropped because the lines before them were not read.
pub fn dropped_lines() -> u64 {
    LINES.get().map_or(0, LogQueue::dropped)
}

/// Writes a text that is not an event to standard error, after all events before it.
pub fn print_error(text: &dyn fmt::Display) {
    match LINES.get() {
        Some(lines) => lines.push(format!("{text}\n").as_bytes()),
        // There is no other output if this write fails.
        None => drop(writeln!(io::stderr(), "{text}")),
    }
}

/// Waits until all lines are written, at most one second.
pub fn flush() {
    if let Some(lines) = LINES.get() {
        lines.flush(LAST_LINES);
    }
}

/// The text of a panic; empty if the payload is neither a `String` nor a `&str`.
fn reason(payload: &dyn Any) -> &str {
    let formatted = payload.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default()
}

fn subscriber<W>(log: Log, writer: W) -> (impl Subscriber + Send + Sync, LogLevelHandle)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = lines::layer().with_ansi(false).with_writer(writer);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Logfmt => lines.event_format(Logfmt).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let (filter, handle) = reload::Layer::new(filter(log.level));
    (tracing_subscriber::registry().with(lines.with_filter(filter)), LogLevelHandle(handle))
}

fn filter(own: LogLevel) -> Targets {
    let dependencies = if own == LogLevel::TRACE { own } else { own.min(LogLevel::WARN) };
    let chatty = CHATTY.map(|target| (target, dependencies));
    Targets::new().with_default(own).with_targets(chatty)
}

/// The format `ts=… level=… target=… msg="…" key=value`.
struct Logfmt;

impl<S, N> FormatEvent<S, N> for Logfmt
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let level = metadata.level().as_str().to_ascii_lowercase();
        writer.write_str("ts=")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, " level={level} target={}", metadata.target())?;
        let mut fields = Pairs(String::new());
        event.record(&mut fields);
        writeln!(writer, "{}", fields.0)
    }
}

/// Fields as ` key=value`, quoted if a logfmt parser would misread them.
struct Pairs(String);

impl Pairs {
    fn push(&mut self, field: &Field, value: &str) {
        let key = if field.name() == "message" { "msg" } else { field.name() };
        let is_bare = |c: char| c.is_ascii_graphic() && !"\"=\\".contains(c);
        self.0.extend([" ", key, "="]);
        if !value.is_empty() && value.chars().all(is_bare) {
            self.0.push_str(value);
        } else {
            // Debug format of text escapes quotes and line ends. Writing to a string does not fail.
            write!(self.0, "{value:?}").unwrap_or_default();
        }
    }
}

impl Visit for Pairs {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.push(field, &chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LogLevel, format: LogFormat, act: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let (subscriber, _handle) = subscriber(Log { level, format }, move || writer.clone());
        tracing::subscriber::with_default(subscriber, act);
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn how_much_is_logged_may_change_while_the_process_runs() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let log = Log { level: LogLevel::WARN, format: LogFormat::Logfmt };
        let (subscriber, handle) = subscriber(log, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("before");
            handle.set(LogLevel::INFO);
            tracing::info!("after");
        });
        let told = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        assert!(told.contains("after") && !told.contains("before"), "{told}");
    }

    #[test]
    fn an_event_is_one_line_of_pairs() {
        let line = logged(LogLevel::INFO, LogFormat::Logfmt, || {
            tracing::warn!(workspace = "acme", pages = 3, "two\nlines and \"quotes\"");
        });
        assert!(line.starts_with("ts=2"), "{line}");
        let end = " level=warn target=rocketchat_omnichannel_exporter::telemetry::tests \
                   msg=\"two\\nlines and \\\"quotes\\\"\" workspace=acme pages=3\n";
        assert!(line.ends_with(end), "{line}");
    }

    #[test]
    fn an_event_is_one_json_object() {
        let line = logged(LogLevel::INFO, LogFormat::Json, || {
            tracing::info!(pages = 3, "polled");
        });
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(event["message"], "polled");
        assert_eq!(event["pages"], 3);
    }

    #[test]
    fn dependencies_stay_quiet_until_trace_is_chosen() {
        let act = || {
            tracing::debug!(target: "hyper::client", "connected");
            tracing::debug!(target: "ours", "polled");
            tracing::error!(target: "rustls", "broken");
        };
        let debug = logged(LogLevel::DEBUG, LogFormat::Logfmt, act);
        assert!(
            !debug.contains("connected") && debug.contains("polled") && debug.contains("broken")
        );
        assert!(logged(LogLevel::TRACE, LogFormat::Logfmt, act).contains("connected"));
        let error = logged(LogLevel::ERROR, LogFormat::Logfmt, act);
        assert!(!error.contains("polled") && error.contains("broken"));
    }
}
