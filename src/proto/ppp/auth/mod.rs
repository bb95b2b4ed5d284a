//! Login: PAP, CHAP-MD5, MS-CHAPv1 and MS-CHAPv2, both ends of each.

mod keys;
#[cfg(test)]
mod testing;

pub use keys::{MasterKey, StartKeys};
