//! Requests over HTTP: the transport of production.
//!
//! Bounds connect, read and total time, and the size of the body: the decompressed bytes count, so that a
//! small answer cannot inflate without end. It sorts what goes wrong on the way into the closed set of
//! reasons and looks at nothing it reads. Made by the composition root of a workspace, used by the client.

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use url::Url;

use super::endpoint::Endpoint;
use super::error::{Failure, Reason, source_chain};
use super::reach::{self, Reach, ReachError};
use super::transport::{Answer, OnItsWay, Transport};

/// A pool of connections to one workspace.
#[derive(Debug)]
pub struct HttpTransport(reqwest::Client);

impl HttpTransport {
    /// A transport that has not connected yet; reads the certificate files.
    pub fn new(reach: &Reach) -> Result<Self, ReachError> {
        reach::build(reach).map(Self)
    }
}

impl Transport for HttpTransport {
    fn get(&self, endpoint: Endpoint, url: Url, headers: HeaderMap) -> OnItsWay<'_, Answer> {
        let request = self.0.get(url).headers(headers);
        Box::pin(async move {
            let mut answer = request.send().await.map_err(|error| failure(endpoint, &error))?;
            Ok(Answer {
                status: answer.status(),
                headers: std::mem::take(answer.headers_mut()),
                body: Box::pin(read(endpoint, answer)),
            })
        })
    }
}

/// A page of 100 rooms weighs 0.2 to 2 MB; what is larger than this is not a page.
const LARGEST_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The whole body, decompressed; [`Reason::TooLarge`] as soon as it passes the cap.
async fn read(endpoint: Endpoint, mut answer: reqwest::Response) -> Result<Bytes, Failure> {
    let too_large = || {
        let what = format!("the answer is larger than {} MiB", LARGEST_BODY_BYTES / 1024 / 1024);
        Failure::new(endpoint, Reason::TooLarge, what)
    };
    let announced = usize::try_from(answer.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > LARGEST_BODY_BYTES {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(announced);
    while let Some(chunk) = answer.chunk().await.map_err(|error| failure(endpoint, &error))? {
        if body.len() + chunk.len() > LARGEST_BODY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Words of the TLS stack; an alert is what a server answers that misses our certificate.
const TLS_HINTS: [&str; 5] =
    ["certificate", "handshake", "tls", "InvalidContentType", "fatal alert"];

/// A body that breaks off counts as undecodable with the HTTP client, though its connection is what failed.
const TORN: &str = "reading a body from connection";

/// Sorts a transport error of the HTTP client into a reason, by the sources it carries.
fn failure(endpoint: Endpoint, error: &reqwest::Error) -> Failure {
    let chain = source_chain(error);
    let reason = if error.is_timeout() {
        Reason::Timeout
    } else if chain.contains("dns error") || chain.contains("lookup address") {
        Reason::Dns
    } else if TLS_HINTS.iter().any(|hint| chain.contains(hint)) {
        Reason::Tls
    } else if error.is_decode() && !chain.contains(TORN) {
        Reason::Decode
    } else {
        Reason::Connect
    };
    let what = match reason {
        Reason::Timeout => "no answer in time".to_owned(),
        _ => chain,
    };
    Failure::new(endpoint, reason, what)
}
