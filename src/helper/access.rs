//! Who may ask.

use culvert_ipc::Goodbye;

/// The user as whom the kernel shows everybody it can't name: from another user namespace, for instance.
const NAMELESS: u32 = 65_534;

/// Who is at the other end of a connection, by the kernel's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its user when it connected.
    pub uid: u32,
    /// Its process when it connected, where the system tells. Good for counting, not for trusting.
    pub pid: Option<i32>,
}

/// Decides who may talk to the helper: root and the user who owns the helper.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    owner: u32,
}

impl Access {
    /// The rules of a helper that runs as the user `owner`.
    pub fn new(owner: u32) -> Self {
        Self { owner }
    }

    /// Admits `peer` or says why not. Whom the kernel couldn't name is nobody, even to a helper that is nobody.
    ///
    /// # Errors
    /// [`Goodbye::NotAllowed`] for anybody but root and the owner.
    pub fn admit(&self, peer: Peer) -> Result<(), Goodbye> {
        match peer.uid {
            0 => Ok(()),
            NAMELESS => Err(Goodbye::NotAllowed),
            uid if uid == self.owner => Ok(()),
            _ => Err(Goodbye::NotAllowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_the_owner_are_admitted_and_nobody_else() {
        let cases = [
            (0, 0, true),
            (0, 1000, false),
            (0, 65_534, false),
            (0, u32::MAX, false),
            (1000, 0, true),
            (1000, 1000, true),
            (1000, 1001, false),
            (1000, 65_534, false),
            (65_534, 65_534, false),
        ];
        for (owner, uid, admitted) in cases {
            let answer = Access::new(owner).admit(Peer { uid, pid: None });
            assert_eq!(answer.is_ok(), admitted, "user {uid}, helper of user {owner}");
        }
    }
}
