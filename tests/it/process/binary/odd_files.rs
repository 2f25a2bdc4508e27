//! Paths that lead to something other than a small regular file, and files that cannot be read in time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::bad_input::assert_one_line;
use super::{Exporter, PATIENCE, Reply, ask, ask_within, until};

/// Longest time of a refusal: it reads nothing, so it takes only the start of a process on a busy machine. A file that
/// is read in vain takes longer.
const AT_ONCE: Duration = Duration::from_secs(60);
const CONFIGURATION: i32 = 78;

/// Paths that an operator may give by mistake, each with the words for it in the message.
struct Oddities {
    folder: tempfile::TempDir,
    paths: [(PathBuf, &'static str); 4],
}

impl Oddities {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, sparse) = (folder.path().join("pipe"), folder.path().join("sparse"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::fs::File::create(&sparse).unwrap().set_len(3 << 30).unwrap();
        let paths = [
            (pipe, "is a pipe"),
            (sparse, "is larger than "),
            (PathBuf::from("/dev/zero"), "is a device"),
            (folder.path().to_owned(), "is a directory"),
        ];
        Self { folder, paths }
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// A configuration of one workspace with these keys.
fn configuration(keys: &str) -> String {
    format!("workspaces: [{{url: 'https://127.0.0.1:9', user_id: u, {keys}}}]\n")
}

fn with_token(keys: &str) -> String {
    configuration(&format!("auth_token: t{keys}"))
}

async fn refused(arguments: &[&str], variables: &[(&str, String)], told: &str) {
    let mut exporter = Exporter::start(arguments, variables);
    let ended = exporter.ended_within(AT_ONCE).await;
    assert_one_line(&ended, CONFIGURATION, &[told]);
}

#[tokio::test]
async fn whatever_a_path_leads_to_the_start_is_refused_at_once_and_says_what_it_is() {
    let oddities = Oddities::new();
    for (path, told) in &oddities.paths {
        let path = path.to_str().unwrap();
        refused(&["--config.file", path], &[], told).await;
        let good = oddities.write("good.yaml", &with_token(""));
        let good = good.to_str().unwrap();
        refused(&["--config.file", good, "--web.config.file", path], &[], told).await;
        let web = format!("tls_server_config: {{cert_file: '{path}', key_file: '{path}'}}\n");
        let web = oddities.write("web.yaml", &web);
        let web = web.to_str().unwrap();
        refused(&["--config.file", good, "--web.config.file", web], &[], told).await;
        for keys in [
            configuration(&format!("auth_token_file: '{path}'")),
            with_token(&format!(", tls: {{ca_file: '{path}'}}")),
            with_token(&format!(", tls: {{certificate_file: '{path}', key_file: '{path}'}}")),
        ] {
            let file = oddities.write("bad.yaml", &keys);
            refused(&["--config.file", file.to_str().unwrap()], &[], told).await;
        }
        for name in ["ROCKETCHAT_URL_FILE", "ROCKETCHAT_AUTH_TOKEN_FILE"] {
            let (url, user) = ("ROCKETCHAT_URL", "ROCKETCHAT_USER_ID");
            let mut variables = vec![(name, path.to_owned()), (user, "u".to_owned())];
            variables.push(if name == "ROCKETCHAT_URL_FILE" {
                ("ROCKETCHAT_AUTH_TOKEN", "t".to_owned())
            } else {
                (url, "https://127.0.0.1:9".to_owned())
            });
            refused(&[], &variables, told).await;
        }
        let authorities = [("SSL_CERT_FILE", path.to_owned())];
        refused(&["--config.file", good], &authorities, "SSL_CERT_FILE").await;
    }
}

async fn reload(exporter: &Exporter) -> Reply {
    let url = format!("http://{}/-/reload", exporter.address().await);
    ask(Method::POST, &url).await.unwrap()
}

fn serve(file: &Path) -> Exporter {
    Exporter::serve(&["--config.file", file.to_str().unwrap(), "--web.enable-lifecycle"], &[])
}

#[tokio::test]
async fn whatever_a_path_leads_to_a_reload_says_what_it_is_and_everything_goes_on() {
    let oddities = Oddities::new();
    let file = oddities.write("config.yaml", &with_token(""));
    let mut exporter = serve(&file);
    exporter.address().await;
    for (path, told) in &oddities.paths {
        let path = path.to_str().unwrap();
        let mut yaml = with_token(&format!(", tls: {{ca_file: '{path}'}}"));
        writeln!(yaml, "# {told}").unwrap();
        std::fs::write(&file, yaml).unwrap();
        let reply = reload(&exporter).await;
        assert!(reply.status == 500 && reply.text.contains(told), "{path}: {}", reply.text);
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(path, &file).unwrap();
        let reply = reload(&exporter).await;
        assert!(reply.status == 500 && reply.text.contains(told), "{path}: {}", reply.text);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(exporter.get("/metrics").await.status, 200);
    }
    exporter.signal("TERM");
    assert_eq!(exporter.ended_within(PATIENCE).await.code, Some(0));
}

async fn ends(exporter: &mut Exporter) {
    exporter.signal("TERM");
    let ended = exporter.ended_within(PATIENCE).await;
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("Some tasks did not stop in time"), "{}", ended.stderr);
}

/// The answer to a request for a reload; pages are scraped and checked until it is there.
async fn reload_beside_scrapes(exporter: &Exporter, check: impl Fn(Reply)) -> Reply {
    let url = format!("http://{}/-/reload", exporter.address().await);
    let asked = async move { ask_within(PATIENCE, Method::POST, &url).await.unwrap() };
    let mut asked = tokio::spawn(asked);
    loop {
        tokio::select! {
            reply = &mut asked => break reply.unwrap(),
            page = exporter.get("/metrics") => check(page),
        }
    }
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_reload_whose_file_hangs_says_so_and_holds_up_neither_scrapes_nor_the_end() {
    let oddities = Oddities::new();
    let file = oddities.write("config.yaml", &with_token(""));
    let arguments = ["--config.file", file.to_str().unwrap(), "--web.enable-lifecycle"];
    let hanging = oddities.write("ca.pem", "");
    let mut exporter = Exporter::with_hanging(&hanging, 0, &arguments, &[]);
    exporter.address().await;
    std::fs::write(&file, with_token(", tls: {ca_file: ca.pem}")).unwrap();
    let reply = reload_beside_scrapes(&exporter, |page| assert_eq!(page.status, 200)).await;
    assert_eq!(reply.status, 500);
    assert!(reply.text.contains("has not answered for 10 s: check the mount"), "{}", reply.text);
    exporter.signal("HUP");
    ends(&mut exporter).await;
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_token_file_that_hangs_when_it_is_read_again_holds_up_neither_scrapes_nor_the_end() {
    let oddities = Oddities::new();
    let simulator = Simulator::start(SimulatorSettings::default()).await.unwrap();
    let token = oddities.write("token", "refused");
    let yaml = configuration("auth_token_file: token") + "poll: {interval: 1s}\n";
    let yaml = yaml.replace("https://127.0.0.1:9", &simulator.url());
    let file = oddities.write("config.yaml", &yaml);
    let arguments = ["--config.file", file.to_str().unwrap()];
    let mut exporter = Exporter::with_hanging(&token, 1, &arguments, &[]);
    assert_eq!(exporter.get("/metrics").await.status, 200);
    until("it says that the file hangs", PATIENCE, async || {
        assert_eq!(exporter.get("/metrics").await.status, 200);
        let log = exporter.stderr();
        if log.contains("the token file: the file system has not") { Ok(()) } else { Err(log) }
    })
    .await;
    ends(&mut exporter).await;
}

async fn is_up(exporter: &Exporter, workspace: &str) {
    let line = format!("rocketchat_omnichannel_up{{workspace=\"{workspace}\"}} 1\n");
    until("the workspace is up", PATIENCE, async || {
        let page = exporter.get("/metrics").await.text;
        if page.contains(&line) { Ok(()) } else { Err(page + &exporter.stderr()) }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_saved_state_that_hangs_holds_up_one_workspace_and_neither_scrapes_nor_the_end() {
    let simulator = Simulator::start(SimulatorSettings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let file = folder.path().join("config.yaml");
    let workspace = |name: &str| {
        let SimulatorSettings { user_id, token, .. } = SimulatorSettings::default();
        let url = simulator.url();
        format!("- {{name: {name}, url: '{url}', user_id: '{user_id}', auth_token: '{token}'}}\n")
    };
    let alone = format!("poll: {{interval: 1s}}\nworkspaces:\n{}", workspace("acme"));
    std::fs::write(&file, alone.clone() + &workspace("globex")).unwrap();
    let (file_path, state_path) = (file.to_str().unwrap(), state.to_str().unwrap());
    let arguments =
        ["--config.file", file_path, "--state.directory", state_path, "--web.enable-lifecycle"];
    let mut exporter = Exporter::serve(&arguments, &[]);
    is_up(&exporter, "globex").await;
    ends(&mut exporter).await;
    let of_globex = std::fs::read_dir(&state).unwrap().map(|it| it.unwrap().path());
    let mut of_globex = of_globex.filter(|it| it.to_str().unwrap().contains("globex"));
    let hanging = of_globex.find(|it| it.extension().is_some_and(|it| it == "state")).unwrap();
    std::fs::write(&file, &alone).unwrap();
    let mut exporter = Exporter::with_hanging(&hanging, 0, &arguments, &[]);
    is_up(&exporter, "acme").await;
    std::fs::write(&file, alone + &workspace("globex")).unwrap();
    let shows_acme =
        |page: Reply| assert!(page.text.contains("{workspace=\"acme\""), "{}", page.text);
    let reply = reload_beside_scrapes(&exporter, shows_acme).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text.contains("when the disk of the state answers: globex"), "{}", reply.text);
    until("it says that the disk hangs", PATIENCE, async || {
        let log = exporter.stderr();
        let is_said = log.contains("The saved state has not been read for 10 s");
        if is_said { Ok(()) } else { Err(log) }
    })
    .await;
    ends(&mut exporter).await;
}
