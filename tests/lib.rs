//! Tests that cross rooms: a simulated network for the pure rooms, a laboratory with a real server for the programs.
//!
//! `sim/` is clock-free and needs nothing. `lab/` boots Debian's pptpd in User-Mode Linux and needs root and the
//! feature `lab`; `packaging/check.sh` runs both. Only what several test programs share is in this library.

#[cfg(feature = "lab")]
#[path = "lab/transfer.rs"]
pub mod transfer;
