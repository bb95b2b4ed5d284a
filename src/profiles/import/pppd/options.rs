//! What a peers file says.

use culvert_model::{AuthMethod, Encryption};

use super::words::{self, Word};
use super::{DEEPEST, MOST};
use crate::import::draft::{Draft, Field};
use crate::import::{Reason, Refusal, Source};

/// A peer while its files are read.
pub(super) struct Peer {
    draft: Draft,
    requires: Option<Encryption>,
    has_user: bool,
    /// Whether 40 bits are refused.
    is_strong: bool,
    is_default: Option<bool>,
    followed: usize,
}

impl Peer {
    pub(super) fn new(name: &str) -> Self {
        let mut draft = Draft::new(1);
        draft.name(Field { line: 1, key: "file", value: name });
        Self { draft, requires: None, has_user: false, is_strong: false, is_default: None, followed: 0 }
    }

    /// Takes in a file, and those that it names and that lie beside it.
    pub(super) fn take(&mut self, source: &Source, text: &str, depth: usize) {
        let lines = match words::lines(text) {
            Ok(lines) => lines,
            Err((line, what)) => return self.draft.refuse(Refusal::Syntax { line, what: what.to_owned() }),
        };
        // pppd knows no lines, but for how many words an option takes: everybody writes one to a line.
        for line in lines {
            if let Some((key, values)) = line.split_first() {
                self.option(source, key, values, depth);
            }
        }
    }

    fn option(&mut self, source: &Source, key: &Word, values: &[Word], depth: usize) {
        let value = values.first();
        let field =
            Field { line: key.line, key: &key.text, value: value.map_or("", |word| word.text.as_str()) };
        let draft = &mut self.draft;
        match key.text.as_str() {
            "pty" => pty(draft, field),
            "pptp_server" => draft.server(field),
            "name" if self.has_user => draft.used(field),
            "name" | "user" => {
                self.has_user |= key.text == "user";
                self.login(field, value);
            }
            "password" => draft.password(field),
            "remotename" => {
                draft.remote = Some(field.value.to_owned());
                draft.used(field);
            }
            "file" | "call" => self.follow(source, field, depth),
            "mtu" | "mru" => draft.mtu(field),
            "lcp-echo-interval" if field.value == "0" => draft.changed(field, Reason::OutOfRange),
            "lcp-echo-interval" => draft.keepalive(field),
            "defaultroute" | "replacedefaultroute" => {
                self.is_default = Some(true);
                draft.used(field);
            }
            "nodefaultroute" => {
                self.is_default = Some(false);
                draft.used(field);
            }
            "usepeerdns" => draft.used(field),
            "mppe-stateful" => {
                draft.profile().stateful = true;
                draft.used(field);
            }
            "mppe" => self.old_mppe(field),
            "nomppe-40" => {
                self.is_strong = true;
                self.draft.used(field);
            }
            "plugin" if field.value.ends_with("pptp.so") => draft.used(field),
            word => match encryption(word) {
                Some(required) => {
                    self.require(required);
                    self.draft.used(field);
                }
                None => other(draft, field),
            },
        }
    }

    fn require(&mut self, encryption: Encryption) {
        if self.requires != Some(Encryption::Required128) {
            self.requires = Some(encryption);
        }
    }

    /// Before pppd 2.4.2: `mppe required,stateless,no40,no56`.
    fn old_mppe(&mut self, field: Field<'_>) {
        let words: Vec<_> = field.value.split(',').map(str::trim).collect();
        let has = |word: &str| words.contains(&word);
        if has("required") {
            self.require(if has("no40") { Encryption::Required128 } else { Encryption::Required });
        }
        self.draft.profile().stateful |= has("stateful");
        self.draft.used(field);
    }

    /// Who logs in. One backslash between two names is meant as such, though pppd makes something else of it.
    fn login(&mut self, field: Field<'_>, word: Option<&Word>) {
        let Some(word) = word else { return self.draft.broken(field, "nobody is named") };
        let is_single = !word.is_quoted && word.raw.matches('\\').count() == 1 && !word.raw.starts_with('\\');
        if is_single && word.raw != word.text && !word.text.contains('\\') {
            self.draft.login(Field { value: &word.raw, ..field });
            self.draft.changed(field, Reason::Backslash);
        } else {
            self.draft.login(field);
        }
    }

    fn follow(&mut self, source: &Source, field: Field<'_>, depth: usize) {
        let name = field.value.rsplit('/').next().unwrap_or_default();
        // `call` means the directory of peers, which is where this file lies.
        let text = (depth < DEEPEST && self.followed < MOST).then(|| source.beside(name)).flatten();
        match text {
            Some(text) => {
                self.followed += 1;
                self.draft.used(field);
                self.take(source, &text, depth + 1);
            }
            None => self.draft.ignored(field, Reason::NamesFile),
        }
    }

    pub(super) fn finish(mut self) -> Draft {
        match self.requires {
            Some(_) if self.is_strong => self.draft.profile().encryption = Encryption::Required128,
            Some(encryption) => self.draft.profile().encryption = encryption,
            None => self.draft.encryption_not_asked("require-mppe-128"),
        }
        // pppd adds no route by itself; pptpsetup leaves that to its users.
        if self.is_default == Some(false) {
            self.draft.split();
        }
        self.draft
    }
}

/// What requires encryption.
fn encryption(word: &str) -> Option<Encryption> {
    match word {
        "require-mppe-128" | "mppe-128" | "+mppe-128" => Some(Encryption::Required128),
        "require-mppe" | "require-mppe-40" | "+mppe" | "mppe-40" => Some(Encryption::Required),
        _ => None,
    }
}

/// The server's name in the command that pppd would run: the first word behind the program that is no option.
fn pty(draft: &mut Draft, field: Field<'_>) {
    const WITH_VALUE: [&str; 10] = [
        "--loglevel",
        "--logstring",
        "--phone",
        "--quirks",
        "--localbind",
        "--timeout",
        "--idle-wait",
        "--max-echo-wait",
        "--missing-window",
        "--rtmark",
    ];
    let mut words = field.value.split_whitespace().skip_while(|word| !is_pptp(word)).skip(1);
    let mut server = None;
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            server = server.or(Some(word));
        }
    }
    match server {
        Some(server) => draft.server(Field { value: server, ..field }),
        None => draft.ignored(field, Reason::RunsProgram),
    }
}

fn is_pptp(word: &str) -> bool {
    word.rsplit('/').next() == Some("pptp")
}

fn other(draft: &mut Draft, field: Field<'_>) {
    let refused = field.key.strip_prefix("refuse-").or_else(|| field.key.strip_prefix('-'));
    if let Some(method) = refused.and_then(method) {
        draft.without(method);
        return draft.used(field);
    }
    let reason = match field.key {
        "connect" | "disconnect" | "init" | "welcome" | "plugin" | "pass-filter" | "active-filter"
        | "record" | "chroot" => Reason::RunsProgram,
        key if key.ends_with("-script") => Reason::RunsProgram,
        key if key.starts_with("require-") => Reason::ServerLogin,
        "auth" => Reason::ServerLogin,
        "noauth" | "lock" | "nobsdcomp" | "nodeflate" | "novj" | "novjccomp" | "nopcomp" | "noaccomp"
        | "nomp" | "default-asyncmap" | "noipdefault" | "nodetach" | "updetach" | "debug" | "ipparam"
        | "linkname" | "lcp-echo-failure" | "lcp-echo-adaptive" | "persist" | "maxfail" | "holdoff"
        | "refuse-eap" | "nomppe-56" | "nomppe-stateful" | "noccp" | "dump" | "logfd" | "noipv6" => {
            Reason::Always
        }
        "idle" | "maxconnect" | "unit" | "ifname" | "defaultroute-metric" => Reason::NotSupported,
        key if key.contains(':') => Reason::ServerDecides,
        _ => Reason::Unknown,
    };
    draft.ignored(field, reason);
}

fn method(word: &str) -> Option<AuthMethod> {
    match word {
        "pap" => Some(AuthMethod::Pap),
        "chap" | "chap-md5" => Some(AuthMethod::ChapMd5),
        "mschap" | "chapms" => Some(AuthMethod::MsChapV1),
        "mschap-v2" | "chapms-v2" => Some(AuthMethod::MsChapV2),
        _ => None,
    }
}
