//! Three facts from a slip of paper.

use culvert_model::{Profile, Secret};
use culvert_profiles::typed::{self, TypedError};
use culvert_profiles::{Listed, PasswordMode, SavedProfile};
use culvert_words::{Word, Words};
use iced::widget::{column, container, row, scrollable, text_input};
use iced::{Element, Length, Task};

use crate::app::{self, App};
use crate::shelf::{self, Added};
use crate::theme::{size, space};
use crate::widget::{body, field, primary, quiet, switch, title};

pub(crate) const SERVER: &str = "add-server";
const USER: &str = "add-user";
const PASSWORD: &str = "add-password";

/// What has been typed so far.
#[derive(Debug)]
pub(crate) struct Form {
    server: String,
    user: String,
    password: String,
    shows: bool,
    keeps: bool,
    /// What is wrong is shown once somebody has tried to go on.
    was_tried: bool,
    is_saving: bool,
    connects: bool,
    /// What goes to the server at once, whether or not the keyring takes it.
    first: Option<Secret>,
    complaint: Option<String>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            server: String::new(),
            user: String::new(),
            password: String::new(),
            shows: false,
            keeps: true,
            was_tried: false,
            is_saving: false,
            connects: false,
            first: None,
            complaint: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Server(String),
    User(String),
    Password(String),
    Show,
    Keep,
    Save { connects: bool },
    Saved(Result<Box<Added>, String>),
}

/// What follows on a message.
pub(crate) enum Then {
    Nothing,
    Run(Task<Message>),
    /// It is kept; with `connects` it is dialled with the password that was typed, if one was.
    Close {
        chosen: Box<Listed>,
        connects: Option<Option<Secret>>,
        complaint: Option<String>,
    },
}

impl Form {
    pub(crate) fn update(&mut self, message: Message, words: &Words) -> Then {
        match message {
            Message::Server(text) => self.server = text,
            Message::User(text) => self.user = text,
            Message::Password(text) => self.password = text,
            Message::Show => self.shows = !self.shows,
            Message::Keep => self.keeps = !self.keeps,
            Message::Save { connects } => return self.save(connects),
            Message::Saved(Ok(added)) => {
                let Added { listed, password } = *added;
                let complaint = password.map(|error| words.keyring(&error));
                let connects = self.connects.then(|| self.first.take());
                return Then::Close { chosen: Box::new(listed), connects, complaint };
            }
            Message::Saved(Err(why)) => {
                self.is_saving = false;
                self.complaint = Some(why);
            }
        }
        Then::Nothing
    }

    fn save(&mut self, connects: bool) -> Then {
        self.was_tried = true;
        self.connects = connects;
        let Some(saved) = self.saved() else {
            let first = if self.server_error().is_some() { SERVER } else { USER };
            return Then::Run(iced::widget::operation::focus(first));
        };
        self.is_saving = true;
        let password =
            Some(std::mem::take(&mut self.password)).filter(|text| !text.is_empty()).map(Secret::new);
        self.first.clone_from(&password);
        Then::Run(shelf::add(saved, password).map(|added| Message::Saved(added.map(Box::new))))
    }

    /// What is to be kept, once that is a whole.
    fn saved(&self) -> Option<SavedProfile> {
        let server = typed::server(self.server.trim()).ok()?;
        let user = typed::user(self.user.trim()).ok()?;
        let profile =
            Profile { port: server.port, domain: user.domain, ..Profile::new(server.host, user.name) };
        let password = if self.keeps { PasswordMode::Keyring } else { PasswordMode::Ask };
        Some(SavedProfile { password, ..SavedProfile::new(profile) })
    }

    fn server_error(&self) -> Option<TypedError> {
        typed::server(self.server.trim()).err()
    }

    fn user_error(&self) -> Option<TypedError> {
        typed::user(self.user.trim()).err()
    }
}

/// The form.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let wrong = |error: Option<TypedError>| error.filter(|_| form.was_tried).map(|error| words.typed(error));
    let server = text_input("vpn.example.com", &form.server)
        .id(SERVER)
        .on_input(Message::Server)
        .on_submit(Message::Save { connects: true });
    let user = text_input("", &form.user)
        .id(USER)
        .on_input(Message::User)
        .on_submit(Message::Save { connects: true });
    let password = text_input("", &form.password)
        .id(PASSWORD)
        .secure(!form.shows)
        .on_input(Message::Password)
        .on_submit(Message::Save { connects: true });
    let can = !form.is_saving;
    let mut page = column![
        title(say(Word::TitleAdd)),
        field(say(Word::FieldServer), server, None, wrong(form.server_error()), tokens),
        field(say(Word::FieldUser), user, Some(say(Word::FieldUserHelp)), wrong(form.user_error()), tokens),
        field(say(Word::FieldPassword), password, Some(say(Word::FieldPasswordHelp)), None, tokens),
        switch(say(Word::SwitchShow), form.shows, Message::Show, tokens),
        switch(say(Word::SwitchKeep), form.keeps, Message::Keep, tokens),
    ]
    .spacing(space::LIKE)
    .max_width(size::COLUMN);
    if let Some(complaint) = &form.complaint {
        let color = Some(tokens.bad);
        page = page.push(body(complaint).style(move |_| iced::widget::text::Style { color }));
    }
    let connect = can.then_some(Message::Save { connects: true });
    let later = can.then_some(Message::Save { connects: false });
    page = page.push(
        row![
            primary(say(Word::ButtonConnect), connect, tokens),
            quiet(say(Word::ButtonSaveForLater), later, tokens),
        ]
        .spacing(space::LIKE)
        .wrap(),
    );
    let page: Element<'a, Message> = page.into();
    let back = app.kept.as_ref().is_some_and(|kept| !kept.profiles.is_empty());
    let back = back.then(|| quiet(say(Word::ButtonBack), app::Message::Back, tokens));
    let content = column![].push(back).push(page.map(app::Message::Add)).max_width(size::COLUMN);
    scrollable(container(content).center_x(Length::Fill).padding(space::UNLIKE)).into()
}
