//! Which connection is chosen, and which of them the helper tells of.

use culvert_ipc::ManagedOutline;
use culvert_model::{Held, Status};
use culvert_profiles::{Listed, ProfileId};

use super::App;

/// One of the connections that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The person's own.
    Own(ProfileId),
    /// An administrator's, by its name in the files.
    Managed(String),
}

impl App {
    /// The profile of an administrator's that is chosen, also where there is nothing else to choose.
    pub(crate) fn chosen_managed(&self) -> Option<&ManagedOutline> {
        let managed = &self.told.as_ref()?.managed;
        let chosen = self.chosen_managed.as_ref().and_then(|id| self.managed(id));
        let alone = self.kept.as_ref().is_some_and(|kept| kept.profiles.is_empty());
        chosen.or_else(|| managed.first().filter(|_| alone))
    }

    /// What the chosen connection is called.
    #[cfg(test)]
    pub(crate) fn chosen_name(&self) -> Option<&str> {
        self.name_of(&self.picked()?)
    }

    /// What is chosen.
    pub(crate) fn picked(&self) -> Option<Pick> {
        let own = || self.chosen().map(|listed| Pick::Own(listed.id.clone()));
        self.chosen_managed().map(|managed| Pick::Managed(managed.id.clone())).or_else(own)
    }

    /// Chooses it.
    pub(super) fn pick(&mut self, pick: Pick) {
        match pick {
            Pick::Own(id) => {
                self.chosen_managed = None;
                self.chosen = Some(id);
            }
            Pick::Managed(id) => self.chosen_managed = Some(id),
        }
    }

    /// What it is called.
    pub(super) fn name_of(&self, pick: &Pick) -> Option<&str> {
        match pick {
            Pick::Own(id) => self.listed(id).map(|listed| listed.saved.profile.display_name()),
            Pick::Managed(id) => self.managed(id).map(|managed| managed.name.as_str()),
        }
    }

    /// Which one the helper tells of; `None` where it is none of these (the command line's, or one that is gone).
    pub(crate) fn pick_for(&self, status: &Status) -> Option<Pick> {
        match &status.managed {
            Some(id) => self.managed(id).map(|managed| Pick::Managed(managed.id.clone())),
            None => self.own_for(status).map(|listed| Pick::Own(listed.id.clone())),
        }
    }

    /// The administrator's profile that the helper tells of.
    pub(crate) fn managed_for(&self, status: &Status) -> Option<&ManagedOutline> {
        self.managed(status.managed.as_ref()?)
    }

    /// The person's own profile that the helper tells of: it knows those by name alone.
    pub(crate) fn own_for(&self, status: &Status) -> Option<&Listed> {
        let profiles = &self.kept.as_ref()?.profiles;
        let is_it = |listed: &&Listed| listed.saved.profile.display_name() == status.name;
        profiles.iter().find(is_it).filter(|_| status.managed.is_none())
    }

    /// Whether nobody but an administrator ends it.
    pub(crate) fn is_for_good(&self, status: &Status) -> bool {
        self.managed_for(status).is_some_and(|managed| managed.at_boot)
    }

    /// What does not leave this computer while its tunnel is down, as it was read back.
    pub(crate) fn held(&self, status: &Status) -> Held {
        self.told.as_ref().map_or(Held::Nothing, |told| status.held.on(&told.protection))
    }

    fn managed(&self, id: &str) -> Option<&ManagedOutline> {
        self.told.as_ref()?.managed.iter().find(|managed| managed.id == id)
    }
}
