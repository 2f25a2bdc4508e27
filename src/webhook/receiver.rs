//! The admission of webhooks: the tokens of the workspaces, compared in constant time.
//!
//! A wrong token and an unknown workspace take the same steps, so that neither the answer nor its time tells which
//! workspaces exist. Token files are read again at most once a second, when a webhook comes, for all workspaces
//! together. A file that cannot be read keeps the token that was read before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::nudges::Nudges;
use crate::file_reader::FileReader;
use crate::rocketchat::token::TokenSource;

/// Shortest time between two readings of the token files.
const READ_EVERY: Duration = Duration::from_secs(1);
/// Longest wait of a webhook for the token files; a slow file system does not delay it for longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A digest has the same length for every token, so the comparison does not tell the length of a token.
type TokenDigest = [u8; 32];

/// A workspace that receives webhooks.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The workspace's name.
    pub workspace: String,
    /// The source of the token that a webhook must have.
    pub token: TokenSource,
    /// The webhooks of the workspace.
    pub nudges: Arc<Nudges>,
}

/// The recipients of webhooks; clones share them.
#[derive(Debug, Clone, Default)]
pub struct WebhookReceiver(Arc<ReceiverState>);

#[derive(Debug, Default)]
struct ReceiverState {
    recipients: ArcSwap<BTreeMap<String, RecipientWithDigest>>,
    read_at: Mutex<Option<Instant>>,
    file_reader: FileReader,
}

/// A recipient, with the digest of its token.
#[derive(Debug, Clone)]
struct RecipientWithDigest {
    recipient: Recipient,
    /// The digest of the token; `None` until the token was read.
    digest: Option<TokenDigest>,
    /// True if the last reading of the file failed.
    is_unreadable: bool,
}

impl WebhookReceiver {
    /// Replaces the recipients. The tokens in files are read when the next webhook comes.
    pub fn replace(&self, recipients: impl IntoIterator<Item = Recipient>) {
        let before = self.0.recipients.load_full();
        let with_digest = |recipient: Recipient| {
            let known = before.get(&recipient.workspace);
            let known = known.filter(|known| known.recipient.token == recipient.token);
            let digest = match &recipient.token {
                TokenSource::Inline(token) => Some(digest_of(token)),
                TokenSource::File(_) => known.and_then(|known| known.digest),
            };
            (
                recipient.workspace.clone(),
                RecipientWithDigest { recipient, digest, is_unreadable: false },
            )
        };
        self.0.recipients.store(Arc::new(recipients.into_iter().map(with_digest).collect()));
        *self.0.read_at.lock() = None;
    }

    /// The webhooks of this workspace if the token is right; `None` if the token is wrong or absent, or if the workspace
    /// does not receive webhooks here.
    pub async fn admit(&self, workspace: &str, token: Option<&[u8]>) -> Option<Arc<Nudges>> {
        if self.is_reading_due() {
            self.read_files().await;
        }
        let given = digest(&SHA256, token.unwrap_or_default());
        let recipients = self.0.recipients.load();
        let found = recipients.get(workspace);
        let expected = found.and_then(|it| it.digest);
        let is_right =
            verify_slices_are_equal(given.as_ref(), &expected.unwrap_or_default()).is_ok();
        let is_right = is_right && expected.is_some() && token.is_some();
        found.filter(|_| is_right).map(|it| Arc::clone(&it.recipient.nudges))
    }

    fn is_reading_due(&self) -> bool {
        let mut read_at = self.0.read_at.lock();
        let now = Instant::now();
        let is_due = read_at.is_none_or(|at| now.saturating_duration_since(at) >= READ_EVERY);
        if is_due {
            *read_at = Some(now);
        }
        is_due
    }

    async fn read_files(&self) {
        let before = self.0.recipients.load_full();
        let is_file = |it: &RecipientWithDigest| matches!(it.recipient.token, TokenSource::File(_));
        if !before.values().any(is_file) {
            return;
        }
        let state = Arc::clone(&self.0);
        let read = self.0.file_reader.read(move || {
            let mut after = BTreeMap::clone(&before);
            after.values_mut().filter(|it| is_file(it)).for_each(RecipientWithDigest::read);
            // A reload in the meantime has newer recipients, and its tokens are read at the next webhook.
            state.recipients.compare_and_swap(&before, Arc::new(after));
        });
        if !matches!(tokio::time::timeout(PATIENCE, read).await, Ok(Ok(()))) {
            tracing::warn!(
                "Reading the files of webhook tokens takes too long. The exporter continues with the tokens that it \
                 read last. Check the mount of the files."
            );
        }
    }
}

impl RecipientWithDigest {
    /// Reads the token again. Blocks on the file system.
    fn read(&mut self) {
        let read = self.recipient.token.read();
        if let Err(error) = &read
            && !self.is_unreadable
        {
            let workspace = &self.recipient.workspace;
            tracing::warn!(
                workspace,
                %error,
                "Cannot read the token of the webhooks. The exporter continues with the token that it read last."
            );
        }
        self.is_unreadable = read.is_err();
        self.digest = read.ok().map(|token| digest_of(&token)).or(self.digest);
    }
}

fn digest_of(token: &SecretString) -> TokenDigest {
    let digest = digest(&SHA256, token.expose_secret().as_bytes());
    digest.as_ref().try_into().unwrap_or_default()
}
