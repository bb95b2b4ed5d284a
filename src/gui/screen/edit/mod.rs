//! A connection is changed: what everybody knows of it first, and everything else in folds.

mod draft;
mod folds;
mod managed;
mod parts;
mod view;

use std::collections::BTreeSet;

use culvert_model::Secret;
use culvert_profiles::{Listed, PasswordMode, ProfileId, SecretsError};
use culvert_words::{Word, Words};
use iced::Task;
use iced::widget::text_editor;

use self::draft::Draft;
pub(crate) use self::managed::view as view_managed;
pub(crate) use self::parts::{Choice, Field, Fold, Line, server_text};
pub(crate) use self::view::{remedy, view, weakest};
use crate::app;
use crate::shelf::{self, Kept, NotReplaced, Password, Replaced};
use crate::widget::reveal;

const PASSWORD: &str = "edit-password";
const NOTES: &str = "edit-notes";

/// A connection that is being changed.
#[derive(Debug)]
pub(crate) struct Form {
    /// As it was read.
    listed: Listed,
    draft: Draft,
    notes: text_editor::Content,
    open: BTreeSet<Fold>,
    secret: Typed,
    is_working: bool,
    complaint: Option<String>,
    /// What another program has made of it meanwhile.
    meanwhile: Option<Meanwhile>,
    reconnects: bool,
    /// Where somebody wanted to go who was asked whether to save before.
    after: Option<Box<app::Message>>,
}

/// What becomes of the password.
#[derive(Debug, Default)]
struct Typed {
    text: Secret,
    shows: bool,
    /// Whether one is kept, as far as that is known.
    is_kept: Option<Result<bool, SecretsError>>,
    is_changing: bool,
    forgets: bool,
}

/// What another program has made of the connection while it was being changed here.
#[derive(Clone, Debug)]
enum Meanwhile {
    Changed(Box<Listed>),
    Removed,
}

/// Where the editor opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Top,
    Line(Line),
    Fold(Fold),
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Line(Line, String),
    Choose(Choice),
    Default(Field),
    Notes(text_editor::Action),
    Fold(Fold),
    Password(Secret),
    Show,
    ChangePassword,
    ForgetPassword,
    KeepPassword,
    PasswordRead(Result<bool, SecretsError>),
    Save,
    SaveAndReconnect,
    Saved(Result<Box<Replaced>, NotReplaced>),
    LoadAnew,
    SaveMine,
}

/// What follows on a message.
pub(crate) enum Then {
    Nothing,
    Run(Task<Message>),
    /// It is kept.
    Close {
        listed: Box<Listed>,
        complaint: Option<String>,
        reconnects: bool,
        after: Option<Box<app::Message>>,
    },
}

impl Form {
    pub(crate) fn new(listed: Listed) -> Self {
        Self {
            draft: Draft::new(listed.saved.clone()),
            notes: text_editor::Content::with_text(&listed.saved.notes),
            listed,
            open: BTreeSet::new(),
            secret: Typed::default(),
            is_working: false,
            complaint: None,
            meanwhile: None,
            reconnects: false,
            after: None,
        }
    }

    /// The form, opened there, and what it has to ask before it knows everything.
    pub(crate) fn at(listed: Listed, place: Place) -> (Self, Task<Message>) {
        let mut form = Self::new(listed);
        let look = form.look_for_password();
        let go = match place {
            Place::Top => Task::none(),
            Place::Line(line) => form.go_to(line.fold(), Some(line)),
            Place::Fold(fold) => form.go_to(Some(fold), None),
        };
        (form, Task::batch([look, go]))
    }

    /// What the connection is called where it is kept.
    pub(crate) fn name(&self) -> &str {
        self.listed.saved.profile.display_name()
    }

    pub(crate) const fn id(&self) -> &ProfileId {
        &self.listed.id
    }

    /// Whether something is lost if nobody saves it.
    pub(crate) fn is_unsaved(&self) -> bool {
        self.draft.differs(&self.listed.saved) || !self.secret.text.expose().is_empty() || self.secret.forgets
    }

    /// Saves, and goes where somebody wanted to go.
    pub(crate) fn save_and_go(&mut self, after: Box<app::Message>, words: &Words) -> Then {
        self.after = Some(after);
        self.update(Message::Save, words)
    }

    /// What is kept now. What somebody has changed here stays, and they are asked what to do about it.
    pub(crate) fn hear(&mut self, kept: &Kept) -> Task<Message> {
        if self.is_working || kept.trouble.is_some() {
            return Task::none();
        }
        match kept.profiles.iter().find(|listed| listed.id == self.listed.id) {
            None => self.meanwhile = Some(Meanwhile::Removed),
            Some(listed) if *listed == self.listed => self.meanwhile = None,
            Some(listed) if self.is_unsaved() => {
                self.meanwhile = Some(Meanwhile::Changed(Box::new(listed.clone())));
            }
            Some(listed) => return self.load(listed.clone()),
        }
        Task::none()
    }

    fn load(&mut self, listed: Listed) -> Task<Message> {
        let open = std::mem::take(&mut self.open);
        *self = Self { open, ..Self::new(listed) };
        self.look_for_password()
    }

    fn look_for_password(&self) -> Task<Message> {
        if self.listed.saved.password == PasswordMode::Ask {
            return Task::none();
        }
        let read = shelf::password(self.listed.id.clone());
        read.map(|read| Message::PasswordRead(read.map(|password| password.is_some())))
    }

    pub(crate) fn update(&mut self, message: Message, words: &Words) -> Then {
        match message {
            Message::Line(line, text) => self.draft.write(line, text),
            Message::Choose(choice) => self.draft.choose(choice),
            Message::Default(field) => {
                self.draft.reset(field);
                if field == Field::Notes {
                    self.notes = text_editor::Content::new();
                }
            }
            Message::Notes(action) => {
                let is_edit = action.is_edit();
                self.notes.perform(action);
                if is_edit {
                    self.draft.write_notes(&self.notes.text());
                }
            }
            Message::Fold(fold) => {
                if !self.open.remove(&fold) {
                    self.open.insert(fold);
                }
            }
            Message::Password(text) => self.secret.text = text,
            Message::Show => self.secret.shows = !self.secret.shows,
            Message::ChangePassword => {
                (self.secret.is_changing, self.secret.forgets) = (true, false);
                return Then::Run(iced::widget::operation::focus(PASSWORD));
            }
            Message::ForgetPassword => self.secret.forgets = true,
            Message::KeepPassword => self.secret.forgets = false,
            Message::PasswordRead(read) => self.secret.is_kept = Some(read),
            Message::Save => return self.save(false),
            Message::SaveAndReconnect => return self.save(true),
            Message::Saved(saved) => return self.after_saving(saved, words),
            Message::LoadAnew => {
                if let Some(Meanwhile::Changed(listed)) = self.meanwhile.take() {
                    return Then::Run(self.load(*listed));
                }
            }
            Message::SaveMine => {
                if let Some(Meanwhile::Changed(listed)) = self.meanwhile.take() {
                    self.listed = *listed;
                }
                return self.save(false);
            }
        }
        Then::Nothing
    }

    fn save(&mut self, reconnects: bool) -> Then {
        if self.is_working {
            return Then::Nothing;
        }
        if let Some((fold, line, _)) = self.draft.first_wrong() {
            self.after = None;
            return Then::Run(self.go_to(fold, line));
        }
        let read = match self.meanwhile {
            // Nothing is written over what nobody here has seen.
            Some(Meanwhile::Changed(_)) => return Then::Nothing,
            Some(Meanwhile::Removed) => None,
            None => Some(self.listed.clone()),
        };
        self.is_working = true;
        self.reconnects = reconnects;
        self.complaint = None;
        let replacing = shelf::replace(read, self.draft.saved.clone(), self.password());
        Then::Run(replacing.map(|replaced| Message::Saved(replaced.map(Box::new))))
    }

    fn password(&self) -> Password {
        let is_kept = self.draft.saved.password != PasswordMode::Ask;
        match self.secret.text.expose() {
            "" if self.secret.forgets => Password::Forget,
            text if is_kept && !text.is_empty() => Password::Keep(self.secret.text.clone()),
            _ => Password::Stay,
        }
    }

    fn after_saving(&mut self, saved: Result<Box<Replaced>, NotReplaced>, words: &Words) -> Then {
        self.is_working = false;
        let after = self.after.take();
        match saved {
            Ok(replaced) => {
                self.secret.text = Secret::default();
                let Replaced { listed, unkept, unforgotten } = *replaced;
                let said = |word, error: SecretsError| words.say(word, &[("reason", &words.keyring(&error))]);
                let unkept = unkept.map(|error| said(Word::PasswordNotKept, error));
                let unforgotten = unforgotten.map(|error| said(Word::PasswordNotForgotten, error));
                let complaint = unkept.or(unforgotten);
                Then::Close { listed: Box::new(listed), complaint, reconnects: self.reconnects, after }
            }
            Err(NotReplaced::Meanwhile) => {
                self.complaint = Some(words.say(Word::ProfileChanged, &[]));
                Then::Nothing
            }
            Err(NotReplaced::Because(why)) => {
                self.complaint = Some(words.say(Word::ProfileTrouble, &[("reason", &why)]));
                Then::Nothing
            }
        }
    }

    /// Unfolds what there is to see, and brings it into sight, and the keys there.
    fn go_to(&mut self, fold: Option<Fold>, line: Option<Line>) -> Task<Message> {
        self.open.extend(fold);
        match (line, fold) {
            (Some(line), _) => reveal(line.id()),
            (None, Some(fold)) => reveal(view::id(fold)),
            (None, None) => Task::none(),
        }
    }
}

#[cfg(test)]
mod tests;
