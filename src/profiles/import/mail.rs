//! What somebody was sent: a mail or a page of a manual, with a label and a value on a line, in many languages.
//!
//! Only lines that are recognised are told of; the rest is somebody's prose.

mod labels;

use culvert_model::{AuthMethod, Encryption, Host};

use super::Refusal;
use super::draft::{Draft, Field};
use labels::{LABELS, Label};

/// The connections that a text tells of; none where it tells of no server.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let mut drafts: Vec<Told> = Vec::new();
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
    drafts.into_iter().filter(|told| told.server.is_some()).map(|told| told.draft).collect()
}

/// A connection as far as it has been told of.
struct Told {
    draft: Draft,
    server: Option<Host>,
    /// What was said of its name or kind, which comes before its server as often as behind it.
    heads: Vec<Label>,
}

impl Told {
    fn begin(line: u32) -> Self {
        let mut draft = Draft::new(line);
        draft.allow_only(&[AuthMethod::MsChapV2]);
        Self { draft, server: None, heads: Vec::new() }
    }
}

/// A line without what mails put in front of it: marks of quotation and of lists, and stars around words.
fn bare(line: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '>' | '*' | '-' | '•' | '·' | '–' | '|' | '_');
    let bare = line.trim_start_matches(is_mark);
    // A mark at the end belongs to one at the beginning; a star there can be the end of a password.
    let marks = &line[..line.len() - bare.len()];
    let is_end =
        |c: char| c.is_whitespace() || c == '*' && marks.ends_with('*') || c == '|' && marks.contains('|');
    bare.trim_end_matches(is_end)
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

fn take(drafts: &mut Vec<Told>, label: Label, field: Field<'_>) {
    if label == Label::Server {
        return server(drafts, field);
    }
    let is_head = matches!(label, Label::Kind | Label::Name);
    let is_another = |told: &Told| is_head && told.server.is_some() && told.heads.contains(&label);
    if drafts.last().is_none_or(is_another) {
        drafts.push(Told::begin(field.line));
    }
    let Some(Told { draft, heads, .. }) = drafts.last_mut() else { return };
    if is_head {
        heads.push(label);
    }
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

/// Another server is another connection. What does not look like one is somebody's street.
fn server(drafts: &mut Vec<Told>, field: Field<'_>) {
    let Some((host, port)) = field.value.split_whitespace().find_map(host) else { return };
    if drafts.iter().any(|told| told.server.as_ref() == Some(&host)) {
        return;
    }
    if drafts.last().is_none_or(|told| told.server.is_some()) {
        drafts.push(Told::begin(field.line));
    }
    if let Some(Told { draft, server, .. }) = drafts.last_mut() {
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
pub(super) mod tests;
