//! Linux: links, addresses, routes and rules through rtnetlink.

mod apply;
mod link;
mod netlink;
mod route;
mod rule;

pub use apply::{apply, bring_up, clean, is_in_place, undo};
