//! The exporter reads its configuration again while it runs: changed parts are replaced, unchanged parts go on.

use std::fmt::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::{Exporter, PATIENCE, Reply, ask, until};
use crate::plain_http;

const SUCCESSFUL: &str = "rocketchat_omnichannel_exporter_config_last_reload_successful";
const STARTED: &str = "rocketchat_omnichannel_chats_started_total";
const REQUESTS: &str = "rocketchat_omnichannel_exporter_api_requests_total";

/// Simulated workspaces, and the configuration file that names them.
struct Scene {
    simulators: Vec<Simulator>,
    settings: SimulatorSettings,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new(workspaces: usize) -> Self {
        let settings = SimulatorSettings {
            arrivals_per_hour: 600.0,
            agents: 20,
            ..SimulatorSettings::default()
        };
        let mut simulators = Vec::new();
        for _ in 0..workspaces {
            simulators.push(Simulator::start(settings.clone()).await.unwrap());
        }
        Self { simulators, settings, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("config.yaml")
    }

    /// A configuration of workspaces with these names, each with its own keys.
    fn yaml(&self, workspaces: &[(&str, &str)]) -> String {
        let mut yaml = "poll: {interval: 1s}\nworkspaces:\n".to_owned();
        for ((name, more), simulator) in workspaces.iter().zip(&self.simulators) {
            let (url, user) = (simulator.url(), &self.settings.user_id);
            let token = &self.settings.token;
            writeln!(
                yaml,
                "- {{name: {name}, url: '{url}', user_id: '{user}', auth_token: '{token}'{more}}}"
            )
            .unwrap();
        }
        yaml
    }

    fn write(&self, yaml: &str) {
        std::fs::write(self.file(), yaml).unwrap();
    }

    fn exporter(&self, arguments: &[&str]) -> Exporter {
        let file = self.file();
        let given = ["--config.file", file.to_str().unwrap()];
        Exporter::serve(&[&given[..], arguments].concat(), &[])
    }

    /// Advances every workspace by two minutes of traffic.
    fn live(&self) {
        for simulator in &self.simulators {
            simulator.world(|world| world.live(Duration::from_secs(120)));
        }
    }
}

async fn reload(exporter: &Exporter) -> Reply {
    let url = format!("http://{}/-/reload", exporter.address().await);
    ask(Method::POST, &url).await.unwrap()
}

/// The first chunk of an answer.
async fn told(answer: &mut reqwest::Response) -> String {
    let begin = answer.chunk().await.unwrap().unwrap();
    String::from_utf8(begin.to_vec()).unwrap()
}

/// The sum over all series of a family in a workspace; `None` if there are none.
async fn sum(exporter: &Exporter, family: &str, workspace: &str) -> Option<f64> {
    let page = exporter.get("/metrics").await.text;
    let begin = format!("{family}{{workspace=\"{workspace}\"");
    let lines = page.lines().filter(|line| line.starts_with(&begin));
    let values = lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap());
    values.reduce(|one, two| one + two)
}

/// Waits until a family has reached this value.
async fn grown(exporter: &Exporter, family: &str, workspace: &str, least: f64) -> f64 {
    until(&format!("{family} of {workspace} is {least}"), PATIENCE, async || {
        let sum = sum(exporter, family, workspace).await;
        sum.filter(|sum| *sum >= least).ok_or_else(|| format!("{sum:?} {}", exporter.stderr()))
    })
    .await
}

async fn shown(exporter: &Exporter, text: &str) {
    until(&format!("/config shows {text}"), PATIENCE, async || {
        let config = exporter.get("/config").await.text;
        if config.contains(text) { Ok(()) } else { Err(config + &exporter.stderr()) }
    })
    .await;
}

#[tokio::test]
async fn what_changed_is_replaced_and_what_did_not_goes_on() {
    let scene = Scene::new(3).await;
    scene.write(&scene.yaml(&[("same", ""), ("changed", ""), ("gone", "")]));
    let exporter = scene.exporter(&["--web.enable-lifecycle"]);
    for workspace in ["same", "changed", "gone"] {
        grown(&exporter, STARTED, workspace, 0.0).await;
    }
    scene.live();
    let counted = grown(&exporter, STARTED, "changed", 5.0).await;
    let asked = sum(&exporter, REQUESTS, "same").await.unwrap();
    scene.write(&scene.yaml(&[
        ("same", ""),
        ("changed", ", agents: {detail: 'off'}"),
        ("new", ""),
    ]));
    let reply = reload(&exporter).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, "Reloaded\n"), "{}", exporter.stderr());
    let at_once = sum(&exporter, STARTED, "changed").await;
    assert!(at_once >= Some(counted), "{at_once:?}: {counted} had been counted");
    grown(&exporter, STARTED, "new", 0.0).await;
    grown(&exporter, REQUESTS, "same", asked + 1.0).await;
    until("the page shows the agents of one workspace", PATIENCE, async || {
        let page = exporter.get("/metrics").await.text;
        assert!(!page.contains("workspace=\"gone\""));
        assert!(!page.contains("agent_chats{workspace=\"changed\""));
        if page.contains("agent_chats{workspace=\"same\"") { Ok(()) } else { Err(page) }
    })
    .await;
    scene.live();
    grown(&exporter, STARTED, "changed", counted + 5.0).await;
    assert_eq!(exporter.get("/-/ready").await.status, 200);
}

#[tokio::test]
async fn a_configuration_that_does_not_hold_changes_nothing_and_says_why() {
    let scene = Scene::new(1).await;
    scene.write(&scene.yaml(&[("acme", "")]));
    let exporter = scene.exporter(&["--web.enable-lifecycle"]);
    grown(&exporter, STARTED, "acme", 0.0).await;
    let before = exporter.get("/config").await.text;
    let no_file = ", tls: {ca_file: /nonexistent/ca.pem}";
    let cases = [
        (scene.yaml(&[("acme", ", scope: mine")]), "workspaces[0].scope: "),
        (scene.yaml(&[("acme", no_file)]), "/nonexistent/ca.pem"),
        ("workspaces: [\n".to_owned(), "config.yaml: "),
    ];
    for (yaml, reason) in cases {
        scene.write(&yaml);
        let reply = reload(&exporter).await;
        assert_eq!(reply.status, 500);
        assert!(reply.text.contains(reason), "{reason}: {}", reply.text);
        assert!(!reply.text.contains(&scene.settings.token), "{}", reply.text);
        assert_eq!(exporter.get("/config").await.text, before);
        until("the failure is a metric", PATIENCE, async || {
            let value = sum(&exporter, SUCCESSFUL, "acme").await;
            if value == Some(0.0) { Ok(()) } else { Err(format!("{value:?}")) }
        })
        .await;
    }
    scene.write(&scene.yaml(&[("acme", ", tags: [billing]")]));
    exporter.signal("HUP");
    shown(&exporter, "billing").await;
    grown(&exporter, SUCCESSFUL, "acme", 1.0).await;
    assert!(!exporter.stderr().contains(&scene.settings.token), "{}", exporter.stderr());
}

#[tokio::test]
async fn how_a_reload_went_is_on_the_page_long_before_the_next_poll() {
    let scene = Scene::new(1).await;
    let rarely = scene.yaml(&[("acme", "")]).replace("interval: 1s", "interval: 1h");
    scene.write(&rarely);
    let exporter = scene.exporter(&["--web.enable-lifecycle"]);
    grown(&exporter, STARTED, "acme", 0.0).await;
    for (yaml, expected) in [("nonsense: 1\n", 0.0), (rarely.as_str(), 1.0)] {
        scene.write(yaml);
        reload(&exporter).await;
        // Shorter than the 15 s after which the page is rendered in any case.
        until(&format!("it is {expected}"), Duration::from_secs(12), async || {
            let value = sum(&exporter, SUCCESSFUL, "acme").await;
            if value == Some(expected) { Ok(()) } else { Err(format!("{value:?}")) }
        })
        .await;
    }
}

#[tokio::test]
async fn a_change_of_the_file_is_noticed_behind_a_symbolic_link_too() {
    let scene = Scene::new(1).await;
    // As a ConfigMap is mounted: the path leads through a link to a directory, and the link is swapped.
    let mount = scene.folder.path();
    let publish = |generation: &str, yaml: &str| {
        std::fs::create_dir(mount.join(generation)).unwrap();
        std::fs::write(mount.join(generation).join("config.yaml"), yaml).unwrap();
        std::os::unix::fs::symlink(generation, mount.join("..tmp")).unwrap();
        std::fs::rename(mount.join("..tmp"), mount.join("..data")).unwrap();
    };
    publish("..1", &scene.yaml(&[("acme", "")]));
    std::os::unix::fs::symlink(Path::new("..data/config.yaml"), scene.file()).unwrap();
    let exporter = scene.exporter(&["--config.auto-reload-interval", "100ms"]);
    grown(&exporter, STARTED, "acme", 0.0).await;
    publish("..2", &(scene.yaml(&[("acme", ", tags: [refund]")]) + "log: {level: trace}\n"));
    shown(&exporter, "refund").await;
    shown(&exporter, "level: trace").await;
    until("more is logged", PATIENCE, async || {
        let log = exporter.stderr();
        if log.contains("level=trace") { Ok(()) } else { Err(log) }
    })
    .await;
}

#[tokio::test]
async fn of_a_burst_of_requests_some_share_a_reload_and_the_others_are_told_to_try_again() {
    let scene = Scene::new(1).await;
    scene.write(&scene.yaml(&[("acme", "")]));
    let exporter = scene.exporter(&["--web.enable-lifecycle"]);
    let url = format!("http://{}/-/reload", exporter.address().await);
    let client = plain_http::client().timeout(PATIENCE).build().unwrap();
    let (mut reloaded, mut refused) = (0, 0);
    let burst = || (0..300).map(|_| tokio::spawn(client.post(&url).send())).collect::<Vec<_>>();
    // On a busy machine, the requests of a burst may come one after another.
    let mut bursts = std::iter::repeat_with(burst).take(10).flatten();
    while let Some(request) = bursts.next().filter(|_| reloaded == 0 || refused == 0) {
        let mut answer = request.await.unwrap().unwrap();
        match answer.status().as_u16() {
            200 => reloaded += 1,
            503 => {
                refused += 1;
                assert_eq!(answer.headers()["retry-after"], "5");
                assert!(told(&mut answer).await.contains("try again"));
            }
            status => panic!("{status}: {}", told(&mut answer).await),
        }
    }
    assert!(reloaded > 0 && refused > 0, "{reloaded} reloaded, {refused} refused");
    let reloads = exporter.stderr().matches("The configuration was reloaded.").count();
    assert!(reloads < reloaded, "{reloaded} requests in {reloads} reloads");
}

#[tokio::test]
async fn a_form_of_another_site_reloads_nothing() {
    let scene = Scene::new(1).await;
    scene.write(&scene.yaml(&[("acme", "")]));
    let exporter = scene.exporter(&["--web.enable-lifecycle"]);
    let url = format!("http://{}/-/reload", exporter.address().await);
    let client = plain_http::client().timeout(PATIENCE).build().unwrap();
    for (field, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example.com")]
    {
        let mut answer = client.post(&url).header(field, value).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{field}");
        assert!(told(&mut answer).await.contains("another site"), "{field}");
    }
    assert!(!exporter.stderr().contains("was reloaded"), "{}", exporter.stderr());
    assert_eq!(reload(&exporter).await.status, 200);
}

#[tokio::test]
async fn who_may_not_ask_for_a_reload_is_told_how_to_allow_it() {
    let scene = Scene::new(1).await;
    scene.write(&scene.yaml(&[("acme", "")]));
    let exporter = scene.exporter(&[]);
    let reply = reload(&exporter).await;
    assert_eq!(reply.status, 403);
    assert!(reply.text.contains("--web.enable-lifecycle"), "{}", reply.text);
    assert_eq!(exporter.get("/-/reload").await.status, 405);
}

/// Reads the messages to the service manager until they contain `what`.
async fn heard(socket: &UnixDatagram, seen: &mut String, what: &str) {
    until(&format!("systemd hears {what}"), PATIENCE, async || {
        let mut buffer = [0; 1024];
        while let Ok(length) = socket.recv(&mut buffer) {
            seen.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
        if seen.contains(what) { Ok(()) } else { Err(seen.clone()) }
    })
    .await;
}

#[tokio::test]
async fn systemd_hears_of_start_reload_life_and_stop() {
    let scene = Scene::new(1).await;
    scene.write(&scene.yaml(&[("acme", "")]));
    let path = scene.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let variables = [
        ("NOTIFY_SOCKET", path.to_str().unwrap().to_owned()),
        ("WATCHDOG_USEC", "200000".to_owned()),
    ];
    let file = scene.file();
    let mut exporter = Exporter::serve(&["--config.file", file.to_str().unwrap()], &variables);
    let mut seen = String::new();
    heard(&socket, &mut seen, "READY=1").await;
    heard(&socket, &mut seen, "WATCHDOG=1\nWATCHDOG=1").await;
    seen.clear();
    exporter.signal("HUP");
    heard(&socket, &mut seen, "RELOADING=1\nMONOTONIC_USEC=").await;
    heard(&socket, &mut seen, "READY=1").await;
    exporter.signal("TERM");
    heard(&socket, &mut seen, "STOPPING=1").await;
    assert_eq!(exporter.ended_within(PATIENCE).await.code, Some(0));
}
