//! The window without a window: what it says in each state, and what a press asks for.

mod edit;
mod flows;
mod home;
mod leftovers;
pub(crate) mod played;
mod screens;
mod truth;
