//! PPP: the link, the login, encryption and addresses.

pub mod auth;
pub mod ccp;
pub mod fsm;
pub mod ipcp;
pub mod lcp;
pub(crate) mod link;
pub mod mppe;
pub mod negotiation;
