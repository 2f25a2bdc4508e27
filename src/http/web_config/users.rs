//! Users and the bcrypt hashes of their passwords.
//!
//! The format is checked here, passwords are compared in `http`. A hash is a secret: it can be guessed at offline.

use std::collections::BTreeMap;

use config::Value;
use secrecy::{ExposeSecret, SecretString};

use crate::config::reader::MappingReader;
use crate::config::scalar::{Scalar, text};

/// Everybody with a password; empty means that none is asked for.
#[derive(Debug, Clone, Default)]
pub struct Users(BTreeMap<String, PasswordHash>);

/// A bcrypt hash of the form `$2y$10$…`.
#[derive(Debug, Clone)]
pub struct PasswordHash {
    cost: u8,
    whole: SecretString,
}

impl Users {
    pub(super) fn read(root: &mut MappingReader<'_>) -> Self {
        let users = root.named("basic_auth_users", |name, value, location, problems| {
            if name.contains(':') {
                problems.add(&location, &"a name with a colon cannot log in: choose another");
                return None;
            }
            let hash = PasswordHash::read(&value);
            hash.map_err(|expected| problems.add(&location, &expected)).ok()
        });
        Self(users.unwrap_or_default())
    }

    /// Whether nobody has to log in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of a user's password.
    pub fn get(&self, user: &str) -> Option<&PasswordHash> {
        self.0.get(user)
    }

    /// A hash that no password has and that takes as long to compare as the dearest one of the users.
    pub fn nobody(&self) -> PasswordHash {
        let cost = self.0.values().map(|hash| hash.cost).max().unwrap_or(PasswordHash::USUAL_COST);
        PasswordHash { cost, whole: format!("$2b${cost:02}${}", ".".repeat(53)).into() }
    }
}

impl PasswordHash {
    const USUAL_COST: u8 = 10;
    /// 64 times the work of the usual cost: seconds for a single request, one after the other.
    const HIGHEST_COST: u8 = 16;
    const LOWEST_COST: u8 = 4;
    /// Salt and digest.
    const DIGITS: usize = 53;

    fn read(value: &Value) -> Scalar<Self> {
        let form =
            "must be a bcrypt hash such as `htpasswd -nBC 10 \"\"` prints, of the form $2y$10$…";
        // In a block of its own it ends in a line break.
        let whole = text(value).map_err(|_| form)?.trim_end().to_owned();
        let cost = Self::cost(&whole).ok_or(form)?;
        if cost > Self::HIGHEST_COST {
            let highest = Self::HIGHEST_COST;
            let told = format!(
                "has the cost {cost}, which takes seconds for each login: use {highest} or less"
            );
            return Err(told.into());
        }
        Ok(Self { cost, whole: whole.into() })
    }

    /// The cost, if the form is right.
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

    fn read(hash: &str) -> Scalar<PasswordHash> {
        PasswordHash::read(&Value::new(None, hash))
    }

    #[test]
    fn hashes_of_all_variants_are_taken_and_never_shown() {
        for variant in ["2a", "2b", "2x", "2y"] {
            let text = format!("${variant}$10${}", "a".repeat(53));
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
        let told = read(&format!("$2y$17${}", "a".repeat(53))).unwrap_err();
        assert!(told.contains("use 16 or less"), "{told}");
    }

    #[test]
    fn the_stranger_costs_as_much_as_the_dearest_user() {
        let hash = |cost: u8| PasswordHash { cost, whole: String::new().into() };
        let users = Users([("a".into(), hash(6)), ("b".into(), hash(12))].into());
        let nobody = users.nobody();
        assert!(nobody.expose().starts_with("$2b$12$"));
        assert_eq!(PasswordHash::cost(nobody.expose()), Some(12));
        assert!(Users::default().nobody().expose().starts_with("$2b$10$"));
    }
}
