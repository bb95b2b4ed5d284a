//! Somebody changes the packet filter.

use nlink::netlink::nftables::NftablesEvent;
use nlink::netlink::{Connection, Nftables};
use tokio_stream::StreamExt;

use super::rules::TABLE;
use crate::host::HostError;

/// Hears of every change to tables of our name, our own changes too.
pub struct GuardWatch(Connection<Nftables>);

impl GuardWatch {
    /// A watch that hears of everything from now on.
    ///
    /// # Errors
    /// What the kernel refused.
    pub fn new() -> Result<Self, HostError> {
        let connection =
            Connection::<Nftables>::new().map_err(|error| HostError::firewall("opening it", error))?;
        connection.subscribe_all().map_err(|error| HostError::firewall("listening", error))?;
        Ok(Self(connection))
    }

    /// Calls `told` whenever a table of our name may have changed. It returns when the kernel says no more.
    pub async fn run(self, mut told: impl FnMut()) {
        let mut events = std::pin::pin!(self.0.into_events().await);
        while let Some(event) = events.next().await {
            match event {
                Ok(event) if !concerns_us(&event) => {}
                // What was lost may have concerned us.
                Ok(_) | Err(_) => told(),
            }
        }
    }
}

fn concerns_us(event: &NftablesEvent) -> bool {
    match event {
        // A table may be put to sleep, and a chain given another policy, without a rule being touched.
        NftablesEvent::NewTable(table) | NftablesEvent::DelTable(table) => table.name == TABLE,
        NftablesEvent::NewChain(chain) | NftablesEvent::DelChain(chain) => chain.table == TABLE,
        NftablesEvent::NewRule(rule) | NftablesEvent::DelRule(rule) => rule.table == TABLE,
        _ => false,
    }
}
