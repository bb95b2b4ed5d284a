use culvert_model::Secret;

use super::super::{Preview, Source};
use super::*;
use crate::Format;

pub(in crate::import) const MAIL: &str = "Dear Alice,\n\nplease find below what you need to reach us from home.\n\n  Server: vpn.example.com\n  \
    User name: alice\n  Password: canary 7d:x=\n  Domain: CORP\n\nBest regards\nBob Example, 12 Main St.\nTel: 555-0100\n";

fn preview(text: &str) -> Preview {
    super::super::read(&[Source::pasted(text)])
}

fn one(text: &str) -> (String, String, String) {
    let mut preview = preview(text);
    assert_eq!((preview.found.len(), preview.refused.len()), (1, 0), "{text}: {preview:?}");
    let found = preview.found.remove(0);
    assert_eq!(found.format, Format::Mail);
    let password = found.password.as_ref().map(Secret::expose).unwrap_or_default().to_owned();
    (found.saved.profile.server.as_str().to_owned(), found.saved.profile.login_name(), password)
}

fn expect(server: &str, user: &str, password: &str) -> (String, String, String) {
    (server.to_owned(), user.to_owned(), password.to_owned())
}

#[test]
fn a_mail_is_read_line_by_line() {
    assert_eq!(one(MAIL), expect("vpn.example.com", "CORP\\alice", "canary 7d:x="));
    let found = preview(MAIL).found.remove(0);
    let lines: Vec<_> = found.remarks.iter().map(|remark| (remark.line, remark.key.as_str())).collect();
    assert_eq!(lines, [(5, "Server"), (6, "User name"), (7, "Password"), (8, "Domain")]);
    assert!(!format!("{found:?}").contains("canary"));
    let quoted: String = MAIL.lines().map(|line| format!("> {line}\r\n")).collect();
    assert_eq!(one(&quoted), expect("vpn.example.com", "CORP\\alice", "canary 7d:x="));
}

#[test]
fn it_is_read_in_many_forms_and_languages() {
    for (text, expected) in [
        (
            "Adresse: 192.0.2.7\nBenutzername: CORP\\alice\nKennwort: \"p q\"",
            expect("192.0.2.7", "CORP\\alice", "p q"),
        ),
        (
            "Serveur : vpn.example.com\nIdentifiant : alice\nMot de passe : x",
            expect("vpn.example.com", "alice", "x"),
        ),
        (
            "Servidor\n  vpn.example.com\nUsuario\n  alice@example.com\nContraseña\n  ñ",
            expect("vpn.example.com", "alice@example.com", "ñ"),
        ),
        (
            "Indirizzo del server = vpn.example.com.\nNome utente = alice",
            expect("vpn.example.com", "alice", ""),
        ),
        (
            "Serveradres:\tvpn.example.com\nGebruikersnaam:\talice\nWachtwoord:\tx",
            expect("vpn.example.com", "alice", "x"),
        ),
        (
            "Adres serwera: vpn.example.com\nNazwa użytkownika: alice\nHasło: x",
            expect("vpn.example.com", "alice", "x"),
        ),
        ("* **Server:** `vpn.example.com`\n* **Login:** alice", expect("vpn.example.com", "alice", "")),
        (
            "1. VPN server: vpn.example.com\n2. Your user name: alice\n3. Type: PPTP",
            expect("vpn.example.com", "alice", ""),
        ),
        ("Server: vpn.example.com\nUser: alice\nPassword: a|b*", expect("vpn.example.com", "alice", "a|b*")),
        (
            "* Server: vpn.example.com\n* User: alice\n* Password: x*",
            expect("vpn.example.com", "alice", "x*"),
        ),
        ("**Server: vpn.example.com**\n**User: alice**", expect("vpn.example.com", "alice", "")),
        ("| Host | vpn.example.com |\n| Account | alice |", expect("vpn.example.com", "alice", "")),
        ("Go to pptp://vpn.example.com/ with\nlogin: alice", expect("vpn.example.com", "alice", "")),
    ] {
        assert_eq!(one(text), expected, "{text}");
    }
    assert_eq!(preview("Server: vpn.example.com:1724\nUser: a").found[0].saved.profile.port, 1724);
}

#[test]
fn several_servers_are_several_connections_and_other_kinds_are_named() {
    let text =
        "Type: PPTP\nServer: a.example.com\nUser: alice\n\nType: L2TP\nServer: b.example.com\nUser: bob\n";
    let two = preview("Server: a.example.com\nUser: alice\n\nServer: b.example.com\nUser: bob\n");
    assert_eq!(two.found.len(), 2);
    assert_eq!(two.found[1].saved.profile.username, "bob");
    let other = preview("Protocol: L2TP/IPsec\nServer: b.example.com\nUser: bob\n");
    assert_eq!(other.refused[0].why, Refusal::OtherVpn("l2tp".to_owned()));
    let both = preview(text);
    assert_eq!((both.found.len(), both.refused.len()), (1, 1), "{both:?}");
    assert_eq!(both.found[0].saved.profile.server.as_str(), "a.example.com");
    assert_eq!(both.refused[0].why, Refusal::OtherVpn("l2tp".to_owned()));
}

#[test]
fn prose_is_none() {
    for text in [
        "once upon a time",
        "Address: 12 Main Street\nUser: alice",
        "Server: ask Bob\nUser: alice",
        "From: a@example.com\nSubject: vpn",
    ] {
        let preview = preview(text);
        assert_eq!((preview.found.len(), preview.refused.len()), (0, 1), "{text}: {preview:?}");
        assert_eq!(preview.refused[0].why, Refusal::Unknown, "{text}");
    }
}
