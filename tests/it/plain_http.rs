//! Clients for requests on loopback.

/// A client for `http` without a proxy. It does not read the authorities that the system trusts, which takes longer than
/// many requests.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().tls_certs_only([])
}
