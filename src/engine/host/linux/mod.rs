//! Linux: links, addresses, routes and rules through rtnetlink.

mod answer_path;
mod apply;
pub(in crate::host) mod link;
pub(crate) mod netlink;
mod route;
mod rule;

pub(crate) use answer_path::{AnswerPath, AnswerProtocol};
pub(crate) use apply::is_in_place_by;
pub use apply::{apply, bring_up, clean, is_in_place, undo};
