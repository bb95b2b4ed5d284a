//! The few parts that every screen is made of.

mod arch;
mod area;
mod button;
mod card;
mod chart;
mod control;
mod dialog;
mod field;
mod focus;
mod footed;
mod inert;
mod page;
mod sheet;
mod sight;
mod sign;
mod text;
mod title;

pub(crate) use arch::arch;
pub(crate) use area::area;
pub(crate) use button::{checked, choice, fold, more, primary, quiet, row_of_list, switch};
pub(crate) use card::card;
pub(crate) use chart::chart;
use control::{Control, Look};
pub(crate) use dialog::{FIRST_ANSWER, Question, dialog};
pub(crate) use field::field;
pub(crate) use footed::footed;
pub(crate) use page::page;
pub(crate) use sheet::{scrolled, sheet};
pub(crate) use sight::reveal;
pub(crate) use text::{body, heading, secondary, small, warning, wrong};
pub(crate) use title::title;
