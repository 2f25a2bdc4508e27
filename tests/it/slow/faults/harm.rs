//! Damage to an answer on its way, down to its bytes and their timing.

use std::convert::Infallible;
use std::future::ready;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::simulator::Reply;
use rocketchat_omnichannel_exporter::simulator::world::VISITOR_MARKER;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::proxy::Asked;
use super::twist::{Twist, brackets};
use crate::process::binary::{PATIENCE, until};

/// The wait that a 429 asks for, if it names one.
const WAIT: SignedDuration = SignedDuration::from_secs(3);
const MIB: usize = 1024 * 1024;
const JSON: &str = "application/json";

/// Values of the surroundings that damage needs.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Another host, the target of redirects.
    pub elsewhere: SocketAddr,
    /// The token, which no output of the exporter may show.
    pub token: String,
}

/// The form in which a 429 gives the time of the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    Seconds,
    Date,
    Reset,
    Text,
    Silence,
}

/// One kind of damage.
#[derive(Debug, Clone, Copy)]
pub enum Harm {
    /// No answer comes.
    Hang,
    /// Half of the body comes, then nothing more.
    HangInside,
    /// One byte of the body comes each second.
    Drip,
    ResetInHead,
    ResetInBody,
    Status(u16),
    /// A page of a proxy or firewall with this status.
    Page(u16),
    /// A refusal with this `errorType`.
    Refused(u16, &'static str),
    TooManyRequests(Advice),
    /// A redirect to another host.
    Moved(u16),
    /// Half of the body, complete as an answer.
    CutJson,
    CutGzip,
    GzipBomb,
    /// A body of 200 MB without a stated length.
    Endless,
    ContentType(&'static str),
    /// This body with status 200.
    Body(&'static str),
    /// A hundred thousand brackets in place of an answer.
    Brackets,
    /// The true answer with changed JSON.
    Twisted(Twist),
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub fn of(reply: &Reply) -> Self {
        let (headers, body) = (reply.headers.clone(), reply.body.clone().into_bytes());
        Self { status: reply.status, headers, body }
    }

    fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }.with("content-type", content_type)
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    fn head(&self, framing: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} -\r\n{framing}\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        (head + "\r\n").into_bytes()
    }

    fn head_with_length(&self) -> Vec<u8> {
        self.head(&format!("content-length: {}", self.body.len()))
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head_with_length(), self.body.clone()].concat()
    }
}

fn gzip(pieces: &[&[u8]]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for piece in pieces {
        encoder.write_all(piece).unwrap();
    }
    encoder.finish().unwrap()
}

/// A small compressed body that is 64 MiB of valid JSON. The first call takes a while, so it must come before a client
/// waits for the body.
pub fn bomb() -> &'static [u8] {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let blank = vec![b' '; MIB];
        let blanks = std::iter::repeat_n(blank.as_slice(), 64);
        let pieces: Vec<&[u8]> = blanks.chain([&br#"{"success":true}"#[..]]).collect();
        gzip(&pieces)
    })
}

impl Harm {
    /// Sends the damaged answer. An error resets the connection.
    pub async fn deliver(
        self,
        stream: &mut TcpStream,
        reply: &Reply,
        asked: &Asked,
        scene: &Scene,
        now: Timestamp,
    ) -> io::Result<()> {
        let truth = Answer::of(reply);
        match self {
            Self::Hang => held(stream).await.map(|never| match never {}),
            Self::HangInside => {
                let half = truth.body.len() / 2;
                stream.write_all(&truth.head_with_length()).await?;
                stream.write_all(&truth.body[..half]).await?;
                held(stream).await.map(|never| match never {})
            }
            Self::Drip => drip(stream, &truth).await,
            Self::ResetInHead => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await?;
                stream.flush().await?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Self::ResetInBody => {
                let half = truth.body.len() / 2;
                stream.write_all(&truth.head_with_length()).await?;
                stream.write_all(&truth.body[..half]).await?;
                acknowledged(stream).await;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Self::Endless => endless(stream, &truth).await,
            _ => stream.write_all(&self.spoilt(truth, asked, scene, now).bytes()).await,
        }
    }

    /// A complete answer with wrong content.
    fn spoilt(self, truth: Answer, asked: &Asked, scene: &Scene, now: Timestamp) -> Answer {
        let words = format!("{VISITOR_MARKER} {}", scene.token);
        let failure = |status| {
            let body = format!("{{\"success\":false,\"error\":\"{words}\"}}");
            Answer::new(status, JSON, body)
        };
        match self {
            Self::Status(status) => failure(status),
            Self::Page(status) => {
                let page = format!("<html><head><title>{status}</title></head>{words}</html>");
                Answer::new(status, "text/html", page)
            }
            Self::Refused(status, word) => {
                let error = format!("{words} [{word}]");
                let body =
                    format!("{{\"success\":false,\"error\":\"{error}\",\"errorType\":\"{word}\"}}");
                Answer::new(status, JSON, body)
            }
            Self::TooManyRequests(advice) => too_many(failure(429), advice, now),
            Self::Moved(status) => {
                let to = format!("http://{}/?{VISITOR_MARKER}={}", scene.elsewhere, scene.token);
                Answer::new(status, "text/html", words).with("location", to)
            }
            Self::CutJson => {
                let half = truth.body.len() / 2;
                Answer { body: truth.body[..half].to_vec(), ..truth }
            }
            Self::CutGzip => {
                let mut body = gzip(&[&truth.body]);
                body.truncate(body.len() / 2);
                Answer { body, ..truth }.with("content-encoding", "gzip")
            }
            Self::GzipBomb => {
                Answer { body: bomb().to_vec(), ..truth }.with("content-encoding", "gzip")
            }
            Self::ContentType(content_type) => truth.with("content-type", content_type),
            Self::Body(body) => {
                Answer::new(200, "text/html", body.replace("{words}", &words).into_bytes())
            }
            Self::Brackets => Answer { body: brackets().into_bytes(), ..truth },
            Self::Twisted(twist) => {
                let body = twist.apply(&truth.body, &asked.query);
                Answer { body, ..truth }
            }
            _ => truth,
        }
    }
}

fn too_many(answer: Answer, advice: Advice, now: Timestamp) -> Answer {
    let end = now + WAIT;
    match advice {
        Advice::Seconds => answer.with("retry-after", WAIT.as_secs().to_string()),
        Advice::Date => answer.with("retry-after", httpdate::fmt_http_date(end.into())),
        Advice::Reset => answer
            .with("x-ratelimit-limit", "100000")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", end.as_millisecond().to_string()),
        Advice::Text => {
            let text = "Error, too many requests. Please slow down. You must wait 3 seconds before \
                        trying this endpoint again. [error-too-many-requests]";
            let body = format!("{{\"success\":false,\"error\":\"{text}\"}}");
            Answer { body: body.into_bytes(), ..answer }
        }
        Advice::Silence => answer,
    }
    // The server's time, against which a date in a header is read.
    .with("date", httpdate::fmt_http_date(now.into()))
}

/// Sends nothing until the other side closes.
async fn held(stream: &mut TcpStream) -> io::Result<Infallible> {
    loop {
        stream.read_u8().await?;
    }
}

/// Waits until the peer has acknowledged every byte: a reset discards the bytes that are not acknowledged yet.
async fn acknowledged(stream: &TcpStream) {
    let (Ok(own), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) else { return };
    let look = move || match unacknowledged([own.port(), peer.port()]).as_deref() {
        Some("00000000") => ready(Ok(())),
        bytes => ready(Err(format!("{bytes:?}"))),
    };
    until("no byte is unacknowledged", PATIENCE, look).await;
}

/// Number of bytes that the peer has not acknowledged, as the kernel's table of connections shows it. The table may lack
/// a connection while others come and go.
fn unacknowledged(ports: [u16; 2]) -> Option<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let [own, peer] = ports.map(|port| format!(":{port:04X}"));
    let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row[1].ends_with(&own) && row[2].ends_with(&peer))?;
    Some(row[4].split(':').next()?.to_owned())
}

async fn drip(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    stream.write_all(&answer.head_with_length()).await?;
    for byte in answer.body.chunks(1) {
        stream.write_all(byte).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Sends 200 MB of blanks; each piece is written when the piece before has left.
async fn endless(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    stream.write_all(&answer.head("transfer-encoding: chunked")).await?;
    let blank = vec![b' '; MIB / 8];
    let size = format!("{:x}\r\n", blank.len());
    for _ in 0..1_600 {
        stream.write_all(size.as_bytes()).await?;
        stream.write_all(&blank).await?;
        stream.write_all(b"\r\n").await?;
    }
    let size = format!("{:x}\r\n", answer.body.len());
    let end = [size.as_bytes(), &answer.body, b"\r\n0\r\n\r\n"].concat();
    stream.write_all(&end).await
}
