//! The one question: may this peer do that?

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use culvert_ipc::{Denial, Goodbye};
use nix::unistd::geteuid;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::group::Group;
use super::logind;
use super::peer::Subject;
use super::polkit::{Patience, Polkit, Silence, Word};
use super::{Action, Peer};
use crate::pace::Pace;
use crate::state::managed::Rules;

/// The user as whom the kernel shows everybody it can't name: from another user namespace, for instance.
const NAMELESS: u32 = 65_534;

/// Of an error of polkit's, so many characters are logged.
const MOST_OF_REASON: usize = 200;

/// Decides who may do what.
#[derive(Clone, Debug)]
pub struct Authority {
    owner: u32,
    forbids_weaker: bool,
    /// The same by an administrator's files, as they are now.
    forbids_weaker_now: Arc<AtomicBool>,
    /// `None` where there is nobody else to serve.
    others: Option<Arc<Others>>,
}

/// How others than root and the owner are judged.
#[derive(Debug)]
struct Others {
    group: Group,
    polkit: Polkit,
    /// Users of whom a person is being asked something.
    asked: Mutex<HashSet<u32>>,
    complaints: Pace,
}

impl Authority {
    fn of(owner: u32, others: Option<Arc<Others>>) -> Self {
        Self { owner, forbids_weaker: false, forbids_weaker_now: Arc::default(), others }
    }

    /// Serves root and the user who runs the helper, and nobody else.
    pub fn owner_only() -> Self {
        Self::of(geteuid().as_raw(), None)
    }

    /// Serves everybody as polkit says; from anywhere, or where polkit is missing, members of `group` may connect.
    pub fn system(group: &str) -> Self {
        Self::judging(geteuid().as_raw(), Group::Named(group.to_owned()), None, Patience::default())
    }

    /// The same, but it takes an administrator to connect with less than the default protection.
    pub fn forbidding_weaker(self) -> Self {
        Self { forbids_weaker: true, ..self }
    }

    /// As [`Authority::system`], with every part of it.
    pub(crate) fn judging(owner: u32, group: Group, bus: Option<String>, patience: Patience) -> Self {
        let polkit = Polkit::new(bus, patience);
        let others = Others { group, polkit, asked: Mutex::default(), complaints: Pace::new(5, 1) };
        Self::of(owner, Some(Arc::new(others)))
    }

    /// Whether every user of this computer may come and look.
    pub fn is_open(&self) -> bool {
        self.others.is_some()
    }

    /// Whether it takes [`Action::Weaken`] to connect with less than the default protection.
    pub fn forbids_weaker(&self) -> bool {
        self.forbids_weaker || self.forbids_weaker_now.load(Ordering::Relaxed)
    }

    /// Holds everybody to these rules from now on.
    pub(crate) fn obey(&self, rules: Rules) {
        self.forbids_weaker_now.store(rules.forbid_weaker, Ordering::Relaxed);
    }

    /// Lets `peer` in, or says why not. Whom the kernel couldn't name is nobody, even to a helper that is nobody.
    ///
    /// # Errors
    /// [`Goodbye::NotAllowed`].
    pub fn admit(&self, peer: &Peer) -> Result<(), Goodbye> {
        let is_known = peer.uid != NAMELESS && (self.is_open() || self.is_trusted(peer.uid));
        if is_known { Ok(()) } else { Err(Goodbye::NotAllowed) }
    }

    /// Whether the user may do anything, and see everything: root, and the user who runs the helper.
    pub fn is_trusted(&self, uid: u32) -> bool {
        uid == 0 || (uid == self.owner && uid != NAMELESS)
    }

    /// Whether `peer` may take `action`. `asking` is told when a person has to be asked.
    ///
    /// # Errors
    /// The [`Denial`] that says why not. Dropping the future takes the question back.
    pub async fn may(&self, peer: &Peer, action: Action, asking: oneshot::Sender<()>) -> Result<(), Denial> {
        if self.is_trusted(peer.uid) {
            return Ok(());
        }
        let others = self.others.as_ref().ok_or(Denial::NoAuthority { group: None })?;
        if action.is_for_group() && others.group.has(peer.uid).await {
            return Ok(());
        }
        others.judge(peer, action, asking).await
    }
}

impl Others {
    async fn judge(&self, peer: &Peer, action: Action, asking: oneshot::Sender<()>) -> Result<(), Denial> {
        let subject = peer.subject().ok_or(Denial::Unrecognised)?;
        let mut word = self.heard(self.polkit.check(&subject, action).await, action)?;
        let takes_person = word == Word::Challenge;
        if takes_person {
            let _one = Asked::about(&self.asked, peer.uid).ok_or(Denial::AlreadyAsking)?;
            let _ = asking.send(());
            word = self.heard(self.polkit.ask(&subject, action).await, action)?;
        }
        // The answer was about this process only if it was there all the time.
        let subject = peer.subject().ok_or(Denial::Unrecognised)?;
        match word {
            Word::Yes => Ok(()),
            Word::Challenge | Word::No => Err(self.reason(&subject, action, takes_person).await),
        }
    }

    fn heard(&self, word: Result<Word, Silence>, action: Action) -> Result<Word, Denial> {
        word.map_err(|silence| {
            self.complain(&silence, action);
            match silence {
                Silence::TooSlow => Denial::TooSlow,
                Silence::Absent(_) => Denial::NoAuthority { group: self.group_for(action) },
            }
        })
    }

    fn complain(&self, silence: &Silence, action: Action) {
        if self.complaints.take(0, Instant::now()).is_ok() {
            // What polkit says may be long, and hold anything.
            let reason: String = silence.to_string().escape_debug().take(MOST_OF_REASON).collect();
            tracing::warn!(reason, action = action.id(), "polkit is no help");
        }
    }

    fn group_for(&self, action: Action) -> Option<String> {
        action.is_for_group().then(|| self.group.name().to_owned())
    }

    /// Why polkit's word was not yes.
    async fn reason(&self, subject: &Subject<'_>, action: Action, takes_person: bool) -> Denial {
        if let Some(group) = self.group_for(action)
            && let Ok(bus) = self.polkit.bus().await
            && logind::is_remote(&bus, subject.pid).await
        {
            return Denial::Remote { group };
        }
        if takes_person { Denial::Administrator } else { Denial::Forbidden }
    }
}

/// A user of whom something is being asked, until this is dropped: one question at a time.
struct Asked<'a> {
    users: &'a Mutex<HashSet<u32>>,
    uid: u32,
}

impl<'a> Asked<'a> {
    fn about(users: &'a Mutex<HashSet<u32>>, uid: u32) -> Option<Self> {
        let is_new = users.lock().unwrap_or_else(PoisonError::into_inner).insert(uid);
        is_new.then(|| Self { users, uid })
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_the_owner_are_admitted_and_others_only_where_they_are_served() {
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
            let peer = Peer::made_up(uid, 1, None);
            let closed = Authority::of(owner, None);
            assert_eq!(closed.admit(&peer).is_ok(), admitted, "user {uid}, helper of user {owner}");
            assert_eq!(closed.is_trusted(uid), admitted);
            let open = Authority::judging(owner, Group::Listed(vec![]), None, Patience::default());
            assert_eq!(open.admit(&peer).is_ok(), uid != NAMELESS, "user {uid} may look");
            assert_eq!(open.is_trusted(uid), admitted);
        }
    }
}
