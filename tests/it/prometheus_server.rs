//! A real Prometheus with one target, and queries of its samples.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpSocket;

use crate::counts::{Counted, Series};
use crate::process::binary::{PATIENCE, ask_within, get, until};

/// Longest time of one query: a week of many series takes a while, even on a fast machine.
const LONGEST_QUERY: Duration = Duration::from_secs(600);

/// Times at which an expression is evaluated, in seconds since 1970; both ends belong to them.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub begin: i64,
    pub end: i64,
    pub step: i64,
}

/// A server that scrapes one target and ends with the test.
pub struct Prometheus {
    program: PathBuf,
    child: Child,
    address: SocketAddr,
    _port: TcpSocket,
    directory: tempfile::TempDir,
    /// Time at which expressions are evaluated, seconds since 1970; `None` for the present.
    present: Option<i64>,
    /// Flags of the server.
    flags: Vec<String>,
}

impl Prometheus {
    /// Starts to scrape; `every` is the interval in the syntax of the configuration.
    pub fn start(target: SocketAddr, every: &str) -> Self {
        Self::reaching(target, every, "")
    }

    /// The same; `how` is inserted into the job's configuration and ends with a comma: scheme, TLS and credentials.
    pub fn reaching(target: SocketAddr, every: &str, how: &str) -> Self {
        let job = format!("{how} static_configs: [{{targets: ['{target}']}}]");
        Self::scraping("prometheus".into(), every, &job, &[])
    }

    /// A server of this program with these flags that scrapes one job with this configuration, in YAML's flow style.
    pub fn scraping(program: PathBuf, every: &str, job: &str, flags: &[String]) -> Self {
        let config = format!(
            "global: {{scrape_interval: {every}, scrape_timeout: {every}}}\n\
             scrape_configs: [{{job_name: rocketchat, {job}}}]\n"
        );
        Self::with_configuration(program, &config, flags)
    }

    /// A server with this configuration that scrapes each second, unless the configuration says how often.
    pub fn configured(configuration: &str) -> Self {
        let config =
            format!("global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n{configuration}");
        Self::with_configuration("prometheus".into(), &config, &[])
    }

    fn with_configuration(program: PathBuf, config: &str, flags: &[String]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("prometheus.yml"), config).unwrap();
        let (port, address) = reserved();
        let child = Self::spawn(&program, directory.path(), address, flags);
        let (present, flags) = (None, flags.to_vec());
        Self { program, child, address, _port: port, directory, present, flags }
    }

    /// A server without targets, filled from an OpenMetrics text; expressions are evaluated at `present`.
    pub fn holding(history: &Path, present: Option<i64>) -> Self {
        Self::filled(&[history.to_owned()], present, &[])
    }

    /// The same with several texts. A sample is valid for less than `step` seconds, the time to the next one.
    pub fn holding_all(histories: &[PathBuf], present: i64, step: i64) -> Self {
        let lookback = format!("--query.lookback-delta={}s", step - 1);
        let patient = format!("--query.timeout={}s", LONGEST_QUERY.as_secs());
        Self::filled(histories, Some(present), &[lookback, patient])
    }

    fn filled(histories: &[PathBuf], present: Option<i64>, flags: &[String]) -> Self {
        let fill = |data: &Path| histories.iter().for_each(|history| create_blocks(history, data));
        Self::with_data("prometheus".into(), fill, present, flags)
    }

    /// A server without targets, by this program; `fill` puts blocks into its data directory.
    pub fn with_data(
        program: PathBuf,
        fill: impl FnOnce(&Path),
        present: Option<i64>,
        flags: &[String],
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fill(&directory.path().join("data"));
        std::fs::write(directory.path().join("prometheus.yml"), "global: {}\n").unwrap();
        let (port, address) = reserved();
        let child = Self::spawn(&program, directory.path(), address, flags);
        let flags = flags.to_vec();
        Self { program, child, address, _port: port, directory, present, flags }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The address for queries.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The log since the latest start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// Adds the samples of another text. The server starts again, because otherwise it reads new blocks after a minute.
    pub fn add(&mut self, history: &Path) {
        drop(self.child.kill());
        drop(self.child.wait());
        create_blocks(history, &self.data());
        self.child = Self::spawn(&self.program, self.directory.path(), self.address, &self.flags);
    }

    /// Waits until the server answers queries.
    pub async fn ready(&self) {
        until("the server is ready", PATIENCE, async || {
            let reply = get(self.address, "/-/ready").await?;
            if reply.status == 200 { Ok(()) } else { Err(reply.text) }
        })
        .await;
    }

    /// The values of an expression over a time, by the labels of its series.
    pub async fn over(&self, expression: &str, range: Range) -> Result<Matrix, String> {
        self.ready().await;
        let query: String = url::form_urlencoded::byte_serialize(expression.as_bytes()).collect();
        let Range { begin, end, step } = range;
        let path = format!("/api/v1/query_range?query={query}&start={begin}&end={end}&step={step}");
        let url = self.url() + &path;
        let text = ask_within(LONGEST_QUERY, Method::GET, &url).await?.text;
        let answer: Answer =
            serde_json::from_str(&text).map_err(|error| format!("{error}: {text:.500}"))?;
        Ok(answer.data.result.into_iter().map(|it| (it.metric, it.values)).collect())
    }

    fn spawn(program: &Path, directory: &Path, address: SocketAddr, flags: &[String]) -> Child {
        let log = std::fs::File::create(directory.join("log")).unwrap();
        Command::new(program)
            .current_dir(directory)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus is missing: apt-get install prometheus")
    }

    /// The series of a result as Prometheus answers them.
    pub async fn result(&self, expression: &str) -> Result<Vec<Value>, String> {
        ask(self.address, expression, self.present).await.map_err(|error| error + &self.log())
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

    /// The values of an expression at this time, seconds since 1970, by series.
    pub async fn values_at(&self, expression: &str, at: f64) -> Result<Counted, String> {
        let result = ask_at(self.address, expression, &format!("&time={at:.3}")).await?;
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

/// The values of series over a time, with the time of each in seconds since 1970.
pub type Matrix = Vec<(BTreeMap<String, String>, Vec<(i64, String)>)>;

#[derive(Debug, Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    result: Vec<OneSeries>,
}

#[derive(Debug, Deserialize)]
struct OneSeries {
    metric: BTreeMap<String, String>,
    values: Vec<(i64, String)>,
}

fn create_blocks(history: &Path, data: &Path) {
    let blocks = Command::new("promtool")
        .args(["tsdb", "create-blocks-from", "--max-block-duration=60h", "openmetrics"])
        .args([history, data])
        .output()
        .expect("promtool is missing: apt-get install prometheus");
    assert!(blocks.status.success(), "{}", String::from_utf8_lossy(&blocks.stderr));
}

/// The result of an expression at `present`, seconds since 1970, or now.
pub async fn ask(
    address: SocketAddr,
    expression: &str,
    present: Option<i64>,
) -> Result<Vec<Value>, String> {
    let time = present.map(|present| format!("&time={present}")).unwrap_or_default();
    ask_at(address, expression, &time).await
}

/// The result of an expression; `time` is its parameter in the query, or nothing for now.
async fn ask_at(address: SocketAddr, expression: &str, time: &str) -> Result<Vec<Value>, String> {
    let query: String = url::form_urlencoded::byte_serialize(expression.as_bytes()).collect();
    let url = format!("http://{address}/api/v1/query?query={query}{time}");
    let reply = ask_within(PATIENCE, Method::GET, &url).await?;
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

/// A loopback address for a server that does not report a port that it chose itself. The socket does not listen: while
/// it exists, the system gives the port to nobody who asks for any port, but a server that reuses addresses, as one
/// written in Go does, can listen on it.
pub fn reserved() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
