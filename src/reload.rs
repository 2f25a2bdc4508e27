//! Reloads of the configuration: after SIGHUP, after an HTTP request, or after a change of its files.
//!
//! A configuration that is invalid changes nothing; the reason is logged, and a metric shows the failure. Values that
//! are used once at the start, such as addresses and directories, wait for a restart. The supervisor replaces the
//! workspaces.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, until};
use crate::config::{self, Flags, Problems, Settings, Workspace};
use crate::file_reader::{FileReader, ReadTimeout};
use crate::http::{ReloadOutcome, ReloadRequest, WaitingForDisk};
use crate::status::facts::ReloadStatus;
use crate::supervisor::{Stopping, SupervisorHandle};
use crate::systemd;
use crate::targets::{TargetError, Targets};
use crate::telemetry::LogLevelHandle;
use crate::webhook::receiver::WebhookReceiver;
use crate::wiring;

/// The source of the configuration, for reading it again.
#[derive(Debug, Clone)]
pub struct ConfigurationSource {
    /// The flags of the command line.
    pub flags: Flags,
    /// The variables of the environment.
    pub environment: BTreeMap<String, String>,
    /// The handle of the log level.
    pub level: LogLevelHandle,
}

/// The configuration in effect.
#[derive(Debug, Clone)]
pub struct ConfigurationInEffect {
    /// The configuration as YAML text, secrets masked.
    pub masked: Arc<ArcSwap<String>>,
    /// The outcome of the latest reload.
    pub last: Arc<ArcSwap<ReloadStatus>>,
}

impl ConfigurationInEffect {
    /// The configuration of the start.
    pub fn new(settings: &Settings, now: Timestamp) -> Self {
        let last = ReloadStatus { is_successful: true, succeeded_at: now };
        Self {
            masked: Arc::new(ArcSwap::from_pointee(settings.to_masked_yaml())),
            last: Arc::new(ArcSwap::from_pointee(last)),
        }
    }
}

/// The watched workspaces, and the parts that learn of a change of them.
#[derive(Debug)]
pub struct WatchedWorkspaces {
    /// The targets that are watched now.
    pub targets: Targets,
    /// The handle of the supervisor.
    pub supervisor: SupervisorHandle,
    /// The recipients of webhooks.
    pub webhooks: WebhookReceiver,
}

/// The task that reloads the configuration.
#[derive(Debug)]
pub struct Reloader {
    /// `None` if there is no configuration to read again.
    source: Option<ConfigurationSource>,
    settings: Settings,
    watched: WatchedWorkspaces,
    in_effect: ConfigurationInEffect,
    clock: Clock,
    hangups: Signal,
    fingerprint: Fingerprint,
    file_reader: FileReader,
}

impl Reloader {
    /// A reloader with the settings and workspaces that run now. From this call on SIGHUP does not end the process.
    pub fn new(
        source: Option<ConfigurationSource>,
        settings: Settings,
        watched: WatchedWorkspaces,
        in_effect: ConfigurationInEffect,
        clock: Clock,
    ) -> io::Result<Self> {
        let hangups = signal(SignalKind::hangup())?;
        let fingerprint = Fingerprint::of(source.as_ref(), &settings.workspaces);
        let file_reader = FileReader::default();
        Ok(Self { source, settings, watched, in_effect, clock, hangups, fingerprint, file_reader })
    }

    /// Runs until `stop` is cancelled.
    pub async fn run(mut self, mut requests: Receiver<ReloadRequest>, stop: CancellationToken) {
        let every = self.settings.reload_interval;
        let next_check = || (!every.is_zero()).then(|| Instant::now() + every);
        let mut check_at = next_check();
        while let Some(has_checked) =
            stop.run_until_cancelled(self.turn(&mut requests, check_at)).await
        {
            check_at = if has_checked { next_check() } else { check_at };
        }
    }

    /// Handles the next event; returns `true` if the event was a check of the files.
    async fn turn(
        &mut self,
        requests: &mut Receiver<ReloadRequest>,
        check_at: Option<Instant>,
    ) -> bool {
        let mut received = Vec::new();
        tokio::select! {
            Some(()) = self.hangups.recv() => drop(self.reload("SIGHUP").await),
            // The reading has not begun yet: all requests that wait now get the outcome of this one reading.
            1.. = requests.recv_many(&mut received, usize::MAX) => {
                let outcome = self.reload("a request").await;
                for request in received {
                    // The receiver may be dropped.
                    let _gone = request.send(outcome.clone()).is_err();
                }
            }
            () = until(check_at) => {
                self.check_files().await;
                return true;
            }
        }
        false
    }

    async fn check_files(&mut self) {
        let (source, workspaces) = (self.source.clone(), self.settings.workspaces.clone());
        let now =
            self.file_reader.read(move || Fingerprint::of(source.as_ref(), &workspaces)).await;
        match now {
            Ok(now) if now == self.fingerprint => {}
            Ok(_) => drop(self.reload("a change of its files").await),
            Err(error) => {
                tracing::warn!(%error, "Cannot check the configuration files for changes.");
            }
        }
    }

    /// Reads the configuration again and applies it. An error contains every reason why the configuration stays as it
    /// was. A reload succeeds once every workspace is watched or waits for a disk.
    async fn reload(&mut self, cause: &str) -> ReloadOutcome {
        systemd::reloading().await;
        let outcome = match self.read().await {
            Ok(new) => self.apply(new).await,
            Err(error) => Err(error),
        };
        let outcome: ReloadOutcome = outcome.map_err(|error| Arc::new(error) as _);
        let before = **self.in_effect.last.load();
        let last = match &outcome {
            Ok(_) => ReloadStatus { is_successful: true, succeeded_at: self.clock.now() },
            Err(_) => ReloadStatus { is_successful: false, ..before },
        };
        self.in_effect.last.store(Arc::new(last));
        self.watched.supervisor.announce();
        match &outcome {
            Ok(waiting_for_disk) => log_reload(cause, waiting_for_disk),
            Err(reasons) => {
                tracing::error!(
                    cause,
                    %reasons,
                    "The reload failed: the previous configuration stays in effect."
                );
            }
        }
        systemd::ready().await;
        outcome
    }

    async fn read(&mut self) -> Result<NewConfiguration, ReloadError> {
        let (source, before) = (self.source.clone(), self.settings.clone());
        let targets = self.watched.targets.clone();
        let read = self.file_reader.read(move || {
            // Computed before the reading: a change during the reading is noticed at the next check.
            let fingerprint = Fingerprint::of(source.as_ref(), &before.workspaces);
            (fingerprint, NewConfiguration::read(source.as_ref(), &before, &targets))
        });
        let (fingerprint, new) = read.await?;
        self.fingerprint = fingerprint;
        new
    }

    async fn apply(&mut self, new: NewConfiguration) -> Result<WaitingForDisk, ReloadError> {
        let NewConfiguration { settings, certificates, targets } = new;
        let waiting_for_disk = self.watched.supervisor.watch(targets.clone()).await?;
        self.watched.webhooks.replace(targets.recipients());
        self.watched.targets = targets;
        if let Some(source) = &self.source {
            source.level.set(settings.log.level);
        }
        for key in keys_that_need_restart(&self.settings, &settings) {
            tracing::warn!(key, "The new value of this key takes effect after a restart.");
        }
        self.settings.log.level = settings.log.level;
        self.settings.workspaces = settings.workspaces;
        // The set of workspaces may differ from before; the files that were just read must not count as a change.
        self.fingerprint.certificates = certificates;
        self.in_effect.masked.store(Arc::new(self.settings.to_masked_yaml()));
        Ok(waiting_for_disk)
    }
}

/// The reason why the configuration stays as it was.
#[derive(Debug, thiserror::Error)]
enum ReloadError {
    #[error("there is no configuration to read again")]
    NoSource,
    #[error(transparent)]
    Timeout(#[from] ReadTimeout),
    #[error(transparent)]
    Configuration(#[from] Problems),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Stopping(#[from] Stopping),
}

/// A valid configuration, and the targets that were built from it.
struct NewConfiguration {
    settings: Settings,
    certificates: u64,
    targets: Targets,
}

impl NewConfiguration {
    /// Reads the configuration. Blocks on the file system.
    fn read(
        source: Option<&ConfigurationSource>,
        before: &Settings,
        targets: &Targets,
    ) -> Result<Self, ReloadError> {
        let source = source.ok_or(ReloadError::NoSource)?;
        let settings = config::load(&source.flags, source.environment.clone())?;
        let certificates = wiring::fingerprint(&settings.workspaces);
        // The running shard is used: a new shard waits for a restart.
        let mut of_shard = settings.clone();
        of_shard.shard = before.shard;
        let targets = targets.again(&of_shard.watched())?;
        Ok(Self { settings, certificates, targets })
    }
}

fn log_reload(cause: &str, waiting_for_disk: &WaitingForDisk) {
    tracing::info!(cause, "The configuration was reloaded.");
    if let Some(workspaces) = waiting_for_disk.names() {
        tracing::warn!(
            workspaces,
            "The disk of the state does not answer. The new configuration of these workspaces takes effect when the \
             disk answers. Check the volume of the state directory."
        );
    }
}

/// Hashes of the content of the configuration files; a symbolic link with a new destination counts as a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    file: u64,
    certificates: u64,
}

impl Fingerprint {
    /// Reads a few small files.
    fn of(source: Option<&ConfigurationSource>, workspaces: &[Workspace]) -> Self {
        let file =
            |source: &ConfigurationSource| config::fingerprint(&source.flags, &source.environment);
        Self { file: source.map_or(0, file), certificates: wiring::fingerprint(workspaces) }
    }
}

/// The changed keys that need a restart.
fn keys_that_need_restart(old: &Settings, new: &Settings) -> Vec<&'static str> {
    let differs = [
        ("web", old.web != new.web),
        ("state", old.state != new.state),
        ("shard", old.shard != new.shard),
        ("log.format", old.log.format != new.log.format),
        ("config.auto_reload_interval", old.reload_interval != new.reload_interval),
    ];
    differs.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_changed_certificate_is_noticed_however_many_workspaces_have_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let environment = [
            ("ROCKETCHAT_URL", "https://chat.invalid"),
            ("ROCKETCHAT_USER_ID", "u"),
            ("ROCKETCHAT_AUTH_TOKEN", "t"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = config::load(&Flags::default(), BTreeMap::from(environment)).unwrap();
        let mut workspace = settings.workspaces[0].clone();
        workspace.connection.ca_file = Some(file.path().to_owned());
        for number in [1, 64, 128, 1_000] {
            let workspaces = vec![workspace.clone(); number];
            let [before, unchanged, changed] = ["one", "one", "two"].map(|content| {
                fs::write(file.path(), content).unwrap();
                Fingerprint::of(None, &workspaces)
            });
            assert_eq!(before, unchanged);
            assert_ne!(before, changed, "{number} workspaces");
        }
    }
}
