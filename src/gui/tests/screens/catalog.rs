//! Every screen, and the home screen in every state.

use std::time::{Duration, Instant};

use culvert_ipc::ManagedOutline;
use culvert_model::{
    ConnectionId, Evidence, Fault, FaultCode, Held, Network, NextTry, Question, SignIn, Stage, State,
    Statistics,
};
use culvert_profiles::import::{self, Source};
use culvert_words::{Language, Word, Words};
use iced::widget::text_editor::{Action, Edit};

use crate::app::{App, Message};
use crate::link::{Heard, Told, Trouble};
use crate::screen::{add, export, import as taking, settings};
use crate::tests::played::{self, network, with_profiles, with_stranger};
use crate::transfer::Looked;

/// A screen and what it is called.
pub(super) struct Shown {
    pub(super) name: &'static str,
    pub(super) app: App,
}

/// All of them.
pub(super) fn all(language: Language) -> Vec<Shown> {
    let shown = states(language).into_iter().chain(troubles(language)).chain(pages(language));
    let shown = shown.chain(super::editor::all(language));
    shown.map(|(name, app)| Shown { name, app }).collect()
}

/// The same program in this language.
pub(super) fn in_language(mut app: App, language: Language) -> App {
    app.words = Words::of(language).in_window();
    app.settings.language = Some(language);
    app.activity = Default::default();
    if let Some(told) = app.told.clone() {
        let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    }
    app
}

/// The connection Office in `state`.
pub(super) fn in_state(state: State, language: Language) -> App {
    in_language(played::in_state(state), language)
}

pub(super) fn after(mut app: App, messages: impl IntoIterator<Item = Message>) -> App {
    for message in messages {
        let _ = app.update(message);
    }
    app
}

pub(super) fn told(app: App, change: impl FnOnce(&mut Told)) -> App {
    let mut told = app.told.clone().expect("the helper has told something");
    change(&mut told);
    after(app, [Message::Heard(Heard::All(Box::new(told)))])
}

fn failed(fault: Fault) -> State {
    State::Disconnected { last_fault: Some(fault) }
}

fn states(language: Language) -> Vec<(&'static str, App)> {
    let at_rest = || in_language(with_profiles(&["Office"]), language);
    let state = |state| in_state(state, language);
    let lost = || Fault::new(FaultCode::LinkLost);
    let portal = || Fault::new(FaultCode::CaptivePortal);
    let asking = |refused| State::Connecting {
        stage: Stage::CheckingPassword,
        question: Some(Question::Password { refused }),
    };
    let back = || State::Reconnecting { attempt: 2, next: NextTry::In(8000), fault: lost() };
    let offline = || State::Reconnecting { attempt: 1, next: NextTry::WithNetwork, fault: lost() };
    let connected = || State::Connected { network: network() };
    let said = Evidence::ServerText("Your account is locked until Monday, 8 o'clock.".to_owned());
    vec![
        ("starting", in_language(App::new(), language)),
        ("nothing kept", in_language(with_profiles(&[]), language)),
        ("disconnected", at_rest()),
        ("failed, GRE blocked", state(failed(Fault::new(FaultCode::GreBlocked)))),
        ("failed, login refused", state(failed(Fault::new(FaultCode::AuthRejected).with(said)))),
        ("connecting", state(State::Connecting { stage: Stage::CheckingPassword, question: None })),
        ("asking", state(asking(None))),
        ("asking again", state(asking(Some(Fault::new(FaultCode::AuthRejected))))),
        ("connected", with_traffic(state(connected()))),
        ("connected, details", after(with_traffic(state(connected())), [Message::DetailsPressed])),
        (
            "connected, no internet",
            told(state(connected()), |told| told.connections[0].internet = Some(false)),
        ),
        ("connected, weak", state(State::Connected { network: Network { cipher: None, ..network() } })),
        ("reconnecting", state(back())),
        ("reconnecting without network", state(offline())),
        ("reconnecting without guard", told(state(back()), |told| told.protection.host.guard = None)),
        ("blocked", state(State::Blocked { fault: lost() })),
        (
            "blocked in part",
            told(state(State::Blocked { fault: lost() }), |told| told.connections[0].held = Held::Tunnel),
        ),
        (
            "blocked by lockdown",
            told(state(State::Blocked { fault: lost() }), |told| told.protection.lockdown = true),
        ),
        ("lockdown", told(at_rest(), |told| told.protection.lockdown = true)),
        (
            "lockdown for safety",
            told(at_rest(), |told| {
                (told.protection.lockdown, told.protection.is_assumed) = (true, true);
            }),
        ),
        ("sign in", state(State::Blocked { fault: portal() })),
        (
            "sign in, open",
            told(state(State::Blocked { fault: portal() }), |told| {
                let page = "http://portal.hotel.example/login?client=02:00:00:00:00:01".to_owned();
                told.protection.sign_in = Some(SignIn::Open { page, left_ms: 250_000 });
            }),
        ),
        ("disconnecting", state(State::Disconnecting)),
        ("somebody else", in_language(with_stranger(), language)),
        ("many connections", many(language)),
        ("long names", long_names(language)),
        ("managed", managed(state(connected()), false)),
        ("managed for good", managed(state(connected()), true)),
        ("managed at rest", managed(in_language(with_profiles(&[]), language), false)),
    ]
}

fn long_names(language: Language) -> App {
    let name = "Büro Nord am Hafen, Abteilung Lohn und Lager für alle Standorte und Partner";
    let mut app = in_language(with_profiles(&[name, "Home"]), language);
    for listed in &mut app.kept.as_mut().expect("read").profiles {
        let server = "vpn-gateway.rechnungswesen.nordrhein-westfalen.example.com";
        listed.saved.profile.server = server.parse().expect("a server");
        listed.saved.profile.username =
            "annegret.musterfrau-beispielmann@rechnungswesen.example.com".to_owned();
    }
    let id = app.kept.as_ref().and_then(|kept| kept.profiles.last()).map(|listed| listed.id.clone());
    after(app, id.map(Message::Choose))
}

fn many(language: Language) -> App {
    let names: Vec<_> = (1..=12).map(|number| format!("Office {number}")).collect();
    in_language(with_profiles(&names.iter().map(String::as_str).collect::<Vec<_>>()), language)
}

fn with_traffic(app: App) -> App {
    let statistics = Statistics { received_bytes: 7_800_000, sent_bytes: 1_209_000, ..Statistics::default() };
    let mut app = told(app, |told| told.connections[0].statistics = statistics);
    let now = Instant::now();
    for second in 0..40_u64 {
        let received_bytes = second * 200_000 + second * second % 7 * 90_000;
        let statistics = Statistics { received_bytes, sent_bytes: second * 31_000, ..Statistics::default() };
        app.traffic.count(ConnectionId(1), statistics, now + Duration::from_secs(second));
    }
    app
}

fn managed(app: App, at_boot: bool) -> App {
    let managed = ManagedOutline {
        id: "office".to_owned(),
        name: "Office".to_owned(),
        server: "vpn.example.com".parse().expect("a server"),
        username: "alice".to_owned(),
        at_boot,
    };
    let mut app = told(app, |told| told.managed = vec![managed]);
    // It is no connection of their own.
    app.kept.as_mut().expect("read").profiles.retain(|own| own.saved.profile.name != "Office");
    after(app, [Message::ChooseManaged("office".to_owned())])
}

fn troubles(language: Language) -> Vec<(&'static str, App)> {
    let troubles = [
        ("helper missing", Trouble::Missing),
        ("helper stopped", Trouble::Stopped),
        ("helper older", Trouble::Older),
        ("helper newer", Trouble::Newer),
        ("helper not allowed", Trouble::NotAllowed),
        (
            "helper not trusted",
            Trouble::Untrusted { path: "/run/culvert/culvert.sock".into(), why: "it is a link" },
        ),
        ("helper not ours", Trouble::Impostor),
        ("helper in trouble", Trouble::Other("the socket is of another kind".to_owned())),
    ];
    let lost = troubles.map(|(name, trouble)| {
        let app = in_language(with_profiles(&["Office"]), language);
        (name, after(app, [Message::Heard(Heard::Lost(trouble))]))
    });
    let mut complaining = in_language(with_profiles(&["Office"]), language);
    let why = complaining.words.say(Word::KeyringAbsent, &[]);
    complaining.complaint = Some(complaining.words.say(Word::PasswordNotKept, &[("reason", &why)]));
    lost.into_iter().chain([("no keyring", complaining)]).collect()
}

const MAIL: &str =
    "Server: vpn.example.com\nUser name: OFFICE\\alice\nPassword: correct horse\nEncryption: none\n";
const OTHER_MAIL: &str = "Server: home.example.net\n";
const NO_PPTP: &str = "Type: WireGuard\nServer: wg.example.org\n";

fn pages(language: Language) -> Vec<(&'static str, App)> {
    let app = || in_language(with_profiles(&["Office", "Home"]), language);
    let connected = || in_state(State::Connected { network: network() }, language);
    let failed = || in_state(failed(Fault::new(FaultCode::GreBlocked)), language);
    let add = |messages: Vec<add::Message>| {
        let first = [Message::AddPressed];
        after(app(), first.into_iter().chain(messages.into_iter().map(Message::Add)))
    };
    let paste = add::Message::Pasted(Action::Edit(Edit::Paste(std::sync::Arc::new(MAIL.to_owned()))));
    let take = |messages: Vec<taking::Message>| {
        let first = [Message::ImportPressed];
        after(app(), first.into_iter().chain(messages.into_iter().map(Message::Import)))
    };
    let set = |message| after(app(), [Message::SettingsPressed, Message::Settings(message)]);
    let export = |message| after(app(), [Message::ExportPressed, Message::Export(message)]);
    let mut switching = connected();
    let other = switching
        .kept
        .as_ref()
        .and_then(|kept| kept.profiles.iter().find(|one| one.saved.profile.name == "Home"));
    let other = other.expect("it is kept").id.clone();
    switching = after(switching, [Message::Choose(other), Message::Connect]);
    vec![
        ("quit", after(connected(), [Message::CloseRequested])),
        ("switch", switching),
        ("add", add(vec![])),
        ("add, nothing typed", add(vec![add::Message::Save { connects: true }])),
        ("add, place to paste", add(vec![add::Message::Paste])),
        ("add, pasted", add(vec![add::Message::Paste, paste])),
        ("import", take(vec![])),
        ("import, found", take(vec![found(), taking::Message::Lines(0)])),
        ("export", after(app(), [Message::ExportPressed])),
        ("export, passwords", export(export::Message::WithPasswords)),
        ("fix", after(failed(), [Message::FixPressed])),
        ("safety", after(app(), [Message::SafetyPressed])),
        ("settings", after(app(), [Message::SettingsPressed])),
        ("settings, removing", set(settings::Message::AskRemove)),
    ]
}

fn found() -> taking::Message {
    let texts = [("office.txt", MAIL), ("home.txt", OTHER_MAIL), ("tunnel.txt", NO_PPTP)];
    let sources = texts.map(|(name, text)| Source::of_bytes(name, text.as_bytes()));
    let preview = import::read(&sources);
    let unread = vec![("/home/alice/office.pbk".to_owned(), "Permission denied (os error 13)".to_owned())];
    taking::Message::Looked(Box::new(Looked { preview, unread, ..Looked::default() }))
}
