//! One file per question that is asked of the programs.

mod control;
mod crowd;
mod discovery;
mod downgrade;
mod edges;
mod encryption;
mod forged;
mod gifts;
mod guard;
mod ipv6;
mod kills;
mod login;
mod moving;
mod names;
mod neighbourhood;
mod other_vpn;
mod pauses;
mod portal;
mod reset;
mod routers;
mod saved;
mod secrets;
mod silence;
mod soak;
mod traffic;
mod unreachable;
