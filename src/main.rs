//! The `main` function: arguments, telemetry, settings, run, exit code. It contains no other logic.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use rocketchat_omnichannel_exporter::app::{self, AppError};
use rocketchat_omnichannel_exporter::cli::inspect::Inspection;
use rocketchat_omnichannel_exporter::cli::{self, Invocation};
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, Flags};
use rocketchat_omnichannel_exporter::operator::check::{self, Verdict};
use rocketchat_omnichannel_exporter::operator::healthcheck;
use rocketchat_omnichannel_exporter::operator::inspect::{self, InspectError};
use rocketchat_omnichannel_exporter::reload::Origin;
use rocketchat_omnichannel_exporter::{shutdown, telemetry};

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
    let code = run();
    telemetry::flush();
    code
}

fn run() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Ok(Invocation::Serve { flags, check_only }) => serve(&flags, check_only),
        #[cfg(feature = "simulator")]
        Ok(Invocation::Demo(demo)) => run_demo(demo),
        #[cfg(not(feature = "simulator"))]
        Ok(Invocation::Demo(_)) => {
            failed(USAGE, &"this binary was built without the simulator, so it has no demo")
        }
        Ok(Invocation::Check(flags)) => check(&flags),
        Ok(Invocation::Healthcheck { flags, probe }) => {
            let asked = healthcheck::run(&probe, &flags, environment());
            let asked = async { Ok(asked.await?) };
            in_runtime(asked).map_or_else(|error| failed(FAILURE, &error), |line| done(&line))
        }
        Ok(Invocation::Inspect { flags, inspection }) => inspect(&flags, &inspection),
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(USAGE);
            if error.print().is_err() { ExitCode::FAILURE } else { ExitCode::from(code) }
        }
    }
}

fn serve(flags: &Flags, check_only: bool) -> ExitCode {
    let environment = environment();
    let settings = match config::load(flags, environment.clone()) {
        Ok(settings) => settings,
        Err(problems) => return failed(CONFIGURATION, &problems),
    };
    if check_only {
        if let Err(error) = app::check(&settings) {
            return exit_code(&Err(error.into()));
        }
        print_line("The configuration is valid.");
        return ExitCode::SUCCESS;
    }
    let level = match telemetry::install(settings.log) {
        Ok(level) => level,
        Err(error) => return failed(FAILURE, &error),
    };
    let origin = Origin { flags: flags.clone(), environment, level };
    let ended = in_runtime(async move {
        let stop = shutdown::on_signal()?;
        shutdown::insist(LAST_RESORT)?;
        Ok(app::run(settings, Some(origin), Clock::system(), |_| (), stop).await?)
    });
    exit_code(&ended)
}

fn check(flags: &Flags) -> ExitCode {
    if let Err(error) = install_wanted_log(flags) {
        return failed(FAILURE, &error);
    }
    let verdict = match config::load(flags, environment()) {
        Ok(settings) => in_runtime(async {
            let looked = check::run(&settings, &Clock::system(), &mut print_line).await;
            Ok::<_, anyhow::Error>(looked)
        }),
        Err(problems) => Ok(check::refuse(&problems, &mut print_line)),
    };
    match verdict {
        Ok(Verdict::Well) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::from(FAILURE),
        Ok(Verdict::Configuration) => ExitCode::from(CONFIGURATION),
        Err(error) => failed(FAILURE, &error),
    }
}

fn inspect(flags: &Flags, inspection: &Inspection) -> ExitCode {
    let settings = match config::load(flags, environment()) {
        Ok(settings) => settings,
        Err(problems) => return failed(CONFIGURATION, &problems),
    };
    if let Err(error) = install_wanted_log(flags) {
        return failed(FAILURE, &error);
    }
    let clock = Clock::system();
    match in_runtime(async { Ok(inspect::run(&settings, &clock, inspection).await?) }) {
        Ok(text) => done(&text),
        Err(error) => {
            let inspect = error.downcast_ref::<InspectError>();
            let is_configuration = inspect.is_some_and(InspectError::is_configuration);
            failed(if is_configuration { CONFIGURATION } else { FAILURE }, &error)
        }
    }
}

/// Installs the log only if a flag asks for it: these commands print their result, errors included, on standard output.
fn install_wanted_log(flags: &Flags) -> anyhow::Result<()> {
    if flags.log_level.is_none() && flags.log_format.is_none() {
        return Ok(());
    }
    let level = flags.log_level.unwrap_or(config::LogLevel::Error);
    let format = flags.log_format.unwrap_or_default();
    telemetry::install(config::Log { level, format })?;
    Ok(())
}

#[cfg(feature = "simulator")]
fn run_demo(demo: cli::Demo) -> ExitCode {
    use rocketchat_omnichannel_exporter::demo;

    let log = config::Log {
        level: demo.flags.log_level.unwrap_or(config::LogLevel::Warn),
        format: demo.flags.log_format.unwrap_or_default(),
    };
    if let Err(error) = telemetry::install(log) {
        return failed(FAILURE, &error);
    }
    #[cfg(feature = "history")]
    if let Some(length) = demo.history {
        let recorded = demo::history::record(&demo, length, Clock::system().now());
        return recorded.map_or_else(|error| failed(FAILURE, &error), |()| ExitCode::SUCCESS);
    }
    let ended = in_runtime(async move {
        let stop = shutdown::on_signal()?;
        match demo::run(demo, print_line, stop).await {
            Err(demo::DemoError::App(error)) => Err(error.into()),
            outcome => Ok(outcome?),
        }
    });
    exit_code(&ended)
}

/// One thread polls, renders and serves. A scrape waits at most some milliseconds for a render; with a second thread,
/// the allocator would keep a second heap as large as the first.
fn in_runtime<T>(run: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(run);
    runtime.shutdown_timeout(LAST_WAIT);
    ended
}

fn exit_code(ended: &anyhow::Result<()>) -> ExitCode {
    let Err(error) = ended else {
        return ExitCode::SUCCESS;
    };
    let is_configuration = error.downcast_ref::<AppError>().is_some_and(AppError::is_configuration);
    failed(if is_configuration { CONFIGURATION } else { FAILURE }, error)
}

/// The environment of the process. A variable that is not UTF-8 is skipped: it cannot be a variable of the exporter.
fn environment() -> BTreeMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn failed(code: u8, problem: &dyn std::fmt::Display) -> ExitCode {
    telemetry::print_error(problem);
    ExitCode::from(code)
}

fn done(text: &str) -> ExitCode {
    print_line(text);
    ExitCode::SUCCESS
}

fn print_line(text: &str) {
    let _closed = writeln!(io::stdout(), "{text}").is_err();
}
