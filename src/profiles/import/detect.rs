//! Sees which program wrote a file.

use super::{Refusal, pppd};
use crate::Format;

/// What wrote this, by what stands in it.
pub(super) fn format(text: &str) -> Result<Format, Refusal> {
    let lines = || text.lines().map(str::trim);
    let has_line = |wanted: &str| lines().any(|line| line == wanted);
    let begins = |wanted: &str| lines().any(|line| line.starts_with(wanted));
    if begins("format = \"culvert-profile\"") || begins("format=\"culvert-profile\"") {
        Ok(Format::Culvert)
    } else if begins("VpnStrategy=") || begins("MEDIA=rastapi") {
        Ok(Format::Phonebook)
    } else if has_line("[connection]") {
        Ok(Format::NetworkManager)
    } else if has_line("network:") && has_line("nm-devices:") {
        Ok(Format::Netplan)
    } else if begins("[provider_") {
        Ok(Format::ConnMan)
    } else if begins("config interface") || begins("config 'interface'") {
        Ok(Format::Uci)
    } else if begins("/interface ") || begins("/ppp ") || text.contains("by RouterOS") {
        Ok(Format::RouterOs)
    } else if pppd::is_peer(text) {
        Ok(Format::Pppd)
    } else if is_powershell(text) {
        Ok(Format::PowerShell)
    } else {
        Err(Refusal::Unknown)
    }
}

/// A script that adds a connection, or the list of `Get-VpnConnection`.
fn is_powershell(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("-vpnconnection") && !text.contains("<html")
        || text.lines().any(|line| line.trim_start().starts_with("serveraddress") && line.contains(" : "))
}
