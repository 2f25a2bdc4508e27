//! One process of the exporter, which ends with the test.

use std::io::{BufRead, BufReader, PipeWriter, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{PATIENCE, Reply, body_of, get, until};
use crate::plain_http;
use crate::watching::{Numbers, numbers};

const BINARY: &str = env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter");
const FREE_PORT: [&str; 2] = ["--web.listen-address", "127.0.0.1:0"];

/// The output of one stream so far.
#[derive(Debug, Default)]
struct Heard {
    text: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

impl Heard {
    fn listen(stream: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&text);
        let listener = thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                *heard.lock().unwrap() += &(line + "\n");
            }
        });
        Self { text, listener: Some(listener) }
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    fn drained(&mut self) -> String {
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
        self.so_far()
    }
}

/// A running exporter.
#[derive(Debug)]
pub struct Exporter {
    child: Child,
    stdout: Heard,
    stderr: Heard,
}

/// The end of a process: exit code and output.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Exporter {
    /// Starts the binary with these arguments and only these variables.
    pub fn start(arguments: &[&str], variables: &[(&str, String)]) -> Self {
        Self::run(Command::new(BINARY).args(arguments), variables)
    }

    fn run(command: &mut Command, variables: &[(&str, String)]) -> Self {
        let mut child = command
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Heard::listen(child.stdout.take().unwrap());
        let stderr = Heard::listen(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Serves on a free port of loopback.
    pub fn serve(arguments: &[&str], variables: &[(&str, String)]) -> Self {
        Self::start(&[&FREE_PORT, arguments].concat(), variables)
    }

    /// The same as `serve` without SIGXFSZ: a file that may not grow is an error and does not end the process.
    pub fn serve_without_file_signals(arguments: &[&str], variables: &[(&str, String)]) -> Self {
        let script = ["-c", "trap '' XFSZ; exec \"$@\"", "sh", BINARY];
        let mut command = Command::new("/bin/sh");
        Self::run(command.args(script).args(FREE_PORT).args(arguments), variables)
    }

    /// Serves with these limits of open files, the soft and the hard one.
    pub fn with_open_files(
        (soft, hard): (u32, u32),
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        let script = format!("ulimit -Sn {soft}; ulimit -Hn {hard}; exec \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, "sh", BINARY]);
        Self::run(command.args(FREE_PORT).args(arguments), variables)
    }

    /// Serves while this directory cannot be synced, as on CIFS: strace answers in place of the file system.
    pub fn without_sync_of(
        directory: &Path,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        Self::tampered(directory, "fsync:error=EINVAL", arguments, variables)
    }

    /// Serves while strace changes the system calls on this path as `injected` says, in strace's syntax.
    pub fn tampered(
        path: &Path,
        injected: &str,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        let (call, _) = injected.split_once(':').unwrap();
        let mut command = Command::new("/usr/bin/strace");
        command.args(["-D", "-f", "-q", "-o", "/dev/null", "-P"]).arg(path);
        command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={injected}")]);
        Self::run(command.arg(BINARY).args(FREE_PORT).args(arguments), variables)
    }

    /// Serves; each thread can open this file `opened` times, then it hangs for 40 s, as on a dead network mount. The
    /// process cannot end until strace lets the hanging thread go.
    pub fn with_hanging(
        file: &Path,
        opened: usize,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        let mut command = Command::new("/usr/bin/strace");
        let hang = format!("inject=openat:delay_enter=40s:when={}+", opened + 1);
        command.args(["-D", "-f", "-q", "-o", "/dev/null", "-P"]).arg(file);
        command.args(["-e", "trace=openat", "-e", &hang]);
        Self::run(command.arg(BINARY).args(FREE_PORT).args(arguments), variables)
    }

    /// Serves with only the system calls of a systemd unit, and without capabilities.
    pub fn confined(unit: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/systemd/confined");
        let mut command = Command::new("/usr/bin/setpriv");
        command.args(["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]);
        command.arg("/usr/bin/python3").args([Path::new(script), unit, Path::new(BINARY)]);
        Self::run(command.args(FREE_PORT).args(arguments), variables)
    }

    /// Starts the binary under this host name; needs root.
    pub fn on_host(name: &str, arguments: &[&str]) -> Self {
        let script =
            ["--uts", "sh", "-c", "hostname \"$1\"; shift; exec \"$@\"", "sh", name, BINARY];
        Self::run(Command::new("/usr/bin/unshare").args(script).args(arguments), &[])
    }

    /// Starts the binary with this file as `/etc/resolv.conf`; needs root.
    pub fn resolving(resolv_conf: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        let script = "mount --bind \"$1\" /etc/resolv.conf; shift; exec \"$@\"";
        let mut command = Command::new("/usr/bin/unshare");
        command.args(["--mount", "/bin/sh", "-ec", script, "sh"]).arg(resolv_conf).arg(BINARY);
        Self::run(command.args(arguments), variables)
    }

    /// Serves and writes all output to this pipe.
    pub fn speaking_into(
        pipe: PipeWriter,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Self {
        let mut command = Command::new(BINARY);
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdout(pipe.try_clone().unwrap()).stderr(pipe);
        let child = command.spawn().unwrap();
        Self { child, stdout: Heard::default(), stderr: Heard::default() }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The log of the process so far.
    pub fn stderr(&self) -> String {
        self.stderr.so_far()
    }

    /// The standard output of the process so far.
    pub fn stdout(&self) -> String {
        self.stdout.so_far()
    }

    /// The address from the log line "Serving metrics."
    pub async fn address(&self) -> SocketAddr {
        until("it says where it serves", PATIENCE, async || {
            let log = self.stderr();
            let line = log.lines().find(|line| line.contains("Serving metrics."));
            let address = line.and_then(|line| line.split("address=").nth(1)?.split(' ').next());
            address.map(|address| address.parse().unwrap()).ok_or(log)
        })
        .await
    }

    /// The answer to a GET request.
    pub async fn get(&self, path: &str) -> Reply {
        get(self.address().await, path).await.unwrap()
    }

    /// The page in OpenMetrics.
    pub async fn openmetrics(&self) -> String {
        let url = format!("http://{}/metrics", self.address().await);
        let client = plain_http::client().build().unwrap();
        let asked = client.get(url).header("accept", "application/openmetrics-text;version=1.0.0");
        String::from_utf8(body_of(asked.send().await.unwrap()).await.unwrap()).unwrap()
    }

    /// The numbers of the page as soon as they fulfil the condition.
    pub async fn numbers_when(&self, what: &str, holds: impl Fn(&Numbers) -> bool) -> Numbers {
        let address = self.address().await;
        until(what, PATIENCE, async || {
            let page = get(address, "/metrics").await?.text;
            let numbers = numbers(&page);
            if holds(&numbers) { Ok(numbers) } else { Err(page + &self.stderr()) }
        })
        .await
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "kill -{name}");
    }

    /// Kills the process at once, as a power failure would; returns its log.
    pub fn kill_nine(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.stderr.drained()
    }

    /// Waits for the end of the process, at most for `patience`.
    pub async fn ended_within(&mut self, patience: Duration) -> Ended {
        let asked = Instant::now();
        let status = until("the process ends", patience, async || {
            let status = self.child.try_wait().unwrap();
            status.ok_or_else(|| {
                format!("still running after {:?}: {}", asked.elapsed(), self.stderr.so_far())
            })
        })
        .await;
        Ended { code: status.code(), stdout: self.stdout.drained(), stderr: self.stderr.drained() }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
