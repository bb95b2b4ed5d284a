//! DECIDES: what the host should look like, from what a person wishes and what is known.
//!
//! A [`HostPlan`] is everything of ours that the host should hold, as one value: the engine applies it whole and reads
//! it back, and the empty one takes everything away. Nothing here does any of that: this room gets facts and hands
//! out values, so that every decision can be tested without a network. The [`Supervisor`] takes what a person
//! wishes and what happened, and hands out [`Action`]s; who carries them out tells it the results as [`Fact`]s.
//!
//! This room is `no_std`, does no I/O and imports `model` alone.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod dns;
mod guard;
mod plan;
mod portal;
mod recovery;
mod supervisor;

pub use dns::{Domains, TunnelDns};
pub use guard::{Gateway, Guard, LOCAL_RANGES, PortalPass, Refuse, Scope, TunnelPass};
pub use plan::{HostPlan, PolicyRouting, Routes, ServerException, TunnelInterface, TunnelPlan, tunnel_mtu};
pub use portal::{Finding, Portal};
pub use supervisor::{Action, Fact, HostFact, Patience, Refusal, Supervisor, Wish};
