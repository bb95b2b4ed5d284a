//! Three facts from a slip of paper.

use culvert_model::{Profile, Secret};
use culvert_profiles::import::{self, Found, Preview, Refusal, Source};
use culvert_profiles::typed::{self, TypedError};
use culvert_profiles::{Listed, PasswordMode, SavedProfile};
use culvert_words::{Word, Words};
use iced::widget::operation::{self, RelativeOffset};
use iced::widget::{Column, column, row, text_editor, text_input};
use iced::{Element, Task};

use crate::app::{self, App};
use crate::screen::edit::server_text;
use crate::shelf::{self, Added};
use crate::theme::{size, space};
use crate::widget::{area, body, field, primary, quiet, sheet, switch, title, warning, wrong};

pub(crate) const SERVER: &str = "add-server";
const USER: &str = "add-user";
const PASSWORD: &str = "add-password";
const PASTED: &str = "add-pasted";
const PAGE: &str = "add-page";

/// What has been typed so far.
#[derive(Debug)]
pub(crate) struct Form {
    server: String,
    user: String,
    password: Secret,
    shows: bool,
    keeps: bool,
    /// What is wrong is shown once somebody has tried to go on.
    was_tried: bool,
    is_saving: bool,
    connects: bool,
    /// What goes to the server at once, whether or not the keyring takes it.
    first: Option<Secret>,
    complaint: Option<String>,
    pasted: Option<Box<Pasted>>,
    /// Whether weak settings that were recognised are left out.
    strong: bool,
}

/// What somebody was sent, and what was recognised in it.
#[derive(Debug, Default)]
struct Pasted {
    text: text_editor::Content,
    preview: Preview,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            server: String::new(),
            user: String::new(),
            password: Secret::default(),
            shows: false,
            keeps: true,
            was_tried: false,
            is_saving: false,
            connects: false,
            first: None,
            complaint: None,
            pasted: None,
            strong: false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// Files of other programs are to be taken over instead.
    Import,
    /// The place to paste into is wanted.
    Paste,
    Pasted(text_editor::Action),
    Strong,
    Server(String),
    User(String),
    Password(Secret),
    Show,
    Keep,
    Save {
        connects: bool,
    },
    Saved(Result<Box<Added>, String>),
}

/// What follows on a message.
pub(crate) enum Then {
    Nothing,
    Run(Task<Message>),
    Import,
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
            Message::Import => return Then::Import,
            Message::Paste => return self.open_paste(),
            Message::Pasted(action) => self.paste(action),
            Message::Strong => self.strong = !self.strong,
            Message::Server(text) => self.server = text,
            Message::User(text) => self.user = text,
            Message::Password(text) => self.password = text,
            Message::Show => self.shows = !self.shows,
            Message::Keep => self.keeps = !self.keeps,
            // The key that saves may come twice.
            Message::Save { .. } if self.is_saving => {}
            Message::Save { connects } => return self.save(connects),
            Message::Saved(Ok(added)) => {
                let Added { listed, password } = *added;
                let complaint = password.map(|error| words.keyring(&error));
                let connects = self.connects.then(|| self.first.take());
                return Then::Close { chosen: Box::new(listed), connects, complaint };
            }
            Message::Saved(Err(why)) => {
                self.is_saving = false;
                // Who tries again has typed it once already.
                self.password = self.first.take().unwrap_or_default();
                self.complaint = Some(why);
            }
        }
        Then::Nothing
    }

    fn open_paste(&mut self) -> Then {
        self.pasted.get_or_insert_default();
        Then::Run(Task::batch([operation::snap_to(PAGE, RelativeOffset::START), operation::focus(PASTED)]))
    }

    /// Reads what was pasted, and fills in what is recognised.
    fn paste(&mut self, action: text_editor::Action) {
        let Some(pasted) = &mut self.pasted else { return };
        let is_edit = action.is_edit();
        pasted.text.perform(shortened(action));
        if !is_edit {
            return;
        }
        pasted.preview = import::read(&[Source::pasted(pasted.text.text())]);
        let Some(found) = pasted.preview.found.first() else { return };
        let profile = &found.saved.profile;
        self.server = server_text(profile);
        self.user = profile.login_name();
        self.password = found.password.clone().unwrap_or_default();
    }

    /// The connection that was recognised, for what it says beyond the fields.
    fn found(&self) -> Option<&Found> {
        self.pasted.as_ref()?.preview.found.first()
    }

    fn save(&mut self, connects: bool) -> Then {
        self.was_tried = true;
        self.connects = connects;
        let Some(saved) = self.saved() else {
            let first = if self.server_error().is_some() { SERVER } else { USER };
            return Then::Run(operation::focus(first));
        };
        self.is_saving = true;
        let password = Some(std::mem::take(&mut self.password)).filter(|text| !text.expose().is_empty());
        self.first.clone_from(&password);
        Then::Run(shelf::add(saved, password).map(|added| Message::Saved(added.map(Box::new))))
    }

    /// What is to be kept, once that is a whole.
    fn saved(&self) -> Option<SavedProfile> {
        let server = typed::server(self.server.trim()).ok()?;
        let user = typed::user(self.user.trim()).ok()?;
        let password = if self.keeps { PasswordMode::Keyring } else { PasswordMode::Ask };
        let mut saved = match self.found() {
            Some(found) => self.strengthened(found).saved,
            None => SavedProfile::new(Profile::new(server.host.clone(), "")),
        };
        let profile = &mut saved.profile;
        (profile.server, profile.port) = (server.host, server.port);
        (profile.domain, profile.username) = (user.domain, user.name);
        Some(SavedProfile { password, ..saved })
    }

    fn strengthened(&self, found: &Found) -> Found {
        let mut found = found.clone();
        if self.strong {
            found.strengthen();
        }
        found
    }

    fn server_error(&self) -> Option<TypedError> {
        typed::server(self.server.trim()).err()
    }

    fn user_error(&self) -> Option<TypedError> {
        typed::user(self.user.trim()).err()
    }
}

/// No mail is as long; what is would hold up the window for as long as it is laid out.
const LONGEST: usize = 64 << 10;

fn shortened(action: text_editor::Action) -> text_editor::Action {
    match action {
        text_editor::Action::Edit(text_editor::Edit::Paste(text)) if text.len() > LONGEST => {
            let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
            let start = text.get(..end.unwrap_or_default()).unwrap_or_default().to_owned();
            text_editor::Action::Edit(text_editor::Edit::Paste(start.into()))
        }
        action => action,
    }
}

/// Where something is pasted, and what was recognised in it.
fn pasted<'a>(form: &'a Form, app: &'a App) -> Option<Column<'a, Message>> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let Pasted { text, preview } = form.pasted.as_deref()?;
    let (label, help) = (say(Word::FieldPasted), say(Word::FieldPastedHelp));
    let mut page = column![area(label, text, PASTED, help, Message::Pasted, tokens)].spacing(space::LIKE);
    if text.text().trim().is_empty() {
        return Some(page);
    }
    let Some(found) = preview.found.first() else {
        let other = preview.refused.iter().find(|refused| !matches!(refused.why, Refusal::Unknown));
        let said =
            other.map(|refused| words.say(Word::PastedRefused, &[("reason", &words.refusal(&refused.why))]));
        return Some(page.push(wrong(said.unwrap_or_else(|| say(Word::PastedNothing)), tokens)));
    };
    let profile = &found.saved.profile;
    let fields = [
        (Word::FieldServer, true),
        (Word::FieldUser, !profile.username.is_empty()),
        (Word::FieldPassword, found.password.is_some()),
    ];
    let fields: Vec<_> = fields.into_iter().filter(|(_, is)| *is).map(|(word, _)| say(word)).collect();
    page = page.push(body(words.say(Word::PastedFound, &[("fields", &fields.join(", "))])));
    if found.can_be_stronger() {
        page = page.push(switch(say(Word::SwitchStrong), form.strong, Message::Strong, tokens));
    }
    for weakness in form.strengthened(found).saved.profile.weaknesses() {
        page = page.push(warning(say(weakness.into()), tokens));
    }
    Some(page)
}

/// The form.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let error = |error: Option<TypedError>| error.filter(|_| form.was_tried).map(|error| words.typed(error));
    let server = text_input("vpn.example.com", &form.server)
        .id(SERVER)
        .on_input(Message::Server)
        .on_submit(Message::Save { connects: true });
    let user = text_input("", &form.user)
        .id(USER)
        .on_input(Message::User)
        .on_submit(Message::Save { connects: true });
    let password = text_input("", form.password.expose())
        .id(PASSWORD)
        .secure(!form.shows)
        .on_input(|text| Message::Password(Secret::new(text)))
        .on_submit(Message::Save { connects: true });
    let can = !form.is_saving;
    let mut page = column![
        title(say(Word::TitleAdd)),
        pasted(form, app),
        field(say(Word::FieldServer), server, None, error(form.server_error()), tokens),
        field(say(Word::FieldUser), user, Some(say(Word::FieldUserHelp)), error(form.user_error()), tokens),
        field(say(Word::FieldPassword), password, Some(say(Word::FieldPasswordHelp)), None, tokens),
        switch(say(Word::SwitchShow), form.shows, Message::Show, tokens),
        switch(say(Word::SwitchKeep), form.keeps, Message::Keep, tokens),
    ]
    .spacing(space::LIKE)
    .max_width(size::COLUMN);
    if let Some(complaint) = &form.complaint {
        page = page.push(wrong(complaint, tokens));
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
    let paste = form.pasted.is_none().then(|| quiet(say(Word::ButtonPaste), Message::Paste, tokens));
    let import = quiet(say(Word::ButtonImportFiles), Message::Import, tokens);
    page = page.push(row![].push(paste).push(import).wrap());
    let page: Element<'a, Message> = page.into();
    let back = app.kept.as_ref().is_some_and(|kept| !kept.profiles.is_empty());
    let back = back.then(|| quiet(say(Word::ButtonBack), app::Message::Back, tokens));
    let content = column![].push(back).push(page.map(app::Message::Add)).max_width(size::COLUMN);
    sheet(content, app.size.width).id(PAGE).into()
}

#[cfg(test)]
mod tests;
