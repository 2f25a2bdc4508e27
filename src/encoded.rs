//! A text in the two encodings of HTTP that the exporter serves: plain and gzip.
//!
//! A text is compressed once, when it is rendered, and not for each request.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// One text in both encodings.
#[derive(Clone, Debug, Default)]
pub struct Encoded {
    /// The text.
    pub plain: Bytes,
    /// The same text as one gzip member, because some clients stop after the first member; `None` if it could not be
    /// compressed.
    pub gzip: Option<Bytes>,
}

impl Encoded {
    /// A text and its compressed form.
    pub fn new(text: impl Into<Bytes>) -> Self {
        let plain = text.into();
        let gzip = compressed(&plain).ok();
        Self { plain, gzip }
    }
}

fn compressed(text: &[u8]) -> io::Result<Bytes> {
    // The output of level 1 is half as long again as that of level 6, and takes a tenth of its time.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text)?;
    let mut gzip = encoder.finish()?;
    gzip.shrink_to_fit();
    Ok(gzip.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_compressed_text_is_one_member_and_the_same_text() {
        let text = "All is well.\n".repeat(10_000);
        let encoded = Encoded::new(text.clone());
        let gzip = encoded.gzip.unwrap();
        let mut decoder = flate2::bufread::GzDecoder::new(&gzip[..]);
        let mut decompressed = String::new();
        decoder.read_to_string(&mut decompressed).unwrap();
        assert_eq!((&*decompressed, &encoded.plain[..]), (&*text, text.as_bytes()));
        assert!(decoder.into_inner().is_empty(), "a second member follows");
    }
}
