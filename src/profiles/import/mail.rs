//! What somebody was sent: a mail or a page of a manual, with a label and a value on a line, in many languages.
//!
//! Only lines that are recognised are told of; the rest is somebody's prose.

use culvert_model::{AuthMethod, Encryption, Host};

use super::Refusal;
use super::draft::{Draft, Field};

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Server,
    User,
    Password,
    Domain,
    Kind,
    Encryption,
    Name,
}

/// How people call it, in lower case.
const LABELS: [(Label, &[&str]); 7] = [
    (
        Label::Server,
        &[
            "server",
            "vpn server",
            "vpn-server",
            "pptp server",
            "server address",
            "server name",
            "server name or address",
            "vpn server address",
            "vpn address",
            "host",
            "hostname",
            "host name",
            "address",
            "gateway",
            "vpn gateway",
            "internet address",
            "connect to",
            "remote address",
            "serveradresse",
            "server-adresse",
            "servername",
            "adresse",
            "vpn-adresse",
            "vpn-gateway",
            "gegenstelle",
            "rechnername",
            "serveur",
            "adresse du serveur",
            "nom du serveur",
            "serveur vpn",
            "hôte",
            "passerelle",
            "servidor",
            "servidor vpn",
            "dirección",
            "dirección del servidor",
            "puerta de enlace",
            "indirizzo",
            "indirizzo del server",
            "indirizzo server",
            "server vpn",
            "nome server",
            "serveradres",
            "adres",
            "servernaam",
            "endereço",
            "endereço do servidor",
            "endereço ip",
            "serwer",
            "adres serwera",
            "serwer vpn",
            "сервер",
            "адрес",
            "адрес сервера",
        ],
    ),
    (
        Label::User,
        &[
            "user",
            "username",
            "user name",
            "user id",
            "userid",
            "login",
            "login name",
            "account",
            "account name",
            "vpn user",
            "benutzer",
            "benutzername",
            "benutzerkennung",
            "anmeldename",
            "kennung",
            "nutzername",
            "konto",
            "utilisateur",
            "nom d'utilisateur",
            "nom d’utilisateur",
            "identifiant",
            "compte",
            "usuario",
            "nombre de usuario",
            "cuenta",
            "utente",
            "nome utente",
            "account utente",
            "gebruiker",
            "gebruikersnaam",
            "usuário",
            "nome de usuário",
            "utilizador",
            "nome de utilizador",
            "użytkownik",
            "nazwa użytkownika",
            "пользователь",
            "имя пользователя",
            "логин",
        ],
    ),
    (
        Label::Password,
        &[
            "password",
            "passwd",
            "pass",
            "pwd",
            "vpn password",
            "passphrase",
            "passwort",
            "kennwort",
            "mot de passe",
            "contraseña",
            "clave",
            "parola d'ordine",
            "wachtwoord",
            "senha",
            "palavra-passe",
            "hasło",
            "пароль",
        ],
    ),
    (
        Label::Domain,
        &[
            "domain",
            "windows domain",
            "ad domain",
            "nt domain",
            "domäne",
            "domaene",
            "windows-domäne",
            "domaine",
            "dominio",
            "domein",
            "domínio",
            "domena",
            "домен",
        ],
    ),
    (
        Label::Kind,
        &[
            "type",
            "vpn type",
            "type of vpn",
            "protocol",
            "vpn protocol",
            "tunnel type",
            "typ",
            "vpn-typ",
            "art",
            "protokoll",
            "type de vpn",
            "protocole",
            "tipo",
            "tipo de vpn",
            "protocolo",
            "tipo di vpn",
            "protocollo",
            "soort",
            "vpn-type",
            "rodzaj",
            "protokół",
            "тип",
            "протокол",
        ],
    ),
    (
        Label::Encryption,
        &[
            "encryption",
            "ppp encryption",
            "mppe",
            "verschlüsselung",
            "chiffrement",
            "cifrado",
            "crittografia",
            "cifratura",
            "versleuteling",
            "criptografia",
            "encriptação",
            "szyfrowanie",
            "шифрование",
        ],
    ),
    (
        Label::Name,
        &[
            "connection name",
            "vpn name",
            "name of the connection",
            "verbindungsname",
            "name der verbindung",
            "nom de la connexion",
            "nombre de la conexión",
            "nome della connessione",
            "naam van de verbinding",
            "nome da conexão",
            "nazwa połączenia",
        ],
    ),
];

/// The connections that a text tells of; none where it tells of no server.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let mut drafts: Vec<(Draft, Option<Host>)> = Vec::new();
    let mut waiting = None;
    for (number, raw) in (1..).zip(text.lines()) {
        let line = bare(raw);
        if line.is_empty() {
            continue;
        }
        let told =
            labelled(line).or_else(|| address(line).map(|address| (Label::Server, "pptp://", address)));
        let (label, key, value) = match (waiting.take(), told) {
            (_, Some((label, key, ""))) => {
                waiting = Some((label, key.to_owned()));
                continue;
            }
            (_, Some(told)) => told,
            // The value stands below its label.
            (Some((label, ref key)), None) => {
                take(&mut drafts, label, Field { line: number, key, value: line });
                continue;
            }
            (None, None) => continue,
        };
        take(&mut drafts, label, Field { line: number, key, value });
    }
    drafts.into_iter().filter(|(_, server)| server.is_some()).map(|(draft, _)| draft).collect()
}

/// A line without what mails put in front of it: marks of quotation and of lists, and stars around words.
fn bare(line: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '>' | '*' | '-' | '•' | '·' | '–' | '|' | '_');
    line.trim_start_matches(is_mark).trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '|'))
}

/// The label of a line and its value, which is empty where it stands below.
fn labelled(line: &str) -> Option<(Label, &str, &str)> {
    let (key, value) = match line.find([':', '=', '\t', '|']) {
        Some(at) => (
            &line[..at],
            line[at..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '|')),
        ),
        None => (line, ""),
    };
    let key = key.trim().trim_end_matches(['*', '_', '`']).trim();
    let lower = key.to_lowercase();
    // Some number their steps: "1. Server", and some say whose it is: "Your user name".
    let plain = lower.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    let plain = ["your ", "the ", "ihr ", "ihre ", "votre ", "su ", "il tuo "]
        .iter()
        .find_map(|word| plain.strip_prefix(word))
        .unwrap_or(plain);
    let label = LABELS.iter().find(|(_, words)| words.contains(&plain)).map(|(label, _)| *label)?;
    // What is bold ends behind the colon.
    Some((label, key, value.strip_prefix("**").unwrap_or(value).trim()))
}

/// An address such as `pptp://vpn.example.com` in a line of prose.
fn address(line: &str) -> Option<&str> {
    let at = line.to_ascii_lowercase().find("pptp://")?;
    line.get(at + "pptp://".len()..)?
        .split(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '"' | ')' | ','))
        .next()
}

fn take(drafts: &mut Vec<(Draft, Option<Host>)>, label: Label, field: Field<'_>) {
    if label == Label::Server {
        return server(drafts, field);
    }
    if drafts.is_empty() {
        drafts.push((begin(field.line), None));
    }
    let Some((draft, _)) = drafts.last_mut() else { return };
    let value = unquoted(field.value);
    let field = Field { value, ..field };
    match label {
        Label::Server => {}
        // The domain may have been told before.
        Label::User => draft.login(field),
        Label::Password => draft.password(field),
        Label::Domain => {
            draft.profile().domain = Some(value.to_owned());
            draft.used(field);
        }
        Label::Name => draft.name(field),
        Label::Kind => kind(draft, field),
        Label::Encryption => encryption(draft, field),
    }
}

fn begin(line: u32) -> Draft {
    let mut draft = Draft::new(line);
    draft.allow_only(&[AuthMethod::MsChapV2]);
    draft
}

/// Another server is another connection. What does not look like one is somebody's street.
fn server(drafts: &mut Vec<(Draft, Option<Host>)>, field: Field<'_>) {
    let Some((host, port)) = field.value.split_whitespace().find_map(host) else { return };
    if drafts.iter().any(|(_, other)| other.as_ref() == Some(&host)) {
        return;
    }
    if drafts.last().is_none_or(|(_, server)| server.is_some()) {
        drafts.push((begin(field.line), None));
    }
    if let Some((draft, server)) = drafts.last_mut() {
        draft.server(Field { value: host.as_str(), ..field });
        if let Some(port) = port {
            draft.profile().port = port;
        }
        *server = Some(host);
    }
}

/// A name with a dot or an address, perhaps with a port.
fn host(word: &str) -> Option<(Host, Option<u16>)> {
    let word = unquoted(word.trim_matches(['<', '>', '(', ')', ',', ';', '.']));
    let word = word.rsplit_once("://").map_or(word, |(_, host)| host).trim_end_matches('/');
    let (name, port) = match word.split_once(':') {
        Some((name, port)) => (name, Some(port.parse::<u16>().ok().filter(|port| *port != 0)?)),
        None => (word, None),
    };
    let looks_like =
        name.contains('.') && !name.contains("..") && !name.contains('@') && !name.starts_with('.');
    Some((name.parse().ok().filter(|_| looks_like)?, port))
}

fn unquoted(text: &str) -> &str {
    let quotes = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('«', '»'), ('`', '`')];
    let inner = quotes.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    inner.unwrap_or(text)
}

fn kind(draft: &mut Draft, field: Field<'_>) {
    let lower = field.value.to_lowercase();
    let others = ["l2tp", "ikev2", "ipsec", "sstp", "openvpn", "wireguard", "anyconnect"];
    if lower.contains("pptp") || lower.contains("point-to-point") || lower.contains("point to point") {
        draft.used(field);
    } else if let Some(other) = others.iter().find(|other| lower.contains(*other)) {
        draft.refuse(Refusal::OtherVpn((*other).to_owned()));
    }
}

fn encryption(draft: &mut Draft, field: Field<'_>) {
    let lower = field.value.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    draft.profile().encryption = if has(&[
        "128",
        "requ",
        "maxim",
        "erforderlich",
        "obligat",
        "exig",
        "vereist",
        "wymagan",
        "strong",
    ]) {
        Encryption::Required128
    } else if has(&["option", "if available", "falls", "wenn m"]) {
        Encryption::Preferred
    } else if has(&[
        "none", "keine", "aucun", "ningun", "nessun", "geen", "nenhum", "brak", "off", "disabled",
    ]) {
        Encryption::None
    } else {
        // "Yes", "on", "MPPE".
        Encryption::Required128
    };
    draft.used(field);
}

#[cfg(test)]
pub(super) mod tests {
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
            ("| Host | vpn.example.com |\n| Account | alice |", expect("vpn.example.com", "alice", "")),
            ("Go to pptp://vpn.example.com/ with\nlogin: alice", expect("vpn.example.com", "alice", "")),
        ] {
            assert_eq!(one(text), expected, "{text}");
        }
        assert_eq!(preview("Server: vpn.example.com:1724\nUser: a").found[0].saved.profile.port, 1724);
    }

    #[test]
    fn several_servers_are_several_connections_and_other_kinds_are_named() {
        let text = "Type: PPTP\nServer: a.example.com\nUser: alice\n\nType: L2TP\nServer: b.example.com\nUser: bob\n";
        let two = preview("Server: a.example.com\nUser: alice\n\nServer: b.example.com\nUser: bob\n");
        assert_eq!(two.found.len(), 2);
        assert_eq!(two.found[1].saved.profile.username, "bob");
        let other = preview("Protocol: L2TP/IPsec\nServer: b.example.com\nUser: bob\n");
        assert_eq!(other.refused[0].why, Refusal::OtherVpn("l2tp".to_owned()));
        assert_eq!(preview(text).found.len() + preview(text).refused.len(), 2);
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
}
