//! The group whose members may connect from anywhere.

use std::time::Duration;

use nix::unistd::{Gid, Uid, User, getgrouplist};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Users may live on a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A group that an administrator names.
#[derive(Clone, Debug)]
pub(crate) enum Group {
    /// A group of this computer, by its name.
    Named(String),
    /// Members that a test lists.
    #[cfg(test)]
    Listed(Vec<u32>),
}

impl Group {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            #[cfg(test)]
            Self::Listed(_) => "listed",
        }
    }

    /// Whether the user is a member, as far as can be told in time.
    pub(super) async fn has(&self, uid: u32) -> bool {
        let name = match self {
            Self::Named(name) => name.clone(),
            #[cfg(test)]
            Self::Listed(members) => return members.contains(&uid),
        };
        let asked = spawn_blocking(move || is_member(uid, &name));
        matches!(timeout(PATIENCE, asked).await, Ok(Ok(Some(true))))
    }
}

fn is_member(uid: u32, group: &str) -> Option<bool> {
    let group = nix::unistd::Group::from_name(group).ok()??;
    let user = User::from_uid(Uid::from_raw(uid)).ok()??;
    let name = std::ffi::CString::new(user.name).ok()?;
    let groups: Vec<Gid> = getgrouplist(&name, user.gid).ok()?;
    Some(groups.contains(&group.gid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_member_is_found_and_nobody_else() {
        let is_in = async |uid, group: &str| Group::Named(group.to_owned()).has(uid).await;
        assert!(is_in(0, "root").await);
        assert!(!is_in(0, "no-such-group").await);
        assert!(!is_in(0, "").await);
        assert!(!is_in(65_534, "root").await);
        assert!(!is_in(4_000_000_000, "root").await, "nobody has this number");
    }
}
