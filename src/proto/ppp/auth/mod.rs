//! Login: PAP, CHAP-MD5, MS-CHAPv1 and MS-CHAPv2, both ends of each.

pub mod change_password;
mod chap_md5;
mod keys;
pub mod ms_chap;
pub mod ms_chap_v2;
#[cfg(test)]
mod testing;

pub use chap_md5::chap_md5;
pub use keys::{MasterKey, StartKeys};
