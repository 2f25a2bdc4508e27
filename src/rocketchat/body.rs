//! Reads the body of an answer, never more than a page can weigh.
//!
//! The cap holds for the decompressed bytes, so that a small answer cannot inflate without end. Called by
//! the client; it does not look at what it reads.

use bytes::{Bytes, BytesMut};

use super::endpoint::Endpoint;
use super::error::{Failure, Reason, transport};

/// A page of 100 rooms weighs 0.2 to 2 MB; what is larger than this is not a page.
const LARGEST_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The whole body, decompressed; [`Reason::TooLarge`] as soon as it passes the cap.
pub(crate) async fn read(
    endpoint: Endpoint,
    mut answer: reqwest::Response,
) -> Result<Bytes, Failure> {
    let too_large = || {
        let what = format!("the answer is larger than {} MiB", LARGEST_BODY_BYTES / 1024 / 1024);
        Failure::new(endpoint, Reason::TooLarge, what)
    };
    let announced = usize::try_from(answer.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > LARGEST_BODY_BYTES {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(announced);
    while let Some(chunk) = answer.chunk().await.map_err(|error| transport(endpoint, &error))? {
        if body.len() + chunk.len() > LARGEST_BODY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
