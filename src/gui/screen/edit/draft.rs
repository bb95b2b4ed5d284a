//! A connection while it is being changed: what is typed, what is chosen, and what of it can't be.

use std::collections::BTreeMap;

use culvert_model::{AuthMethods, Dns, Ipv6, Profile, Traffic, Unusable};
use culvert_profiles::SavedProfile;
use culvert_profiles::typed::{self, TypedError};

use super::{Choice, Field, Fold, Line};

/// Why something can't be kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Typed(TypedError),
    Field(Unusable),
    /// Encryption is required, and no login gives keys for it.
    Keys,
}

/// A connection while it is being changed. What nobody touches stays as it was.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) saved: SavedProfile,
    texts: BTreeMap<Line, String>,
    wrong: BTreeMap<Line, TypedError>,
    pub(crate) notes_wrong: Option<TypedError>,
}

impl Draft {
    pub(crate) fn new(saved: SavedProfile) -> Self {
        let texts = Line::ALL.into_iter().map(|line| (line, line.read(&saved))).collect();
        Self { saved, texts, wrong: BTreeMap::new(), notes_wrong: None }
    }

    pub(crate) fn text(&self, line: Line) -> &str {
        self.texts.get(&line).map_or("", String::as_str)
    }

    pub(crate) fn write(&mut self, line: Line, text: String) {
        match line.write(text.trim(), &mut self.saved) {
            Ok(()) => drop(self.wrong.remove(&line)),
            Err(error) => drop(self.wrong.insert(line, error)),
        }
        self.texts.insert(line, text);
    }

    pub(crate) fn write_notes(&mut self, text: &str) {
        self.notes_wrong = typed::notes(text).map(|notes| self.saved.notes = notes).err();
    }

    pub(crate) fn choose(&mut self, choice: Choice) {
        let saved = &mut self.saved;
        let profile = &mut saved.profile;
        match choice {
            Choice::Password(mode) => saved.password = mode,
            Choice::Method(method) => {
                let is_new = !profile.auth.allows(method);
                let others = profile.auth.iter().filter(|other| *other != method);
                profile.auth = AuthMethods::new(others.chain(is_new.then_some(method)).collect::<Vec<_>>());
            }
            Choice::Encryption(encryption) => profile.encryption = encryption,
            Choice::Stateful => profile.stateful = !profile.stateful,
            Choice::AllTraffic => profile.traffic = Traffic::All,
            Choice::OnlyNetworks => self.choose_networks(),
            Choice::Classful => {
                if let Traffic::Only { classful, .. } = &mut profile.traffic {
                    *classful = !*classful;
                }
            }
            Choice::Lan => profile.lan = !profile.lan,
            Choice::ServersNames => profile.dns = Dns::FromServer,
            Choice::OwnNames => {
                let text = self.texts.get(&Line::NameServers).map_or("", String::as_str);
                profile.dns = Dns::Servers(typed::name_servers(text).unwrap_or_default());
            }
            Choice::LeaveNames => profile.dns = Dns::Leave,
            Choice::Ipv6 => {
                profile.ipv6 = if profile.ipv6 == Ipv6::Leave { Ipv6::Block } else { Ipv6::Leave };
            }
            Choice::Reconnect => profile.reconnect = !profile.reconnect,
            Choice::Guard => {
                profile.guard = !profile.guard;
                // The guard would block what carries the other one.
                profile.through_other_vpn &= !profile.guard;
            }
            Choice::Through => profile.through_other_vpn = !profile.through_other_vpn,
        }
    }

    /// Without a word about the networks those are meant that Windows would take.
    fn choose_networks(&mut self) {
        if matches!(self.saved.profile.traffic, Traffic::Only { .. }) {
            return;
        }
        let routes = typed::networks(self.text(Line::Networks)).unwrap_or_default();
        let classful = routes.is_empty();
        self.saved.profile.traffic = Traffic::Only { routes, classful };
    }

    /// What would be said if nobody had said anything.
    fn usual(&self) -> SavedProfile {
        SavedProfile::new(Profile::new(self.saved.profile.server.clone(), ""))
    }

    pub(crate) fn is_default(&self, field: Field) -> bool {
        let mut same = self.saved.clone();
        field.copy(&self.usual(), &mut same);
        let is_typed = field.line().is_some_and(|line| self.wrong_text(line).is_some());
        let is_noted = field == Field::Notes && self.notes_wrong.is_some();
        same == self.saved && !is_typed && !is_noted
    }

    pub(crate) fn reset(&mut self, field: Field) {
        field.copy(&self.usual(), &mut self.saved);
        if field == Field::Guard {
            Field::Through.copy(&self.usual(), &mut self.saved);
        }
        if let Some(line) = field.line() {
            self.wrong.remove(&line);
            self.texts.insert(line, line.read(&self.saved));
        }
        if field == Field::Notes {
            self.notes_wrong = None;
        }
    }

    /// How many fields of a fold are not as usual.
    pub(crate) fn changed(&self, fold: Fold) -> usize {
        Field::ALL.into_iter().filter(|field| field.fold() == fold && !self.is_default(*field)).count()
    }

    /// What was typed into `line` and can't be meant, while that is on the screen.
    pub(crate) fn wrong_text(&self, line: Line) -> Option<TypedError> {
        let profile = &self.saved.profile;
        let is_shown = match line {
            Line::Networks => matches!(profile.traffic, Traffic::Only { .. }),
            Line::NameServers => matches!(profile.dns, Dns::Servers(_)),
            _ => true,
        };
        self.wrong.get(&line).copied().filter(|_| is_shown)
    }

    /// What is wrong with `field` where it is not what was typed.
    pub(crate) fn wrong_field(&self, field: Field) -> Option<Wrong> {
        let profile = &self.saved.profile;
        if field == Field::Encryption && profile.lacks_keys() && profile.auth.iter().next().is_some() {
            return Some(Wrong::Keys);
        }
        if field.line().is_some_and(|line| self.wrong_text(line).is_some()) {
            return None;
        }
        let unusable = profile.check().err()?;
        (field.name() == Some(unusable.field)).then_some(Wrong::Field(unusable))
    }

    /// The first thing that can't be kept as it is, and where.
    pub(crate) fn first_wrong(&self) -> Option<(Option<Fold>, Option<Line>, Wrong)> {
        let typed = Line::ALL.into_iter().find_map(|line| Some((line, self.wrong_text(line)?)));
        if let Some((line, error)) = typed {
            return Some((line.fold(), Some(line), Wrong::Typed(error)));
        }
        if let Some(error) = self.notes_wrong {
            return Some((Some(Fold::Advanced), None, Wrong::Typed(error)));
        }
        let field = Field::ALL.into_iter().find_map(|field| Some((field, self.wrong_field(field)?)));
        if let Some((field, wrong)) = field {
            return Some((Some(field.fold()), field.line(), wrong));
        }
        self.saved.profile.check().err().map(|unusable| (None, None, Wrong::Field(unusable)))
    }

    /// Whether something in `fold` can't be kept as it is.
    pub(crate) fn is_wrong(&self, fold: Fold) -> bool {
        let in_fold = |field: Field| field.fold() == fold;
        Line::ALL.into_iter().any(|line| line.fold() == Some(fold) && self.wrong_text(line).is_some())
            || Field::ALL.into_iter().any(|field| in_fold(field) && self.wrong_field(field).is_some())
            || fold == Fold::Advanced && self.notes_wrong.is_some()
    }

    /// Whether something in `fold` protects less than usual.
    pub(crate) fn is_weak(&self, fold: Fold) -> bool {
        self.saved.profile.weaknesses().any(|weakness| Fold::of(weakness) == fold)
    }

    pub(crate) fn differs(&self, from: &SavedProfile) -> bool {
        self.saved != *from
            || Line::ALL.into_iter().any(|line| self.wrong_text(line).is_some())
            || self.notes_wrong.is_some()
    }
}
