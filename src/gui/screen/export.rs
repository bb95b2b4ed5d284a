//! Connections for other programs and other computers.

use std::path::PathBuf;

use culvert_model::Secret;
use culvert_profiles::{Format, Listed};
use culvert_words::{Word, Words};
use iced::widget::{Column, column, row, text_input};
use iced::{Element, Task};

use crate::app::{self, App};
use crate::chooser;
use crate::theme::{size, space};
use crate::transfer::{self, Order, Written};
use crate::widget::{
    body, field, heading, primary, quiet, row_of_list, secondary, sheet, small, switch, title, warning, wrong,
};

/// What is to be written, how and where.
#[derive(Debug)]
pub(crate) struct Form {
    profiles: Vec<Listed>,
    format: Format,
    with_passwords: bool,
    passphrase: Secret,
    directory: String,
    is_working: bool,
    /// The desktop's own window is open.
    is_choosing: bool,
    complaint: Option<String>,
    written: Option<Box<Written>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Format(Format),
    WithPasswords,
    Passphrase(Secret),
    Directory(String),
    Choose,
    Chosen(Option<PathBuf>),
    Write,
    Written(Result<Box<Written>, String>),
}

/// What follows on a message.
pub(crate) enum Then {
    Nothing,
    Run(Task<Message>),
}

impl Form {
    pub(crate) fn new(profiles: Vec<Listed>) -> Self {
        let home = std::env::home_dir().unwrap_or_default();
        Self {
            profiles,
            format: Format::Culvert,
            with_passwords: false,
            passphrase: Secret::default(),
            directory: home.display().to_string(),
            is_working: false,
            is_choosing: false,
            complaint: None,
            written: None,
        }
    }

    pub(crate) fn update(&mut self, message: Message, words: &Words) -> Then {
        match message {
            Message::Format(format) => self.format = format,
            Message::WithPasswords => self.with_passwords = !self.with_passwords,
            Message::Passphrase(text) => self.passphrase = text,
            Message::Directory(text) => self.directory = text,
            Message::Choose => {
                self.is_choosing = true;
                let title = words.say(Word::FieldDirectory, &[]);
                return Then::Run(Task::perform(chooser::directory(title), Message::Chosen));
            }
            Message::Chosen(chosen) => {
                self.is_choosing = false;
                self.directory = chosen.map_or(self.directory.clone(), |path| path.display().to_string());
            }
            // The key that saves may come twice.
            Message::Write if self.is_working => {}
            Message::Write => {
                self.is_working = true;
                self.complaint = None;
                let writing = transfer::write(self.order());
                return Then::Run(writing.map(|written| Message::Written(written.map(Box::new))));
            }
            Message::Written(Ok(written)) => {
                self.is_working = false;
                self.passphrase = Secret::default();
                self.written = Some(written);
            }
            Message::Written(Err(why)) => {
                self.is_working = false;
                self.complaint = Some(why);
            }
        }
        Then::Nothing
    }

    fn order(&self) -> Order {
        let can_close = self.with_passwords && self.format == Format::Culvert;
        let passphrase = Some(&self.passphrase).filter(|text| can_close && !text.expose().is_empty());
        Order {
            profiles: self.profiles.clone(),
            format: self.format,
            with_passwords: self.with_passwords,
            passphrase: passphrase.cloned(),
            directory: PathBuf::from(self.directory.trim()),
        }
    }
}

/// The form, or what was written.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let words = &app.words;
    let content = match &form.written {
        Some(written) => outcome(written, app),
        None => options(form, app).map(app::Message::Export),
    };
    let names: Vec<_> = form.profiles.iter().map(|listed| listed.saved.profile.display_name()).collect();
    let back = quiet(words.say(Word::ButtonBack, &[]), app::Message::Back, app.tokens);
    let page = column![
        back,
        title(words.say(Word::TitleExport, &[])),
        secondary(names.join(", "), app.tokens),
        content
    ]
    .spacing(space::LIKE)
    .max_width(size::COLUMN);
    sheet(page, app.size.width).into()
}

fn options<'a>(form: &'a Form, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let formats = Format::WRITTEN.into_iter().map(|format| {
        let name = body(words.format(format));
        row_of_list(name, format == form.format, Message::Format(format), tokens).into()
    });
    let mut page = column![
        heading(say(Word::ExportFor)),
        Column::with_children(formats).spacing(space::TINY),
        switch(say(Word::SwitchPasswords), form.with_passwords, Message::WithPasswords, tokens),
    ]
    .spacing(space::LIKE);
    if form.with_passwords && form.format == Format::Culvert {
        let input =
            text_input("", form.passphrase.expose()).on_input(|text| Message::Passphrase(Secret::new(text)));
        let (label, help) = (say(Word::FieldPassphrase), say(Word::FieldPassphraseHelp));
        page = page.push(field(label, input, Some(help), None, tokens));
    }
    if form.with_passwords && form.order().passphrase.is_none() {
        page = page.push(warning(say(Word::ExportPasswords), tokens));
    }
    let input = text_input("", &form.directory).on_input(Message::Directory).on_submit(Message::Write);
    let can = !form.is_working;
    page.push(field(say(Word::FieldDirectory), input, None, form.complaint.clone(), tokens))
        .push(quiet(
            say(Word::ButtonChooseDirectory),
            (can && !form.is_choosing).then_some(Message::Choose),
            tokens,
        ))
        .push(primary(say(Word::ButtonSave), can.then_some(Message::Write), tokens))
        .into()
}

fn outcome<'a>(written: &'a Written, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let mut page = column![heading(words.say(Word::Exported, &[]))].spacing(space::LIKE);
    page = page.extend(written.paths.iter().map(|path| body(path.display().to_string()).into()));
    page = page.extend(written.lost.iter().map(|lost| {
        let field = lost.field.replace('_', " ");
        small(words.say(Word::ExportLost, &[("name", &lost.profile), ("field", &field)]), tokens).into()
    }));
    if let Some(error) = &written.unread {
        let reason = words.keyring(error);
        page = page.push(wrong(words.say(Word::PasswordNotRead, &[("reason", &reason)]), tokens));
    }
    if written.is_open {
        page = page.push(warning(words.say(Word::ExportPasswords, &[]), tokens));
    }
    page.push(row![primary(words.say(Word::ButtonDone, &[]), app::Message::Back, tokens)]).into()
}

#[cfg(test)]
mod tests;
