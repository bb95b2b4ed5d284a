//! A program that has heard what a helper would tell.

use culvert_ipc::{ManagedOutline, Notice, Outline, Phase};
use culvert_model::{ConnectionId, GuardReading, Held, Network, Profile, State, Status};
use culvert_profiles::{ProfileId, SavedProfile, Store};

use crate::app::{App, Message};
use crate::link::{Heard, Told};
use crate::shelf::Kept;

/// A profile that people call this.
pub(crate) fn profile(name: &str) -> Profile {
    let server = "vpn.example.com".parse().expect("a server");
    Profile { name: name.to_owned(), ..Profile::new(server, "alice") }
}

/// A program that knows a helper without connections, and these profiles.
pub(crate) fn with_profiles(names: &[&str]) -> App {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::at(directory.path());
    for name in names {
        store.add(SavedProfile::new(profile(name))).expect("it is kept");
    }
    let (profiles, _) = store.list().expect("they are read");
    let mut app = App::new();
    let _ = app.update(Message::Heard(Heard::All(Box::default())));
    let _ = app.update(Message::Kept(Kept { profiles, ..Kept::default() }));
    app
}

/// The id of the profile that is called this.
pub(crate) fn id(app: &App, name: &str) -> ProfileId {
    let mut profiles = app.kept.iter().flat_map(|kept| &kept.profiles);
    profiles.find(|listed| listed.saved.profile.name == name).expect("it is kept").id.clone()
}

/// A profile that an administrator has set up.
pub(crate) fn managed(name: &str, at_boot: bool) -> ManagedOutline {
    let server = "vpn.example.com".parse().expect("a server");
    let (id, name) = (name.to_lowercase(), name.to_owned());
    ManagedOutline { id, name, server, username: "alice".to_owned(), at_boot }
}

/// The same while its connection Office is in `state`.
pub(super) fn in_state(state: State) -> App {
    let mut app = with_profiles(&["Office", "Home"]);
    let mut told = Told { connections: vec![status(state)], ..Told::default() };
    told.protection.host.guard = Some(GuardReading { owned: true, firewall_helper: true });
    let _ = app.update(Message::Heard(Heard::All(Box::new(told))));
    app
}

/// The helper tells another state.
pub(super) fn tell(app: &mut App, state: State) {
    let _ = app.update(Message::Heard(Heard::Notice(Box::new(Notice::Changed(Box::new(status(state)))))));
}

/// Another user is connected.
pub(super) fn with_stranger() -> App {
    let mut app = with_profiles(&["Office"]);
    let others = vec![Outline { connection: ConnectionId(4), phase: Phase::Connected }];
    let _ = app.update(Message::Heard(Heard::All(Box::new(Told { others, ..Told::default() }))));
    app
}

/// What a server agreed to.
pub(super) fn network() -> Network {
    Network {
        server: [198, 51, 100, 1].into(),
        address: [10, 0, 0, 7].into(),
        peer: None,
        dns: vec![[10, 0, 0, 1].into()],
        nbns: Vec::new(),
        mtu: 1400,
        cipher: Some(culvert_model::Cipher {
            strength: culvert_model::KeyStrength::Bits128,
            stateful: false,
        }),
        auth: Some(culvert_model::AuthMethod::MsChapV2),
        interface: Some("culvert0".to_owned()),
    }
}

pub(super) fn status(state: State) -> Status {
    let server = "vpn.example.com".to_owned();
    Status { server, held: Held::Everything, ..Status::new(ConnectionId(1), "Office".to_owned(), state) }
}
