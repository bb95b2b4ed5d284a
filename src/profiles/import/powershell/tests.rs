use culvert_model::{AuthMethods, Traffic};

use super::super::{Preview, Source, Treatment};
use super::*;
use crate::PasswordMode;

fn preview(text: &str) -> Preview {
    super::super::read(&[Source::pasted(text)])
}

#[test]
fn a_script_is_read_and_not_run() {
    let text = "# office\r\nWrite-Host 'x'; Remove-Item C:\\ -Recurse\r\n\
        <# Add-VpnConnection -Name No -ServerAddress no #>\r\n\
        Add-VpnConnection -Name 'Bob''s office' -ServerAddress \"vpn.example.com\" `\r\n  -TunnelType Pptp `\r\n  \
        -EncryptionLevel Optional -AuthenticationMethod Pap, MSChapv2 -SplitTunneling -RememberCredential -Force -PassThru\r\n\
        add-vpnconnectionroute -ConnectionName \"Bob's office\" -DestinationPrefix 10.20.0.0/16 -PassThru\r\n\
        Add-VpnConnection -Name L -ServerAddress l.example.com -TunnelType L2tp -L2tpPsk canary\r\n\
        Add-VpnConnection -Name A -ServerAddress a.example.com -SplitTunneling:$false\r\n";
    let preview = preview(text);
    let office = &preview.found[0].saved;
    assert_eq!(
        (office.profile.name.as_str(), office.profile.server.as_str()),
        ("Bob's office", "vpn.example.com")
    );
    assert_eq!(office.profile.encryption, Encryption::Preferred);
    assert_eq!(office.profile.auth, AuthMethods::new([AuthMethod::Pap, AuthMethod::MsChapV2]));
    assert_eq!(
        office.profile.traffic,
        Traffic::Only { routes: vec!["10.20.0.0/16".parse().unwrap()], classful: true }
    );
    assert_eq!(office.password, PasswordMode::Keyring);
    let automatic = &preview.found[1];
    assert_eq!(
        (automatic.saved.profile.name.as_str(), &automatic.saved.profile.traffic),
        ("A", &Traffic::All)
    );
    assert_eq!((preview.found.len(), preview.refused.len()), (2, 1));
    assert_eq!(preview.refused[0].why, Refusal::OtherVpn("L2tp".to_owned()));
    assert!(!format!("{preview:?}").contains("canary"));
}

#[test]
fn what_would_be_worked_out_is_refused() {
    for (value, is_fine) in [
        ("'a$b'", true),
        ("\"a`$b\"", true),
        ("\"a$b\"", false),
        ("$name", false),
        ("(Get-Content x)", false),
        ("@params", false),
    ] {
        let preview = preview(&format!("Add-VpnConnection -Name {value} -ServerAddress h -TunnelType Pptp"));
        assert_eq!(preview.found.len(), usize::from(is_fine), "{value}: {preview:?}");
    }
    for (before, is_fine) in [
        ("$name = 'a'", true),
        ("$Name='a'; $other = \"b\"", true),
        ("[string]$x = 'b'; $name = \"a\" # the office", true),
        ("$name = 'a'; $name = 'b'", false),
        ("$name = 'a'\nif ($x) { $name = 'b' }", false),
        ("$name = 'a'; $name += 'b'", false),
        ("$name = Get-Content x", false),
        ("$name = $env:COMPUTERNAME", false),
        ("$name = 'a' + 'b'", false),
        ("$other = 'a'", false),
    ] {
        let preview = preview(&format!(
            "{before}\nAdd-VpnConnection -Name \"$name\" -ServerAddress \"vpn.${{name}}.example\" -TunnelType Pptp"
        ));
        assert_eq!(preview.found.len(), usize::from(is_fine), "{before}: {preview:?}");
        for found in &preview.found {
            let profile = &found.saved.profile;
            assert_eq!((profile.name.as_str(), profile.server.as_str()), ("a", "vpn.a.example"), "{before}");
        }
    }
    for value in ["$name.Server", "$env:NAME", "$(hostname)", "\"$(hostname)\"", "$list[0]"] {
        let text = format!(
            "$name = 'a'\n$list = 'a'\nAdd-VpnConnection -Name {value} -ServerAddress h -TunnelType Pptp"
        );
        assert_eq!(preview(&text).found.len(), 0, "{value}");
    }
    let splatted = preview("$p = @{ Name = 'x' }\nAdd-VpnConnection @p\n");
    assert!(format!("{:?}", splatted.refused[0].why).contains("Get-VpnConnection"));
    assert_eq!(preview("Add-VpnConnection -Name 'x").refused.len(), 1);
}

#[test]
fn the_list_of_what_there_is_is_read() {
    let list = "\n\nName                  : Office\nServerAddress         : vpn.example.com\nAllUserConnection     : False\n\
        Guid                  : {7A0F0D7C-0000-4000-8000-000000000000}\nTunnelType            : Automatic\n\
        AuthenticationMethod  : {Chap, MsChapv2}\nEncryptionLevel       : Required\nL2tpIPsecAuth         : \n\
        UseWinlogonCredential : False\nConnectionStatus      : Disconnected\nRememberCredential    : False\n\
        SplitTunneling        : True\nDnsSuffix             : corp.example\nIdleDisconnectSeconds : 0\n\n\
        Name                  : Other\nServerAddress         : o.example.com\nTunnelType            : Ikev2\n";
    let preview = preview(list);
    assert_eq!((preview.found.len(), preview.refused.len()), (1, 1));
    let found = &preview.found[0];
    assert_eq!(found.saved.profile.search_domains, ["corp.example"]);
    assert_eq!(found.saved.password, PasswordMode::Ask);
    assert_eq!(found.saved.profile.traffic, Traffic::Only { routes: vec![], classful: true });
    // Encryption is required: CHAP gives no keys.
    assert_eq!(found.saved.profile.auth, AuthMethods::default());
    let kind = found.remarks.iter().find(|remark| remark.key == "TunnelType").unwrap();
    assert_eq!(kind.treatment, Treatment::Changed(Reason::Automatic));
}

/// What stands in mails and in documents, and without names.
#[test]
fn other_dashes_quotes_and_places_are_as_good() {
    for text in [
        "Add-VpnConnection \u{2013}Name \u{201e}Office\u{201c} \u{2014}ServerAddress vpn.example.com \u{2015}TunnelType Pptp",
        "Add-VpnConnection 'Office' vpn.example.com Pptp",
    ] {
        let preview = preview(text);
        assert_eq!((preview.found.len(), preview.refused.len()), (1, 0), "{text}: {preview:?}");
        let profile = &preview.found[0].saved.profile;
        assert_eq!((profile.name.as_str(), profile.server.as_str()), ("Office", "vpn.example.com"), "{text}");
    }
}
