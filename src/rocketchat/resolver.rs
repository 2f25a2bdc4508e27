//! Resolves host names with the resolver of the system.
//!
//! A look-up of the system cannot be cancelled. A look-up that hangs keeps its thread for minutes, longer than the
//! request that started it. So requests for the same name share one look-up, and the number of look-ups at once is
//! limited, to leave threads for the commits.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, watch};

/// Most look-ups at once: far below the 512 threads that tokio has for blocking work.
const MOST_AT_ONCE: usize = 64;

static LOOK_UPS: Semaphore = Semaphore::const_new(MOST_AT_ONCE);

/// The addresses, or the kind and text of the system's error, because an `io::Error` cannot be cloned.
type LookUpResult = Result<Vec<SocketAddr>, (io::ErrorKind, String)>;

/// The outcome of a look-up; `None` while the look-up is in progress.
type LookUp = watch::Receiver<Option<LookUpResult>>;

/// The look-ups of one workspace; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver(Arc<Mutex<BTreeMap<String, LookUp>>>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let mut look_up = self.look_up(name.as_str(), system);
        Box::pin(async move {
            let outcome = look_up.wait_for(Option::is_some).await?.clone();
            let outcome = outcome.unwrap_or_else(|| Err((io::ErrorKind::Other, String::new())));
            let addresses = outcome.map_err(|(kind, text)| io::Error::new(kind, text))?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Resolver {
    /// Joins the look-up of this name that is in progress, or starts one.
    fn look_up(
        &self,
        name: &str,
        system: impl FnOnce(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> LookUp {
        let mut under_way = self.0.lock();
        if let Some(look_up) = under_way.get(name) {
            return look_up.clone();
        }
        let (tell, look_up) = watch::channel(None);
        under_way.insert(name.to_owned(), look_up.clone());
        let (this, name) = (self.clone(), name.to_owned());
        // A separate task: the request that started the look-up may be cancelled while others wait for it.
        tokio::spawn(async move {
            let outcome = in_thread(name.clone(), system).await;
            this.0.lock().remove(&name);
            tell.send_replace(Some(outcome));
        });
        look_up
    }
}

async fn in_thread(
    name: String,
    system: impl FnOnce(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> LookUpResult {
    let permit = LOOK_UPS.acquire().await;
    let looked_up = tokio::task::spawn_blocking(move || system(&name)).await;
    drop(permit);
    let looked_up = looked_up.map_err(io::Error::other).flatten();
    looked_up.map_err(|error| (error.kind(), error.to_string()))
}

fn system(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_asks_for_a_name_that_is_looked_up_already_shares_the_outcome_and_the_thread() {
        let resolver = Resolver::default();
        let looked_up = Arc::new(AtomicUsize::new(0));
        let (answer, hangs) = mpsc::channel::<SocketAddr>();
        let counted = Arc::clone(&looked_up);
        let first = resolver.look_up("chat.example.com", move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            hangs.recv().map(|address| vec![address]).map_err(io::Error::other)
        });
        let others = (0..500).map(|_| {
            let counted = Arc::clone(&looked_up);
            resolver.look_up("chat.example.com", move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(Vec::new())
            })
        });
        let all: Vec<LookUp> = std::iter::once(first).chain(others.collect::<Vec<_>>()).collect();
        let address = SocketAddr::from(([192, 0, 2, 7], 0));
        answer.send(address).unwrap();
        for mut look_up in all {
            let outcome = look_up.wait_for(Option::is_some).await.unwrap().clone();
            assert_eq!(outcome.unwrap().unwrap(), [address]);
        }
        assert_eq!(looked_up.load(Ordering::Relaxed), 1);
        let mut next =
            resolver.look_up("chat.example.com", |_| Err(io::Error::other("no such name")));
        let outcome = next.wait_for(Option::is_some).await.unwrap().clone();
        assert_eq!(outcome.unwrap().unwrap_err().1, "no such name", "an outcome is not kept");
    }

    #[tokio::test]
    async fn a_name_that_is_not_there_says_so_as_the_system_does() {
        let name = "no.such.name.invalid".parse().unwrap();
        let error = Resolver::default().resolve(name).await.err().unwrap().to_string();
        assert!(error.starts_with("failed to lookup address information: "), "{error}");
    }
}
