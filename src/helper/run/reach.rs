//! Whether the internet is reached through the tunnel.

use std::net::Ipv4Addr;

use culvert_policy::HostFact;

use super::Run;
use crate::Effects;

impl<E: Effects> Run<E> {
    /// What it shows comes back as a fact.
    pub(super) fn look_through(&self, look: u64, name_servers: &[Ipv4Addr]) {
        let (looking, facts) = (self.effects.look_through(name_servers), self.host_facts.clone());
        tokio::spawn(async move {
            let is_through = looking.await;
            // Nobody listens any more only when the helper has ended.
            let _ = facts.send(HostFact::LookedThrough { look, is_through }).await;
        });
    }
}
