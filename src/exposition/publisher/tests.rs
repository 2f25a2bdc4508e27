use super::super::page_builder::PageBuilder;
use super::*;
use crate::catalog::UP;
use crate::cycle::scrape_mark::ScrapeMark;

const SOON: Duration = Duration::from_secs(5);

/// A source that counts its pages and fills the number into the page.
struct Counting {
    names: Vec<String>,
    pages: Arc<AtomicU64>,
    mark: ScrapeMark,
}

impl Counting {
    fn workspaces(names: impl IntoIterator<Item = impl ToString>) -> (Box<Self>, Arc<AtomicU64>) {
        let pages = Arc::default();
        let names = names.into_iter().map(|name| name.to_string()).collect();
        let mark = ScrapeMark::default();
        (Box::new(Self { names, pages: Arc::clone(&pages), mark }), pages)
    }
}

impl PageSource for Counting {
    fn fill(&self, page: &mut PageBuilder) {
        let number = self.pages.fetch_add(1, Ordering::SeqCst) + 1;
        for name in &self.names {
            page.workspace(name).gauge(UP, [], number as f64);
        }
    }

    fn fill_workspace(&self, page: &mut PageBuilder, label: &str) -> bool {
        let place = self.names.iter().position(|name| name == label);
        if let Some(place) = place {
            page.workspace(label).gauge(UP, [], 7.0);
            page.expect_scrape_mark(self.mark.of_cycle(place as u64 + 1));
        }
        place.is_some()
    }

    fn workspaces(&self) -> Vec<String> {
        self.names.clone()
    }

    fn workspace_count(&self) -> usize {
        self.names.len()
    }
}

fn text(page: &Exposition) -> String {
    String::from_utf8(page.text.plain.to_vec()).unwrap()
}

fn count(pages: &AtomicU64) -> u64 {
    pages.load(Ordering::SeqCst)
}

fn part(process: bool, workspaces: &[&str]) -> PagePart {
    PagePart { process, workspaces: workspaces.iter().map(ToString::to_string).collect() }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let poll = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, poll).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn the_first_page_is_there_before_anything_runs() {
    let publisher = Publisher::new(Counting::workspaces(["acme"]).0);
    let page = text(&publisher.published().whole(Format::Text).await.unwrap());
    assert!(page.contains("rocketchat_omnichannel_up{workspace=\"acme\"} 1\n"), "{page}");
    assert!(page.contains("process_start_time_seconds "), "{page}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_changes_becomes_few_pages_and_the_last_change_is_in() {
    let (source, pages) = Counting::workspaces(["acme"]);
    let publisher = Publisher::new(source);
    let handle = publisher.published();
    handle.whole(Format::Text).await.unwrap();
    let (changed, cancel) = (watch::Sender::new(()), CancellationToken::new());
    let run = publisher.run(changed.subscribe(), Duration::from_secs(600), cancel.clone());
    let running = tokio::spawn(run);
    until("the page at the start", || count(&pages) == 2).await;
    for _ in 0..1000 {
        changed.send_replace(());
        tokio::task::yield_now().await;
    }
    until("the page of the burst", || count(&pages) >= 3).await;
    assert!(count(&pages) <= 4, "{pages:?}");
    cancel.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wanted_page_is_rendered_without_any_change_when_its_time_has_come() {
    let (source, pages) = Counting::workspaces(["acme"]);
    let publisher = Publisher::new(source);
    let handle = publisher.published();
    handle.whole(Format::Text).await.unwrap();
    let cancel = CancellationToken::new();
    let every = Duration::from_millis(10);
    let no_changes = watch::Sender::new(()).subscribe();
    let running = tokio::spawn(publisher.run(no_changes, every, cancel.clone()));
    until("four pages", || count(&pages) >= 4).await;
    cancel.cancel();
    running.await.unwrap();
    let page = handle.whole(Format::Text).await.unwrap();
    assert!(!text(&page).contains("up{workspace=\"acme\"} 1\n"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_nobody_asks_for_is_not_rendered_and_not_kept() {
    let (source, pages) = Counting::workspaces(["acme"]);
    let publisher = Publisher::new(source);
    let handle = publisher.published();
    let changed = watch::Sender::new(());
    let cancel = CancellationToken::new();
    let every = Duration::from_secs(15);
    let running = tokio::spawn(publisher.run(changed.subscribe(), every, cancel.clone()));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(count(&pages), 0, "nobody asked");
    handle.whole(Format::Text).await.unwrap();
    handle.whole(Format::Text).await.unwrap();
    assert_eq!(count(&pages), 1, "the second request gets the kept page");
    tokio::time::sleep(RENDERED_AHEAD_FOR * 2).await;
    let ahead = count(&pages);
    assert!((15..30).contains(&ahead), "one page every 15 s for five minutes: {ahead}");
    assert!(handle.0.whole(Format::Text).kept.load().is_none());
    tokio::time::sleep(RENDERED_AHEAD_FOR).await;
    assert_eq!(count(&pages), ahead);
    cancel.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_large_page_is_rendered_on_request_once_for_all_who_wait() {
    let (source, pages) = Counting::workspaces(0..=MOST_WORKSPACES_INLINE);
    let publisher = Publisher::new(source);
    let handle = publisher.published();
    let asked =
        [handle.whole(Format::Text), handle.whole(Format::Text), handle.whole(Format::Text)];
    let all = futures_of(asked).await;
    assert!(all.iter().all(|page| text(page).contains("up{workspace=\"10\"} 1\n")));
    assert_eq!(count(&pages), 1);
    publisher.expire();
    assert!(handle.0.whole(Format::Text).kept.load().is_none(), "a large page is not kept");
    publisher.render_ahead();
    assert_eq!(count(&pages), 1);
    handle.whole(Format::Text).await.unwrap();
    assert_eq!(count(&pages), 2);
}

async fn futures_of(
    asked: [impl Future<Output = Result<Arc<Exposition>, PublishError>>; 3],
) -> Vec<Arc<Exposition>> {
    let [a, b, c] = asked;
    let (a, b, c) = tokio::join!(a, b, c);
    [a, b, c].into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_part_has_the_workspaces_and_the_process_that_it_names() {
    let (source, pages) = Counting::workspaces(["a", "b", "c"]);
    let handle = Publisher::new(source).published();
    for (process, names) in [(false, &["b"][..]), (true, &[]), (true, &["a", "c"])] {
        let page = text(&handle.part(part(process, names), Format::Text).await.unwrap());
        assert_eq!(page.contains("process_start_time_seconds "), process);
        for name in ["a", "b", "c"] {
            let line = format!("up{{workspace=\"{name}\"}} 7\n");
            assert_eq!(page.contains(&line), names.contains(&name), "{page}");
        }
    }
    assert_eq!(count(&pages), 0, "no part costs the whole page");
}

#[tokio::test]
async fn a_part_marks_only_its_own_workspaces_as_scraped() {
    let (source, _) = Counting::workspaces(["a", "b"]);
    let mark = source.mark.clone();
    let handle = Publisher::new(source).published();
    let page = handle.part(part(true, &["a"]), Format::Text).await.unwrap();
    assert_eq!(mark.latest(), None);
    page.scraped();
    assert_eq!(mark.latest(), Some(1));
}

#[tokio::test]
async fn a_part_with_an_unknown_workspace_is_refused() {
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let handle = Publisher::new(Counting::workspaces(&names).0).published();
    let many: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(handle.part(part(false, &many), Format::Text).await.is_ok());
    let unknown = handle.part(part(false, &[&many[..], &["x"]].concat()), Format::Text).await;
    assert_eq!(unknown.unwrap_err().to_string(), "no workspace has the name \"x\"");
}
