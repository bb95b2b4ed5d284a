//! What is in the files of other programs, before anything of it is kept.

use std::path::PathBuf;

use culvert_model::Secret;
use culvert_profiles::import::{Found, Preview, Refusal, Refused};
use culvert_profiles::typed::{self, TypedError};
use culvert_profiles::{Format, Listed};
use culvert_words::{Word, Words};
use iced::widget::{Column, column, row, text_input};
use iced::{Element, Task};

use crate::app::{self, App};
use crate::chooser;
use crate::theme::{size, space};
use crate::transfer::{self, Looked, Taken};
use crate::widget::{
    body, card, field, heading, primary, quiet, secondary, sheet, small, switch, title, warning, wrong,
};

/// The files, and what is to become of what is in them.
#[derive(Debug, Default)]
pub(crate) struct Form {
    paths: Vec<PathBuf>,
    is_working: bool,
    /// The desktop's own window is open.
    is_choosing: bool,
    /// A file was let fall while the others were being looked at.
    is_behind: bool,
    /// The desktop has no window in which files are chosen.
    has_no_chooser: bool,
    looked: Option<Looked>,
    /// One for each that was found.
    choices: Vec<Choice>,
    strong: bool,
    passphrase: Secret,
    /// What is missing is shown once somebody has tried to go on.
    was_tried: bool,
    taken: Option<Taken>,
}

/// What is to become of one connection.
#[derive(Debug)]
struct Choice {
    is_taken: bool,
    shows_lines: bool,
    /// The user name, for one that has none.
    user: String,
    /// Whether the password that NetworkManager keeps may go where the file says. Anybody can write a file with the
    /// number of another connection in it.
    with_keyring: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Choose,
    Chosen(Option<Vec<PathBuf>>),
    Dropped(PathBuf),
    Looked(Box<Looked>),
    All,
    Take(usize),
    Lines(usize),
    User(usize, String),
    Keyring(usize),
    Strong,
    Passphrase(Secret),
    Open,
    Keep,
    Kept(Box<Taken>),
    Done,
}

/// What follows on a message.
pub(crate) enum Then {
    Nothing,
    Run(Task<Message>),
    /// These are kept.
    Close(Vec<Listed>),
}

impl Form {
    pub(crate) fn update(&mut self, message: Message, words: &Words) -> Then {
        match message {
            Message::Choose => {
                self.is_choosing = true;
                let title = words.say(Word::TitleImport, &[]);
                return Then::Run(Task::perform(chooser::files(title), Message::Chosen));
            }
            Message::Chosen(chosen) => {
                self.is_choosing = false;
                self.has_no_chooser = chosen.is_none();
                if let Some(paths) = chosen.filter(|paths| !paths.is_empty()) {
                    self.paths = paths;
                    return self.look(None);
                }
            }
            Message::Dropped(path) => {
                if self.taken.is_some() {
                    *self = Self::default();
                }
                if !self.paths.contains(&path) {
                    self.paths.push(path);
                }
                // Many fall at once: they are looked at together.
                self.is_behind = self.is_working;
                if !self.is_working {
                    return self.look(None);
                }
            }
            Message::Looked(_) if std::mem::take(&mut self.is_behind) => return self.look(None),
            Message::Looked(looked) => self.show(*looked),
            Message::All => {
                let all = !self.choices.iter().all(|choice| choice.is_taken);
                self.choices.iter_mut().for_each(|choice| choice.is_taken = all);
            }
            Message::Take(index) => self.change(index, |choice| choice.is_taken = !choice.is_taken),
            Message::Lines(index) => self.change(index, |choice| choice.shows_lines = !choice.shows_lines),
            Message::User(index, text) => self.change(index, |choice| choice.user.clone_from(&text)),
            Message::Keyring(index) => {
                self.change(index, |choice| choice.with_keyring = !choice.with_keyring)
            }
            Message::Strong => self.strong = !self.strong,
            Message::Passphrase(text) => self.passphrase = text,
            Message::Open if self.passphrase.expose().is_empty() || self.is_working => {}
            Message::Open => {
                let passphrase = std::mem::take(&mut self.passphrase);
                return self.look(Some(passphrase));
            }
            Message::Keep => return self.keep(),
            Message::Kept(taken) => {
                self.is_working = false;
                self.taken = Some(*taken);
            }
            Message::Done => return Then::Close(self.taken.take().unwrap_or_default().listed),
        }
        Then::Nothing
    }

    fn change(&mut self, index: usize, how: impl FnMut(&mut Choice)) {
        self.choices.get_mut(index).into_iter().for_each(how);
    }

    fn look(&mut self, passphrase: Option<Secret>) -> Then {
        self.is_working = true;
        self.taken = None;
        let looking = transfer::look(self.paths.clone(), passphrase);
        Then::Run(looking.map(|looked| Message::Looked(Box::new(looked))))
    }

    fn show(&mut self, looked: Looked) {
        self.is_working = false;
        self.was_tried = false;
        let only = looked.preview.found.len() == 1;
        let choice = |_: &Found| Choice {
            is_taken: true,
            shows_lines: only,
            user: String::new(),
            with_keyring: false,
        };
        let known = self.looked.take().map(|looked| looked.preview.found).unwrap_or_default();
        let mut known: Vec<_> = known.into_iter().zip(std::mem::take(&mut self.choices)).collect();
        // What has been typed for one stays with it.
        let choices = looked.preview.found.iter().map(|found| {
            let is_same =
                |other: &Found| other.saved == found.saved && other.network_manager == found.network_manager;
            let at = known.iter().position(|(other, _)| is_same(other));
            at.map_or_else(|| choice(found), |at| known.remove(at).1)
        });
        self.choices = choices.collect();
        self.looked = Some(looked);
    }

    fn keep(&mut self) -> Then {
        self.was_tried = true;
        if self.chosen().any(|(found, choice)| user_error(found, choice).is_some()) {
            return Then::Nothing;
        }
        let found: Vec<_> = self.chosen().map(|(found, choice)| self.prepared(found, choice)).collect();
        self.is_working = true;
        Then::Run(transfer::take(found).map(|taken| Message::Kept(Box::new(taken))))
    }

    fn chosen(&self) -> impl Iterator<Item = (&Found, &Choice)> {
        self.found().filter(|(_, choice)| choice.is_taken)
    }

    fn found(&self) -> impl Iterator<Item = (&Found, &Choice)> {
        self.looked.iter().flat_map(|looked| &looked.preview.found).zip(&self.choices)
    }

    /// As it is to be kept.
    fn prepared(&self, found: &Found, choice: &Choice) -> Found {
        let mut found = found.clone();
        if self.strong {
            found.strengthen();
        }
        if !choice.with_keyring {
            found.network_manager = None;
        }
        let profile = &mut found.saved.profile;
        if let (true, Ok(user)) = (profile.username.is_empty(), typed::user(choice.user.trim())) {
            profile.username = user.name;
            profile.domain = user.domain.or(profile.domain.take());
        }
        found
    }
}

fn user_error(found: &Found, choice: &Choice) -> Option<TypedError> {
    let is_missing = found.saved.profile.username.is_empty();
    typed::user(choice.user.trim()).err().filter(|_| is_missing)
}

/// The files, what is in them, or what became of that.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let content: Element<'a, Message> = match (&form.taken, &form.looked) {
        (Some(taken), _) => outcome(form, taken, app),
        (None, Some(looked)) => preview(form, looked, app),
        (None, None) => {
            let choose = (!form.is_working && !form.is_choosing).then_some(Message::Choose);
            let formats: Vec<_> = Format::ALL.iter().map(|format| words.format(*format)).collect();
            column![
                body(words.say(Word::ImportHint, &[])),
                primary(words.say(Word::ButtonChooseFiles, &[]), choose, tokens),
                small(words.say(Word::ImportFormats, &[("formats", &formats.join(" · "))]), tokens),
            ]
            .spacing(space::LIKE)
            .into()
        }
    };
    let back = quiet(words.say(Word::ButtonBack, &[]), app::Message::Back, tokens);
    let trouble = form.has_no_chooser.then(|| wrong(words.say(Word::NoChooser, &[]), tokens));
    let page =
        column![back, title(words.say(Word::TitleImport, &[])), content.map(app::Message::Import), trouble]
            .spacing(space::LIKE)
            .max_width(size::COLUMN);
    sheet(page, app.size.width).into()
}

fn preview<'a>(form: &'a Form, looked: &'a Looked, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let Preview { found, refused } = &looked.preview;
    let mut page = column![].spacing(space::LIKE);
    if found.len() > 1 {
        let all = form.choices.iter().all(|choice| choice.is_taken);
        page = page.push(switch(say(Word::SwitchAll), all, Message::All, tokens));
    }
    page =
        page.extend(form.found().enumerate().map(|(index, (found, choice))| {
            card(connection(form, index, found, choice, app), tokens).into()
        }));
    if found.iter().any(Found::can_be_stronger) {
        page = page.push(switch(say(Word::SwitchStrong), form.strong, Message::Strong, tokens));
    }
    if !refused.is_empty() || !looked.unread.is_empty() {
        page = page.push(heading(say(Word::ImportNot)));
    }
    page = page.extend(refused.iter().map(|refused| body(refusal(refused, words)).into()));
    page = page.extend(looked.unread.iter().map(|(path, reason)| {
        wrong(words.say(Word::ImportUnread, &[("path", path), ("reason", reason)]), tokens).into()
    }));
    if refused.iter().any(|refused| matches!(refused.why, Refusal::Encrypted)) {
        page = page.push(passphrase(form, looked, app));
    }
    let count = form.chosen().count();
    let keep = (count > 0 && !form.is_working).then_some(Message::Keep);
    let names = [("count", &*count.to_string()), ("all", &*found.len().to_string())];
    let label = if found.len() == 1 { say(Word::ButtonSave) } else { words.say(Word::ButtonImport, &names) };
    let choose = (!form.is_working && !form.is_choosing).then_some(Message::Choose);
    let keep = (!found.is_empty()).then(|| primary(label, keep, tokens));
    let buttons = row![].push(keep).push(quiet(say(Word::ButtonChooseFiles), choose, tokens));
    page.push(buttons.spacing(space::LIKE).wrap()).into()
}

fn refusal(refused: &Refused, words: &Words) -> String {
    let what = if refused.name.is_empty() { &refused.source } else { &refused.name };
    let reason = words.refusal(&refused.why);
    words.say(Word::ImportRefused, &[("name", what), ("reason", &reason)])
}

fn passphrase<'a>(form: &'a Form, looked: &'a Looked, app: &'a App) -> Column<'a, Message> {
    let say = |word| app.words.say(word, &[]);
    let input = text_input("", form.passphrase.expose())
        .secure(true)
        .on_input(|text| Message::Passphrase(Secret::new(text)))
        .on_submit(Message::Open);
    let error = looked.is_wrong.then(|| app.words.refusal(&Refusal::WrongPassphrase));
    let open = (!form.is_working).then_some(Message::Open);
    let input = field(say(Word::FieldPassphrase), input, None, error, app.tokens);
    column![input, quiet(say(Word::ButtonOpen), open, app.tokens)].spacing(space::SMALL)
}

/// One connection: what it is, what is weak in it, and what became of its lines.
fn connection<'a>(
    form: &Form,
    index: usize,
    found: &'a Found,
    choice: &'a Choice,
    app: &'a App,
) -> Column<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let profile = &found.saved.profile;
    let (user, server) = (profile.login_name(), profile.server.as_str());
    let place = words.say(Word::ServerAndUser, &[("server", server), ("user", &user)]);
    let place = if profile.username.is_empty() { server.to_owned() } else { place };
    let mut page = column![
        switch(profile.display_name(), choice.is_taken, Message::Take(index), tokens),
        secondary(place, tokens),
        small(words.format(found.format), tokens),
    ]
    .spacing(space::TINY);
    if found.password.is_some() {
        page = page.push(small(words.say(Word::ImportPassword, &[]).trim().to_owned(), tokens));
    }
    if found.password.is_none() && found.network_manager.is_some() {
        let label = words.say(Word::SwitchKeyring, &[("server", server)]);
        page = page.push(switch(label, choice.with_keyring, Message::Keyring(index), tokens));
    }
    for weakness in form.prepared(found, choice).saved.profile.weaknesses() {
        page = page.push(warning(words.say(weakness.into(), &[]), tokens));
    }
    if profile.username.is_empty() {
        let error = user_error(found, choice).filter(|_| form.was_tried && choice.is_taken);
        let input = text_input("", &choice.user).on_input(move |text| Message::User(index, text));
        let (label, help) = (words.say(Word::FieldUser, &[]), words.say(Word::FieldUserHelp, &[]));
        page = page.push(field(label, input, Some(help), error.map(|error| words.typed(error)), tokens));
    }
    let word = if choice.shows_lines { Word::ButtonLess } else { Word::ButtonDetails };
    page = page.push(quiet(words.say(word, &[]), Message::Lines(index), tokens));
    if choice.shows_lines {
        page = page.extend(words.remarks(&found.remarks).into_iter().map(|line| small(line, tokens).into()));
    }
    page
}

fn outcome<'a>(form: &'a Form, taken: &'a Taken, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let preview = form.looked.as_ref().map(|looked| &looked.preview);
    let all = preview.map_or(0, |preview| preview.found.len() + preview.refused.len()).to_string();
    let some = taken.listed.len().to_string();
    let mut page =
        column![heading(words.say(Word::Imported, &[("some", &some), ("all", &all)]))].spacing(space::LIKE);
    page = page.extend(taken.listed.iter().map(|listed| body(listed.saved.profile.display_name()).into()));
    if let Some(reason) = &taken.failed {
        page = page.push(wrong(words.say(Word::ProfileTrouble, &[("reason", reason)]), tokens));
    }
    if let Some(error) = &taken.passwords {
        let reason = words.keyring(error);
        page = page.push(wrong(words.say(Word::PasswordNotKept, &[("reason", &reason)]), tokens));
    }
    page.push(primary(words.say(Word::ButtonDone, &[]), Message::Done, tokens)).into()
}

#[cfg(test)]
mod tests;
