//! Files as the editors and shells of Windows save them.

use rocketchat_omnichannel_exporter::http::AccessControl;
use rocketchat_omnichannel_exporter::http::web_config::WebConfig;

use super::files::{OLDER, promtool};
use super::{Site, TLS, hashed, status, url};
use crate::encodings::of_windows;

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn a_web_config_file_means_the_same_in_every_encoding_to_us_and_to_promtool() {
    let site = Site::new();
    let yaml = format!("# Größe\n{TLS}}}\n\nbasic_auth_users:\n  日本: {}\n", hashed("a"));
    for content in of_windows(&yaml) {
        let file = site.configure(content);
        assert_eq!(AccessControl::new(Some(&file)).unwrap().scheme(), "https");
        assert!(WebConfig::read(&file).unwrap().users.contains_key("日本"));
        let (accepts, said) = promtool(OLDER, &file);
        assert!(accepts, "{said}");
    }
}

#[test]
fn a_file_with_nothing_but_a_mark_of_its_encoding_is_an_empty_one() {
    let site = Site::new();
    for content in of_windows("") {
        assert_eq!(AccessControl::new(Some(&site.configure(content))).unwrap().scheme(), "http");
    }
}

#[tokio::test]
async fn certificates_and_keys_are_read_in_every_encoding() {
    let site = Site::new();
    let [certificate, key, authority] = ["server.pem", "server.key", "ca.pem"]
        .map(|name| std::fs::read_to_string(site.authority.folder.path().join(name)).unwrap());
    let saved = of_windows(&certificate).into_iter().zip(of_windows(&key));
    for ((certificate, key), authority) in saved.zip(of_windows(&authority)) {
        site.authority.write("server.pem", certificate);
        site.authority.write("server.key", key);
        site.authority.write("ca.pem", authority);
        let yaml =
            format!("{TLS}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem}}\n");
        let server = site.serve(&yaml).await;
        assert_eq!(status(site.client(None).get(url(&server, "https")).send().await).await, 200);
    }
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn a_comment_between_certificates_may_be_of_any_encoding() {
    let site = Site::new();
    let path = site.authority.folder.path().join("server.pem");
    let pem = std::fs::read(path).unwrap();
    site.authority.write("server.pem", [b"# M\xfcller AG\r\n", pem.as_slice()].concat());
    let file = site.configure(format!("{TLS}}}\n"));
    assert_eq!(AccessControl::new(Some(&file)).unwrap().scheme(), "https");
    let (accepts, said) = promtool(OLDER, &file);
    assert!(accepts, "{said}");
}
