//! A server that keeps to no rules: it says what a case wants, byte for byte, up to where it falls silent.
//!
//! It builds and reads its packets by itself and borrows from the house only what proves that it knows a password.

mod call;
mod control;
mod link;
mod meeting;
mod script;

pub use call::{Order, Villain};
pub use link::{CCP, CHAP, LCP, PAP};
pub use meeting::{Meeting, side_by_side};
pub use script::{Login, Offer, Pace, Phase, Proof, Script};
