//! SAYS: every sentence that people read, from `i18n/`.
//!
//! [`Words`] are the sentences of one [`Language`]; a [`Word`] names one of them. Faults and stages of `model` have theirs
//! without a [`Word`].

#![forbid(unsafe_code)]

mod bundle;
mod detail;
mod fault;
mod import;
mod language;
#[cfg(test)]
mod tests;
mod trouble;
mod word;

pub use bundle::{Names, Words};
pub use fault::FaultWords;
pub use language::Language;
pub use word::Word;
