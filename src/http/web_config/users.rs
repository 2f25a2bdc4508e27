//! The users of the HTTP server and the bcrypt hashes of their passwords.
//!
//! The module checks the form of a hash and compares no password. A hash is a secret, because a password can be guessed
//! offline with it.

use std::collections::BTreeMap;

use config::Value;
use secrecy::{ExposeSecret, SecretString};

use crate::config::reader::MappingReader;
use crate::config::scalar::{ScalarResult, text};

/// All users with a password; empty if no password is required.
pub type Users = BTreeMap<String, PasswordHash>;

/// A bcrypt hash of the form `$2y$10$…`.
#[derive(Debug, Clone)]
pub struct PasswordHash {
    cost: u8,
    whole: SecretString,
}

pub(super) fn read(root: &mut MappingReader<'_>) -> Users {
    let users = root.named("basic_auth_users", |name, value, location, problems| {
        if name.contains(':') {
            problems.add(&location, &"a user name must not contain a colon: choose another name");
            return None;
        }
        let hash = PasswordHash::read(&value);
        hash.map_err(|expected| problems.add(&location, &expected)).ok()
    });
    users.unwrap_or_default()
}

impl PasswordHash {
    const USUAL_COST: u8 = 10;
    /// 64 times the work of the usual cost: a comparison takes seconds, and comparisons run one after the other.
    const HIGHEST_COST: u8 = 16;
    const LOWEST_COST: u8 = 4;
    /// Length of salt and digest, characters.
    const DIGITS: usize = 53;

    /// A hash for an unknown user. No password matches it, and a comparison takes as long as with the costliest hash of
    /// the users.
    pub fn nobody(users: &Users) -> Self {
        let cost = users.values().map(|hash| hash.cost).max().unwrap_or(Self::USUAL_COST);
        Self { cost, whole: format!("$2b${cost:02}${}", ".".repeat(Self::DIGITS)).into() }
    }

    fn read(value: &Value) -> ScalarResult<Self> {
        let form =
            "must be a bcrypt hash such as `htpasswd -nBC 10 \"\"` prints, of the form $2y$10$…";
        // A YAML block ends in a line break.
        let whole = text(value).map_err(|_| form)?.trim_end().to_owned();
        let cost = Self::cost(&whole).ok_or(form)?;
        if cost > Self::HIGHEST_COST {
            let highest = Self::HIGHEST_COST;
            let message =
                format!("has the cost {cost}, so each login takes seconds: use {highest} or less");
            return Err(message.into());
        }
        Ok(Self { cost, whole: whole.into() })
    }

    /// The cost of a hash; `None` if the form is wrong.
    fn cost(text: &str) -> Option<u8> {
        let rest = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().find_map(|it| text.strip_prefix(it))?;
        let (cost, digits) = rest.split_once('$')?;
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
        if cost.len() != 2 || digits.len() != Self::DIGITS || !digits.bytes().all(is_digit) {
            return None;
        }
        cost.parse().ok().filter(|cost| (Self::LOWEST_COST..=31).contains(cost))
    }

    /// The hash, for the comparison only.
    pub fn expose(&self) -> &str {
        self.whole.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hash: &str) -> ScalarResult<PasswordHash> {
        PasswordHash::read(&Value::new(None, hash))
    }

    #[test]
    fn hashes_of_all_variants_are_taken_and_never_shown() {
        for variant in ["2a", "2b", "2x", "2y"] {
            let text = format!("${variant}$10${}", "a".repeat(PasswordHash::DIGITS));
            let hash = read(&format!("{text}\n")).unwrap();
            assert_eq!((hash.cost, hash.expose()), (10, text.as_str()));
            assert!(!format!("{hash:?}").contains("aaa"));
        }
    }

    #[test]
    fn what_is_no_hash_is_told_how_to_get_one_without_being_repeated() {
        let short = format!("$2y$10${}", "a".repeat(52));
        let strange = format!("$2y$10${}!", "a".repeat(52));
        for bad in ["hunter2", "", "$1$abc", "$2y$03$", &short, &strange] {
            let told = read(bad).unwrap_err();
            assert!(told.contains("htpasswd") && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_hash_that_takes_minutes_is_refused() {
        let told = read(&format!("$2y$17${}", "a".repeat(PasswordHash::DIGITS))).unwrap_err();
        assert!(told.contains("use 16 or less"), "{told}");
    }

    #[test]
    fn the_stranger_costs_as_much_as_the_dearest_user() {
        let hash = |cost: u8| PasswordHash { cost, whole: String::new().into() };
        let users = Users::from([("a".into(), hash(6)), ("b".into(), hash(12))]);
        let nobody = PasswordHash::nobody(&users);
        assert!(nobody.expose().starts_with("$2b$12$"));
        assert_eq!(PasswordHash::cost(nobody.expose()), Some(12));
        assert!(PasswordHash::nobody(&Users::new()).expose().starts_with("$2b$10$"));
    }
}
