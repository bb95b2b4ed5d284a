//! Reads the connections that other programs left, and our own.
//!
//! What a file is, is seen by what stands in it. Nothing of it is executed, and nothing is opened that it names, but for
//! files beside it that pppd would read as part of it. What a person has to know before the connections are kept is a
//! [`Preview`]: which there are, what of each is used and what is not, and which are none of ours.

mod connman;
mod detect;
mod draft;
mod keyfile;
mod mail;
mod mobileconfig;
mod netplan;
mod network_manager;
pub(crate) mod own;
pub(crate) mod phonebook;
mod powershell;
mod pppd;
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

/// Reads what there is in these. A file with pppd's secrets gives its connections their passwords.
pub fn read(sources: &[Source]) -> Preview {
    let (mut preview, mut secrets) = (Preview::default(), pppd::Secrets::default());
    let mut texts = Vec::new();
    for source in sources {
        if let Some(bytes) = source.bytes().filter(|bytes| mobileconfig::is_one(bytes)) {
            take(&mut preview, source, Format::MobileConfig, mobileconfig::read(bytes), &secrets);
            continue;
        }
        match source.text() {
            Ok(text) if pppd::Secrets::is_one(source.name(), &text) => secrets.take(&text),
            Ok(text) => texts.push((source, text)),
            Err(why) => preview.refuse(source, why),
        }
    }
    for (source, text) in &texts {
        match detect::format(text) {
            Ok(format) => take(&mut preview, source, format, drafts(format, source, text), &secrets),
            // Its addresses would look like somebody's prose.
            Err(why @ Refusal::OtherVpn(_)) => preview.refuse(source, why),
            Err(why) => match mail::read(text) {
                drafts if drafts.is_empty() => preview.refuse(source, why),
                drafts => take(&mut preview, source, Format::Mail, drafts, &secrets),
            },
        }
    }
    if let (Some(source), true, true) = (sources.first(), texts.is_empty(), secrets.len() > 0) {
        preview.refuse(source, Refusal::OnlySecrets);
    }
    preview
}

/// Reads a file as one of this format, whatever it looks like, so that a fuzz target is one parser's alone.
#[cfg(fuzzing)]
pub fn read_as(format: Format, source: &Source) -> Preview {
    let mut preview = Preview::default();
    match source.text() {
        Ok(text) => {
            take(&mut preview, source, format, drafts(format, source, &text), &pppd::Secrets::default())
        }
        Err(why) => preview.refuse(source, why),
    }
    preview
}

fn drafts(format: Format, source: &Source, text: &str) -> Vec<Draft> {
    match format {
        Format::Culvert => own::read(text),
        Format::ConnMan => connman::read(text),
        Format::Mail => mail::read(text),
        Format::MobileConfig => mobileconfig::read(text.as_bytes()),
        Format::NetworkManager => network_manager::read(text),
        Format::Netplan => netplan::read(text),
        Format::Phonebook => phonebook::read(text),
        Format::PowerShell => powershell::read(text),
        Format::Pppd => pppd::read(source, text),
        Format::RouterOs => routeros::read(text),
        Format::Uci => uci::read(text),
    }
}

fn take(preview: &mut Preview, source: &Source, format: Format, drafts: Vec<Draft>, secrets: &pppd::Secrets) {
    if drafts.is_empty() {
        preview.refuse(source, Refusal::Unknown);
    }
    for mut draft in drafts {
        if preview.found.len() == MOST {
            return preview.refuse(source, Refusal::TooMany);
        }
        let remote = draft.remote.take();
        match draft.finish(source.name(), format) {
            Ok(mut found) => {
                if format == Format::Pppd {
                    secrets.give_to(&mut found, remote.as_deref());
                }
                preview.found.push(found);
            }
            Err(refused) => preview.refused.push(refused),
        }
    }
}
