//! The `main` function: arguments, telemetry, settings, run, exit code. It contains no other logic.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use rocketchat_omnichannel_exporter::app::{self, AppError};
use rocketchat_omnichannel_exporter::backfill::{self, BackfillError};
use rocketchat_omnichannel_exporter::cli::backfill::Backfill;
use rocketchat_omnichannel_exporter::cli::inspect::Inspection;
use rocketchat_omnichannel_exporter::cli::{self, Command, Invocation};
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, Flags, LogLevel, Problems};
use rocketchat_omnichannel_exporter::operator::check::{self, CheckResult};
use rocketchat_omnichannel_exporter::operator::healthcheck;
use rocketchat_omnichannel_exporter::operator::inspect::{self, InspectError};
use rocketchat_omnichannel_exporter::reload::ConfigurationSource;
use rocketchat_omnichannel_exporter::shutdown;
use rocketchat_omnichannel_exporter::telemetry::{self, LogLevelHandle};

/// `EX_CONFIG` of sysexits.h.
const CONFIGURATION: u8 = 78;
const FAILURE: u8 = 1;
const USAGE: u8 = 2;
/// Time that the end of the process waits for blocking work. A name look-up, or a write to a disk that hangs, cannot be
/// cancelled.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// Time after a signal until the process is ended in any case: longer than the sum of all other limits, and shorter
/// than the 30 s of Kubernetes.
const LAST_RESORT: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let code = run().unwrap_or_else(|error| {
        telemetry::print_error(&error);
        ExitCode::from(code_of(&error))
    });
    telemetry::flush();
    code
}

/// The exit code of an error: 78 if the configuration is wrong.
fn code_of(error: &anyhow::Error) -> u8 {
    let is_configuration = error.is::<Problems>()
        || error.downcast_ref().is_some_and(AppError::is_configuration)
        || error.downcast_ref().is_some_and(InspectError::is_configuration)
        || error.downcast_ref().is_some_and(BackfillError::is_configuration);
    if is_configuration { CONFIGURATION } else { FAILURE }
}

fn run() -> anyhow::Result<ExitCode> {
    let Invocation { command, flags, check_only } = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(USAGE);
            let is_printed = error.print().is_ok();
            return Ok(ExitCode::from(if is_printed { code } else { FAILURE }));
        }
    };
    match command {
        Command::Serve(_) => serve(&flags, check_only)?,
        #[cfg(feature = "simulator")]
        Command::Demo(demo) => run_demo(cli::Demo { flags, ..demo })?,
        #[cfg(not(feature = "simulator"))]
        Command::Demo(_) => {
            let told = "this binary was built without the simulator, so it has no demo";
            telemetry::print_error(&told);
            return Ok(ExitCode::from(USAGE));
        }
        Command::Check(_) => return check(&flags),
        Command::Healthcheck { probe, .. } => {
            let asked = healthcheck::run(&probe, &flags, environment());
            print_line(&in_runtime(async { Ok(asked.await?) })?);
        }
        Command::Inspect(inspection) => inspect(&flags, &inspection)?,
        Command::Backfill(backfill) => run_backfill(&flags, &backfill)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(flags: &Flags, check_only: bool) -> anyhow::Result<()> {
    let environment = environment();
    let settings = config::load(flags, environment.clone())?;
    if check_only {
        app::check(&settings)?;
        print_line("The configuration is valid.");
        return Ok(());
    }
    let level = telemetry::install(settings.log)?;
    let source = ConfigurationSource { flags: flags.clone(), environment, level };
    in_runtime(async move {
        let stop = shutdown::on_signal()?;
        shutdown::force_exit_after_signal(LAST_RESORT)?;
        Ok(app::run(settings, Some(source), Clock::system(), |_| (), stop).await?)
    })
}

fn check(flags: &Flags) -> anyhow::Result<ExitCode> {
    install_wanted_log(flags)?;
    let result = match config::load(flags, environment()) {
        Ok(settings) => in_runtime(async {
            Ok(check::run(&settings, &Clock::system(), &mut print_line).await)
        })?,
        Err(problems) => check::refuse(&problems, &mut print_line),
    };
    Ok(match result {
        CheckResult::Well => ExitCode::SUCCESS,
        CheckResult::Failed => ExitCode::from(FAILURE),
        CheckResult::Configuration => ExitCode::from(CONFIGURATION),
    })
}

fn inspect(flags: &Flags, inspection: &Inspection) -> anyhow::Result<()> {
    let settings = config::load(flags, environment())?;
    install_wanted_log(flags)?;
    let clock = Clock::system();
    let text = in_runtime(async { Ok(inspect::run(&settings, &clock, inspection).await?) })?;
    print_line(&text);
    Ok(())
}

fn run_backfill(flags: &Flags, wanted: &Backfill) -> anyhow::Result<()> {
    let settings = config::load(flags, environment())?;
    telemetry::install(settings.log)?;
    let told = in_runtime(async {
        let stop = shutdown::on_signal()?;
        shutdown::force_exit_after_signal(LAST_RESORT)?;
        Ok(backfill::run(&settings, &Clock::system(), wanted, stop).await?)
    })?;
    print_line(&told);
    Ok(())
}

/// Installs the log only if a flag asks for it: these commands print their result, errors included, on standard output.
fn install_wanted_log(flags: &Flags) -> io::Result<()> {
    if flags.log_level.is_some() || flags.log_format.is_some() {
        install_log(flags, LogLevel::ERROR)?;
    }
    Ok(())
}

/// Installs the log of the flags; `level` is the level without a flag.
fn install_log(flags: &Flags, level: LogLevel) -> io::Result<LogLevelHandle> {
    let level = flags.log_level.unwrap_or(level);
    telemetry::install(config::Log { level, format: flags.log_format.unwrap_or_default() })
}

#[cfg(feature = "simulator")]
fn run_demo(demo: cli::Demo) -> anyhow::Result<()> {
    use rocketchat_omnichannel_exporter::demo;
    install_log(&demo.flags, LogLevel::WARN)?;
    #[cfg(feature = "history")]
    if let Some(length) = demo.history {
        return Ok(demo::history::record(&demo, length, Clock::system().now())?);
    }
    in_runtime(async move {
        let stop = shutdown::on_signal()?;
        match demo::run(demo, print_line, stop).await {
            Err(demo::DemoError::App(error)) => Err(error.into()),
            outcome => Ok(outcome?),
        }
    })
}

/// One thread polls, renders and serves. A scrape waits at most some milliseconds for a render; with a second thread,
/// the allocator would keep a second heap as large as the first.
fn in_runtime<T>(run: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(run);
    runtime.shutdown_timeout(LAST_WAIT);
    ended
}

/// The environment of the process. A variable that is not UTF-8 is skipped: it cannot be a variable of the exporter.
fn environment() -> BTreeMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn print_line(text: &str) {
    let _closed = writeln!(io::stdout(), "{text}").is_err();
}
