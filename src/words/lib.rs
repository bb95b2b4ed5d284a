//! SAYS: every sentence that people read, from `i18n/`.
//!
//! [`Words`] are the sentences of one language; a [`Word`] names one of them. Faults and stages of `model` have theirs
//! without a [`Word`].

#![forbid(unsafe_code)]

mod bundle;
mod detail;
mod fault;
mod import;
#[cfg(test)]
mod tests;
mod trouble;
mod word;

pub use bundle::{Names, Words};
pub use detail::amount;
pub use fault::FaultWords;
pub use word::Word;
