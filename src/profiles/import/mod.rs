//! Reads the connections that other programs left, and our own.
//!
//! What a file is, is seen by what stands in it. Nothing of it is executed, and nothing is opened that it names, but for
//! files beside it that pppd would read as part of it. What a person has to know before the connections are kept is a
//! [`Preview`]: which there are, what of each is used and what is not, and which are none of ours.

mod connman;
mod detect;
mod draft;
mod keyfile;
mod mobileconfig;
mod network_manager;
pub(crate) mod phonebook;
mod powershell;
mod preview;
mod routeros;
mod source;
#[cfg(test)]
mod tests;
mod uci;

pub use preview::{Found, Preview, Reason, Refusal, Refused, Remark, Treatment};
pub use source::Source;

use crate::Format;
use draft::Draft;

/// The most connections that are taken at once.
pub const MOST: usize = 1000;

/// Reads what there is in these. A file with passwords is good for the connections of the others.
pub fn read(sources: &[Source]) -> Preview {
    let mut preview = Preview::default();
    for source in sources {
        if let Some(bytes) = source.bytes().filter(|bytes| mobileconfig::is_one(bytes)) {
            take(&mut preview, source, Format::MobileConfig, mobileconfig::read(bytes));
            continue;
        }
        match source.text().and_then(|text| Ok((detect::format(&text)?, text))) {
            Ok((format, text)) => take(&mut preview, source, format, drafts(format, &text)),
            Err(why) => preview.refuse(source, why),
        }
    }
    preview
}

fn drafts(format: Format, text: &str) -> Vec<Draft> {
    match format {
        Format::ConnMan => connman::read(text),
        Format::MobileConfig => mobileconfig::read(text.as_bytes()),
        Format::NetworkManager => network_manager::read(text),
        Format::Phonebook => phonebook::read(text),
        Format::PowerShell => powershell::read(text),
        Format::RouterOs => routeros::read(text),
        Format::Uci => uci::read(text),
    }
}

fn take(preview: &mut Preview, source: &Source, format: Format, drafts: Vec<Draft>) {
    for draft in drafts {
        if preview.found.len() == MOST {
            return preview.refuse(source, Refusal::TooMany);
        }
        match draft.finish(source.name(), format) {
            Ok(found) => preview.found.push(found),
            Err(refused) => preview.refused.push(refused),
        }
    }
}
