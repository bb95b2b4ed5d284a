//! What a helper does before anybody may come: it reads what there is, and clears up after an earlier one.

use std::env;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use culvert_engine::host;
use culvert_engine::host::dns::DnsSystem;
use culvert_model::{Host, Profile, Secret, Traffic};
use tokio::sync::mpsc;

use crate::state::managed::{self, Follower, Managed, ManagedProfile, Rules};
use crate::state::{Installed, Left, Lockdown, State, Stock, Wanted};
use crate::{Engine, Keepsake, Owner};

/// Where what must outlive the helper is kept, unless the service manager says otherwise.
const STATE: &str = "/var/lib/culvert";
/// By this variable it does (`StateDirectory=` of `systemd.exec(5)`).
const STATE_DIRECTORY: &str = "STATE_DIRECTORY";

/// Where the helper's files are on this computer.
#[derive(Clone, Debug)]
pub struct Place {
    /// The helper's own.
    pub state: PathBuf,
    /// An administrator's.
    pub managed: PathBuf,
}

impl Place {
    /// The places that the environment names, or the usual ones.
    pub fn from_environment() -> Self {
        let state = env::var_os(STATE_DIRECTORY).filter(|path| Path::new(path).is_absolute());
        Self { state: state.unwrap_or(STATE.into()).into(), managed: managed::PATH.into() }
    }
}

/// What there is, before anything is done.
#[derive(Debug)]
pub struct Beginning {
    state: Option<State>,
    left: Left,
    place: Place,
    follower: Option<Follower>,
    rules: Rules,
    /// Where the server of the last session was.
    last_good: Option<(Host, Ipv4Addr)>,
    pub(crate) plan: Plan,
}

/// What is to be put in force.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Whether somebody switched lockdown on.
    pub(crate) lockdown: Lockdown,
    pub(crate) demand: Demand,
    pub(crate) resume: Option<Resume>,
    /// The profile that is connected whether anybody asks or not.
    pub(crate) boot: Option<ManagedProfile>,
    /// The profiles that anybody may ask for.
    pub(crate) catalogue: Catalogue,
    /// An administrator's files, whenever they have changed.
    pub(crate) changes: Option<mpsc::Receiver<Managed>>,
}

/// What an administrator's files demand, whatever anybody asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Demand {
    /// Lockdown stays on.
    pub(crate) lockdown: bool,
    /// Nothing leaves before the profile that is connected from the start is.
    pub(crate) guards_boot: bool,
}

/// The profiles that an administrator installed.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    path: PathBuf,
    pub(crate) profiles: Vec<ManagedProfile>,
    /// What can't be used.
    faults: Vec<String>,
}

/// A connection that is to be there again.
#[derive(Debug)]
pub(crate) struct Resume {
    pub(crate) owner: Owner,
    pub(crate) managed: Option<String>,
    pub(crate) profile: Profile,
    pub(crate) password: Option<Secret>,
}

impl Beginning {
    /// Reads everything, and tells of what can't be read.
    pub fn read(place: Place) -> Self {
        let (state, stock) = match State::open(&place.state) {
            Ok(mut state) => {
                let stock = state.take_stock();
                (Some(state), stock)
            }
            Err(error) => {
                tracing::error!(%error, "there is no place for what must outlive the helper");
                let is_missing = matches!(State::open_existing(&place.state), Ok(None));
                (None, if is_missing { Stock::nothing() } else { Stock::unreadable() })
            }
        };
        for damage in &stock.damages {
            tracing::error!("{damage}");
        }
        let follower = Follower::new(place.managed.clone())
            .inspect_err(|error| tracing::warn!(%error, "an administrator's files can't be watched"))
            .ok();
        let managed = Managed::read(&place.managed);
        managed.tell_faults();
        let plan = Plan {
            lockdown: stock.lockdown(),
            demand: Demand::of(&managed),
            resume: resume(stock.wish, &managed),
            boot: managed.boot().cloned(),
            catalogue: Catalogue::of(&managed),
            changes: None,
        };
        Self { state, left: stock.left, place, follower, rules: managed.rules, last_good: None, plan }
    }

    /// Takes what the last helper has left with the service manager: with it a connection is dialled again that
    /// somebody would have to bring the password for.
    pub fn recall(&mut self, keepsake: Keepsake) {
        if let Some(Resume { owner: Owner::User(owner), profile, password: password @ None, .. }) =
            &mut self.plan.resume
            && (*owner, &*profile) == (keepsake.owner, &keepsake.profile)
        {
            *password = Some(Secret::of_nt_hash(keepsake.hash.expose()));
            self.last_good = keepsake.server.map(|address| (profile.server.clone(), address));
        }
    }

    /// Follows what an administrator writes since everything was read. To be called within a tokio runtime.
    pub(crate) fn follow(&mut self) {
        self.plan.changes = self.follower.take().map(Follower::follow);
    }

    /// What users may not do on this computer.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Takes away what an earlier helper left. A guard stays where another one is about to take its place: nothing
    /// slips through in between.
    pub(crate) async fn clear_up(&mut self) -> Engine {
        let dns = self.state.is_some().then(|| DnsSystem::usual(&self.place.state));
        let guarded = matches!(&self.left, Left::Known(Installed { guard: true, .. }));
        let is_locked = self.plan.lockdown.is_blocking() || self.plan.demand.lockdown;
        let keeps_guard = is_locked || self.plan.resume.as_ref().is_some_and(|resume| resume.profile.guard);
        if self.left != Left::Nothing {
            tracing::warn!(left = ?self.left, guarded, keeps_guard, "clearing up after a helper that did not end well");
        }
        let repaired = host::repair(dns.clone(), keeps_guard).await;
        match (repaired, &mut self.state) {
            (Ok(()), Some(state)) => {
                let left = Installed { guard: keeps_guard && guarded, ..Installed::default() };
                if let Err(error) = state.after_change(&left) {
                    tracing::error!(%error, "that everything was cleared up could not be noted");
                }
            }
            (Ok(()), None) => {}
            (Err(error), _) => tracing::warn!(%error, "what an earlier run left could not be removed"),
        }
        let engine = Engine::new(dns, self.state.take());
        if let Some((server, address)) = self.last_good.take() {
            engine.know(server, address);
        }
        engine
    }
}

impl Catalogue {
    pub(crate) fn of(managed: &Managed) -> Self {
        let faults = managed.faults.iter().map(ToString::to_string).collect();
        Self { path: managed.path.clone(), profiles: managed.profiles.clone(), faults }
    }

    /// What of the files can't be used as they are now, and why, the first of it where there is much.
    pub(crate) fn faults(&self) -> Vec<String> {
        const MOST: usize = 32;
        let passwords = self.profiles.iter().filter_map(|profile| {
            let error = profile.password(&self.path).err()?;
            Some(format!("{}: {error}", profile.id))
        });
        self.faults.iter().cloned().chain(passwords).take(MOST).collect()
    }

    /// What it takes to connect the profile of this name.
    pub(crate) fn find(&self, id: &str) -> Option<(&ManagedProfile, Resume)> {
        let profile = self.profiles.iter().find(|profile| profile.id == id)?;
        Some((profile, Resume::managed(profile, &self.path)))
    }
}

impl Demand {
    pub(crate) fn of(managed: &Managed) -> Self {
        Self {
            lockdown: managed.demands_lockdown(),
            guards_boot: managed.boot().is_some_and(takes_everything),
        }
    }
}

/// Whether nothing may leave before this profile is connected.
pub(crate) fn takes_everything(managed: &ManagedProfile) -> bool {
    managed.profile.guard && managed.profile.traffic == Traffic::All
}

/// What is to be connected again: what was, else what an administrator wants from the start.
fn resume(wish: Option<Wanted>, managed: &Managed) -> Option<Resume> {
    match wish {
        // Another one was never ended by anybody.
        Some(Wanted::Not { profile }) => managed
            .boot()
            .filter(|boot| boot.profile != *profile)
            .map(|boot| Resume::managed(boot, &managed.path)),
        Some(Wanted::Profile { owner, profile }) => {
            Some(Resume { owner: Owner::User(owner), managed: None, profile: *profile, password: None })
        }
        Some(Wanted::Managed { id }) => managed
            .profile(&id)
            .or_else(|| managed.boot())
            .map(|profile| Resume::managed(profile, &managed.path)),
        None => managed.boot().map(|profile| Resume::managed(profile, &managed.path)),
    }
}
