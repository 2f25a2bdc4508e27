//! Real servers and proxies beside the exporter: a process each, ended with the test.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// No program takes longer to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that ends when it is dropped.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Started on a port of loopback that was free, and listening.
pub fn listening(package: &str, command: impl FnOnce(u16) -> Command) -> (Program, SocketAddr) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut command = command(address.port());
    let child = command.stdin(Stdio::null()).spawn();
    let program = Program(child.unwrap_or_else(|_| panic!("apt-get install {package}")));
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "{package} does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    (program, address)
}

/// Node as an API that answers every GET with no chats; `options` are Node's own for a server of HTTP or, with `cert`,
/// of HTTPS, files named relative to `folder`.
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
