//! Who may log in.

use std::collections::BTreeMap;

use culvert_model::Secret;
use culvert_proto::ppp::auth::Users;

/// Names and passwords.
#[derive(Clone, Debug, Default)]
pub struct UserList(BTreeMap<String, Secret>);

/// Why a text is not a [`UserList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserListError {
    /// A line without a colon, or without a name before it. The line itself may hold a password and is not shown.
    #[error("line {line}: a user is written NAME:PASSWORD")]
    Form {
        /// The line's number, from 1.
        line: usize,
    },
    /// A name that an earlier line has.
    #[error("line {line}: this name was there before")]
    Twice {
        /// The line's number, from 1.
        line: usize,
    },
    /// Nobody is listed.
    #[error("no user is listed")]
    Empty,
}

impl UserList {
    /// Reads one `NAME:PASSWORD` a line. A password begins right behind the first colon and may hold more of them;
    /// lines that are empty or begin with `#` do not count.
    ///
    /// # Errors
    /// [`UserListError`]
    pub fn parse(text: &str) -> Result<Self, UserListError> {
        let mut users = Self::default();
        for (line, entry) in (1..).zip(text.lines()) {
            if entry.trim().is_empty() || entry.starts_with('#') {
                continue;
            }
            let (name, password) = entry.split_once(':').ok_or(UserListError::Form { line })?;
            if name.is_empty() {
                return Err(UserListError::Form { line });
            }
            if !users.add(name, Secret::new(password.to_owned())) {
                return Err(UserListError::Twice { line });
            }
        }
        if users.0.is_empty() { Err(UserListError::Empty) } else { Ok(users) }
    }

    /// Adds a user; false, and nothing done, where the name is there already.
    pub fn add(&mut self, name: &str, password: Secret) -> bool {
        let is_new = !self.0.contains_key(name);
        if is_new {
            self.0.insert(name.to_owned(), password);
        }
        is_new
    }
}

impl Users for UserList {
    fn lookup(&self, name: &str) -> Option<Secret> {
        self.0.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(users: &UserList, name: &str) -> Option<String> {
        users.lookup(name).map(|password| password.expose().to_owned())
    }

    #[test]
    fn a_password_may_hold_anything_but_a_line_break() {
        let users = UserList::parse("# people\n\nalice:client:Pass \nOFFICE\\bob:#1\ncarol:\n").unwrap();
        assert_eq!(password(&users, "alice").as_deref(), Some("client:Pass "));
        assert_eq!(password(&users, "OFFICE\\bob").as_deref(), Some("#1"));
        assert_eq!(password(&users, "carol").as_deref(), Some(""));
        assert_eq!(password(&users, "# people"), None);
        assert_eq!(password(&users, "Alice"), None);
    }

    #[test]
    fn a_bad_line_is_named_but_not_shown() {
        assert_eq!(UserList::parse("alice:x\nhunter2\n").unwrap_err(), UserListError::Form { line: 2 });
        assert_eq!(UserList::parse(":x").unwrap_err(), UserListError::Form { line: 1 });
        assert_eq!(UserList::parse("a:x\na:y").unwrap_err(), UserListError::Twice { line: 2 });
        assert_eq!(UserList::parse("# nobody\n").unwrap_err(), UserListError::Empty);
    }
}
