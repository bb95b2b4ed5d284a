//! What there is to be allowed.

/// Something that not everybody may do. To look is not among them: everybody may, at an outline of what is another
/// user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Connect, and answer for or end a connection of one's own.
    Connect,
    /// End another user's connection, or answer for it.
    TakeOver,
    /// Switch lockdown on or off.
    Lockdown,
    /// Connect with weaker protection than the administrator asks for.
    Weaken,
    /// Restore the network whatever happens. Asked for by `pkexec`, before `culvertd --reset` runs.
    Reset,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Connect, Self::TakeOver, Self::Lockdown, Self::Weaken, Self::Reset];

    /// Its name in `org.culvert.policy`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Connect => "org.culvert.connect",
            Self::TakeOver => "org.culvert.take-over",
            Self::Lockdown => "org.culvert.lockdown",
            Self::Weaken => "org.culvert.weaken",
            Self::Reset => "org.culvert.reset",
        }
    }

    /// Whether a member of the group may do it without polkit's word.
    pub(super) const fn is_for_group(self) -> bool {
        matches!(self, Self::Connect)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tests::policy;

    #[test]
    fn the_policy_file_knows_every_action_and_no_other() {
        let written = policy::read();
        let ids: BTreeSet<_> = written.iter().map(|action| action.id.as_str()).collect();
        assert_eq!(ids.len(), written.len(), "an action is there twice");
        assert_eq!(ids, Action::ALL.map(Action::id).into());
    }

    /// Table D of the security targets.
    #[test]
    fn the_policy_file_says_who_may_do_what() {
        let defaults = |action: Action| {
            let written = policy::read();
            let action = written.into_iter().find(|one| one.id == action.id()).unwrap();
            [action.active, action.inactive, action.any]
        };
        assert_eq!(defaults(Action::Connect), ["yes", "auth_admin", "auth_admin"]);
        assert_eq!(defaults(Action::Reset), ["auth_admin"; 3]);
        for action in [Action::TakeOver, Action::Lockdown, Action::Weaken] {
            assert_eq!(defaults(action), ["auth_admin_keep", "auth_admin", "no"], "{action:?}");
        }
    }

    /// polkit lets the user `culvert` ask about others' processes only where it is named as the owner.
    #[test]
    fn every_action_names_its_owner_and_speaks_two_languages() {
        for action in policy::read() {
            assert_eq!(action.owner, "unix-user:culvert", "{}", action.id);
            assert_eq!(action.languages, ["", "de"], "{}", action.id);
        }
    }
}
