//! Sees which program wrote a file.

use super::{Refusal, pppd};
use crate::Format;

/// What wrote this, by what stands in it.
pub(super) fn format(text: &str) -> Result<Format, Refusal> {
    let lines = || text.lines().map(str::trim);
    let has_line = |wanted: &str| lines().any(|line| line == wanted);
    let begins = |wanted: &str| lines().any(|line| line.starts_with(wanted));
    let is_own = |line: &str| line.replace(' ', "").starts_with("format=\"culvert-profile\"");
    // What stands in the first table is no more of the file as such.
    if lines().take_while(|line| !line.starts_with('[')).any(is_own) {
        Ok(Format::Culvert)
    } else if has_line("[connection]") && (begins("type=") || begins("service-type=")) {
        Ok(Format::NetworkManager)
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
    } else if begins("/interface ") || begins("/ppp ") || lines().any(is_header_of_router) {
        Ok(Format::RouterOs)
    } else if pppd::is_peer(text) {
        Ok(Format::Pppd)
    } else if is_powershell(text) {
        Ok(Format::PowerShell)
    } else {
        Err(other_vpn(text).map_or(Refusal::Unknown, |kind| Refusal::OtherVpn(kind.to_owned())))
    }
}

/// The kind of VPN whose own file this is.
fn other_vpn(text: &str) -> Option<&'static str> {
    let lines =
        || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let is_openvpn = lines().any(|line| line == "client") && lines().any(|line| line.starts_with("remote "));
    match lines().next()? {
        "[Interface]" => Some("WireGuard"),
        "conn %default" | "config setup" => Some("IPsec"),
        _ => is_openvpn.then_some("OpenVPN"),
    }
}

/// Such as `# 2026-01-02 03:04:05 by RouterOS 7.14`.
fn is_header_of_router(line: &str) -> bool {
    line.starts_with('#') && line.contains("by RouterOS")
}

/// A script that adds a connection, or the list of `Get-VpnConnection`.
fn is_powershell(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("-vpnconnection") && !text.contains("<html")
        || text.lines().any(|line| line.trim_start().starts_with("serveraddress") && line.contains(" : "))
}
