//! What a person asked for.

mod auth;
mod check;
mod encryption;
mod fields;
mod host;
mod prefix;
mod traffic;

pub use auth::{AuthMethod, AuthMethods};
pub use check::{Unusable, Weakness};
pub use encryption::{Encryption, KeyStrength};
pub use fields::{PPTP_PORT, Profile};
pub use host::{Host, HostError};
pub use prefix::{Prefix, PrefixError};
pub use traffic::{Dns, Ipv6, Keepalive, Mtu, Traffic};
