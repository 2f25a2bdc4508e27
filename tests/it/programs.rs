//! Real servers and proxies for tests: one process each, which ends with the test.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time that a program takes to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that is killed when it is dropped.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a program on a free port of loopback and waits until it listens. If another process took the port first,
/// the program ends and is started again on another port.
pub fn listening(package: &str, command: impl Fn(u16) -> Command) -> (Program, SocketAddr) {
    let mut attempts = std::iter::repeat_with(|| listening_once(package, &command)).take(5);
    attempts.find_map(|it| it).unwrap_or_else(|| panic!("{package} ends as soon as it begins"))
}

/// Starts the program once; `None` if the program has ended.
fn listening_once(
    package: &str,
    command: &impl Fn(u16) -> Command,
) -> Option<(Program, SocketAddr)> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let child = command(address.port()).stdin(Stdio::null()).spawn();
    let mut program = Program(child.unwrap_or_else(|_| panic!("apt-get install {package}")));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let is_listened_on = TcpStream::connect(address).is_ok();
        // If another process took the port, the connection succeeds too, so check that the program still runs.
        if program.0.try_wait().unwrap().is_some() {
            return None;
        }
        if is_listened_on {
            return Some((program, address));
        }
        assert!(Instant::now() < deadline, "{package} does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Node as an API that answers every GET with an empty list of chats. `options` are Node's options for an HTTP server
/// or, with `cert`, for an HTTPS server; file names in them are relative to `folder`.
pub fn node(folder: &Path, options: &str) -> (Program, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/api.mjs");
    let child = Command::new("node")
        .current_dir(folder)
        .args([script, options])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.expect("node is missing: apt-get install nodejs");
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (Program(child), url.trim().to_owned())
}
