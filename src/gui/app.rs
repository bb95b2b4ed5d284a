//! The program: what it knows, what changes that, and what follows.

mod asking;
mod own;
mod pages;
mod pick;
mod portal;
mod present;

use std::time::Instant;

use culvert_ipc::{Notice, Outcome, Refusal, Request};
use culvert_model::{ConnectionId, NextTry, Secret, SignIn, State, Status};
use culvert_profiles::{Listed, PasswordMode, ProfileId, SecretsError};
use culvert_words::{Word, Words};
use iced::keyboard::key::Named;
use iced::keyboard::{self, Key, Modifiers};
use iced::theme::Mode;
use iced::widget::operation;
use iced::{Element, Size, Subscription, Task, Theme, window};

pub(crate) use self::asking::Asking;
pub(crate) use self::own::Own;
pub(crate) use self::pick::Pick;
use crate::activity::Activity;
use crate::link::{self, Heard, Told, Trouble};
use crate::scene::{self, Choice};
use crate::screen::{add, edit, export, fix, home, import, menu, safety, settings};
use crate::settings::Settings;
use crate::shelf::{self, Kept};
use crate::theme::{self, Tokens};
use crate::traffic::Traffic;
use crate::widget::{FIRST_ANSWER, Question, dialog, page};

/// Everything that the window shows comes from here.
pub(crate) struct App {
    pub(crate) words: Words,
    pub(crate) tokens: &'static Tokens,
    pub(crate) settings: Settings,
    /// What colours the desktop likes.
    desktop: Mode,
    pub(crate) size: Size,
    /// What the helper told last; nothing before its first word.
    pub(crate) told: Option<Told>,
    /// Why it can't be talked to, while it can't.
    pub(crate) trouble: Option<Trouble>,
    /// Since when the present status is known.
    heard: Instant,
    /// Since when it is known what stands around it.
    read: Instant,
    /// What is kept; nothing before it was read.
    pub(crate) kept: Option<Kept>,
    chosen: Option<ProfileId>,
    /// The profile of an administrator's that is chosen instead of one's own.
    chosen_managed: Option<String>,
    /// The connection that was looked at when it came.
    followed: Option<ConnectionId>,
    pub(crate) page: Page,
    pub(crate) asks: Option<Asks>,
    /// What is connected once the present connection has ended.
    next: Option<Pick>,
    /// A press was heard, and the helper has not answered.
    pub(crate) is_busy: bool,
    /// What the helper refused, or the keyring, in words.
    pub(crate) complaint: Option<String>,
    /// What is being typed into a question.
    pub(crate) reply: asking::Reply,
    /// The last one that was given: kept once the server has taken it.
    given: Option<(ConnectionId, Secret)>,
    /// Whether the sign-in page is to be shown as soon as there is a way to it.
    wants_page: bool,
    pub(crate) traffic: Traffic,
    pub(crate) activity: Activity,
    /// Whether it is decided with which page the window begins.
    has_begun: bool,
    /// What is going on with the person's own connections.
    own: own::Going,
    /// Counts what has happened: see [`page`].
    turn: u64,
}

/// What the window shows.
#[derive(Debug, Default)]
pub(crate) enum Page {
    #[default]
    Home,
    Add(add::Form),
    Edit(Box<edit::Form>),
    /// One that an administrator has set up.
    Managed(String),
    Fix(fix::Form),
    Import(import::Form),
    Export(export::Form),
    Safety,
    Settings(settings::Form),
}

/// What has to be answered before anything else.
#[derive(Debug)]
pub(crate) enum Asks {
    /// Whether the connection is to stay when the window goes.
    Quit,
    /// Whether another connection is to take the place of the present one.
    Switch(Pick),
    /// Whether changes are to be kept before this happens.
    Unsaved(Box<Message>),
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Heard(Heard),
    Kept(Kept),
    Answered(Result<Outcome, Trouble>),
    PasswordRead(Box<Listed>, Result<Option<Secret>, SecretsError>),
    PasswordKept(Result<(), SecretsError>),
    Choose(ProfileId),
    ChooseManaged(String),
    Connect,
    /// The same, and the password is asked for whether or not one is kept.
    ConnectAsking,
    Disconnect,
    Asking(Asking),
    AddPressed,
    Back,
    Add(add::Message),
    Edit(edit::Message),
    Own(Own),
    FixPressed,
    Fix(fix::Message),
    ImportPressed,
    /// A file was let fall onto the window.
    Dropped(std::path::PathBuf),
    Import(import::Message),
    ExportPressed,
    SafetyPressed,
    SettingsPressed,
    Settings(settings::Message),
    ExportAll,
    /// This goes to where it can be pasted from.
    Copy(String),
    Export(export::Message),
    Pressed(Key, Modifiers),
    Resized(Size),
    Appearance(Mode),
    Ticked,
    TryNow,
    SignIn,
    SignInAnswered(Result<Outcome, Trouble>),
    PageOpened(Result<(), String>),
    Lockdown(bool),
    /// A connection of another person's is to end.
    EndOther(ConnectionId),
    DetailsPressed,
    CloseRequested,
    Dismiss,
    KeepAndQuit,
    DisconnectAndQuit,
    /// The last thing that was to happen has, or has not.
    Ended(Result<Outcome, Trouble>),
    Switch,
    Raise,
    StartHelper,
    HelperStarted(Result<(), String>),
}

impl App {
    /// The program at its start: the window comes first, everything else is read after it.
    pub(crate) fn begin() -> (Self, Task<Message>) {
        let settings = Settings::of_user();
        let tokens = settings.tokens(Mode::None);
        let (words, size) = (settings.words(), settings.room());
        (Self { words, settings, tokens, size, ..Self::new() }, Task::none())
    }

    pub(crate) fn new() -> Self {
        Self {
            words: Words::english().in_window(),
            tokens: &theme::LIGHT,
            settings: Settings::default(),
            desktop: Mode::None,
            size: Settings::default().room(),
            told: None,
            trouble: None,
            heard: Instant::now(),
            read: Instant::now(),
            kept: None,
            chosen: None,
            chosen_managed: None,
            followed: None,
            page: Page::Home,
            asks: None,
            next: None,
            is_busy: false,
            complaint: None,
            reply: asking::Reply::default(),
            given: None,
            wants_page: false,
            traffic: Traffic::default(),
            activity: Activity::default(),
            has_begun: false,
            own: own::Going::default(),
            turn: 0,
        }
    }

    pub(crate) fn title(&self) -> String {
        match self.status().map(|status| &status.state) {
            Some(State::Connected { .. }) => self.words.say(Word::TitleConnected, &[]),
            _ => "Culvert".to_owned(),
        }
    }

    /// How much larger everything is than usual.
    pub(crate) fn scale(&self) -> f32 {
        f32::from(self.settings.scale()) / 100.0
    }

    pub(crate) fn theme(&self) -> Theme {
        self.tokens.theme()
    }

    pub(crate) fn subscription(&self) -> Subscription<Message> {
        let tick = match self.status().map(|status| &status.state) {
            Some(State::Reconnecting { next: NextTry::In(_), .. }) => {
                iced::time::every(std::time::Duration::from_secs(1)).map(|_| Message::Ticked)
            }
            Some(State::Connecting { question: None, .. }) => {
                // A step that takes long is told.
                iced::time::every(std::time::Duration::from_secs(1)).map(|_| Message::Ticked)
            }
            _ if self.is_page_open() => {
                // Minutes are told.
                iced::time::every(std::time::Duration::from_secs(15)).map(|_| Message::Ticked)
            }
            _ => Subscription::none(),
        };
        Subscription::batch([
            link::listen().map(Message::Heard),
            shelf::watch().map(Message::Kept),
            keyboard::listen().filter_map(|event| match event {
                keyboard::Event::KeyPressed { key, physical_key, modifiers, .. } => {
                    // Neither Caps Lock nor another alphabet takes the short cuts away.
                    let latin = key.to_latin(physical_key).map(|c| c.to_ascii_lowercase().to_string());
                    Some(Message::Pressed(latin.map_or(key, |latin| Key::Character(latin.into())), modifiers))
                }
                _ => None,
            }),
            crate::instance::raised().map(|()| Message::Raise),
            window::close_requests().map(|_| Message::CloseRequested),
            iced::event::listen_with(|event, _, _| match event {
                iced::Event::Window(window::Event::FileDropped(path)) => Some(Message::Dropped(path)),
                _ => None,
            }),
            if self.is_asked() { iced::event::listen_with(asking::caps) } else { Subscription::none() },
            window::resize_events().map(|(_, size)| Message::Resized(size)),
            crate::desktop::appearance().map(Message::Appearance),
            tick,
        ])
    }

    pub(crate) fn view(&self) -> Element<'_, Message> {
        let content = match &self.page {
            Page::Add(form) => add::view(form, self),
            Page::Edit(form) => edit::view(form, self),
            Page::Managed(id) => {
                let managed =
                    self.told.iter().flat_map(|told| &told.managed).find(|managed| managed.id == *id);
                managed.map_or_else(|| home::view(self), |managed| edit::view_managed(managed, self))
            }
            Page::Fix(form) => fix::view(form, self),
            Page::Import(form) => import::view(form, self),
            Page::Export(form) => export::view(form, self),
            Page::Safety => safety::view(self),
            Page::Settings(form) => settings::view(form, self),
            Page::Home => home::view(self),
        };
        let content = match self.deleted() {
            Some(name) => menu::with_undo(content, name, self),
            None => content,
        };
        let content = match self.asks.as_ref().and_then(|asks| self.question(asks)) {
            Some(question) => dialog(content, question, Message::Dismiss, self.tokens),
            None => content,
        };
        page(content, self.turn, self.tokens)
    }

    pub(crate) fn update(&mut self, message: Message) -> Task<Message> {
        self.turn += 1;
        if self.leaves_unsaved(&message) {
            return self.raise(Asks::Unsaved(Box::new(message)));
        }
        match message {
            Message::Heard(heard) => return self.hear(heard),
            Message::Kept(kept) => return self.take_over(kept),
            Message::Answered(answer) => self.take_answer(answer),
            Message::PasswordRead(listed, password) => return self.dial(&listed, password),
            Message::PasswordKept(kept) => {
                self.complaint = kept.err().map(|error| self.words.keyring(&error));
            }
            Message::Choose(id) => {
                self.complaint = None;
                self.chosen_managed = None;
                self.chosen = Some(id);
            }
            Message::ChooseManaged(id) => {
                self.complaint = None;
                self.chosen_managed = Some(id);
            }
            Message::Connect => return self.connect(false),
            Message::ConnectAsking => return self.connect(true),
            Message::Disconnect => {
                self.next = None;
                return self.disconnect();
            }
            Message::CloseRequested if self.is_up() => return self.raise(Asks::Quit),
            Message::CloseRequested | Message::KeepAndQuit => return self.quit(),
            Message::DisconnectAndQuit => {
                self.asks = None;
                return self.disconnect_and(Message::Ended);
            }
            Message::Ended(Ok(outcome)) if is_ended(&outcome) => return self.quit(),
            // Who wants no connection is not left with one.
            Message::Ended(answer) => self.take_answer(answer),
            Message::Dismiss => self.asks = None,
            Message::Switch => return self.switch(),
            Message::DetailsPressed => {
                self.settings.shows_details = !self.settings.shows_details;
                return self.settings.keep().discard();
            }
            Message::SignIn => return self.sign_in(),
            Message::SignInAnswered(answer) => return self.after_sign_in(answer),
            Message::PageOpened(opened) => {
                self.complaint =
                    opened.err().map(|why| self.words.say(Word::PageNotOpened, &[("why", &why)]));
            }
            Message::Lockdown(_) if self.is_busy => {}
            Message::Lockdown(on) => {
                self.complaint = None;
                self.is_busy = true;
                return link::ask(Request::Lockdown { on }).map(Message::Answered);
            }
            Message::EndOther(connection) => {
                self.is_busy = true;
                self.complaint = None;
                return link::ask(Request::Disconnect { connection }).map(Message::Answered);
            }
            Message::TryNow => return self.redial(),
            Message::Asking(message) => return self.update_asking(message),
            Message::AddPressed => return self.open_form(),
            Message::Back if self.asks.is_some() => self.asks = None,
            Message::Back => self.page = Page::Home,
            Message::Add(message) => return self.update_form(message),
            Message::Edit(message) => return self.update_edit(message),
            Message::Own(message) => return self.update_own(message),
            Message::FixPressed => self.page = Page::Fix(fix::Form::default()),
            Message::Fix(message) => {
                if let Page::Fix(form) = &mut self.page {
                    return form.update(message).map(Message::Fix);
                }
            }
            Message::ImportPressed => return self.open_import(),
            Message::Dropped(_) if self.asks.is_some() => {}
            Message::Dropped(path) => return self.drop_file(path),
            Message::Import(message) => return self.update_import(message),
            Message::ExportPressed => self.open_export(),
            Message::SafetyPressed => self.page = Page::Safety,
            Message::SettingsPressed => self.page = Page::Settings(settings::Form::default()),
            Message::Settings(message) => return self.update_settings(message),
            Message::ExportAll => self.open_export_of_all(),
            Message::Copy(text) => return iced::clipboard::write(text),
            Message::Export(message) => return self.update_export(message),
            Message::Pressed(key, modifiers) => return self.press(&key, modifiers),
            Message::Resized(size) => self.size = size,
            Message::Appearance(mode) => {
                self.desktop = mode;
                self.tokens = self.settings.tokens(mode);
            }
            Message::Raise => {
                return window::latest().and_then(|window| {
                    Task::batch([window::minimize(window, false), window::gain_focus(window)])
                });
            }
            Message::StartHelper => {
                self.is_busy = true;
                self.complaint = None;
                return Task::perform(crate::desktop::start_helper(), Message::HelperStarted);
            }
            Message::HelperStarted(started) => {
                self.is_busy = false;
                self.complaint =
                    started.err().map(|why| self.words.say(Word::HelperNotStarted, &[("why", &why)]));
            }
            // The countdown is drawn anew.
            Message::Ticked => {}
        }
        Task::none()
    }

    /// The one connection that there can be, if the helper knows any.
    pub(crate) fn status(&self) -> Option<&Status> {
        self.told.as_ref()?.connections.first()
    }

    pub(crate) fn chosen(&self) -> Option<&Listed> {
        let kept = self.kept.as_ref()?;
        let chosen = kept.profiles.iter().find(|listed| Some(&listed.id) == self.chosen.as_ref());
        chosen.or_else(|| kept.profiles.first())
    }

    /// Whether there is anything of a connection.
    fn is_up(&self) -> bool {
        self.status().is_some_and(|status| !scene::is_down(status))
    }

    /// Asks, with the keys on the first answer.
    fn raise(&mut self, asks: Asks) -> Task<Message> {
        self.asks = Some(asks);
        operation::focus(FIRST_ANSWER)
    }

    /// What is asked, in words.
    fn question(&self, asks: &Asks) -> Option<Question<Message>> {
        let say = |word, names| self.words.say(word, names);
        let choice = |word, message| Choice { label: say(word, &[]), message };
        let up = self.status().map(|status| status.name.as_str());
        Some(match asks {
            Asks::Unsaved(_) => {
                let Page::Edit(form) = &self.page else { return None };
                Question {
                    title: say(Word::AskUnsaved, &[("name", form.name())]),
                    line: say(Word::AskUnsavedLine, &[]),
                    first: choice(Word::ButtonSave, Message::Own(Own::SaveChanges)),
                    others: vec![
                        choice(Word::ButtonDoNotSave, Message::Own(Own::DropChanges)),
                        choice(Word::ButtonKeepEditing, Message::Dismiss),
                    ],
                }
            }
            Asks::Quit => Question {
                title: say(Word::AskQuit, &[("name", up?)]),
                line: say(Word::AskQuitLine, &[]),
                first: choice(Word::ButtonKeepAndQuit, Message::KeepAndQuit),
                others: [
                    (!self.is_for_good(self.status()?))
                        .then(|| choice(Word::ButtonDisconnectAndQuit, Message::DisconnectAndQuit)),
                    Some(choice(Word::ButtonCancel, Message::Dismiss)),
                ]
                .into_iter()
                .flatten()
                .collect(),
            },
            Asks::Switch(pick) => {
                let to = self.name_of(pick)?;
                Question {
                    title: say(Word::AskSwitch, &[("name", to)]),
                    line: say(Word::AskSwitchLine, &[("name", up?)]),
                    first: choice(Word::ButtonSwitch, Message::Switch),
                    others: vec![choice(Word::ButtonCancel, Message::Dismiss)],
                }
            }
        })
    }

    fn listed(&self, id: &ProfileId) -> Option<&Listed> {
        self.kept.as_ref()?.profiles.iter().find(|listed| listed.id == *id)
    }

    /// What names the person and the servers: it stays out of what is copied for others.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let profiles = self.kept.iter().flat_map(|kept| &kept.profiles).map(|listed| &listed.saved.profile);
        let managed = self.told.iter().flat_map(|told| &told.managed);
        let managed =
            managed.flat_map(|one| [one.server.to_string(), one.username.clone(), one.name.clone()]);
        let own = profiles.flat_map(|profile| {
            let servers = profile.servers().map(ToString::to_string);
            servers.chain([profile.login_name(), profile.username.clone(), profile.name.clone()])
        });
        own.chain(managed)
    }

    fn hear(&mut self, heard: Heard) -> Task<Message> {
        self.activity.note(&heard, &self.words);
        match heard {
            Heard::All(told) => {
                self.trouble = None;
                self.told = Some(*told);
            }
            Heard::Lost(trouble) => {
                self.trouble = Some(trouble);
                self.complaint = None;
                self.told = None;
                self.followed = None;
                self.is_busy = false;
                self.forget();
                return self.begin_with_form();
            }
            Heard::Notice(notice) => return self.hear_notice(*notice),
        }
        self.heard = Instant::now();
        self.read = self.heard;
        Task::batch([self.after_status(), self.begin_with_form()])
    }

    fn hear_notice(&mut self, notice: Notice) -> Task<Message> {
        let Some(told) = &mut self.told else { return Task::none() };
        match notice {
            Notice::Changed(status) => {
                told.connections = vec![*status];
                self.heard = Instant::now();
                return self.after_status();
            }
            Notice::OtherChanged(outline) => {
                told.others = vec![outline];
                self.is_busy = false;
            }
            Notice::Protected(protection) => {
                let was_looked_for = told.protection.sign_in == Some(SignIn::Looking);
                let is_none = was_looked_for && protection.sign_in.is_none();
                told.protection = protection;
                self.read = Instant::now();
                self.is_busy = false;
                if is_none && std::mem::take(&mut self.wants_page) {
                    self.complaint = Some(self.words.say(Word::PortalNone, &[]));
                }
                return self.show_page();
            }
            Notice::Counted { connection, statistics } => {
                self.traffic.count(connection, statistics, Instant::now());
                for status in told.connections.iter_mut().filter(|status| status.connection == connection) {
                    status.statistics = statistics;
                }
            }
        }
        Task::none()
    }

    /// What a new state brings about by itself.
    fn after_status(&mut self) -> Task<Message> {
        self.is_busy = false;
        let is_connected =
            self.status().is_some_and(|status| matches!(status.state, State::Connected { .. }));
        let given = if is_connected { self.given.take() } else { None };
        self.settle();
        self.follow();
        let Some(status) = self.status() else { return Task::none() };
        match &status.state {
            State::Connected { .. } => {
                let given = given.filter(|(connection, _)| *connection == status.connection);
                let listed = self.own_for(status).filter(|listed| listed.saved.password != PasswordMode::Ask);
                match (given, listed) {
                    (Some((_, password)), Some(listed)) => {
                        shelf::keep_password(listed.clone(), password).map(Message::PasswordKept)
                    }
                    _ => Task::none(),
                }
            }
            State::Connecting { question: Some(_), .. } => operation::focus(home::PASSWORD),
            State::Disconnected { .. } => match self.next.take() {
                Some(pick) => {
                    self.pick(pick);
                    self.connect(false)
                }
                None => Task::none(),
            },
            _ => Task::none(),
        }
    }

    fn take_over(&mut self, kept: Kept) -> Task<Message> {
        self.kept = Some(kept);
        self.follow();
        Task::batch([self.tell_editor(), self.begin_with_form()])
    }

    fn take_answer(&mut self, answer: Result<Outcome, Trouble>) {
        match answer {
            Ok(Outcome::Refused(refusal)) => {
                self.is_busy = false;
                self.next = None;
                self.complaint = self.complain(&refusal);
            }
            // Nothing was there that could change, and nothing will be told.
            Ok(Outcome::Done) if !self.is_up() => self.is_busy = false,
            Ok(_) => {}
            Err(trouble) => {
                self.is_busy = false;
                self.next = None;
                // Whoever listens hears of its end, if it has ended: else this one thing was not heard.
                match self.told {
                    Some(_) => self.complaint = Some(scene::complaint(&trouble, &self.words)),
                    None => self.trouble = Some(trouble),
                }
            }
        }
    }

    /// A refusal in words; none for what the screen shows anyway.
    fn complain(&self, refusal: &Refusal) -> Option<String> {
        match refusal {
            Refusal::UnknownConnection | Refusal::NoQuestion | Refusal::NothingClosed => None,
            refusal => Some(self.words.refusal_of_helper(refusal)),
        }
    }

    fn connect(&mut self, asks: bool) -> Task<Message> {
        self.choose_paused();
        let Some(pick) = self.picked() else { return Task::none() };
        // What is blocked is dialled anew; what is up is not given up for another one unasked.
        let is_in_the_way = |status: &Status| {
            !scene::is_down(status)
                && !matches!(status.state, State::Blocked { .. })
                && self.pick_for(status).as_ref() != Some(&pick)
        };
        if self.status().is_some_and(is_in_the_way) {
            return self.raise(Asks::Switch(pick));
        }
        if let Pick::Managed(id) = pick {
            self.is_busy = true;
            self.complaint = None;
            return link::ask(Request::ConnectManaged { id, password: None }).map(Message::Answered);
        }
        let Some(listed) = self.chosen().cloned() else { return Task::none() };
        self.is_busy = true;
        self.complaint = None;
        if asks || listed.saved.password == PasswordMode::Ask {
            return self.dial(&listed, Ok(None));
        }
        let id = listed.id.clone();
        let listed = Box::new(listed);
        shelf::password(id).map(move |password| Message::PasswordRead(listed.clone(), password))
    }

    /// Ends the present connection; the next one follows on its end.
    fn switch(&mut self) -> Task<Message> {
        let Some(Asks::Switch(pick)) = self.asks.take() else { return Task::none() };
        self.next = Some(pick);
        self.disconnect()
    }

    /// Dials; without a password the helper asks for it when the server wants it.
    fn dial(&mut self, listed: &Listed, password: Result<Option<Secret>, SecretsError>) -> Task<Message> {
        if let Err(error) = &password {
            self.complaint = Some(self.words.keyring(error));
        }
        let profile = Box::new(listed.saved.profile.clone());
        link::ask(Request::Connect { profile, password: password.ok().flatten() }).map(Message::Answered)
    }

    fn disconnect(&mut self) -> Task<Message> {
        self.disconnect_and(Message::Answered)
    }

    fn disconnect_and(
        &mut self,
        then: impl Fn(Result<Outcome, Trouble>) -> Message + Send + 'static,
    ) -> Task<Message> {
        self.drop_reply();
        let Some(connection) = self.status().map(|status| status.connection) else { return Task::none() };
        self.is_busy = true;
        link::ask(Request::Disconnect { connection }).map(then)
    }

    fn redial(&mut self) -> Task<Message> {
        let Some(connection) = self.status().map(|status| status.connection) else { return Task::none() };
        self.is_busy = true;
        link::ask(Request::Redial { connection }).map(Message::Answered)
    }

    fn open_form(&mut self) -> Task<Message> {
        self.page = Page::Add(add::Form::default());
        operation::focus(add::SERVER)
    }

    fn update_form(&mut self, message: add::Message) -> Task<Message> {
        let Page::Add(form) = &mut self.page else { return Task::none() };
        match form.update(message, &self.words) {
            add::Then::Nothing => Task::none(),
            add::Then::Run(task) => task.map(Message::Add),
            add::Then::Import => self.open_import(),
            add::Then::Close { chosen, connects, complaint } => {
                self.page = Page::Home;
                self.chosen = Some(chosen.id.clone());
                self.complaint = complaint;
                self.show_kept(vec![(*chosen).clone()]);
                match connects {
                    Some(password) => {
                        self.is_busy = true;
                        self.dial(&chosen, Ok(password))
                    }
                    None => Task::none(),
                }
            }
        }
    }

    /// What the one button of the state says: a key must not take the guard away where the button does not.
    pub(crate) fn primary(&self) -> Option<Message> {
        let is_there = !self.is_busy && self.asks.is_none() && matches!(self.page, Page::Home);
        scene::of(self).primary.filter(|_| is_there).map(|choice| choice.message)
    }

    fn press(&mut self, key: &Key, modifiers: Modifiers) -> Task<Message> {
        match (key.as_ref(), modifiers) {
            (Key::Named(Named::Escape), _) => self.update(Message::Back),
            // A question comes before everything else.
            _ if self.asks.is_some() => Task::none(),
            // What has been typed there stays.
            (Key::Character("n"), Modifiers::CTRL) if matches!(self.page, Page::Add(_)) => Task::none(),
            (Key::Character("n"), Modifiers::CTRL) => self.update(Message::AddPressed),
            (Key::Character("s"), Modifiers::CTRL) => self.update(Message::Edit(edit::Message::Save)),
            (Key::Named(Named::F1), _) => self.update(Message::FixPressed),
            (Key::Character(","), Modifiers::CTRL) => self.update(Message::SettingsPressed),
            (Key::Character("i"), Modifiers::CTRL) => self.update(Message::ImportPressed),
            (Key::Named(Named::Enter), Modifiers::CTRL) => {
                self.primary().map_or(Task::none(), |message| self.update(message))
            }
            (Key::Character("q"), Modifiers::CTRL) => self.update(Message::CloseRequested),
            _ => Task::none(),
        }
    }
}

/// Whether nothing of the connection stays, as far as the helper goes.
const fn is_ended(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Refused(refusal) if !matches!(refusal, Refusal::UnknownConnection))
}
