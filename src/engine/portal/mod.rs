//! Whether a network wants a person to sign in first, as in a hotel or on a train: a captive portal.
//!
//! A plain HTTP request for a page whose answer is known shows it: such a network answers in its place. That request
//! tells a third party that this address asked, and nothing else: it bears no name of ours, no cookie and no version.
//! So it is made only when a server could not be reached, and once through a new tunnel for all traffic, to know whether
//! that leads to the internet; of one party at a time, and the first one is the one that most Linux desktops ask every
//! few minutes anyway. What the network says by DHCP (RFC 8910) would save it, but only
//! the system's own DHCP client hears that, and it points to a programming interface (RFC 8908), behind TLS.
//!
//! Everything that comes back is the network's word and may be hostile: nothing is followed, 4 KiB are read at most,
//! and an address for a browser comes out only if it is an ordinary one. HTTP is spoken here by hand: one request
//! without a body and the first lines of an answer need no library of thousands of lines in a privileged program.

mod answer;
mod check;
mod url;

pub use check::{CHECKS, Check, Portal, Says, probe};
