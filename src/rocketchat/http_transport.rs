//! The HTTP transport of production.
//!
//! It limits the time of look-up, connect, read and the whole request, and the size of the body. The decompressed size
//! counts, so that a small answer cannot grow without limit. The memory of all bodies together is limited too. The
//! transport does not interpret the body.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::answer_memory::{AnswerMemory, LARGEST_BYTES, MemoryTaken, SMALL_BYTES};
use super::content_encoding::{self, DecompressError};
use super::endpoint::Endpoint;
use super::error::{Failure, Reason};
use super::http_settings::{self, HttpSettings, HttpSettingsError};
use super::resolver::Resolver;
use super::tls;
use super::transport::{Answer, Transport, TransportFuture, TransportRequest};
use super::transport_failure::Peer;

/// The most connections to a workspace that stay open between two polls. The lists of a poll are asked for at once, over
/// six connections or so; each takes 27 KiB, and over TLS twice as much. Most servers close them sooner than the next
/// poll.
const MOST_IDLE: usize = 1;

/// Connections to one workspace.
#[derive(Debug)]
pub struct HttpTransport {
    /// Keeps connections for later requests.
    pooled: reqwest::Client,
    /// Opens a new connection for each request.
    unpooled: reqwest::Client,
    asks_for_gzip: bool,
    timeout: Duration,
    peer: Peer,
}

impl HttpTransport {
    /// A transport that has not connected yet. Reads the certificate files.
    pub fn new(http_settings: &HttpSettings) -> Result<Self, HttpSettingsError> {
        let peer = Peer::of(http_settings);
        // Plain http needs no certificates, but the configured files are checked nevertheless.
        let names_files = http_settings.ca_file.is_some() || http_settings.identity.is_some();
        let needs_tls = peer.speaks_tls() || names_files;
        let tls = if needs_tls { tls::client_config(http_settings) } else { tls::unused() }?;
        let resolver = Arc::new(Resolver::default());
        let client = |most_idle| {
            let builder = http_settings::builder(http_settings)?.pool_max_idle_per_host(most_idle);
            let builder = builder.dns_resolver(Arc::clone(&resolver));
            builder
                .tls_backend_preconfigured(tls.clone())
                .build()
                .map_err(|error| HttpSettingsError::Tls(super::error::source_chain(&error)))
        };
        Ok(Self {
            pooled: client(MOST_IDLE)?,
            unpooled: client(0)?,
            asks_for_gzip: http_settings.gzip,
            timeout: http_settings.timeout,
            peer,
        })
    }

    async fn send(
        &self,
        endpoint: Endpoint,
        request: reqwest::RequestBuilder,
        headers: HeaderMap,
    ) -> Result<Answer, Failure> {
        let memory = AnswerMemory::until(Instant::now() + self.timeout);
        let mut request = request.headers(headers);
        if self.asks_for_gzip {
            request = request.header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let answer = request.send().await.map_err(|error| self.peer.failure(endpoint, &error))?;
        Ok(Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: Box::pin(read(endpoint, answer, self.peer, memory)),
        })
    }
}

impl Transport for HttpTransport {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let TransportRequest { endpoint, url, headers, anew } = request;
        let request = match anew {
            None => self.pooled.get(url),
            Some(at_most) => self.unpooled.get(url).timeout(at_most),
        };
        Box::pin(self.send(endpoint, request, headers))
    }
}

/// The whole body, decompressed; [`Reason::TooLarge`] as soon as it is larger than the limit.
async fn read(
    endpoint: Endpoint,
    mut answer: reqwest::Response,
    peer: Peer,
    mut memory: AnswerMemory,
) -> Result<Bytes, Failure> {
    let announced = usize::try_from(answer.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > LARGEST_BYTES {
        return Err(packed(endpoint, &DecompressError::TooLarge));
    }
    let headers = std::mem::take(answer.headers_mut());
    // The allocator keeps memory that was reserved at once for all answers, so more is reserved only with a memory
    // permit.
    let mut body = BytesMut::with_capacity(announced.min(SMALL_BYTES));
    while let Some(chunk) = answer.chunk().await.map_err(|error| peer.failure(endpoint, &error))? {
        if body.len() + chunk.len() > LARGEST_BYTES {
            return Err(packed(endpoint, &DecompressError::TooLarge));
        }
        let grown = memory.grow(body.len() + chunk.len()).await;
        grown.map_err(|MemoryTaken| crowded(endpoint))?;
        body.extend_from_slice(&chunk);
    }
    let unpacked = content_encoding::unpacked(&headers, body.freeze(), LARGEST_BYTES);
    unpacked.map_err(|why| packed(endpoint, &why))
}

fn crowded(endpoint: Endpoint) -> Failure {
    let what = "large answers of other workspaces use all the memory for answers";
    Failure::new(endpoint, Reason::Timeout, what)
}

fn packed(endpoint: Endpoint, why: &DecompressError) -> Failure {
    let reason = if *why == DecompressError::TooLarge { Reason::TooLarge } else { Reason::Decode };
    Failure::new(endpoint, reason, why.to_string())
}
