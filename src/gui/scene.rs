//! What the home screen says, before it is drawn: one state, one sentence, one button.

use std::time::Duration;

use culvert_ipc::{ManagedOutline, Outline, Phase};
use culvert_model::{
    Evidence, Fault, FaultCode, Held, Ipv6, KeyStrength, Network, NextTry, Question, SignIn, State, Status,
    Traffic,
};
use culvert_profiles::Listed;
use culvert_words::{Names, Word, Words};

use crate::app::{App, Asking, Message, Own};
use crate::link::{self, Told, Trouble};
use crate::screen::edit;

/// The drawn sign of a state: the same shape in the list, the window and the tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Open,
    ThreeQuarter,
    Filled,
    /// Filled, with a notch: connected, but weaker than it should be.
    Notched,
    /// Filled, with an exclamation mark: connected, and it leads nowhere.
    Marked,
    /// With a bar: on the way back, and nothing leaves meanwhile.
    Barred,
    /// A bar alone: nothing leaves.
    Bar,
    Exclamation,
    Key,
    Ring,
}

/// What the colour repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Accent,
    Good,
    Warn,
    Bad,
}

/// A stage of connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StageLine {
    pub(crate) name: String,
    pub(crate) mark: Mark,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Done,
    Now,
    Later,
}

/// A button and what it does.
#[derive(Clone, Debug)]
pub(crate) struct Choice<M = Message> {
    pub(crate) label: String,
    pub(crate) message: M,
}

/// The home screen.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// The connection that all of this is about.
    pub(crate) name: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    pub(crate) stages: Vec<StageLine>,
    pub(crate) primary: Option<Choice>,
    pub(crate) quiet: Vec<Choice>,
    /// In small print.
    pub(crate) small: Vec<String>,
    /// Whether it is a tunnel whose protection is to be judged.
    pub(crate) is_badged: bool,
    /// Whether a password is asked for.
    pub(crate) is_asking: bool,
}

impl Scene {
    fn new(shape: Shape, tone: Tone, title: String) -> Self {
        Self {
            name: None,
            shape,
            tone,
            title,
            lines: Vec::new(),
            stages: Vec::new(),
            primary: None,
            quiet: Vec::new(),
            small: Vec::new(),
            is_badged: false,
            is_asking: false,
        }
    }

    fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    fn primary(self, label: String, message: Message) -> Self {
        Self { primary: Some(Choice { label, message }), ..self }
    }

    fn quiet(mut self, label: String, message: Message) -> Self {
        self.quiet.push(Choice { label, message });
        self
    }

    fn about(self, name: Option<&str>) -> Self {
        Self { name: name.map(ToOwned::to_owned), ..self }
    }

    fn badged(self) -> Self {
        Self { is_badged: true, ..self }
    }
}

/// What there is to say now.
pub(crate) fn of(app: &App) -> Scene {
    let words = &app.words;
    if let Some(trouble) = &app.trouble {
        return of_trouble(trouble, words);
    }
    let Some(told) = &app.told else {
        return Scene::new(Shape::Ring, Tone::Plain, words.say(Word::StateStarting, &[]));
    };
    let status = app.status();
    let other = status.filter(|status| is_beside(status, app));
    let scene = match status.filter(|status| !is_down(status) && other.is_none()) {
        Some(status) => of_status(status, app).about(Some(&status.name)),
        None => at_rest(told, status, other, app),
    };
    warned(scene, told.protection.fault.as_ref(), words)
}

/// What there is to say while nothing of this person's is up, but perhaps an `other` connection than the chosen one.
fn at_rest(told: &Told, status: Option<&Status>, other: Option<&Status>, app: &App) -> Scene {
    if let Some(stranger) = told.others.iter().find(|other| other.phase != Phase::Disconnected) {
        return of_stranger(stranger, &app.words);
    }
    let scene = match (app.chosen_managed(), app.chosen()) {
        (Some(managed), _) => of_managed(managed, status, app).about(Some(&managed.name)),
        (None, Some(listed)) => {
            let profile = &listed.saved.profile;
            let failed = status.filter(|status| is_own(status, listed, app)).and_then(last_fault);
            match failed {
                Some(fault) => {
                    mended(of_fault(fault, profile.server.as_str(), app), fault, Some(listed), &app.words)
                }
                None => {
                    let scene = ready(profile.server.as_str(), &profile.login_name(), &app.words);
                    weakened(scene, Some(listed), &app.words)
                }
            }
            .about(Some(profile.display_name()))
        }
        (None, None) => Scene::new(Shape::Open, Tone::Plain, app.words.say(Word::StateNothing, &[])),
    };
    match other {
        Some(other) => {
            let up = app.words.say(Word::StateConnected, &[("name", &other.name)]);
            scene.line(up)
        }
        None if told.protection.lockdown => locked(scene, app),
        None => scene,
    }
}

/// Where a setting of the connection brought the fault about, the way to that is beside what is said.
fn mended(scene: Scene, fault: &Fault, listed: Option<&Listed>, words: &Words) -> Scene {
    match listed.zip(edit::remedy(fault.code)) {
        Some((listed, (place, word))) => {
            scene.quiet(words.say(word, &[]), Message::Own(Own::Edit(listed.id.clone(), place)))
        }
        None => scene,
    }
}

/// What protects less than usual says so for as long as it does.
fn weakened(scene: Scene, listed: Option<&Listed>, words: &Words) -> Scene {
    match listed.and_then(|listed| Some((listed, edit::weakest(listed)?))) {
        Some((listed, place)) => {
            let stronger = Message::Own(Own::Edit(listed.id.clone(), place));
            scene.quiet(words.say(Word::ButtonStronger, &[]), stronger)
        }
        None => scene,
    }
}

/// A connection that can be made.
fn ready(server: &str, user: &str, words: &Words) -> Scene {
    Scene::new(Shape::Open, Tone::Plain, words.say(Word::StateDisconnected, &[]))
        .line(words.say(Word::ServerAndUser, &[("server", server), ("user", user)]))
        .primary(words.say(Word::ButtonConnect, &[]), Message::Connect)
        .badged()
}

/// Nothing is connected, and nothing leaves: that is said, and the way back is on the same screen.
fn locked(scene: Scene, app: &App) -> Scene {
    let words = &app.words;
    let scene = if scene.shape == Shape::Open {
        Scene { shape: Shape::Bar, tone: Tone::Warn, title: words.say(Word::StateLockdown, &[]), ..scene }
    } else {
        scene
    };
    unlock(scene.line(words.say(why_locked(app), &[])), app)
}

/// Why nothing leaves but through a tunnel.
fn why_locked(app: &App) -> Word {
    match &app.told {
        Some(told) if told.protection.is_assumed => Word::StateLockdownAssumed,
        _ => Word::StateLockdownLine,
    }
}

/// The way out of lockdown, where somebody may take it.
fn unlock(scene: Scene, app: &App) -> Scene {
    let is_demanded = app.told.as_ref().is_some_and(|told| told.protection.is_demanded);
    if is_demanded {
        scene.line(app.words.say(Word::DeniedDemanded, &[]))
    } else {
        scene.quiet(app.words.say(Word::ButtonLockdownOff, &[]), Message::Lockdown(false))
    }
}

/// A connection of another person's, which an administrator can end.
fn of_stranger(other: &Outline, words: &Words) -> Scene {
    let (shape, tone, title, line) = match other.phase {
        Phase::Blocked => (Shape::Bar, Tone::Bad, Word::StateBlocked, Word::OtherBlocked),
        Phase::Connecting | Phase::Reconnecting => {
            (Shape::ThreeQuarter, Tone::Plain, Word::StateDisconnected, Word::OtherConnecting)
        }
        Phase::Connected | Phase::Disconnecting | Phase::Disconnected => {
            (Shape::Filled, Tone::Plain, Word::StateOther, Word::StateOtherLine)
        }
    };
    let scene = Scene::new(shape, tone, words.say(title, &[])).line(words.say(line, &[]));
    match other.phase {
        Phase::Disconnecting | Phase::Disconnected => scene,
        _ => scene.quiet(words.say(Word::ButtonEndOther, &[]), Message::EndOther(other.connection)),
    }
}

/// Where this computer is not as it should be, that is said, whatever else there is to say.
fn warned(scene: Scene, fault: Option<&Fault>, words: &Words) -> Scene {
    let Some(fault) = fault else { return scene };
    let said = words.fault_in_window(fault, "");
    if scene.title == said.happened || scene.lines.contains(&said.happened) {
        return scene;
    }
    let (shape, tone) = match scene.shape {
        Shape::Filled | Shape::Notched => (Shape::Notched, Tone::Bad),
        Shape::Marked => (Shape::Marked, Tone::Bad),
        shape => (shape, scene.tone),
    };
    let lines = [said.happened, said.remedy].into_iter().chain(scene.lines).collect();
    Scene { shape, tone, lines, ..scene }
}

/// Whether this connection is up while somebody looks at another one. What takes the internet away is always looked at,
/// and so is what nobody could choose in the list.
fn is_beside(status: &Status, app: &App) -> bool {
    let pick = app.pick_for(status);
    matches!(status.state, State::Connected { .. }) && pick.is_some() && pick != app.picked()
}

/// Whether this profile is the one that the helper tells of.
fn is_own(status: &Status, listed: &Listed, app: &App) -> bool {
    app.own_for(status).is_some_and(|own| own.id == listed.id)
}

/// Whether nothing of this connection is there any more.
pub(crate) const fn is_down(status: &Status) -> bool {
    matches!(status.state, State::Disconnected { .. })
}

/// The sign-in page that a network has shown.
pub(crate) fn sign_in_page(status: &Status) -> Option<&str> {
    let fault = match &status.state {
        State::Disconnected { last_fault: Some(fault) }
        | State::Reconnecting { fault, .. }
        | State::Blocked { fault } => fault,
        _ => return None,
    };
    fault.evidence.iter().find_map(|seen| match seen {
        Evidence::SignInPage(page) => Some(page.as_str()),
        _ => None,
    })
}

const fn last_fault(status: &Status) -> Option<&Fault> {
    match &status.state {
        State::Disconnected { last_fault } => last_fault.as_ref(),
        _ => None,
    }
}

/// A profile that an administrator installed, while it is not connected.
fn of_managed(managed: &ManagedOutline, status: Option<&Status>, app: &App) -> Scene {
    let words = &app.words;
    let failed = status.filter(|status| status.managed.as_ref() == Some(&managed.id)).and_then(last_fault);
    let mut scene = match failed {
        Some(fault) => of_fault(fault, managed.server.as_str(), app),
        None => ready(managed.server.as_str(), &managed.username, words),
    };
    scene.small.push(words.say(Word::SetUpByOthers, &[]));
    scene
}

/// What a connection says that an administrator set up: where it is there from the start, nobody else ends it.
fn managed(scene: Scene, status: &Status, app: &App) -> Scene {
    let Some(managed) = app.managed_for(status) else { return scene };
    let mut scene = scene;
    scene.small.push(app.words.say(Word::SetUpByOthers, &[]));
    if managed.at_boot {
        scene.small.push(app.words.say(Word::SetUpForGood, &[]));
        scene.primary = scene.primary.filter(|choice| !matches!(choice.message, Message::Disconnect));
        scene.quiet.retain(|choice| !matches!(choice.message, Message::Disconnect));
    }
    scene
}

/// What there is to say of a connection that is up or on its way.
pub(crate) fn of_status(status: &Status, app: &App) -> Scene {
    let scene = managed(of_own_status(status, app), status, app);
    match &status.state {
        State::Reconnecting { fault, .. } | State::Blocked { fault } => sign_in(scene, fault, app),
        _ => scene,
    }
}

/// Where the network wants a person to sign in, that comes first.
fn sign_in(scene: Scene, fault: &Fault, app: &App) -> Scene {
    let words = &app.words;
    let open = app.told.as_ref().and_then(|told| told.protection.sign_in.as_ref());
    if fault.code != FaultCode::CaptivePortal && open.is_none() {
        return scene;
    }
    let title = words.say(Word::StateSignIn, &[]);
    let mut sign_in = Scene::new(Shape::Exclamation, Tone::Warn, title)
        .primary(words.say(Word::ButtonSignIn, &[]), Message::SignIn);
    sign_in = match open {
        Some(SignIn::Open { page, left_ms }) => {
            let left = app.left_around(*left_ms).div_ceil(60_000).to_string();
            sign_in.line(words.say(Word::PortalOpen, &[("left", &left), ("page", page)]))
        }
        Some(SignIn::Looking) => sign_in.line(words.say(Word::PortalLooking, &[])),
        None => sign_in.line(words.say(Word::StateSignInLine, &[])),
    };
    sign_in.quiet = scene.quiet;
    sign_in.small = scene.small;
    sign_in
}

fn of_own_status(status: &Status, app: &App) -> Scene {
    let words = &app.words;
    let name = [("name", status.name.as_str())];
    match &status.state {
        State::Disconnected { .. } | State::Disconnecting => {
            Scene::new(Shape::ThreeQuarter, Tone::Plain, words.say(Word::StateDisconnecting, &[]))
        }
        State::Connecting { question: Some(Question::Password { refused }), .. } => {
            of_question(status, refused.as_ref(), app)
        }
        State::Connecting { stage, question: None } => {
            let title = words.say(Word::StateConnecting, &name);
            let mut scene = Scene::new(Shape::ThreeQuarter, Tone::Accent, title)
                .primary(words.say(Word::ButtonCancel, &[]), Message::Disconnect);
            if app.is_slow() {
                scene = scene.line(words.say(Word::StillWaiting, &[("stage", &words.stage(*stage))]));
            }
            scene.stages = culvert_model::Stage::ALL
                .iter()
                .map(|one| StageLine { name: words.stage(*one), mark: mark(*one, *stage) })
                .collect();
            scene
        }
        State::Connected { network } => of_network(status, network, app),
        State::Reconnecting { next, fault, .. } => {
            let title = words.say(Word::StateReconnecting, &name);
            let fault = words.fault_in_window(fault, &status.server);
            let next = match *next {
                NextTry::In(wait) => NextTry::In(app.left(wait)),
                next => next,
            };
            let held = words.held(app.held(status));
            let scene = Scene::new(Shape::Barred, Tone::Warn, title);
            // Without a network there is nothing to try, and nothing else is to blame.
            let scene = if next == NextTry::WithNetwork {
                scene.line(words.next_try(next)).line(held)
            } else {
                let scene = scene.line(fault.happened).line(held).line(words.next_try(next));
                scene.primary(words.say(Word::ButtonTryNow, &[]), Message::TryNow)
            };
            scene.quiet(words.say(without(status, app), &[]), Message::Disconnect)
        }
        State::Blocked { fault } => {
            let said = words.fault_in_window(fault, &status.server);
            let is_locked = app.told.as_ref().is_some_and(|told| told.protection.lockdown);
            let (shape, title, why) = match app.held(status) {
                // Under lockdown there may never have been a connection that could be lost.
                _ if is_locked => (Shape::Bar, Word::StateBlocked, why_locked(app)),
                Held::Tunnel => (Shape::Exclamation, Word::StateLost, Word::PartLeaves),
                Held::Everything | Held::Nothing => (Shape::Bar, Word::StateBlocked, Word::StateBlockedLine),
            };
            let scene = Scene::new(shape, Tone::Bad, words.say(title, &name))
                .line(words.say(why, &name))
                .line(said.happened)
                .line(said.remedy);
            let scene = again(scene, fault, words);
            let scene = mended(scene, fault, app.own_for(status), words);
            if is_locked {
                unlock(scene, app)
            } else {
                scene.quiet(words.say(without(status, app), &[]), Message::Disconnect)
            }
        }
    }
}

/// What to call the end of a connection that is down: it gives the internet back only where it has taken it.
fn without(status: &Status, app: &App) -> Word {
    match app.held(status) {
        Held::Everything => Word::ButtonWithout,
        Held::Tunnel | Held::Nothing => Word::ButtonDisconnect,
    }
}

fn mark(one: culvert_model::Stage, now: culvert_model::Stage) -> Mark {
    match one.cmp(&now) {
        std::cmp::Ordering::Less => Mark::Done,
        std::cmp::Ordering::Equal => Mark::Now,
        std::cmp::Ordering::Greater => Mark::Later,
    }
}

fn of_question(status: &Status, refused: Option<&Fault>, app: &App) -> Scene {
    let words = &app.words;
    let title = words.say(Word::StatePassword, &[("name", &status.name)]);
    let mut scene = Scene::new(Shape::Key, Tone::Accent, title)
        .primary(words.say(Word::ButtonContinue, &[]), Message::Asking(Asking::Answer))
        .quiet(words.say(Word::ButtonCancel, &[]), Message::Disconnect);
    if let Some(fault) = refused {
        let said = words.fault_in_window(fault, &status.server);
        scene = scene.line(said.happened);
        let number = app.next_try(status).to_string();
        scene = scene.line(words.say(Word::PasswordTry, &[("number", &number)]));
    }
    Scene { is_asking: true, ..scene }
}

fn of_network(status: &Status, network: &Network, app: &App) -> Scene {
    let words = &app.words;
    let name = [("name", status.name.as_str())];
    let weak = match &network.cipher {
        None => Some(Word::WeakNone),
        Some(cipher) if cipher.strength != KeyStrength::Bits128 || cipher.stateful => Some(Word::WeakCipher),
        Some(_) => None,
    };
    let is_nowhere = status.internet == Some(false);
    let (shape, tone, title) = match weak {
        _ if is_nowhere => (Shape::Marked, Tone::Warn, Word::StateNoInternet),
        Some(_) => (Shape::Notched, Tone::Warn, Word::StateConnected),
        None => (Shape::Filled, Tone::Good, Word::StateConnected),
    };
    let mut scene = Scene::new(shape, tone, words.say(title, &name));
    if is_nowhere {
        scene = scene.line(words.say(Word::NoInternet, &name));
    } else {
        scene.lines.extend(goes(status, app).map(|word| words.say(word, &[])));
    }
    if let Some(up_ms) = status.up_ms {
        let up = words.span(Duration::from_secs(app.since(up_ms)));
        scene = scene.line(words.say(Word::StateUp, &[("span", &up)]));
    }
    if let Some(weak) = weak {
        scene = scene.line(words.say(weak, &[]));
    }
    if misses_names(status, network, app) {
        scene = scene.line(words.say(Word::NamesNotSplit, &[]));
    }
    let disconnect = words.say(Word::ButtonDisconnect, &[]);
    let scene = match narrowed(status, app).filter(|_| is_nowhere) {
        Some(message) => scene
            .primary(words.say(Word::ButtonOfficeOnly, &[]), message)
            .quiet(disconnect, Message::Disconnect),
        None => scene.primary(disconnect, Message::Disconnect),
    };
    weakened(scene.badged(), app.own_for(status), words)
}

/// Whether names in the office's domains are looked up elsewhere than in the office.
fn misses_names(status: &Status, network: &Network, app: &App) -> bool {
    let own = app.own_for(status).zip(app.told.as_ref());
    own.is_some_and(|(own, told)| told.protection.host.misses_names(&own.saved.profile, network))
}

/// What leaves the internet out of this connection, where that would give it back.
fn narrowed(status: &Status, app: &App) -> Option<Message> {
    let own = app.own_for(status)?;
    let is_locked = app.told.as_ref().is_none_or(|told| told.protection.lockdown);
    let is_for_all = own.saved.profile.traffic == Traffic::All;
    (is_for_all && !is_locked).then(|| Message::Own(Own::Narrow(own.id.clone())))
}

/// What goes through a connection, as far as that is known: nobody told how one was meant that is not kept here.
fn goes(status: &Status, app: &App) -> Option<Word> {
    let profile = &app.own_for(status)?.saved.profile;
    let is_sound = app.told.as_ref().is_some_and(|told| told.protection.fault.is_none());
    match (&profile.traffic, profile.ipv6) {
        (Traffic::Only { .. }, _) => Some(Word::GoesOnly),
        (Traffic::All, Ipv6::Leave) => Some(Word::WarningIpv6),
        (Traffic::All, Ipv6::Block) => is_sound.then_some(Word::GoesAll),
    }
}

/// A first attempt that failed: the internet is as it was.
fn of_fault(fault: &Fault, server: &str, app: &App) -> Scene {
    let words = &app.words;
    let said = words.fault_in_window(fault, server);
    let mut scene = Scene::new(Shape::Exclamation, Tone::Bad, said.happened);
    scene.lines.extend(said.why);
    scene.lines.push(said.remedy);
    scene.small.extend(said.heard);
    scene.small.extend(said.number);
    if fault.code == FaultCode::CaptivePortal {
        let again = words.say(Word::ButtonTryAgain, &[]);
        return sign_in(scene, fault, app).quiet(again, Message::Connect);
    }
    let fix = words.say(Word::ButtonFix, &[]);
    if fault.code == FaultCode::ServerNotAuthentic {
        return again(scene.primary(fix, Message::FixPressed), fault, words);
    }
    again(scene, fault, words).quiet(fix, Message::FixPressed)
}

/// With the button that dials anew. What was refused is not sent once more, and whoever might stand in the way of the
/// right server gets no other try from the first button.
fn again(scene: Scene, fault: &Fault, words: &Words) -> Scene {
    let again = words.say(Word::ButtonTryAgain, &[]);
    match fault.code {
        FaultCode::AuthRejected => {
            scene.primary(words.say(Word::ButtonOtherPassword, &[]), Message::ConnectAsking)
        }
        FaultCode::ServerNotAuthentic => scene.quiet(again, Message::Connect),
        _ => scene.primary(again, Message::Connect),
    }
}

/// Why one request was not heard, while the helper is there.
pub(crate) fn complaint(trouble: &Trouble, words: &Words) -> String {
    match trouble {
        Trouble::Missing | Trouble::Stopped => words.say(Word::HelperLost, &[]),
        trouble => of_trouble(trouble, words).lines.join(" "),
    }
}

fn of_trouble(trouble: &Trouble, words: &Words) -> Scene {
    let with = |tone, title, line, names: Names<'_>| {
        Scene::new(Shape::Ring, tone, words.say(title, &[])).line(words.say(line, names))
    };
    let scene = |tone, title, line| with(tone, title, line, &[]);
    let silent = |line, names| with(Tone::Bad, Word::StateNotAllowed, line, names);
    match trouble {
        Trouble::Missing => scene(Tone::Plain, Word::StateMissing, Word::StateMissingLine),
        Trouble::Stopped => scene(Tone::Bad, Word::StateStopped, Word::StateStoppedLine)
            .primary(words.say(Word::ButtonStart, &[]), Message::StartHelper),
        Trouble::Older => scene(Tone::Warn, Word::StateOlder, Word::StateOlderLine),
        Trouble::Newer => scene(Tone::Warn, Word::StateNewer, Word::StateNewerLine),
        Trouble::NotAllowed => silent(Word::HelperNotAllowed, &[]),
        Trouble::Impostor => {
            silent(Word::HelperImpostor, &[("socket", &link::socket().display().to_string())])
        }
        Trouble::Untrusted { path, why } => {
            silent(Word::HelperUntrusted, &[("path", &path.display().to_string()), ("why", why)])
        }
        Trouble::Other(text) => silent(Word::HelperTrouble, &[("reason", text)]),
    }
}
