//! Linux: links, addresses, routes and rules through rtnetlink.

mod answer_path;
mod apply;
mod link;
mod netlink;
mod route;
mod rule;

pub(crate) use answer_path::{AnswerPath, AnswerProtocol};
pub use apply::{apply, bring_up, clean, is_in_place, undo};
