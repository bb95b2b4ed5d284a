//! How a call begins.

use alloc::sync::Arc;
use core::net::Ipv4Addr;

use super::acknowledgement::Acknowledgement;
use super::{Opener, Sealer, Shared};

/// What control connection and route say about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallConfig {
    /// The peer's address: GRE from anywhere else is not ours.
    pub peer_address: Ipv4Addr,
    /// The call id that we chose: it is in every packet that we receive.
    pub local_call_id: u16,
    /// The call id that the peer chose: it is in every packet that we send. Zero is legal.
    pub peer_call_id: u16,
    /// The receive window that we offered (RFC 2637 sections 2.7 and 2.8), in packets.
    pub receive_window: u16,
}

/// Both halves of the data path of a new call and what they share, with the gate closed.
pub fn halves(config: CallConfig) -> (Sealer, Opener, Arc<Shared>) {
    let acknowledgement = Acknowledgement::new(config.receive_window);
    let shared = Arc::new(Shared::new(config.peer_call_id, acknowledgement));
    (Sealer::new(config.peer_call_id, Arc::clone(&shared)), Opener::new(&config, Arc::clone(&shared)), shared)
}
