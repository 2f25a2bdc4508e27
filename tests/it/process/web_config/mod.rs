//! The web config file of the Prometheus exporters: accepted content and its effects.

mod cases;
mod changes;
mod clients;
mod encodings;
mod files;
mod kept_open;
mod passwords;

use std::path::PathBuf;

use reqwest::{Certificate, Client, Identity, Response};
use rocketchat_omnichannel_exporter::http::{AccessControl, Limits};

use crate::authority::Authority;
use crate::served::{PATIENCE, Server};

/// A bcrypt hash of cost 4, which is fast; the cost is not tested here.
fn hashed(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

/// A folder with an authority, a certificate for loopback and a web config file.
pub struct Site {
    pub authority: Authority,
}

impl Site {
    pub fn new() -> Self {
        let site = Self { authority: Authority::new() };
        site.authority.file();
        site.renew("127.0.0.1");
        site
    }

    /// Replaces the certificate with a new one.
    fn renew(&self, name: &str) -> Certificate {
        let (certificate, key) = self.authority.issue(&[name]);
        self.authority.write("server.pem", certificate.pem());
        self.authority.write("server.key", key.serialize_pem());
        Certificate::from_der(certificate.der()).unwrap()
    }

    fn configure(&self, yaml: impl AsRef<[u8]>) -> PathBuf {
        self.authority.write("web.yml", yaml)
    }

    pub async fn serve(&self, yaml: &str) -> Server {
        let access = AccessControl::new(Some(&self.configure(yaml))).unwrap();
        Server::behind(access, Limits::default()).await
    }

    /// A client that trusts the authority and may have a certificate. It opens a new connection for every request.
    pub fn client(&self, identity: Option<Identity>) -> Client {
        let authority = Certificate::from_pem(self.authority.issuer.pem().as_bytes()).unwrap();
        let builder = Client::builder().no_proxy().timeout(PATIENCE).tls_info(true);
        let builder = builder.pool_max_idle_per_host(0).tls_certs_only([authority]);
        match identity {
            Some(identity) => builder.identity(identity).build().unwrap(),
            None => builder.build().unwrap(),
        }
    }
}

pub const TLS: &str = "tls_server_config: {cert_file: server.pem, key_file: server.key";

fn url(server: &Server, scheme: &str) -> String {
    format!("{scheme}://{}/-/healthy", server.address)
}

async fn status(response: Result<Response, reqwest::Error>) -> u16 {
    response.unwrap().status().as_u16()
}
