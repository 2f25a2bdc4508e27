//! Exporters in processes of their own: this exporter as it is released, and the exporter in Python.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::cpu;
use crate::http::Client;

const PYTHON_EXPORTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python_exporter.py");
const PATIENCE: Duration = Duration::from_mins(10);

/// The programs that are measured.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The released binary of this exporter.
    pub exporter: PathBuf,
    /// A Python that has the packages of `requirements.txt`.
    pub python: PathBuf,
}

/// An exporter in a process, which ends with this value.
pub struct Running {
    child: Child,
    address: SocketAddr,
    _files: Vec<tempfile::TempDir>,
}

impl Running {
    /// This exporter with this configuration. It keeps a state, and its allocator is set as in the image and the unit.
    pub fn exporter(programs: &Programs, config: &str) -> Result<Self> {
        let (files, address) = (tempfile::tempdir()?, free_address()?);
        let path = files.path().join("config.yaml");
        std::fs::File::create(&path)?.write_all(config.as_bytes())?;
        let state = files.path().join("state");
        std::fs::create_dir(&state)?;
        let mut command = Command::new(&programs.exporter);
        command.env("MALLOC_MMAP_THRESHOLD_", "131072").arg("--config.file").arg(path);
        command.arg("--state.directory").arg(state);
        command.args(["--web.listen-address", &address.to_string(), "--log.level", "error"]);
        let child = command.stdin(Stdio::null()).spawn().context("the exporter does not start")?;
        Ok(Self { child, address, _files: vec![files] })
    }

    /// The exporter in Python with these variables.
    pub fn python(programs: &Programs, variables: &[(&str, String)]) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&programs.python);
        command.arg(PYTHON_EXPORTER).env("PORT", address.port().to_string());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let child = command.stdin(Stdio::null()).spawn().context("Python does not start")?;
        Ok(Self { child, address, _files: Vec::new() })
    }

    /// One scrape of the page with this path, compressed, as Prometheus asks; the text of the page.
    pub fn scrape(&self, path: &str) -> Result<String> {
        let mut client = Client::connect(self.address, path, "gzip")?;
        let mut page = String::new();
        flate2::read::GzDecoder::new(client.scrape()?).read_to_string(&mut page)?;
        Ok(page)
    }

    /// Scrapes in this rhythm until the condition holds for the page with this path.
    pub fn until(
        &mut self,
        path: &str,
        rhythm: Duration,
        holds: impl Fn(&str) -> bool,
    ) -> Result<String> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match self.scrape(path) {
                Ok(page) if holds(&page) => return Ok(page),
                _ => std::thread::sleep(rhythm),
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the exporter ended: {status}");
            }
        }
        bail!("the exporter is not ready within {PATIENCE:?}")
    }

    pub fn cpu(&self) -> Result<Duration> {
        cpu::of_process(self.child.id())
    }

    /// The most resident memory so far, MiB.
    pub fn peak_mib(&self) -> Result<f64> {
        Ok(peak_kib(self.child.id())? as f64 / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The most resident memory of a process so far, KiB.
pub fn peak_kib(process: u32) -> Result<u64> {
    let status =
        std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).context("an empty VmHWM")?.parse()?)
}
