//! Login: PAP, CHAP-MD5, MS-CHAPv1 and MS-CHAPv2, both ends of each.
//!
//! [`Authenticatee`] logs in, [`Authenticator`] is logged in to. Beside them stand the algorithms, and the
//! [`StartKeys`] that MPPE gets from a login.

mod answer;
mod authenticatee;
mod authenticator;
pub mod change_password;
mod chap_md5;
mod check;
mod credentials;
mod event;
mod keys;
pub mod ms_chap;
pub mod ms_chap_v2;
mod packet;
mod patience;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
mod verdict;

pub use authenticatee::Authenticatee;
pub use authenticator::{Authenticator, Users};
pub use chap_md5::chap_md5;
pub use credentials::{Credentials, Form};
pub use event::Event;
pub use keys::{MasterKey, StartKeys};
