//! Passwords, rate and headers as clients see them.

use std::time::Instant;

use reqwest::RequestBuilder;

use super::{Site, hashed, status, url};
use crate::served::Server;

fn users() -> String {
    format!("basic_auth_users: {{ada: {}, bob: {}}}\n", hashed("secret"), hashed("other:€"))
}

fn asking(site: &Site, server: &Server, user: &str, password: &str) -> RequestBuilder {
    site.client(None).get(url(server, "http")).basic_auth(user, Some(password))
}

async fn answer(site: &Site, server: &Server, user: &str, password: &str) -> u16 {
    status(asking(site, server, user, password).send().await).await
}

#[tokio::test]
async fn only_users_with_their_own_password_are_answered_again_and_again() {
    let site = Site::new();
    let server = site.serve(&users()).await;
    for _verified_and_then_known in 0..2 {
        assert_eq!(answer(&site, &server, "ada", "secret").await, 200);
        assert_eq!(answer(&site, &server, "bob", "other:€").await, 200);
        let wrong =
            [("ada", "other:€"), ("ada", ""), ("eve", "secret"), ("", ""), ("ad", "asecret")];
        for (user, password) in wrong {
            assert_eq!(answer(&site, &server, user, password).await, 401, "{user}");
        }
    }
}

#[tokio::test]
async fn every_path_asks_for_a_password_and_says_how_to_give_it() {
    let site = Site::new();
    let server = site.serve(&users()).await;
    for path in ["/", "/metrics", "/-/healthy", "/-/ready", "/config", "/sd", "/nowhere"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status(), "401", "{path}");
        assert_eq!(answer.header("www-authenticate").unwrap(), "Basic", "{path}");
        assert_eq!(answer.text(), "Unauthorized.\n", "{path}");
    }
    for field in ["Bearer abc", "Basic", "Basic ====", "Basic YWRh"] {
        let head = format!("GET /metrics HTTP/1.1\r\nAuthorization: {field}\r\n");
        assert_eq!(server.exchange(&head).await.status(), "401", "{field}");
    }
}

/// Two hashes of one cost; only the shortest of several attempts is compared, because the machine may be busy.
#[tokio::test]
async fn a_user_who_does_not_exist_costs_what_one_who_does() {
    let site = Site::new();
    let hash = bcrypt::hash("secret", 9).unwrap();
    let server = site.serve(&format!("basic_auth_users: {{ada: {hash}}}\n")).await;
    let mut shortest = [f64::MAX; 2];
    for attempt in 0..8 {
        for (index, user) in ["ada", "eve"].into_iter().enumerate() {
            let begun = Instant::now();
            let never_seen = format!("wrong {attempt}");
            assert_eq!(answer(&site, &server, user, &never_seen).await, 401);
            shortest[index] = shortest[index].min(begun.elapsed().as_secs_f64());
        }
    }
    let [known, unknown] = shortest;
    assert!((0.25..4.0).contains(&(known / unknown)), "{known} s, {unknown} s");
}

#[tokio::test]
async fn guessing_does_not_slow_down_those_who_are_known() {
    let site = Site::new();
    let (ada, bob) = (bcrypt::hash("secret", 8).unwrap(), hashed("b"));
    let server = site.serve(&format!("basic_auth_users: {{ada: {ada}, bob: {bob}}}\n")).await;
    assert_eq!(answer(&site, &server, "ada", "secret").await, 200);
    let guesses = (0..300).map(|guess| {
        let request = asking(&site, &server, "bob", &guess.to_string());
        tokio::spawn(async move { request.send().await })
    });
    let guesses: Vec<_> = guesses.collect();
    let begun = Instant::now();
    assert_eq!(answer(&site, &server, "ada", "secret").await, 200);
    let waited = begun.elapsed();
    for guess in guesses {
        assert!(matches!(status(guess.await.unwrap()).await, 401 | 503));
    }
    assert!(waited < begun.elapsed() / 2 + std::time::Duration::from_millis(500), "{waited:?}");
    assert_eq!(answer(&site, &server, "ada", "secret").await, 200, "still known");
}

#[tokio::test]
async fn the_rate_is_limited_before_anybody_is_asked_for_a_password() {
    let site = Site::new();
    let yaml = users() + "rate_limit: {interval: 1h, burst: 3}\n";
    let server = site.serve(&yaml).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(answer(&site, &server, "eve", "guess").await);
    }
    answers.push(answer(&site, &server, "ada", "secret").await);
    assert_eq!(answers, [401, 401, 401, 429]);
}

#[tokio::test]
async fn the_headers_stand_in_every_answer() {
    let site = Site::new();
    let headers = "http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: 0, \
         Content-Security-Policy: \"default-src 'self'\"}}\n";
    for yaml in [headers.to_owned(), users() + headers] {
        let server = site.serve(&yaml).await;
        for path in ["/", "/metrics", "/nowhere"] {
            let answer = server.get(path).await;
            assert_eq!(answer.header("x-frame-options").unwrap(), "deny", "{path}");
            assert_eq!(answer.header("x-xss-protection").unwrap(), "0", "{path}");
            let policy = answer.header("content-security-policy").unwrap();
            assert_eq!(policy, "default-src 'self'", "{path}");
        }
    }
}
