//! The simulated network: our client and our server, with a clock of their own and any weather between them.

mod end;
mod net;
mod rejected;
mod transfer;
mod tunnel;

mod connecting;
mod faults;
mod hostile;
mod weather;
