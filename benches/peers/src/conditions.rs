//! The conditions of a table: the day, the machine, the software, and the other work on the machine.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rocketchat_omnichannel_exporter::clock::Clock;

/// The versions of the libraries in Rust.
const LOCK: &str = include_str!("../Cargo.lock");
/// The versions of the libraries in Python, which `benches/peers/run` installs.
const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// Width of a line of the documentation.
const WIDTH: usize = 140;

/// The libraries whose cost is in a table.
#[derive(Debug, Clone, Default)]
pub struct Libraries {
    /// Names of crates.
    pub rust: Vec<&'static str>,
    /// Names of Python's packages.
    pub python: Vec<&'static str>,
}

/// CPU time of the machine since it started, in ticks.
#[derive(Debug, Clone, Copy)]
pub struct MachineTime {
    /// Of all cores, idle or not.
    all: u64,
    /// Work of any process, of the kernel, and of other guests of the same host.
    busy: u64,
    /// Work of this program and of those of its processes that have ended.
    own: u64,
}

impl MachineTime {
    pub fn now() -> Result<Self> {
        let machine = std::fs::read_to_string("/proc/stat")?;
        let process = std::fs::read_to_string("/proc/self/stat")?;
        Self::of(&machine, &process).context("/proc/stat or /proc/self/stat has another form")
    }

    fn of(machine: &str, process: &str) -> Option<Self> {
        let fields = machine.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8);
        let fields: Vec<u64> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
        let &[user, nice, system, idle, io_wait, interrupt, soft_interrupt, steal] = &fields[..]
        else {
            return None;
        };
        let busy = user + nice + system + interrupt + soft_interrupt + steal;
        let (_, process) = process.rsplit_once(") ")?;
        let own = process.split(' ').skip(11).take(4).map(str::parse::<u64>);
        let own = own.sum::<Result<u64, _>>().ok()?;
        Some(Self { all: busy + idle + io_wait, busy, own })
    }

    /// Part of the CPU time of the machine that neither was idle nor was spent by this program, from this time to a
    /// later time. It is an upper bound, since some kernels count their work on packets for no process.
    fn spent_by_others(self, until: Self) -> f64 {
        let others = (until.busy - self.busy).saturating_sub(until.own - self.own);
        others as f64 / (until.all - self.all).max(1) as f64
    }
}

/// The lines below a table whose measurement began at this time and has ended.
pub fn lines(began: MachineTime, libraries: &Libraries, python: &Path) -> Result<String> {
    let processor = std::fs::read_to_string("/proc/cpuinfo")?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cores = std::thread::available_parallelism()?;
    let others = 100.0 * began.spent_by_others(MachineTime::now()?);
    let mut software = vec![version_of(Path::new("rustc"))?];
    if !libraries.python.is_empty() {
        software.push(version_of(python)?);
    }
    software.extend(versions(libraries)?);
    let text = format!(
        "Measured on {}: {}, {cores} cores, Linux {}. Other work took {others:.0} % of the CPU time of the machine \
         meanwhile. Software: {}.",
        Clock::system().now().strftime("%Y-%m-%d"),
        model(&processor),
        kernel.trim(),
        software.join(", "),
    );
    Ok(wrapped(&text, WIDTH))
}

/// The model of the processor; the architecture where the kernel does not tell the model.
fn model(processor: &str) -> &str {
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or(std::env::consts::ARCH, |model| model.trim_start_matches([' ', '\t', ':']))
}

/// Name and version of a compiler or an interpreter, such as `rustc 1.95.0`.
fn version_of(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("{} does not start", program.display()))?;
    ensure!(output.status.success(), "{} --version: {}", program.display(), output.status);
    let words = String::from_utf8(output.stdout)?;
    Ok(words.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

fn versions(libraries: &Libraries) -> Result<Vec<String>> {
    let of_crate = |name: &&str| {
        let version = crate_version(LOCK, name).with_context(|| format!("no {name} in the lock"));
        Ok(format!("`{name}` {}", version?))
    };
    let of_package = |name: &&str| {
        let version = package_version(REQUIREMENTS, name);
        let version = version.with_context(|| format!("no {name} in the requirements"));
        Ok(format!("Python's `{name}` {}", version?))
    };
    libraries.rust.iter().map(of_crate).chain(libraries.python.iter().map(of_package)).collect()
}

fn crate_version<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let (_, package) = lock.split_once(&format!("\nname = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

fn package_version<'r>(requirements: &'r str, name: &str) -> Option<&'r str> {
    requirements.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("=="))
}

/// The text in lines of at most this many characters.
fn wrapped(text: &str, width: usize) -> String {
    let (mut lines, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let longer = length + 1 + word.chars().count();
        let begins = longer > width;
        if length > 0 {
            lines.push(if begins { '\n' } else { ' ' });
        }
        lines.push_str(word);
        length = if begins || length == 0 { word.chars().count() } else { longer };
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(cpu: &str, process: &str) -> MachineTime {
        MachineTime::of(&format!("cpu  {cpu} 0 0\ncpu0 1\n"), process).unwrap()
    }

    #[test]
    fn time_that_neither_was_idle_nor_was_spent_by_this_program_is_of_other_work() {
        let began = machine("100 10 50 1000 5 1 2 3", "7 (a) b) S 1 1 1 1 1 1 1 1 1 1 20 10 5 5 0");
        let ended =
            machine("150 10 80 1100 5 3 4 9", "7 (a) b) S 1 1 1 1 1 1 1 1 1 1 40 20 15 9 0");
        // 50 + 30 + 2 + 2 + 6 ticks of work, of which 20 + 10 + 10 + 4 are of this program.
        assert!((began.spent_by_others(ended) - 46.0 / 190.0).abs() < 1e-9);
    }

    #[test]
    fn a_program_that_seems_to_spend_more_than_the_machine_leaves_nothing_to_others() {
        let began = machine("0 0 0 0 0 0 0 0", "7 (a) S 1 1 1 1 1 1 1 1 1 1 0 0 0 0 0");
        let ended = machine("10 0 0 10 0 0 0 0", "7 (a) S 1 1 1 1 1 1 1 1 1 1 11 0 0 0 0");
        assert!(began.spent_by_others(ended).abs() < 1e-9);
    }

    #[test]
    fn the_time_of_this_machine_can_be_read() {
        let now = MachineTime::now().unwrap();
        assert!(now.all >= now.busy && now.busy > 0, "{now:?}");
    }

    #[test]
    fn a_processor_without_a_model_is_told_by_its_architecture() {
        assert_eq!(model("processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n"), "AMD EPYC");
        assert_eq!(model("processor\t: 0\nCPU part\t: 0xd0c\n"), std::env::consts::ARCH);
    }

    #[test]
    fn a_library_has_its_own_version_and_not_that_of_a_longer_name() {
        let lock = "[[package]]\nname = \"metrics-util\"\nversion = \"0.20.1\"\n\n\
                    [[package]]\nname = \"metrics\"\nversion = \"0.24.6\"\nsource = \"registry\"\n";
        assert_eq!(crate_version(lock, "metrics"), Some("0.24.6"));
        assert_eq!(crate_version(lock, "util"), None);
        let requirements = "requests-cache==1.2.3\nrequests==2.34.2\n";
        assert_eq!(package_version(requirements, "requests"), Some("2.34.2"));
        assert_eq!(package_version(requirements, "idna"), None);
    }

    #[test]
    fn every_measured_library_has_a_version() {
        for part in ["encoding", "memory", "job", "chats", "workspaces"] {
            let libraries = crate::libraries(part);
            let count = libraries.rust.len() + libraries.python.len();
            assert_eq!(versions(&libraries).unwrap().len(), count, "{part}");
        }
    }

    #[test]
    fn lines_are_no_longer_than_the_width_and_keep_every_word() {
        let text = "a µs is a part of a second";
        let lines = wrapped(text, 6);
        assert_eq!(lines, "a µs\nis a\npart\nof a\nsecond\n");
        assert_eq!(wrapped(text, 7), "a µs is\na part\nof a\nsecond\n");
        assert_eq!(wrapped(text, 140), format!("{text}\n"));
    }
}
