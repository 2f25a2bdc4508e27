//! A real Prometheus with one target, and queries of its samples.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::process::binary::{PATIENCE, get, until};
use crate::tally::{Counted, Series};

/// A server that scrapes one target and ends with the test.
pub struct Prometheus {
    child: Child,
    address: SocketAddr,
    directory: tempfile::TempDir,
    /// Time at which expressions are evaluated, seconds since 1970; `None` for the present.
    present: Option<i64>,
}

impl Prometheus {
    /// Starts to scrape; `every` is the interval in the syntax of the configuration.
    pub fn start(target: SocketAddr, every: &str) -> Self {
        Self::reaching(target, every, "")
    }

    /// The same; `how` is inserted into the job's configuration and ends with a comma: scheme, TLS and credentials.
    pub fn reaching(target: SocketAddr, every: &str, how: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "global: {{scrape_interval: {every}, scrape_timeout: {every}}}\n\
             scrape_configs: [{{job_name: rocketchat, {how} static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        std::fs::write(directory.path().join("prometheus.yml"), config).unwrap();
        let address = free_address();
        let child = Self::spawn(directory.path(), address);
        Self { child, address, directory, present: None }
    }

    /// A server without targets, filled from an OpenMetrics text; expressions are evaluated at `present`.
    pub fn holding(history: &Path, present: Option<i64>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let blocks = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "--max-block-duration=60h", "openmetrics"])
            .args([history, &directory.path().join("data")])
            .output()
            .expect("promtool is missing: apt-get install prometheus");
        assert!(blocks.status.success(), "{}", String::from_utf8_lossy(&blocks.stderr));
        std::fs::write(directory.path().join("prometheus.yml"), "global: {}\n").unwrap();
        let address = free_address();
        let child = Self::spawn(directory.path(), address);
        Self { child, address, directory, present }
    }

    fn spawn(directory: &Path, address: SocketAddr) -> Child {
        let log = std::fs::File::create(directory.join("log")).unwrap();
        Command::new("prometheus")
            .current_dir(directory)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus is missing: apt-get install prometheus")
    }

    async fn result(&self, expression: &str) -> Result<Vec<Value>, String> {
        let log = || std::fs::read_to_string(self.directory.path().join("log")).unwrap();
        ask(self.address, expression, self.present).await.map_err(|error| error + &log())
    }

    /// The first value of an expression; an error if it has none.
    pub async fn value(&self, expression: &str) -> Result<f64, String> {
        value(expression, &self.result(expression).await?)
    }

    /// The values of an expression, by series.
    pub async fn values(&self, expression: &str) -> Result<Counted, String> {
        let result = self.result(expression).await?;
        Ok(result.iter().map(|one| (series(one), number(&one["value"][1]))).collect())
    }

    /// All samples of a selector with a range, by series, in the order of time.
    pub async fn samples(&self, selector: &str) -> Result<BTreeMap<Series, Vec<f64>>, String> {
        let result = self.result(selector).await?;
        let samples = |one: &Value| {
            let pairs = one["values"].as_array().cloned().unwrap_or_default();
            pairs.iter().map(|pair| number(&pair[1])).collect()
        };
        Ok(result.iter().map(|one| (series(one), samples(one))).collect())
    }

    /// Waits until the expression has this value.
    pub async fn shows(&self, expression: &str, expected: f64) {
        until(expression, PATIENCE, async || {
            let value = self.value(expression).await?;
            let is_equal = (value - expected).abs() < 1e-9;
            if is_equal { Ok(()) } else { Err(format!("{expression} is {value}, not {expected}")) }
        })
        .await;
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The result of an expression at `present`, seconds since 1970, or now.
pub async fn ask(
    address: SocketAddr,
    expression: &str,
    present: Option<i64>,
) -> Result<Vec<Value>, String> {
    let query: String = url::form_urlencoded::byte_serialize(expression.as_bytes()).collect();
    let time = present.map(|present| format!("&time={present}")).unwrap_or_default();
    let reply = get(address, &format!("/api/v1/query?query={query}{time}")).await?;
    let answer: Value = serde_json::from_str(&reply.text).map_err(|error| error.to_string())?;
    let result = answer["data"]["result"].as_array();
    result.cloned().ok_or(format!("{expression}: {}", reply.text))
}

/// The first value of a result; an error if the result is empty.
pub fn value(expression: &str, result: &[Value]) -> Result<f64, String> {
    let first = result.first().ok_or(format!("{expression} is nothing"))?;
    Ok(number(&first["value"][1]))
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

fn series(one: &Value) -> Series {
    let labels = one["metric"].as_object().unwrap().iter();
    let labels = labels.map(|(label, value)| (label.as_str(), value.as_str().unwrap()));
    let (name, labels): (Vec<_>, Vec<_>) = labels.partition(|(label, _)| *label == "__name__");
    let name = name.first().map_or("", |(_, name)| name);
    Series::new(name, labels)
}

/// A loopback address that was free a moment ago; Prometheus does not report a port that it chose itself.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
