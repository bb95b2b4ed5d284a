//! A server's name as name servers know it.

use culvert_model::Host;

use crate::host::dns::file::is_domain;

/// The names to ask for, one after the other: with a dot the name itself, without one the name in each domain first.
/// Empty where it can't be one.
pub(super) fn candidates(server: &Host, search: &[String]) -> Vec<String> {
    let Some(name) = ascii(server.as_str()) else { return Vec::new() };
    let in_domains = search.iter().map(|domain| format!("{name}.{domain}")).filter(|_| !name.contains('.'));
    let absolute = name.strip_suffix('.').unwrap_or(&name).to_owned();
    in_domains.chain([absolute]).filter(|name| is_domain(name)).collect()
}

/// The name in ASCII (IDNA, RFC 5891).
pub(super) fn ascii(name: &str) -> Option<String> {
    if name.is_ascii() {
        return Some(name.to_ascii_lowercase());
    }
    idna::domain_to_ascii(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(server: &str) -> Vec<String> {
        let search = ["home.example".to_owned(), "office.example".to_owned()];
        candidates(&server.parse().unwrap(), &search)
    }

    #[test]
    fn domains_are_tried_behind_names_without_a_dot_alone() {
        assert_eq!(names("vpn"), ["vpn.home.example", "vpn.office.example", "vpn"]);
        assert_eq!(names("VPN.example.com"), ["vpn.example.com"]);
        assert_eq!(names("vpn."), ["vpn"]);
    }

    #[test]
    fn names_of_every_script_are_asked_for_in_ascii() {
        assert_eq!(names("bücher.example"), ["xn--bcher-kva.example"]);
        assert_eq!(names("ПРИМЕР.example"), ["xn--e1afmkfd.example"]);
        assert_eq!(names("faß.example"), ["xn--fa-hia.example"]);
    }

    #[test]
    fn what_can_be_no_name_is_not_asked_for() {
        for server in ["a..example", ".", &format!("{}.example", "x".repeat(64)), "xn--\u{e4}.example"] {
            assert_eq!(names(server), [""; 0], "{server}");
        }
    }
}
