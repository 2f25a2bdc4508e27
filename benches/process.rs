//! Benchmark: the whole process as a user runs it. Measured are the size of the binary, the time to its first page,
//! and its memory.
//!
//! Goals: a binary of 12 MB; /metrics within 50 ms of the start; 12 MiB resident with an empty workspace; 20 MiB
//! resident with 10 000 open rooms and as many series. The simulator runs in this process and the release binary of
//! the exporter runs in another process, so that the measured memory belongs to the exporter alone. The exporter
//! keeps a state. Memory is measured with the default allocator settings and with the settings of the image and the
//! systemd unit.
//!
//! `cargo bench --profile release --bench process` measures the binary that is shipped: the profile of the benches
//! keeps the symbols, which make the binary larger.

mod call_centre;

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use call_centre::Size;
use rocketchat_omnichannel_exporter::simulator::Simulator;

const EXPORTER: &str = env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter");
const EMPTY: Size = Size { departments: 1, agents: 1, rooms: 0 };
const LARGE: Size = Size { departments: 32, agents: 280, rooms: 10_000 };
const ALLOCATORS: [(&str, Option<&str>); 2] = [("as it is", None), ("as deployed", Some("131072"))];
const CYCLES: usize = 6;
const PATIENCE: Duration = Duration::from_secs(180);
const STARTS: usize = 9;
const OPEN_LIST: &str = "last_success_timestamp_seconds{workspace=\"acme\",collector=\"open\"} ";

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let size = std::fs::metadata(EXPORTER)?.len() as f64 / 1e6;
    tell(&format!("binary: {size:.1} MB, goal 12 MB"))?;
    for (name, size, goal) in [("empty", EMPTY, 12), ("large", LARGE, 20)] {
        let login = call_centre::settings(size);
        let simulator = runtime.block_on(Simulator::start(login.clone()))?;
        call_centre::populate(&simulator, size);
        let config = format!(
            "poll: {{interval: 6s, max_requests_per_minute: 1000000}}\n\
             workspaces:\n  - {{name: acme, url: '{}', user_id: {}, auth_token: {}}}\n",
            simulator.url(),
            login.user_id,
            login.token
        );
        if size.rooms == 0 {
            tell(&starts(&config)?)?;
        }
        for (allocator, threshold) in ALLOCATORS {
            let memory = memory(Exporter::start(&config, threshold)?, size.rooms)?;
            tell(&format!("{name}, allocator {allocator}, goal {goal} MiB: {memory}"))?;
        }
    }
    Ok(())
}

fn tell(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

fn memory(mut exporter: Exporter, rooms: usize) -> Result<String, Box<dyn Error>> {
    let page = exporter.after_cycles(rooms)?;
    let series = page.lines().filter(|line| !line.starts_with('#')).count();
    let [rss, peak] = exporter.memory()?;
    Ok(format!(
        "{rooms} open rooms, {series} series, page of {} kB; after {CYCLES} cycles RSS {rss:.1} MiB, \
         at most {peak:.1} MiB",
        page.len() / 1000
    ))
}

fn starts(config: &str) -> Result<String, Box<dyn Error>> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut exporter = Exporter::start(config, None)?;
        exporter.page()?;
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    let best = took.first().copied().unwrap_or_default();
    let median = took.get(STARTS / 2).copied().unwrap_or_default();
    Ok(format!("start to the first /metrics: best {best:.0} ms, median {median:.0} ms, goal 50 ms"))
}

/// The exporter in a separate process. The process is killed when this value is dropped.
struct Exporter {
    child: Child,
    address: SocketAddr,
    _config: tempfile::NamedTempFile,
    _state: tempfile::TempDir,
}

impl Exporter {
    fn start(config: &str, threshold: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let mut file = tempfile::Builder::new().suffix(".yaml").tempfile()?;
        file.write_all(config.as_bytes())?;
        let state = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(EXPORTER)
            .envs(threshold.map(|bytes| ("MALLOC_MMAP_THRESHOLD_", bytes)))
            .arg("--config.file")
            .arg(file.path())
            .arg("--state.directory")
            .arg(state.path())
            .args(["--web.listen-address", &address.to_string()])
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, address, _config: file, _state: state })
    }

    /// The page; waits until the exporter listens.
    fn page(&mut self) -> Result<String, Box<dyn Error>> {
        let began = Instant::now();
        loop {
            match TcpStream::connect(self.address) {
                Ok(stream) => return get(stream),
                Err(_) if began.elapsed() < PATIENCE && self.child.try_wait()?.is_none() => {
                    std::thread::sleep(Duration::from_micros(200));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The page after all rooms are tracked and [`CYCLES`] more scans of the rooms are complete.
    fn after_cycles(&mut self, rooms: usize) -> Result<String, Box<dyn Error>> {
        let began = Instant::now();
        let tracked = format!("tracked_chats{{workspace=\"acme\"}} {rooms}\n");
        let (mut last, mut scans) = (String::new(), 0);
        while began.elapsed() < PATIENCE {
            let page = self.page()?;
            let scan = page.lines().find(|line| line.contains(OPEN_LIST));
            if page.contains(&tracked) && scan.is_some_and(|scan| scan != last) {
                scan.unwrap_or_default().clone_into(&mut last);
                scans += 1;
            }
            if scans > CYCLES {
                return Ok(page);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Err(format!("{scans} scans of the {rooms} rooms in {PATIENCE:?}").into())
    }

    /// Resident memory now and its maximum so far, MiB.
    fn memory(&self) -> Result<[f64; 2], Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |key: &str| -> Option<f64> {
            let line = status.lines().find(|line| line.starts_with(key))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let [rss, peak] = ["VmRSS:", "VmHWM:"].map(kib);
        Ok([rss, peak].map(|kib| kib.unwrap_or(f64::NAN) / 1024.0))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _was_running = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

fn get(mut stream: TcpStream) -> Result<String, Box<dyn Error>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, page) = answer.split_once("\r\n\r\n").ok_or("not an answer")?;
    Ok(page.to_owned())
}
