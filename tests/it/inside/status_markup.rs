//! The page for people stays well-formed and inert, whatever the names and errors in it are.

use jiff::Timestamp;
use proptest::prelude::*;
use rocketchat_omnichannel_exporter::status::facts::{ReloadStatus, StatusFacts, TargetComparison};
use rocketchat_omnichannel_exporter::status::health;
use rocketchat_omnichannel_exporter::status::page::StatusPage;
use tokio::time::Instant;

use crate::watching::{Watched, quiet};

/// Texts with the characters that mean something in HTML, in each place where a text may stand.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[<>\"'&/=! \\PCa-z-]{0,24}",
        Just("</main><script>alert(1)</script>".to_owned()),
        Just("\" onmouseover=\"alert(1)".to_owned()),
        Just("<!--".to_owned()),
        Just("&lt;b&gt;".to_owned()),
    ]
}

async fn polled() -> StatusFacts {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    let began = Instant::now();
    watched.polled().await;
    let now = Timestamp::UNIX_EPOCH;
    let reload = ReloadStatus { is_successful: true, succeeded_at: now };
    health::status(&[watched.cycle.snapshot()], reload, began, now)
}

/// The facts with these texts in every place of a text that others choose.
fn with_texts(mut status: StatusFacts, texts: &[String; 5]) -> StatusFacts {
    let [name, version, failure, department, summary] = texts.clone();
    let workspace = &mut status.workspaces[0];
    workspace.url = format!("https://chat.example.com/{name}");
    workspace.name = name;
    workspace.server_version = Some(version);
    workspace.lists[0].last_failure = Some(failure.clone());
    workspace.counting.restored = Some(failure);
    workspace.departments[0].name = department;
    status.summary = summary;
    status
}

fn html(status: &StatusFacts) -> String {
    let status = status.clone();
    let page = StatusPage::new("/metrics", Box::new(move || status.clone()));
    String::from_utf8(page.current().html.plain.to_vec()).unwrap()
}

/// The tags with the names of their attributes, in their order, without the content of style and script. A tag ends at
/// the first `>` outside of double quotes, as a browser reads it.
fn tags(html: &str) -> Vec<String> {
    let (mut tags, mut rest) = (Vec::new(), html);
    while let Some((_, after)) = rest.split_once('<') {
        let (mut tag, mut is_quoted, mut length) = (String::new(), false, after.len());
        for (at, char) in after.char_indices() {
            match char {
                '"' => is_quoted = !is_quoted,
                '>' if !is_quoted => {
                    length = at + 1;
                    break;
                }
                _ if !is_quoted => tag.push(char),
                _ => {}
            }
        }
        rest = &after[length..];
        if let name @ ("style" | "script") = &*tag {
            rest = rest.split_once(&format!("</{name}>")).expect(name).1;
        }
        tags.push(tag);
    }
    tags
}

#[tokio::test(start_paused = true)]
async fn no_text_changes_the_tags_of_the_page() {
    let status = polled().await;
    let plain = tags(&html(&with_texts(status.clone(), &["x"; 5].map(str::to_owned))));
    assert!(plain.len() > 100 && plain.contains(&"/html".to_owned()), "{plain:?}");
    proptest!(|(texts in proptest::array::uniform5(text()))| {
        let page = html(&with_texts(status.clone(), &texts));
        prop_assert_eq!(&tags(&page), &plain, "{:?}", texts);
    });
}

#[test]
fn a_text_that_is_not_escaped_changes_the_tags() {
    let plain = tags(r#"<p class="x">y</p>"#);
    assert_eq!(plain, ["p class=", "/p"]);
    assert_ne!(tags(r#"<p class="x"><b></p>"#), plain);
    assert_ne!(tags(r#"<p class="x" onload="">y</p>"#), plain);
}

/// The opening tags of this name, each with its attributes.
fn opening<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let tags = html.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    tags.filter(|tag| tag.split(' ').next() == Some(name)).collect()
}

/// The visible text of each element with this class, without its tags.
fn texts_with_class(html: &str, class: &str) -> Vec<String> {
    let marked = html.split("class=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let marked = marked.filter(|(classes, _)| classes.split(' ').any(|it| it == class));
    let text =
        |rest: &str| rest.split_once('>')?.1.split_once('<').map(|(text, _)| text.to_owned());
    marked.filter_map(|(_, rest)| text(rest)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_page_can_be_read_with_a_screen_reader_and_without_colours() {
    let mut status = polled().await;
    let departments = &mut status.workspaces[0].departments;
    let times = [
        TargetComparison::Within,
        TargetComparison::Over,
        TargetComparison::FarOver,
        TargetComparison::Unknown,
    ];
    departments.resize(times.len(), departments[0].clone());
    for (department, time) in departments.iter_mut().zip(times) {
        department.target_time = time;
        (department.waiting_chats, department.accepting_agents) = (Some(1), Some(0));
    }
    let html = html(&status);
    assert!(html.contains("<html lang=\"en\">"));
    let tables = opening(&html, "table");
    assert!(
        tables.len() >= 3 && tables.iter().all(|table| table.contains("aria-label=\"")),
        "{tables:?}"
    );
    let headers = opening(&html, "th");
    assert!(
        headers.len() > 20 && headers.iter().all(|cell| cell.contains("scope=\"")),
        "{headers:?}"
    );
    let stops = html.split("tabindex=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert!(stops.map(|stop| stop.parse::<i32>().unwrap()).all(|stop| stop <= 0));
    for colour in ["well", "amber", "red"] {
        let texts = texts_with_class(&html, colour);
        let has_word = |text: &String| text.chars().any(char::is_alphabetic);
        assert!(!texts.is_empty() && texts.iter().all(has_word), "{colour}: {texts:?}");
    }
}
