//! Whether the internet is reached through a tunnel that all traffic goes into: a server may well carry an office's
//! traffic and nothing else.

use super::*;

/// How long names and routes may settle before the first look.
const FIRST: Duration = Duration::from_secs(1);
/// One look may miss for many reasons; the next follows soon.
const SECOND: Duration = Duration::from_secs(3);
/// How often it is looked whether that has changed.
const LATER: Duration = Duration::from_secs(60);

/// What was found out so far.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// When it is looked next; nothing while a look is under way, and once one was answered.
    look_at: Option<Instant>,
    has_missed: bool,
    /// What everybody may know.
    pub(super) is_through: Option<bool>,
}

impl Reach {
    /// Only a tunnel for everything takes the internet away where it leads nowhere.
    pub(super) fn new(traffic: &Traffic, now: Instant) -> Self {
        Self { look_at: (*traffic == Traffic::All).then(|| now + FIRST), ..Self::default() }
    }

    /// When there is something to be done.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.look_at
    }
}

impl Supervisor {
    /// Starts the look whose time has come.
    pub(super) fn look_through(&mut self, now: Instant) {
        let Phase::Connected { reach, .. } = &mut self.phase else { return };
        if reach.look_at.is_none_or(|at| now < at) {
            return;
        }
        reach.look_at = None;
        self.last_look += 1;
        let tunnel = self.target.as_ref().and_then(|target| target.tunnel.as_ref());
        let name_servers = tunnel.and_then(|tunnel| tunnel.dns.as_ref()).map(|dns| dns.servers.clone());
        let name_servers = name_servers.unwrap_or_default();
        self.actions.push_back(Action::LookThrough { look: self.last_look, name_servers });
    }

    /// Takes notice of whether anything was reached: two misses in a row are believed.
    pub(super) fn hear_of_reach(&mut self, look: u64, is_through: bool, now: Instant) {
        let Phase::Connected { reach, .. } = &mut self.phase else { return };
        if look != self.last_look {
            return;
        }
        let was_through = reach.is_through;
        match (is_through, reach.has_missed) {
            (true, _) => reach.is_through = Some(true),
            (false, false) => reach.look_at = Some(now + SECOND),
            (false, true) => {
                reach.is_through = Some(false);
                reach.look_at = Some(now + LATER);
            }
        }
        reach.has_missed |= !is_through;
        if reach.is_through != was_through {
            self.publish(now);
        }
    }
}
