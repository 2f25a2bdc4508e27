//! Good and bad files, each judged as `promtool check web-config` judges it, or with a reason for the difference.

use std::path::Path;
use std::process::Command;

use rocketchat_omnichannel_exporter::http::AccessControl;
use rocketchat_omnichannel_exporter::http::web_config::WebConfig;

use super::cases::{BAD, GOOD, Promtool, WRITTEN};
use super::{Site, hashed};

pub(super) const OLDER: &str = "promtool";
/// promtool of Prometheus 3, installed by `tests/newer-prometheus`.
const NEWER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/prometheus-3/usr/bin/promtool");

/// Verdict and output of promtool, Debian's or the named one.
pub(super) fn promtool(program: &str, file: &Path) -> (bool, String) {
    let mut command = Command::new(program);
    let output = command.args(["check", "web-config"]).arg(file).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; tests/run installs it"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

fn compare(verdict: bool, expected: Promtool, file: &Path, yaml: &str) {
    let (program, should_agree) = match expected {
        Promtool::Agrees => (OLDER, true),
        Promtool::Disagrees => (OLDER, false),
        Promtool::LaterAgrees => (NEWER, true),
        Promtool::LaterDisagrees => (NEWER, false),
        Promtool::Unasked => return,
    };
    let (accepts, said) = promtool(program, file);
    assert_eq!(accepts == verdict, should_agree, "{yaml}\npromtool: {said}");
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn good_files_are_taken_by_us_and_by_promtool() {
    let site = Site::new();
    for (expected, yaml) in GOOD {
        let file = site.configure(yaml);
        AccessControl::new(Some(&file)).unwrap_or_else(|error| panic!("{yaml}\n{error}"));
        compare(true, *expected, &file, yaml);
    }
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn however_a_file_is_written_it_is_taken_by_us_and_by_promtool() {
    let site = Site::new();
    for yaml in WRITTEN {
        let file = site.configure(yaml);
        AccessControl::new(Some(&file)).unwrap_or_else(|error| panic!("{yaml}\n{error}"));
        for expected in [Promtool::Agrees, Promtool::LaterAgrees] {
            compare(true, expected, &file, yaml);
        }
    }
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn bad_files_are_refused_with_the_place_and_the_remedy() {
    let site = Site::new();
    for (expected, yaml, told) in BAD {
        let file = site.configure(yaml);
        let error = AccessControl::new(Some(&file)).map(drop).expect_err(yaml).to_string();
        assert!(error.lines().all(|line| line.starts_with(file.to_str().unwrap())), "{error}");
        assert!(error.contains(told), "{yaml}\n{error}");
        assert!(!error.contains("hunter2"), "{error}");
        compare(false, *expected, &file, yaml);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let site = Site::new();
    let file = site.configure(
        "tls_server_config: {min_version: TLS10, cipher_suites: [a, b], colour: red}\n\
         basic_auth_users: {ada: a, 'a:b': b}\nrate_limit: {interval: soon}\n",
    );
    let problems = WebConfig::read(&file).unwrap_err();
    assert_eq!(problems.lines().len(), 9, "{problems}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error =
        AccessControl::new(Some(Path::new("/nonexistent/web.yml"))).err().unwrap().to_string();
    assert!(error.starts_with("/nonexistent/web.yml: cannot be read: "), "{error}");
}

#[test]
fn a_header_in_several_lines_is_sent_in_one() {
    let site = Site::new();
    let file = site.configure(
        "http_server_config:\n  headers:\n    Content-Security-Policy: |\n      default-src 'self';\n      img-src *\n",
    );
    let headers = WebConfig::read(&file).unwrap().headers;
    assert_eq!(headers["Content-Security-Policy"], "default-src 'self'; img-src *");
}

#[test]
fn a_header_that_is_not_printable_ascii_is_refused() {
    let site = Site::new();
    for value in ["ü", "\\x7f", "\\0"] {
        let headers = format!("    X-XSS-Protection: \"{value}\"\n");
        let file = site.configure(format!("http_server_config:\n  headers:\n{headers}"));
        let told = WebConfig::read(&file).unwrap_err().to_string();
        assert!(told.ends_with("X-XSS-Protection: must be printable ASCII"), "{told}");
    }
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn certificates_may_stand_in_the_file_itself() {
    let site = Site::new();
    let folder = site.authority.folder.path();
    let indented = |name: &str| {
        let pem = std::fs::read_to_string(folder.join(name)).unwrap();
        pem.lines().fold(String::new(), |text, line| text + "    " + line + "\n")
    };
    let yaml = format!(
        "tls_server_config:\n  cert: |\n{}  key: |\n{}  client_ca: |\n{}  client_auth_type: VerifyClientCertIfGiven\n",
        indented("server.pem"),
        indented("server.key"),
        indented("ca.pem"),
    );
    let file = site.configure(&yaml);
    compare(true, Promtool::LaterAgrees, &file, &yaml);
    let config = WebConfig::read(&file).unwrap();
    assert!(!format!("{config:?}").contains("BEGIN"), "a key is shown");
    assert_eq!(AccessControl::new(Some(&file)).unwrap().scheme(), "https");
}

/// The documentation's sample, with and without the keys that Debian's promtool does not know yet.
#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn the_sample_of_the_documentation_is_taken_by_us_and_by_promtool() {
    let page = include_str!("../../../../docs/configuration.md");
    let blocks = page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let sample = blocks.into_iter().find(|block| block.contains("tls_server_config:")).unwrap();
    let site = Site::new();
    let hash = hashed("a");
    let words = sample.split_whitespace().find(|word| word.starts_with("$2y$10$")).unwrap();
    let sample = sample.replace(words, &hash);
    let file = site.configure(&sample);
    AccessControl::new(Some(&file)).unwrap();
    let (accepts, said) = promtool(OLDER, &file);
    assert!(accepts || said.contains("rate_limit"), "{said}");
    let without: Vec<_> = sample.lines().filter(|line| !line.starts_with("rate_limit")).collect();
    let (accepts, said) = promtool(OLDER, &site.configure(without.join("\n")));
    assert!(accepts, "{said}");
}
