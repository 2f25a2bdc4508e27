//! Web config files, good and bad, for a folder with a certificate, its key and an authority.

/// Verdict of promtool on a file, compared with ours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Promtool {
    /// The same verdict.
    Agrees,
    /// The opposite. A file that promtool alone accepts protects less than it seems, or is not supported here.
    Disagrees,
    /// The same verdict, if promtool knows these keys: that of Prometheus 3 does, Debian's does not.
    LaterAgrees,
    /// The opposite verdict, if promtool knows these keys.
    LaterDisagrees,
    /// The verdict depends on the release of Go that promtool was built with.
    Unasked,
}
use Promtool::{Agrees, Disagrees, LaterAgrees, LaterDisagrees, Unasked};

macro_rules! tls {
    ($rest:literal) => {
        concat!("tls_server_config: {cert_file: server.pem, key_file: server.key", $rest, "}\n")
    };
}

macro_rules! users {
    () => {
        "basic_auth_users: {ada: $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, '12': $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n"
    };
}

macro_rules! headers {
    () => {
        "http_server_config: {http2: false, headers: {Content-Security-Policy: \"default-src 'none'\", \
         Strict-Transport-Security: max-age=31536000, X-Content-Type-Options: nosniff, \
         X-Frame-Options: sameorigin, X-XSS-Protection: 0}}\n"
    };
}

pub(super) const GOOD: &[(Promtool, &str)] = &[
    (Agrees, ""),
    (Agrees, "# nothing\n---\n"),
    (Agrees, "~\n"),
    (Agrees, "--- # nothing\n"),
    (Agrees, "---\n...\n"),
    (Agrees, "null\n"),
    (
        Agrees,
        "tls_server_config: &tls {cert_file: server.pem, key_file: server.key, min_version: TLS13}\n\
         http_server_config: {headers: {<<: [{X-Frame-Options: deny}, {X-XSS-Protection: 0}]}}\n",
    ),
    (Agrees, tls!(", <<: {<<: {min_version: TLS13}, max_version: TLS13}")),
    (Agrees, concat!("<<: {", users!(), "}\n")),
    // promtool refuses a second value; here one of the two wins by the merge rules of YAML.
    (
        Disagrees,
        "http_server_config: {headers: {<<: {X-Frame-Options: allow}, X-Frame-Options: deny}}\n",
    ),
    (
        Disagrees,
        "http_server_config: {headers: {<<: [{X-Frame-Options: deny}, {X-Frame-Options: allow}]}}\n",
    ),
    (Agrees, "\u{feff}# marked\r\n"),
    (Agrees, concat!("\u{feff}", users!())),
    (
        Agrees,
        "tls_server_config:\r\nhttp_server_config:\r\n  headers:\r\n    X-Frame-Options: deny\r\n",
    ),
    (Agrees, "tls_server_config:\nbasic_auth_users:\n"),
    (Agrees, "tls_server_config: {cert_file: '', key_file: ''}\n"),
    (Agrees, tls!("")),
    (Agrees, concat!(users!(), headers!(), tls!(""))),
    (Agrees, users!()),
    (Agrees, tls!(", min_version: TLS12, max_version: TLS12, prefer_server_cipher_suites: false")),
    (Agrees, tls!(", min_version: TLS13, curve_preferences: [X25519, CurveP256, CurveP384]")),
    (
        Agrees,
        tls!(", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]"),
    ),
    (Agrees, tls!(", cipher_suites: [TLS_CHACHA20_POLY1305_SHA256]")),
    (Agrees, tls!(", client_auth_type: NoClientCert")),
    (Agrees, tls!(", client_auth_type: RequestClientCert")),
    (Agrees, tls!(", client_auth_type: RequireAnyClientCert, client_ca_file: ''")),
    (Agrees, tls!(", client_auth_type: RequireClientCert")),
    (Agrees, tls!(", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem")),
    (Agrees, tls!(", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem")),
    (
        LaterAgrees,
        tls!(
            ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem, client_allowed_sans: [a]"
        ),
    ),
    (
        LaterAgrees,
        tls!(
            ", client_auth_type: RequireAnyClientCert, client_allowed_sans: [a.example.com, 192.0.2.1, 'spiffe://a/b', a@b.example]"
        ),
    ),
    (Unasked, tls!(", curve_preferences: [X25519MLKEM768]")),
    (LaterAgrees, "rate_limit: {interval: 1s, burst: 20}\n"),
    (LaterAgrees, "rate_limit: {interval: 100ms, burst: 1}\n"),
    (LaterAgrees, "rate_limit: {interval: 1m30s, burst: 1}\n"),
    (LaterAgrees, "rate_limit:\n  interval: 1.5s\n  burst: 5\n"),
    (LaterAgrees, "rate_limit: {interval: 0s, burst: 0}\n"),
    (LaterAgrees, "rate_limit: {interval: 0}\n"),
    (LaterAgrees, "rate_limit:\n"),
    (LaterAgrees, "rate_limit: {}\n"),
];

/// The same content in the many ways in which people and their tools write YAML.
pub(super) const WRITTEN: &[&str] = &[
    "# A comment\n",
    "\r\n\r\n",
    "---",
    "{}\n",
    "tls_server_config:\n  # A comment\n  cert_file: server.pem # and another\n  key_file: server.key\n# the last",
    "---\r\ntls_server_config:\r\n  cert_file: server.pem\r\n  key_file: server.key\r\nhttp_server_config:\r\n  http2: true\r\n",
    "\"tls_server_config\":\n  'cert_file': \"./server.pem\"\n  \"key_file\": 'server.key'\n",
    "  tls_server_config:\n      cert_file:\n        server.pem\n      key_file: \"\\x73erver.key\"\n",
    "{\n  \"tls_server_config\": {\n    \"cert_file\": \"server.pem\",\n    \"key_file\": \"server.key\"\n  }\n}\n",
    "%YAML 1.1\n---\ntls_server_config: &tls {cert_file: server.pem, key_file: !!str server.key,}\n...\n",
    "? tls_server_config\n: {cert_file: server.pem, key_file: server.key}\n",
    "tls_server_config:\t\n  cert_file: server.pem\t# a tab\n  key_file: server.key\t\n",
    tls!(", cipher_suites: [], curve_preferences:\t[X25519,\tCurveP256,]"),
    "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  min_version:\n  max_version:\n  cipher_suites:\n  curve_preferences:\n  client_auth_type:\n  client_ca_file:\n  prefer_server_cipher_suites:\n",
    "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  cipher_suites:\n  - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n",
    tls!(", prefer_server_cipher_suites: no"),
    "http_server_config: {http2: yes}\n",
    "http_server_config: {http2: On}\n",
    "http_server_config: {http2: False}\n",
    "http_server_config: {http2: OFF}\n",
    "http_server_config: {http2: ~}\n",
    "http_server_config:\n  http2: n\n  headers:\n",
    "http_server_config:\n  headers:\n    Content-Security-Policy:\n    X-Frame-Options: sameorigin\n    X-XSS-Protection: 1; mode=block\n    Strict-Transport-Security: max-age=31536000; includeSubDomains; preload\n",
    "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Content-Security-Policy: >\n      default-src 'self';\n      frame-ancestors 'none'\n",
    "http_server_config: {headers: {Content-Security-Policy: \"a\\n\\tb\"}}\n",
    "basic_auth_users:\n  ada: &hash $2b$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  bob: *hash\n",
    "basic_auth_users:\n  ada: |\n    $2a$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  bob: >-\n    $2y$12$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
    "basic_auth_users:\n  ada@example.com: \"$2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n  Größe 2: $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  yes: $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  12: $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
    "basic_auth_users:\nhttp_server_config:\ntls_server_config:\n",
];

/// Lines of aliases; each line stands for nine times the line before.
const ALIASES_OF_ALIASES: &str = "a: &a [x, x, x, x, x, x, x, x, x]\n\
         b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n\
         c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n\
         d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n\
         e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\n\
         f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n\
         g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]\n\
         h: &h [*g, *g, *g, *g, *g, *g, *g, *g, *g]\n\
         i: &i [*h, *h, *h, *h, *h, *h, *h, *h, *h]\n";

/// Bad files, each with a part of its message.
pub(super) const BAD: &[(Promtool, &str, &str)] = &[
    (Agrees, "tls_server_confg: {}\n", "did you mean \"tls_server_config\"?"),
    (Agrees, "tls_server_config: [a\n", "line 2: not a YAML mapping"),
    (Agrees, "tls_server_config: true\n", "must be a mapping"),
    (Agrees, ALIASES_OF_ALIASES, "line 6: aliases repeat too much"),
    (Agrees, "http_server_config: {headers: {<<: deny}}\n", "line 1: << takes a mapping"),
    (Agrees, "http_server_config:\n  headers:\n    <<:\n", "line 3: << takes a mapping"),
    (Agrees, "http_server_config: {headers: {<<: [[{}]]}}\n", "line 1: << takes a mapping"),
    (Agrees, "basic_auth_users: {<<: {ada: hunter2}}\n", "basic_auth_users.ada: must be a bcrypt"),
    (
        Agrees,
        "http_server_config: {<<: {http: false}}\n",
        "http_server_config: unknown key \"http\"; did you mean \"http2\"?",
    ),
    // Keys are unique in YAML; Go's reader accepts several << and uses the last.
    (Disagrees, "http_server_config: {<<: {http2: false}, <<: {http2: true}}\n", "a second << in"),
    (Agrees, "rate_limit: {}\nrate_limit: {}\n", "the same key is in this mapping twice"),
    (
        Agrees,
        tls!(", cert_fil: a"),
        "tls_server_config: unknown key \"cert_fil\"; did you mean \"cert_file\"?",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: server.pem}\n"),
        "tls_server_config.key_file: is missing",
    ),
    (
        Agrees,
        ("tls_server_config: {key_file: server.key}\n"),
        "tls_server_config.cert_file: is missing",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: '', key_file: server.key}\n"),
        "cert_file: is missing",
    ),
    (
        Agrees,
        ("tls_server_config: {client_auth_type: RequireAnyClientCert}\n"),
        "cert_file: is missing",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: none.pem, key_file: server.key}\n"),
        "cert_file: cannot read",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: server.pem, key_file: none.key}\n"),
        "key_file: cannot read",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: web.yml, key_file: server.key}\n"),
        "no certificate in PEM",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: server.pem, key_file: ca.pem}\n"),
        "no private key in PEM",
    ),
    (
        Agrees,
        ("tls_server_config: {cert_file: ca.pem, key_file: server.key}\n"),
        "not the key of the certificate",
    ),
    (
        Agrees,
        tls!(", client_auth_type: Sometimes"),
        "client_auth_type: must be one of NoClientCert, ",
    ),
    (Agrees, tls!(", client_ca_file: ca.pem"), "client_auth_type: is missing"),
    (
        Agrees,
        tls!(", client_auth_type: RequireAndVerifyClientCert, client_ca_file: none.pem"),
        "client_ca_file: cannot read",
    ),
    (Agrees, tls!(", min_version: TLS14"), "min_version: must be one of TLS12, TLS13"),
    (Agrees, tls!(", max_version: tls13"), "max_version: must be one of TLS12, TLS13"),
    (Agrees, tls!(", cipher_suites: [TLS_INVENTED]"), "cipher_suites[0]: must be one of TLS_AES"),
    (
        Agrees,
        tls!(", cipher_suites: [TLS_ECDHE_RSA_WITH_RC4_128_SHA]"),
        "cipher_suites[0]: is not supported",
    ),
    (
        Agrees,
        tls!(", curve_preferences: [CurveP255]"),
        "curve_preferences[0]: must be one of X25519, ",
    ),
    (Agrees, ("basic_auth_users: {ada: hunter2}\n"), "basic_auth_users.ada: must be a bcrypt hash"),
    (Agrees, ("basic_auth_users: {ada: ''}\n"), "basic_auth_users.ada: must be a bcrypt hash"),
    (Agrees, "basic_auth_users: [ada]\n", "must be a mapping of names"),
    (Agrees, "http_server_config: {http2: maybe}\n", "http2: must be true or false"),
    (Agrees, ("http_server_config: {headers: {Server: a}}\n"), "headers: unknown key \"Server\""),
    (
        Agrees,
        ("http_server_config: {headers: {X-Frame-Options: allow}}\n"),
        "must be one of deny, sameorigin",
    ),
    (
        Agrees,
        ("http_server_config: {headers: {X-Content-Type-Options: sniff}}\n"),
        "must be one of nosniff",
    ),
    (Disagrees, tls!(", min_version: TLS10"), "min_version: is not supported"),
    (Disagrees, tls!(", max_version: TLS11"), "max_version: is not supported"),
    (
        Disagrees,
        tls!(", min_version: TLS13, max_version: TLS12"),
        "min_version: is above max_version",
    ),
    (
        Disagrees,
        tls!(", cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]"),
        "cipher_suites[0]: is not supported",
    ),
    (
        Disagrees,
        tls!(", cipher_suites: [TLS_AES_128_GCM_SHA256], max_version: TLS12"),
        "cipher_suites: has no suite for TLS12",
    ),
    (Disagrees, tls!(", curve_preferences: [CurveP521]"), "use CurveP384"),
    (
        Disagrees,
        tls!(", client_auth_type: RequireAndVerifyClientCert"),
        "client_ca_file: is missing",
    ),
    (
        Disagrees,
        tls!(", client_auth_type: VerifyClientCertIfGiven, client_ca_file: server.key"),
        "client_ca_file: contains no certificate",
    ),
    (Disagrees, "tls_server_config: {min_version: TLS13}\n", "cert_file: is missing"),
    (
        Disagrees,
        "basic_auth_users: {ada: $2y$17$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n",
        "use 16 or less",
    ),
    (
        Disagrees,
        ("http_server_config: {headers: {Content-Security-Policy: \"default-src ä\"}}\n"),
        "must be printable ASCII",
    ),
    (Disagrees, concat!(users!(), "---\n", headers!()), "a second document begins"),
    (
        Disagrees,
        "tls_server_config:\n  cert_file:\tserver.pem\n  key_file: server.key\n",
        "line 2: not a YAML mapping",
    ),
    (Disagrees, "http_server_config: {\n\thttp2: true}\n", "line 2: not a YAML mapping"),
    (
        Disagrees,
        "basic_auth_users: {'a:b': $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n",
        "a user name must not contain a colon",
    ),
    (
        Disagrees,
        "basic_auth_users: {ada: $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n",
        "basic_auth_users.ada: must be a bcrypt hash",
    ),
    (
        Disagrees,
        "basic_auth_users: {ada: $2$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n",
        "basic_auth_users.ada: must be a bcrypt hash",
    ),
    (Agrees, "x-tls: &tls {}\ntls_server_config: *tls\n", "unknown key \"x-tls\""),
    (
        Agrees,
        "tls_server_config: {cert_file: server.pem, key_file: \"-----BEGIN PRIVATE KEY-----\\nhunter2\\n\"}\n",
        "tls_server_config.key_file: must be the path of a file: put the content of a file into key",
    ),
    (
        Agrees,
        "tls_server_config: {cert_file: server.pem, key_file: '-----BEGIN PRIVATE KEY----- hunter2'}\n",
        "tls_server_config.key_file: must be the path of a file: put the content of a file into key",
    ),
    (Agrees, "basic_auth_users:\n\tada: a\n", "line 2: not a YAML mapping"),
    (Agrees, "http_server_config: {headers: {X-Frame-Options: DENY}}\n", "must be one of deny"),
    (Agrees, "auth_excluded_paths: [/-/healthy]\n", "unknown key \"auth_excluded_paths\""),
    (LaterDisagrees, tls!(", cert: text"), "give either this or cert_file, not both"),
    (
        LaterDisagrees,
        tls!(", client_allowed_sans: [a]"),
        "needs client_auth_type RequireAndVerifyClientCert",
    ),
    (
        LaterDisagrees,
        tls!(", client_auth_type: RequireAnyClientCert, client_allowed_sans: []"),
        "would refuse every client",
    ),
    (
        LaterDisagrees,
        ("rate_limit: {interval: 1, burst: 1}\n"),
        "rate_limit.interval: must be a duration",
    ),
    (LaterDisagrees, "rate_limit: {interval: 1s}\n", "rate_limit.burst: is missing"),
    (
        LaterDisagrees,
        ("rate_limit: {interval: 1s, burst: 0}\n"),
        "rate_limit.burst: must be a whole number",
    ),
    (LaterDisagrees, "rate_limit: {interval: -1s, burst: 1}\n", "rate_limit.interval: must be"),
    (LaterDisagrees, "rate_limit: {interval: 25h, burst: 1}\n", "at most 1day"),
];
