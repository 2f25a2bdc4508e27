//! The source of a workspace's authentication token.
//!
//! A token in a file is read again at each call, so that a rotated token is used. Neither Debug nor an error shows a
//! token.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::bounded_file;

/// Size limit of the file: no token, address or user id is longer, and a path to an endless file ends here.
const FILE_LIMIT_BYTES: u64 = 64 * 1024;

/// The source of a workspace's authentication token.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// The token itself, from the configuration file or a variable.
    Inline(SecretString),
    /// A file whose trimmed content is the token.
    File(PathBuf),
}

impl PartialEq for TokenSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline(one), Self::Inline(two)) => one.expose_secret() == two.expose_secret(),
            (Self::File(one), Self::File(two)) => one == two,
            (Self::Inline(_), Self::File(_)) | (Self::File(_), Self::Inline(_)) => false,
        }
    }
}

impl Eq for TokenSource {}

/// Reason why there is no token; contains the name of the file and never its content.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message(&shown(Path::new(""), &self.path)))]
pub struct TokenError {
    path: PathBuf,
    problem: TokenFileProblem,
}

/// The problem of a token file.
#[derive(Debug)]
enum TokenFileProblem {
    Unreadable(io::Error),
    Empty,
    Quoted,
    Assignment,
    /// The content cannot be sent in a header field.
    Unprintable,
}

impl TokenError {
    /// The error text with this description of the file.
    pub(crate) fn message(&self, file: &str) -> String {
        match &self.problem {
            TokenFileProblem::Unreadable(reason) => format!("cannot read {file}: {reason}"),
            TokenFileProblem::Empty => format!("{file} is empty"),
            TokenFileProblem::Quoted => {
                format!("{file} contains quotes around the token: delete the quotes")
            }
            TokenFileProblem::Assignment => format!("{file} {IS_ASSIGNMENT}"),
            TokenFileProblem::Unprintable => {
                format!("{file} must contain one token of printable ASCII and nothing else")
            }
        }
    }
}

impl TokenSource {
    /// The token. Blocks on the file system.
    pub fn read(&self) -> Result<SecretString, TokenError> {
        match self {
            Self::Inline(token) => Ok(token.clone()),
            Self::File(path) => read_token(path),
        }
    }
}

fn read_token(path: &Path) -> Result<SecretString, TokenError> {
    let error = |problem| TokenError { path: path.to_owned(), problem };
    let token = read_trimmed(path).map_err(|reason| error(TokenFileProblem::Unreadable(reason)))?;
    match token.as_str() {
        "" => Err(error(TokenFileProblem::Empty)),
        text if stands_in_quotes(text) => Err(error(TokenFileProblem::Quoted)),
        text if is_assignment(text) => Err(error(TokenFileProblem::Assignment)),
        text if !is_printable(text) => Err(error(TokenFileProblem::Unprintable)),
        _ => Ok(token.into()),
    }
}

/// The problem of a file for which [`is_assignment`] is true.
pub(crate) const IS_ASSIGNMENT: &str = "contains a line such as NAME=value: delete everything up to the =, because the \
     file contains the value only";

/// True for a line of an environment file instead of a value. The padding of Base64 does not count.
pub(crate) fn is_assignment(text: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.split_once('=').is_some_and(|(name, value)| {
        !name.is_empty() && name.bytes().all(is_name) && !value.trim_start_matches('=').is_empty()
    })
}

/// True if quotes are part of a text, as Compose leaves them in the list form of `environment`.
pub(crate) fn stands_in_quotes(text: &str) -> bool {
    let text = text.trim();
    text.len() > 1
        && ['"', '\''].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote))
}

/// True if a header field can carry the token.
pub(crate) fn is_printable(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A description of a file for messages: its path, from the folder and the configured name. A name without a slash is
/// not shown, because it may be a token in the place of the file name.
pub(crate) fn shown(folder: &Path, written: &Path) -> String {
    let is_path = written.to_string_lossy().contains('/');
    match folder.to_str() {
        _ if is_path => folder.join(written).display().to_string(),
        Some("") => "the file of this name in the working directory".to_owned(),
        _ => format!("the file of this name in {}", folder.display()),
    }
}

/// The trimmed content of a small file.
pub(crate) fn read_trimmed(path: &Path) -> io::Result<String> {
    bounded_file::text(path, FILE_LIMIT_BYTES).map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn file_with(content: &[u8]) -> (tempfile::TempDir, TokenSource) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, content).unwrap();
        (directory, TokenSource::File(path))
    }

    #[test]
    fn a_token_file_is_trimmed_and_read_anew_each_time() {
        let (directory, source) = file_with(b" first\n");
        assert_eq!(source.read().unwrap().expose_secret(), "first");
        std::fs::write(directory.path().join("token"), "second\n").unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "second");
    }

    #[test]
    fn a_bad_token_file_is_named_and_its_content_is_not() {
        let contents: [&[u8]; 5] = [b"", b" \n", b"hunter 2", "hüter".as_bytes(), b"hunter\xff"];
        for content in contents {
            let (_directory, source) = file_with(content);
            let error = source.read().unwrap_err();
            let message = format!("{error}");
            assert!(message.contains("/token"), "{message}");
            assert!(!format!("{message}{error:?}").contains("hunter"));
        }
    }

    #[test]
    fn quotes_and_names_around_a_token_are_told_as_that() {
        for (content, told) in [
            (&b"\"hunter2\"\n"[..], "contains quotes around the token: delete the quotes"),
            (b"'hunter2'", "contains quotes around the token: delete the quotes"),
            (b"ROCKETCHAT_AUTH_TOKEN=hunter2\n", IS_ASSIGNMENT),
            (b"A=hunter2\nB2=hunter3\n", IS_ASSIGNMENT),
        ] {
            let (_directory, source) = file_with(content);
            let message = source.read().unwrap_err().to_string();
            assert!(message.ends_with(told) && !message.contains("hunter"), "{message}");
        }
        for token in ["\"hunter2", "hunter2'", "'hunter2\"", "\"", "QUJD=", "QUI==", "=A", "Ab=c"] {
            let (_directory, source) = file_with(token.as_bytes());
            assert_eq!(source.read().unwrap().expose_secret(), token);
        }
    }

    #[test]
    fn a_name_that_may_be_a_token_is_hidden_and_its_folder_told() {
        let shown = |folder: &str, written: &str| shown(Path::new(folder), Path::new(written));
        assert_eq!(shown("/etc/exporter", "hunter2"), "the file of this name in /etc/exporter");
        assert_eq!(shown("", "hunter2"), "the file of this name in the working directory");
        assert_eq!(shown("/etc/exporter", "./token"), "/etc/exporter/./token");
        assert_eq!(shown("/etc/exporter", "/run/token"), "/run/token");
        let error = TokenSource::File("hunter2".into()).read().unwrap_err().to_string();
        assert!(error.contains("working directory") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_token_file_that_never_ends_is_refused() {
        let error = TokenSource::File("/dev/zero".into()).read().unwrap_err();
        assert!(matches!(error.problem, TokenFileProblem::Unreadable(_)));
    }
}
