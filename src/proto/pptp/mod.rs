//! PPTP: the control connection and the numbered GRE packets of its call.

pub mod call;
pub mod control;
