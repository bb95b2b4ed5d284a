//! The question for a password, in the place of the state.

use culvert_ipc::{Answer, Request};
use culvert_model::{ConnectionId, Question, Secret, State, Status};
use culvert_profiles::{Listed, PasswordMode};
use iced::keyboard::{self, Key};
use iced::widget::operation;
use iced::{Event, Task, event, window};

use super::{App, Message};
use crate::link;
use crate::screen::home;
use crate::shelf;

/// What a person does with the question.
#[derive(Clone, Debug)]
pub(crate) enum Asking {
    Typed(Secret),
    /// What is typed is shown, or not any more.
    Show,
    /// Whether Caps Lock is on, as a letter that was typed tells.
    Caps(bool),
    Answer,
    /// The password that the keyring has is to be gone, whatever this one is.
    Forget,
}

/// What is being typed.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) typed: Secret,
    pub(crate) shows: bool,
    pub(crate) has_caps: bool,
    /// Which connection was given so many passwords.
    given: (ConnectionId, u32),
    /// Whether the saved one was forgotten since the question came.
    has_forgotten: bool,
}

impl App {
    pub(super) fn update_asking(&mut self, message: Asking) -> Task<Message> {
        match message {
            Asking::Typed(text) => self.reply.typed = text,
            Asking::Show => self.reply.shows = !self.reply.shows,
            Asking::Caps(has_caps) => self.reply.has_caps = has_caps,
            Asking::Answer => return self.answer_password(),
            Asking::Forget => {
                let Some(listed) = self.forgettable().cloned() else { return Task::none() };
                self.reply.has_forgotten = true;
                let forgetting = shelf::forget(listed);
                return forgetting.map(|forgotten| Message::Own(super::Own::Forgotten(forgotten)));
            }
        }
        Task::none()
    }

    fn answer_password(&mut self) -> Task<Message> {
        let Some(connection) = self.status().map(|status| status.connection) else { return Task::none() };
        if self.reply.typed.expose().is_empty() {
            return operation::focus(home::PASSWORD);
        }
        let password = std::mem::take(&mut self.reply.typed);
        let tries = self.tries(connection);
        self.reply.given = (connection, tries + 1);
        self.given = Some((connection, password.clone()));
        self.is_busy = true;
        link::ask(Request::Answer { connection, answer: Answer::Password(password) }).map(Message::Answered)
    }

    /// How many passwords this window has given for this connection.
    fn tries(&self, connection: ConnectionId) -> u32 {
        if self.reply.given.0 == connection { self.reply.given.1 } else { 0 }
    }

    /// Which try the next one is, where the server has refused one already. Passwords from elsewhere count as one.
    pub(crate) fn next_try(&self, status: &Status) -> u32 {
        self.tries(status.connection).max(1) + 1
    }

    /// Whose saved password was refused, and can be forgotten.
    pub(crate) fn forgettable(&self) -> Option<&Listed> {
        let status = self.status()?;
        let State::Connecting { question: Some(Question::Password { refused: Some(_) }), .. } = &status.state
        else {
            return None;
        };
        let own = self.own_for(status)?;
        (own.saved.password == PasswordMode::Keyring && !self.reply.has_forgotten).then_some(own)
    }

    /// A password belongs to the question that it was typed for.
    pub(super) fn drop_reply(&mut self) {
        let (given, has_caps) = (self.reply.given, self.reply.has_caps);
        self.reply = Reply { given, has_caps, ..Reply::default() };
    }
}

/// Whether Caps Lock is on, where a letter tells it, whoever takes the key.
pub(super) fn caps(event: Event, _: event::Status, _: window::Id) -> Option<Message> {
    let Event::Keyboard(keyboard::Event::KeyPressed {
        modified_key: Key::Character(letter), modifiers, ..
    }) = event
    else {
        return None;
    };
    let letter = letter.chars().next().filter(|letter| letter.is_lowercase() != letter.is_uppercase())?;
    Some(Message::Asking(Asking::Caps(letter.is_uppercase() != modifiers.shift())))
}
