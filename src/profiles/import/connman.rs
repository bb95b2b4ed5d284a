//! ConnMan's `.config` files of VPN providers.

use culvert_model::{AuthMethod, Encryption};

use super::draft::{Draft, Field, mask_length};
use super::keyfile::{self, Group};
use super::{Reason, Refusal};

/// The connections of a file.
pub(super) fn read(text: &str) -> Vec<Draft> {
    match keyfile::groups(text) {
        Ok(groups) => groups.iter().filter(|group| group.name.starts_with("provider_")).map(draft).collect(),
        Err(why) => vec![Draft::refused(why)],
    }
}

fn draft(group: &Group<'_>) -> Draft {
    let mut draft = Draft::new(group.line);
    let mut requires = [false; 3];
    for raw in &group.fields {
        let is_exact = matches!(raw.key, "PPTP.Password" | "PPPD.Password");
        let value = keyfile::unescape(if is_exact { raw.value } else { raw.value.trim_end() });
        let field = Field { value: &value, ..*raw };
        // Older files say PPTP. where newer ones say PPPD.
        let key =
            field.key.strip_prefix("PPPD.").or_else(|| field.key.strip_prefix("PPTP.")).unwrap_or(field.key);
        let is_on = matches!(field.value.to_ascii_lowercase().as_str(), "yes" | "true" | "1");
        match key {
            "Type" if field.value.eq_ignore_ascii_case("pptp") => draft.used(field),
            "Type" => draft.refuse(Refusal::OtherVpn(field.value.to_owned())),
            "Name" => draft.name(field),
            "Host" => draft.server(field),
            "User" => draft.login(field),
            "Password" => draft.password(field),
            "Domain" if !field.value.is_empty() => {
                draft.profile().search_domains = vec![field.value.to_owned()];
                draft.used(field);
            }
            "Networks" => networks(&mut draft, field),
            "EchoInterval" if field.value == "0" => draft.changed(field, Reason::OutOfRange),
            "EchoInterval" => draft.keepalive(field),
            "RefusePAP" => refuse(&mut draft, field, is_on, Some(AuthMethod::Pap)),
            "RefuseCHAP" => refuse(&mut draft, field, is_on, Some(AuthMethod::ChapMd5)),
            "RefuseMSCHAP" => refuse(&mut draft, field, is_on, Some(AuthMethod::MsChapV1)),
            "RefuseMSCHAP2" => refuse(&mut draft, field, is_on, Some(AuthMethod::MsChapV2)),
            "RefuseEAP" => refuse(&mut draft, field, is_on, None),
            // The missing e is theirs.
            "RequirMPPE128" | "RequireMPPE128" => require(&mut requires[0], &mut draft, field, is_on),
            "RequirMPPE40" | "RequireMPPE40" => require(&mut requires[1], &mut draft, field, is_on),
            "RequirMPPE" | "RequireMPPE" => require(&mut requires[2], &mut draft, field, is_on),
            "RequirMPPEStateful" | "RequireMPPEStateful" => {
                draft.profile().stateful = is_on;
                draft.used(field);
            }
            "EchoFailure" | "NoBSDComp" | "NoDeflate" | "NoVJ" | "Debug" => {
                draft.ignored(field, Reason::Always)
            }
            _ => draft.kept(field, field.key),
        }
    }
    match requires {
        [true, ..] => draft.profile().encryption = Encryption::Required128,
        [false, false, false] => draft.encryption_not_asked("PPPD.RequirMPPE"),
        _ => draft.profile().encryption = Encryption::Required,
    }
    draft
}

fn require(required: &mut bool, draft: &mut Draft, field: Field<'_>, is_on: bool) {
    *required = is_on;
    draft.used(field);
}

fn refuse(draft: &mut Draft, field: Field<'_>, is_on: bool, method: Option<AuthMethod>) {
    if let Some(method) = method.filter(|_| is_on) {
        draft.without(method);
    }
    draft.used(field);
}

/// `network/mask/gateway`, with commas between; the mask is a length or an address.
fn networks(draft: &mut Draft, field: Field<'_>) {
    for network in field.value.split(',').map(str::trim).filter(|network| !network.is_empty()) {
        draft.split();
        let mut parts = network.split('/');
        let (address, mask) = (parts.next().unwrap_or_default(), parts.next().unwrap_or("32"));
        let length = mask_length(mask).map_or_else(|| mask.to_owned(), |length| length.to_string());
        draft.route(field, &format!("{address}/{length}"));
    }
}

#[cfg(test)]
mod tests {
    use culvert_model::{AuthMethods, Secret, Traffic};

    use super::super::Source;
    use super::*;

    #[test]
    fn a_provider_is_understood() {
        let text = "[global]\nName = Example\n\n[provider_office]\nType = PPTP\nName = Office\nHost = vpn.example.com\n\
            Domain = corp.example\nNetworks = 10.20.0.0/255.255.0.0/,10.30.0.0/16\nPPTP.User = alice\nPPTP.Password = a b\n\
            PPPD.EchoInterval = 30\nPPTP.RefuseEAP = yes\nPPPD.RefusePAP = true\nPPPD.RefuseCHAP = 1\nPPPD.RefuseMSCHAP = TRUE\n\
            PPPD.RequirMPPE128 = true\n\n[provider_other]\nType = OpenVPN\nName = Other\nHost = o.example.com\n";
        let preview = super::super::read(&[Source::pasted(text)]);
        assert_eq!((preview.found.len(), preview.refused.len()), (1, 1), "{preview:?}");
        assert_eq!(preview.refused[0].why, Refusal::OtherVpn("OpenVPN".to_owned()));
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.username.as_str()), ("Office", "alice"));
        assert_eq!((profile.encryption, &profile.auth), (Encryption::Required128, &AuthMethods::default()));
        let networks = ["10.20.0.0/16", "10.30.0.0/16"].map(|network| network.parse().unwrap());
        assert_eq!(profile.traffic, Traffic::only(networks));
        assert_eq!(profile.search_domains, ["corp.example"]);
        assert_eq!(found.password.as_ref().map(Secret::expose), Some("a b"));
    }
}
