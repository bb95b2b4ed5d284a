//! Configuration profiles of macOS and iOS, `.mobileconfig`: property lists in XML, signed or not. Nobody exports binary
//! ones, and they can be made to unfold without end.

use std::io::Cursor;

use culvert_model::{AuthMethod, Dns, Encryption};
use plist::{Dictionary, Value};

use super::draft::{Draft, Field};
use super::{Reason, Refusal};
use crate::PasswordMode;

/// The deepest nesting that is read.
const DEEPEST: usize = 32;

/// Whether these bytes are a property list, or what a signature is around one.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"bplist") || find(bytes, b"<plist").is_some()
}

/// The connections of a configuration profile.
pub(super) fn read(bytes: &[u8]) -> Vec<Draft> {
    let bytes = inside_of_signature(bytes);
    if bytes.starts_with(b"bplist") {
        return vec![Draft::broken_at(
            1,
            "it is a binary property list: convert it with plutil -convert xml1",
        )];
    }
    let whole = is_shallow(bytes).then(|| Value::from_reader_xml(Cursor::new(bytes)).ok()).flatten();
    let Some(Value::Dictionary(root)) = whole else {
        return vec![Draft::broken_at(
            1,
            "it is no property list that can be read; if it is signed, export it unsigned",
        )];
    };
    let mut payloads = Vec::new();
    collect(&root, &mut payloads);
    let vpns: Vec<_> = payloads.into_iter().filter(|payload| text(payload, "VPNType").is_some()).collect();
    if vpns.is_empty() {
        return vec![Draft::refused(Refusal::Unknown)];
    }
    vpns.into_iter().map(connection).collect()
}

/// What a signature is around (CMS, RFC 5652). It is not checked: nothing is trusted for it.
fn inside_of_signature(bytes: &[u8]) -> &[u8] {
    let start = find(bytes, b"<?xml").or_else(|| find(bytes, b"<plist"));
    match (bytes, start) {
        ([0x30, ..], Some(start)) => {
            let end = b"</plist>";
            let length = find(&bytes[start..], end).map_or(bytes.len() - start, |at| at + end.len());
            &bytes[start..start + length]
        }
        _ => bytes,
    }
}

/// Whether it is nested no deeper than anybody means it to be.
fn is_shallow(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    for tag in bytes.split(|byte| *byte == b'<').skip(1) {
        if tag.starts_with(b"dict") || tag.starts_with(b"array") {
            depth += 1;
        } else if tag.starts_with(b"/dict") || tag.starts_with(b"/array") {
            depth = depth.saturating_sub(1);
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// This dictionary and what its `PayloadContent` holds.
fn collect<'a>(dictionary: &'a Dictionary, payloads: &mut Vec<&'a Dictionary>) {
    payloads.push(dictionary);
    let content = dictionary.get("PayloadContent").and_then(Value::as_array);
    content.into_iter().flatten().filter_map(Value::as_dictionary).for_each(|inner| collect(inner, payloads));
}

fn text<'a>(dictionary: &'a Dictionary, key: &str) -> Option<&'a str> {
    dictionary.get(key).and_then(Value::as_string)
}

/// Numbers stand for truth here, and some write the word.
fn is_on(dictionary: &Dictionary, key: &str) -> bool {
    match dictionary.get(key) {
        Some(Value::Boolean(is)) => *is,
        Some(value) => value.as_signed_integer().is_some_and(|number| number != 0),
        None => false,
    }
}

fn connection(payload: &Dictionary) -> Draft {
    let mut draft = Draft::new(1);
    let field = |key, value| Field { line: 1, key, value };
    let name = text(payload, "UserDefinedName").or_else(|| text(payload, "PayloadDisplayName"));
    draft.name(field("UserDefinedName", name.unwrap_or_default()));
    let kind = text(payload, "VPNType").unwrap_or_default();
    if kind == "PPTP" {
        draft.used(field("VPNType", kind));
    } else {
        draft.refuse(Refusal::OtherVpn(kind.to_owned()));
    }
    let empty = Dictionary::new();
    let part = |key| payload.get(key).and_then(Value::as_dictionary).unwrap_or(&empty);
    ppp(&mut draft, part("PPP"));
    ipv4(&mut draft, part("IPv4"));
    dns(&mut draft, part("DNS"));
    for key in payload
        .keys()
        .filter(|key| !matches!(key.as_str(), "UserDefinedName" | "VPNType" | "PPP" | "IPv4" | "DNS"))
    {
        let reason =
            if key == "Proxies" || key == "OnDemandEnabled" { Reason::NotSupported } else { Reason::Always };
        draft.ignored(field(key, ""), reason);
    }
    draft
}

fn ppp(draft: &mut Draft, ppp: &Dictionary) {
    for key in ppp.keys() {
        let value = text(ppp, key).unwrap_or_default();
        let field = Field { line: 1, key, value };
        match key.as_str() {
            "CommRemoteAddress" => draft.server(field),
            "AuthName" if value.contains('%') => draft.changed(field, Reason::Placeholder),
            "AuthName" => draft.login(field),
            "AuthPassword" => draft.password(field),
            "TokenCard" => {
                if is_on(ppp, key) {
                    draft.saved.password = PasswordMode::Ask;
                }
                draft.used(field);
            }
            "AuthEAPPlugins" if asks_for_more_than_a_password(&ppp[key]) => {
                draft.refuse(Refusal::NoLogin);
            }
            "AuthProtocol" | "AuthEAPPlugins" => {
                draft.allow_only(&[AuthMethod::MsChapV2]);
                draft.changed(field, Reason::OnlyEap);
            }
            "CCPEnabled" | "CCPMPPE40Enabled" | "CCPMPPE128Enabled" => draft.used(field),
            "DisconnectOnIdle" | "DisconnectOnIdleTimer" => draft.ignored(field, Reason::NotSupported),
            _ => draft.ignored(field, Reason::Unknown),
        }
    }
    // The Mac logs in by MS-CHAPv2 unless the server wants less.
    if !ppp.contains_key("AuthProtocol") {
        draft.allow_only(&[AuthMethod::MsChapV2]);
    }
    draft.profile().encryption = match (is_on(ppp, "CCPEnabled"), is_on(ppp, "CCPMPPE40Enabled")) {
        (true, false) => Encryption::Required128,
        (true, true) => Encryption::Required,
        (false, _) if ppp.contains_key("CCPEnabled") => Encryption::None,
        (false, _) => return draft.encryption_not_asked("CCPEnabled"),
    };
}

/// Certificates, tokens and tickets: PPTP carries none of them here.
fn asks_for_more_than_a_password(plugins: &Value) -> bool {
    let plugins = plugins.as_array().into_iter().flatten().filter_map(Value::as_string);
    plugins.into_iter().any(|plugin| matches!(plugin, "EAP-RSA" | "EAP-TLS" | "EAP-KRB"))
}

fn ipv4(draft: &mut Draft, ipv4: &Dictionary) {
    if !is_on(ipv4, "OverridePrimary") {
        draft.split();
        draft.is_classful = true;
    }
    for key in ipv4.keys() {
        let field = Field { line: 1, key, value: "" };
        if key == "OverridePrimary" { draft.used(field) } else { draft.ignored(field, Reason::Always) }
    }
}

fn dns(draft: &mut Draft, dns: &Dictionary) {
    let list = |key: &str| -> Vec<&str> {
        let values = dns.get(key).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_string).collect()
    };
    let servers: Result<Vec<_>, _> = list("ServerAddresses").into_iter().map(str::parse).collect();
    let field = |key| Field { line: 1, key, value: "" };
    match servers {
        Ok(servers) if servers.is_empty() => {}
        Ok(servers) => {
            draft.profile().dns = Dns::Servers(servers);
            draft.used(field("ServerAddresses"));
        }
        Err(_) => draft.broken(field("ServerAddresses"), "not all of these are IPv4 addresses"),
    }
    let mut domains: Vec<String> = list("SearchDomains").into_iter().map(str::to_owned).collect();
    domains.extend(list("SupplementalMatchDomains").into_iter().map(str::to_owned));
    domains.extend(text(dns, "DomainName").map(str::to_owned));
    domains.retain(|domain| !domain.is_empty());
    domains.sort_unstable();
    domains.dedup();
    if !domains.is_empty() {
        draft.profile().search_domains = domains;
        draft.used(field("SearchDomains"));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use culvert_model::{AuthMethods, Traffic};

    use super::super::{Preview, Source};
    use super::*;

    pub(in crate::import) const VPN: &str = "<dict><key>PayloadType</key><string>com.apple.vpn.managed</string>\
        <key>UserDefinedName</key><string>Campus &amp; labs</string><key>VPNType</key><string>PPTP</string>\
        <key>PPP</key><dict><key>CommRemoteAddress</key><string>vpn.example.com</string>\
        <key>AuthName</key><string>CORP\\alice</string><key>AuthPassword</key><string>canary-3d</string>\
        <key>CCPEnabled</key><integer>1</integer><key>CCPMPPE128Enabled</key><integer>1</integer>\
        <key>DisconnectOnIdle</key><integer>0</integer></dict>\
        <key>IPv4</key><dict><key>OverridePrimary</key><integer>1</integer></dict>\
        <key>DNS</key><dict><key>ServerAddresses</key><array><string>10.0.0.53</string></array>\
        <key>SearchDomains</key><array><string>corp.example</string></array></dict><key>EAP</key><dict/></dict>";

    pub(in crate::import) fn profile(payloads: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict><key>PayloadType</key>\
             <string>Configuration</string><key>PayloadContent</key><array>{payloads}</array></dict></plist>"
        )
    }

    fn preview(bytes: &[u8]) -> Preview {
        super::super::read(&[Source::of_bytes("profile.mobileconfig", bytes)])
    }

    fn is_whole(preview: &Preview) {
        assert!(preview.refused.is_empty(), "{preview:?}");
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.server.as_str()), ("Campus & labs", "vpn.example.com"));
        assert_eq!(
            (profile.login_name().as_str(), profile.encryption),
            ("CORP\\alice", Encryption::Required128)
        );
        assert_eq!((&profile.traffic, &profile.auth), (&Traffic::All, &AuthMethods::default()));
        assert_eq!(profile.dns, Dns::Servers(vec![[10, 0, 0, 53].into()]));
        assert_eq!(found.password.as_ref().map(culvert_model::Secret::expose), Some("canary-3d"));
        assert!(!format!("{preview:?}").contains("canary-3d"));
    }

    #[test]
    fn plain_and_signed_ones_are_read() {
        let xml = profile(VPN);
        is_whole(&preview(xml.as_bytes()));
        let signed = [&[0x30, 0x82, 0x10, 0, 6, 9][..], xml.as_bytes(), &[0xa0, 0x82, 0, 0xff]].concat();
        is_whole(&preview(&signed));
    }

    #[test]
    fn other_kinds_are_named_and_their_siblings_taken() {
        let l2tp = VPN.replace(">PPTP<", ">L2TP<").replace("Campus", "Other");
        let both = preview(profile(&(l2tp.clone() + VPN)).as_bytes());
        assert_eq!((both.found.len(), both.refused.len()), (1, 1));
        assert_eq!(both.refused[0].why, Refusal::OtherVpn("L2TP".to_owned()));
        assert!(preview(profile(&l2tp).as_bytes()).found.is_empty());
        assert_eq!(preview(profile("<dict/>").as_bytes()).refused[0].why, Refusal::Unknown);
    }

    #[test]
    fn hostile_ones_are_refused() {
        let xxe = profile(&VPN.replace("vpn.example.com", "&x;")).replace(
            "<!DOCTYPE plist PUBLIC",
            "<!DOCTYPE plist [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><!DOCTYPE plist PUBLIC",
        );
        assert!(preview(xxe.as_bytes()).found.is_empty());
        assert!(format!("{:?}", preview(b"bplist00 whatever").refused[0].why).contains("plutil"));
        let deep = format!("<plist>{}", "<array>".repeat(100_000));
        assert!(preview(deep.as_bytes()).found.is_empty());
        let certificate = VPN.replace(
            "<key>CCPEnabled",
            "<key>AuthEAPPlugins</key><array><string>EAP-TLS</string></array><key>CCPEnabled",
        );
        assert_eq!(preview(profile(&certificate).as_bytes()).refused[0].why, Refusal::NoLogin);
        let placeholder = preview(profile(&VPN.replace("CORP\\alice", "%ShortName%")).as_bytes());
        assert_eq!(placeholder.found[0].saved.profile.username, "");
    }
}
