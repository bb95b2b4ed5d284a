//! What a person does with the connections that are their own: change, copy, delete.

use std::time::Duration;

use culvert_model::{State, Status, Traffic};
use culvert_profiles::{Listed, ProfileId, SecretsError};
use culvert_words::Word;
use iced::Task;

use super::{App, Asks, Message, Page, Pick};
use crate::screen::{edit, export};
use crate::shelf;

/// How long a deletion can be taken back.
const UNDO: Duration = Duration::from_secs(8);

/// What a person does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Own {
    Edit(ProfileId, edit::Place),
    /// One that an administrator has set up is looked at.
    Managed(String),
    /// What else can be done with it is shown, or not any more.
    Menu(ProfileId),
    Duplicate(ProfileId),
    Duplicated(Result<Box<Listed>, String>),
    Export(ProfileId),
    Delete(ProfileId),
    Deleted(Box<Listed>, Result<(), String>),
    Undo,
    /// What was deleted, and what became of it.
    Restored(Box<Listed>, Result<Box<Listed>, String>),
    /// This deletion can't be taken back any more.
    UndoGone(u64),
    Forgotten(Result<(), SecretsError>),
    /// Only what is meant for the office is to go through this one.
    Narrow(ProfileId),
    Narrowed(Result<Box<shelf::Replaced>, shelf::NotReplaced>),
    SaveChanges,
    DropChanges,
}

/// A connection that was deleted; its password is still there.
#[derive(Debug)]
pub(super) struct Deleted {
    listed: Listed,
    number: u64,
}

/// What is going on with them.
#[derive(Debug, Default)]
pub(super) struct Going {
    menu: Option<ProfileId>,
    deleted: Option<Deleted>,
    /// How many were deleted.
    count: u64,
}

impl App {
    pub(super) fn update_own(&mut self, message: Own) -> Task<Message> {
        match message {
            Own::Edit(id, place) => return self.open_edit(&id, place),
            Own::Managed(id) => self.page = Page::Managed(id),
            Own::Menu(id) => {
                let is_open = self.own.menu.as_ref() == Some(&id);
                self.own.menu = (!is_open).then_some(id);
            }
            Own::Duplicate(id) => return self.duplicate(&id),
            Own::Duplicated(Ok(listed)) => {
                let id = listed.id.clone();
                self.choose_own(&id);
                self.show_kept(vec![*listed]);
                return self.open_edit(&id, edit::Place::Line(edit::Line::Name));
            }
            Own::Export(id) => {
                let profiles = self.listed(&id).cloned().into_iter().collect();
                self.own.menu = None;
                self.page = Page::Export(export::Form::new(profiles));
            }
            Own::Delete(id) => return self.delete(&id),
            Own::Deleted(listed, Ok(())) => return self.after_deleting(*listed),
            Own::Undo => return self.undo(),
            Own::Restored(_, Ok(listed)) => {
                self.choose_own(&listed.id);
                self.show_kept(vec![*listed]);
            }
            Own::UndoGone(number) => {
                if self.own.deleted.as_ref().is_some_and(|deleted| deleted.number == number) {
                    return self.forget_deleted();
                }
            }
            Own::Restored(listed, Err(why)) => {
                self.complain_of(&why);
                // It can be tried again: nothing is forgotten yet.
                return self.offer_undo(*listed);
            }
            Own::Duplicated(Err(why)) | Own::Deleted(_, Err(why)) => self.complain_of(&why),
            Own::Forgotten(Ok(())) => {}
            Own::Forgotten(Err(error)) => {
                let why = self.words.keyring(&error);
                self.complaint = Some(self.words.say(Word::PasswordNotForgotten, &[("reason", &why)]));
            }
            Own::Narrow(id) => return self.narrow(&id),
            Own::Narrowed(narrowed) => return self.after_narrowing(narrowed),
            Own::SaveChanges => return self.save_changes(),
            Own::DropChanges => {
                let Some(Asks::Unsaved(after)) = self.asks.take() else { return Task::none() };
                self.page = Page::Home;
                return self.update(*after);
            }
        }
        Task::none()
    }

    fn after_narrowing(
        &mut self,
        narrowed: Result<Box<shelf::Replaced>, shelf::NotReplaced>,
    ) -> Task<Message> {
        match narrowed {
            Ok(replaced) => {
                let id = replaced.listed.id.clone();
                self.choose_own(&id);
                self.show_kept(vec![replaced.listed]);
                self.next = Some(Pick::Own(id));
                return self.disconnect();
            }
            Err(shelf::NotReplaced::Meanwhile) => self.is_busy = false,
            Err(shelf::NotReplaced::Because(why)) => {
                self.is_busy = false;
                self.complain_of(&why);
            }
        }
        Task::none()
    }

    fn save_changes(&mut self) -> Task<Message> {
        let Some(Asks::Unsaved(after)) = self.asks.take() else { return Task::none() };
        let Page::Edit(form) = &mut self.page else { return Task::none() };
        let then = form.save_and_go(after, &self.words);
        self.after_edit(then)
    }

    fn duplicate(&mut self, id: &ProfileId) -> Task<Message> {
        let Some(saved) = self.listed(id).map(|listed| listed.saved.copy()) else { return Task::none() };
        shelf::add(saved, None).map(|added| {
            let copy = added.map(|added| Box::new(added.listed));
            Message::Own(Own::Duplicated(copy))
        })
    }

    fn undo(&mut self) -> Task<Message> {
        let Some(Deleted { listed, .. }) = self.own.deleted.take() else { return Task::none() };
        shelf::restore(listed.clone()).map(move |restored| {
            let restored = restored.map(Box::new);
            Message::Own(Own::Restored(Box::new(listed.clone()), restored))
        })
    }

    fn choose_own(&mut self, id: &ProfileId) {
        self.chosen_managed = None;
        self.chosen = Some(id.clone());
    }

    fn open_edit(&mut self, id: &ProfileId, place: edit::Place) -> Task<Message> {
        let Some(listed) = self.listed(id).cloned() else { return Task::none() };
        let (form, task) = edit::Form::at(listed, place);
        self.own.menu = None;
        self.complaint = None;
        self.page = Page::Edit(Box::new(form));
        task.map(Message::Edit)
    }

    pub(super) fn update_edit(&mut self, message: edit::Message) -> Task<Message> {
        let Page::Edit(form) = &mut self.page else { return Task::none() };
        let then = form.update(message, &self.words);
        self.after_edit(then)
    }

    fn after_edit(&mut self, then: edit::Then) -> Task<Message> {
        match then {
            edit::Then::Nothing => Task::none(),
            edit::Then::Run(task) => task.map(Message::Edit),
            edit::Then::Close { listed, complaint, reconnects, after } => {
                self.page = Page::Home;
                self.choose_own(&listed.id);
                self.complaint = complaint;
                let id = listed.id.clone();
                self.show_kept(vec![*listed]);
                if reconnects && self.is_up() {
                    self.next = Some(Pick::Own(id));
                    return self.disconnect();
                }
                after.map_or(Task::none(), |after| self.update(*after))
            }
        }
    }

    /// The editor hears what is kept now, by whomever.
    pub(super) fn tell_editor(&mut self) -> Task<Message> {
        let (Page::Edit(form), Some(kept)) = (&mut self.page, &self.kept) else { return Task::none() };
        form.hear(kept).map(Message::Edit)
    }

    /// Whether `message` leaves something that nobody has saved.
    pub(super) fn leaves_unsaved(&self, message: &Message) -> bool {
        let Page::Edit(form) = &self.page else { return false };
        let leaves = match message {
            // A window can be told to close while something is asked.
            Message::CloseRequested => true,
            Message::Back
            | Message::AddPressed
            | Message::FixPressed
            | Message::ImportPressed
            | Message::Dropped(_)
            | Message::SafetyPressed
            | Message::SettingsPressed
            | Message::Own(Own::Edit(..) | Own::Managed(_) | Own::Duplicate(_) | Own::Export(_)) => {
                self.asks.is_none()
            }
            _ => false,
        };
        leaves && form.is_unsaved()
    }

    /// Leaves the internet to where it was before the tunnel, as Windows does without its default gateway.
    fn narrow(&mut self, id: &ProfileId) -> Task<Message> {
        let Some(listed) = self.listed(id).cloned() else { return Task::none() };
        let mut saved = listed.saved.clone();
        saved.profile.traffic = Traffic::Only { routes: Vec::new(), classful: true };
        self.is_busy = true;
        self.complaint = None;
        let replacing = shelf::replace(Some(listed), saved, shelf::Password::Stay);
        replacing.map(|replaced| Message::Own(Own::Narrowed(replaced.map(Box::new))))
    }

    fn delete(&mut self, id: &ProfileId) -> Task<Message> {
        let Some(listed) = self.listed(id).cloned() else { return Task::none() };
        self.own.menu = None;
        let removing = shelf::remove(listed.id.clone());
        let listed = Box::new(listed);
        removing.map(move |removed| Message::Own(Own::Deleted(listed.clone(), removed)))
    }

    fn after_deleting(&mut self, listed: Listed) -> Task<Message> {
        let forgotten = self.forget_deleted();
        if matches!(&self.page, Page::Edit(form) if *form.id() == listed.id) {
            self.page = Page::Home;
        }
        if let Some(kept) = &mut self.kept {
            // The watch would tell of it too, where there is one.
            kept.profiles.retain(|other| other.id != listed.id);
        }
        Task::batch([forgotten, self.offer_undo(listed)])
    }

    fn complain_of(&mut self, why: &str) {
        // What was typed meanwhile stays; it is said at home.
        if matches!(&self.page, Page::Edit(form) if !form.is_unsaved()) {
            self.page = Page::Home;
        }
        self.complaint = Some(self.words.say(Word::ProfileTrouble, &[("reason", why)]));
    }

    fn offer_undo(&mut self, listed: Listed) -> Task<Message> {
        self.own.count += 1;
        let number = self.own.count;
        self.own.deleted = Some(Deleted { listed, number });
        let wait = async { tokio::time::sleep(UNDO).await };
        Task::perform(wait, move |()| Message::Own(Own::UndoGone(number)))
    }

    /// What can't be taken back any more is carried out whole.
    pub(super) fn forget_deleted(&mut self) -> Task<Message> {
        let Some(deleted) = self.own.deleted.take() else { return Task::none() };
        shelf::forget(deleted.listed).map(|forgotten| Message::Own(Own::Forgotten(forgotten)))
    }

    /// Ends the program, and before it what it still has to do.
    pub(super) fn quit(&mut self) -> Task<Message> {
        self.forget_deleted().discard().chain(iced::exit())
    }

    /// What was deleted, while it can be taken back.
    pub(crate) fn deleted(&self) -> Option<&str> {
        self.own.deleted.as_ref().map(|deleted| deleted.listed.saved.profile.display_name())
    }

    /// Whether what else can be done with this connection is shown.
    pub(crate) fn has_menu(&self, id: &ProfileId) -> bool {
        self.own.menu.as_ref() == Some(id)
    }

    /// Whether the connection of this name is up: what is changed about it counts later.
    pub(crate) fn is_connected_to(&self, name: &str) -> bool {
        let is_on = |state: &State| !matches!(state, State::Disconnected { .. } | State::Disconnecting);
        let is_it = |status: &Status| status.managed.is_none() && status.name == name && is_on(&status.state);
        self.status().is_some_and(is_it)
    }
}
