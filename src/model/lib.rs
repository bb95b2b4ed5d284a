//! WORDS: the plain data that every other room speaks in.
//!
//! A [`Profile`] says what a person asked for, a [`State`] what is, a [`Fault`] why not. Faults are codes with
//! their evidence and never sentences: those live in `i18n/`. [`Instant`] is the house's own clock reading, so
//! that the pure rooms can be tested from time zero; [`Secret`] redacts itself and is wiped after use.
//!
//! This room is `no_std`, does no I/O and imports no other room.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod fault;
mod profile;
mod secret;
mod status;
mod time;

pub use address::is_host_address;
pub use fault::{Evidence, Fault, FaultClass, FaultCode, NameServerSaid, VpnKind};
pub use profile::{
    AuthMethod, AuthMethods, Dns, Encryption, Host, HostError, Ipv6, Keepalive, KeyStrength, Mtu, PPTP_PORT,
    Prefix, PrefixError, Profile, Traffic, Unusable, Weakness,
};
pub use secret::Secret;
pub use status::{
    Cipher, ConnectionId, DnsMethod, GuardReading, Held, HostReading, Network, NextTry, Protection, Question,
    SignIn, Stage, State, Statistics, Status, Step,
};
pub use time::Instant;
