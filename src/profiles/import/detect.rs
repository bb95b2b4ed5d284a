//! Sees which program wrote a file.

use super::Refusal;
use crate::Format;

/// What wrote this, by what stands in it.
pub(super) fn format(text: &str) -> Result<Format, Refusal> {
    let has_line = |wanted: &str| text.lines().any(|line| line.trim() == wanted);
    if has_line("[connection]") { Ok(Format::NetworkManager) } else { Err(Refusal::Unknown) }
}
