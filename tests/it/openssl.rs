//! Certificates made with openssl's command line, as users make them.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder of PEM files.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs openssl in the folder and returns its standard output.
    pub fn openssl(&self, arguments: &str) -> String {
        let output = Command::new("openssl")
            .current_dir(&self.folder)
            .args(arguments.split_whitespace())
            .output()
            .expect("openssl is missing: apt-get install openssl");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// `openssl req -x509`: a certificate with CA:TRUE that serves as a server's own certificate, in the files
    /// `NAME.pem` and `NAME.key`.
    pub fn self_signed(&self, name: &str, common_name: &str, more: &str) {
        self.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={common_name} \
             -keyout {name}.key -out {name}.pem {more}"
        ));
        assert!(self.text(name).contains("CA:TRUE"), "not made as people do");
    }

    /// `openssl x509 -req` without an extensions file, which gives a certificate of version 1.
    pub fn version_1(&self, name: &str, common_name: &str, authority: &str) {
        self.openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={common_name} -keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 2 \
             -out {name}.pem"
        ));
        assert!(self.text(name).contains("Version: 1 "), "not made as people do");
    }

    fn text(&self, name: &str) -> String {
        self.openssl(&format!("x509 -in {name}.pem -noout -text"))
    }
}
