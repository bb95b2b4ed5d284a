//! A connection while its file is read.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::str::FromStr;

use culvert_model::{
    AuthMethod, AuthMethods, Encryption, Host, Keepalive, Mtu, Prefix, PrefixError, Profile, Secret, Traffic,
};

use super::{Found, Reason, Refusal, Refused, Remark, Treatment};
use crate::{Format, PasswordMode, SavedProfile};

/// One line of a file: which it is, from 1, and what it says.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) line: u32,
    pub(super) key: &'a str,
    pub(super) value: &'a str,
}

/// A connection while its file is read. The first thing that is wrong with it decides that it is refused.
pub(super) struct Draft {
    line: u32,
    server: Option<Host>,
    /// But for the server.
    pub(super) saved: SavedProfile,
    pub(super) password: Option<Secret>,
    pub(super) network_manager: Option<String>,
    /// What the server calls itself in a file of secrets.
    pub(super) remote: Option<String>,
    /// Whether what was said of login and traffic is to stay as it was said.
    is_whole: bool,
    methods: Vec<AuthMethod>,
    /// Whether only some traffic goes through the tunnel: what goes to `routes`.
    is_split: bool,
    /// Whether the network of the address that the server gives is one of them.
    pub(super) is_classful: bool,
    routes: Vec<Prefix>,
    extras: BTreeMap<String, String>,
    remarks: Vec<Remark>,
    refusal: Option<Refusal>,
}

impl Draft {
    /// One that begins in this line and allows every login method.
    pub(super) fn new(line: u32) -> Self {
        let nowhere = Host::from(Ipv4Addr::UNSPECIFIED);
        Self {
            line,
            server: None,
            saved: SavedProfile::new(Profile::new(nowhere, "")),
            password: None,
            network_manager: None,
            remote: None,
            is_whole: false,
            methods: AuthMethod::ALL.to_vec(),
            is_split: false,
            is_classful: false,
            routes: Vec::new(),
            extras: BTreeMap::new(),
            remarks: Vec::new(),
            refusal: None,
        }
    }

    /// A file of which nothing can be read: this line is broken.
    pub(super) fn broken_at(line: u32, what: &str) -> Self {
        let mut draft = Self::new(line);
        draft.refuse(Refusal::Syntax { line, what: what.to_owned() });
        draft
    }

    /// A file in which nothing is of any use.
    pub(super) fn refused(why: Refusal) -> Self {
        let mut draft = Self::new(1);
        draft.refuse(why);
        draft
    }

    pub(super) fn profile(&mut self) -> &mut Profile {
        &mut self.saved.profile
    }

    pub(super) fn used(&mut self, field: Field<'_>) {
        self.remark(field, Treatment::Used);
    }

    pub(super) fn ignored(&mut self, field: Field<'_>, reason: Reason) {
        self.remark(field, Treatment::Ignored(reason));
    }

    pub(super) fn changed(&mut self, field: Field<'_>, reason: Reason) {
        self.remark(field, Treatment::Changed(reason));
    }

    /// Means nothing here, and goes back where it came from, under `key`.
    pub(super) fn kept(&mut self, field: Field<'_>, key: impl Into<String>) {
        if field.value.chars().any(char::is_control) {
            return self.ignored(field, Reason::Unknown);
        }
        if let Some(reason) = never_kept(field.key) {
            return self.ignored(field, reason);
        }
        self.extras.insert(key.into(), field.value.to_owned());
        self.remark(field, Treatment::Kept);
    }

    /// Means nothing here; goes back with the whole of what was read, by [`Draft::keep`].
    pub(super) fn kept_in_lines(&mut self, field: Field<'_>) {
        self.remark(field, Treatment::Kept);
    }

    /// Goes back where it came from, under `key`.
    pub(super) fn keep(&mut self, key: &str, value: String) {
        self.extras.insert(key.to_owned(), value);
    }

    pub(super) fn refuse(&mut self, why: Refusal) {
        self.refusal.get_or_insert(why);
    }

    /// This line says something that can't be.
    pub(super) fn broken(&mut self, field: Field<'_>, what: impl Into<String>) {
        self.refuse(Refusal::Syntax { line: field.line, what: format!("{}: {}", field.key, what.into()) });
    }

    pub(super) fn name(&mut self, field: Field<'_>) {
        let mut name: String = field.value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        while name.len() > Profile::LONGEST_NAME {
            name.pop();
        }
        name.trim().clone_into(&mut self.profile().name);
        self.used(field);
    }

    pub(super) fn server(&mut self, field: Field<'_>) {
        match field.value.parse() {
            // Which of two is meant, nobody knows; and one of them could be somebody else's.
            Ok(server) if self.server.as_ref().is_some_and(|other| *other != server) => {
                self.broken(field, "another server was named before");
            }
            Ok(server) => {
                self.server = Some(server);
                self.used(field);
            }
            Err(why) => self.refuse(Refusal::Server(why)),
        }
    }

    /// The server, or where else it is to be had.
    pub(super) fn server_or_further(&mut self, field: Field<'_>) {
        match field.value.parse() {
            Ok(server) if self.server.as_ref().is_some_and(|other| *other != server) => {
                self.profile().further_servers.push(server);
                self.used(field);
            }
            _ => self.server(field),
        }
    }

    /// A user name that may have its domain in front.
    pub(super) fn login(&mut self, field: Field<'_>) {
        if let Some((domain, user)) = field.value.split_once('\\') {
            self.profile().domain = Some(domain.to_owned());
            user.clone_into(&mut self.profile().username);
        } else {
            field.value.clone_into(&mut self.profile().username);
        }
        self.used(field);
    }

    pub(super) fn password(&mut self, field: Field<'_>) {
        if !field.value.is_empty() {
            self.saved.password = PasswordMode::Keyring;
            return self.password_kept(field, Secret::new(field.value.to_owned()));
        }
        self.used(field);
    }

    /// The password; where it comes from stays as it is.
    pub(super) fn password_kept(&mut self, field: Field<'_>, password: Secret) {
        // Nobody can type one that has.
        if password.expose().chars().any(char::is_control) {
            return self.broken(field, "it has a character that no password has");
        }
        self.password = Some(password);
        self.used(field);
    }

    /// All of a connection that was kept by Culvert.
    pub(super) fn take_over(&mut self, saved: SavedProfile) {
        self.methods = saved.profile.auth.iter().collect();
        self.saved = saved;
        self.is_whole = true;
    }

    /// The whole value as a number. Text behind it is no number: another program would have read something else.
    pub(super) fn number<T: FromStr>(&mut self, field: Field<'_>) -> Option<T> {
        let number = field.value.parse().ok();
        if number.is_none() {
            self.broken(field, "it is no number that can be");
        }
        number
    }

    /// The MTU, the smallest of several.
    pub(super) fn mtu(&mut self, field: Field<'_>) {
        let Some(bytes) = self.number::<u16>(field) else { return };
        if !(576..=1500).contains(&bytes) {
            return self.changed(field, Reason::OutOfRange);
        }
        let smallest = match self.profile().mtu {
            Mtu::Bytes(other) => other.min(bytes),
            Mtu::Auto => bytes,
        };
        self.profile().mtu = Mtu::Bytes(smallest);
        self.used(field);
    }

    /// Seconds between two questions whether the server is there (LCP Echo-Request).
    pub(super) fn keepalive(&mut self, field: Field<'_>) {
        let Some(seconds) = self.number::<u32>(field) else { return };
        match u16::try_from(seconds) {
            Ok(seconds) if seconds == Keepalive::Auto.seconds() => self.used(field),
            Ok(seconds) if Keepalive::SECONDS.contains(&seconds) => {
                self.profile().keepalive = Keepalive::Seconds(seconds);
                self.used(field);
            }
            // Culvert always asks: without it nobody hears of a server that is gone.
            _ => self.changed(field, Reason::OutOfRange),
        }
    }

    /// Only these methods.
    pub(super) fn allow_only(&mut self, methods: &[AuthMethod]) {
        self.methods = methods.to_vec();
    }

    /// All but this method.
    pub(super) fn without(&mut self, method: AuthMethod) {
        self.methods.retain(|other| *other != method);
    }

    /// Not everything goes through the tunnel, but what [`Draft::route`] says.
    pub(super) fn split(&mut self) {
        self.is_split = true;
    }

    /// Everything goes through the tunnel after all.
    pub(super) fn everything(&mut self, field: Field<'_>) {
        self.is_split = false;
        self.used(field);
    }

    /// What goes to `network` goes through the tunnel, also where not everything does.
    pub(super) fn route(&mut self, field: Field<'_>, network: &str) {
        match network.parse() {
            Ok(prefix) => {
                self.routes.push(prefix);
                self.used(field);
            }
            Err(PrefixError::HostBits(meant)) => {
                self.routes.push(meant);
                self.changed(field, Reason::HostBits);
            }
            Err(why) => self.broken(field, why.to_string()),
        }
    }

    /// The connection of a file of this name and format.
    pub(super) fn finish(mut self, source: &str, format: Format) -> Result<Found, Refused> {
        let server = self.server.take();
        if let Some(server) = server {
            self.profile().server = server;
        } else {
            self.refuse(Refusal::NoServer);
        }
        if !self.is_whole {
            self.settle_login();
            self.settle_traffic();
        }
        let mut checked = self.saved.profile.clone();
        if checked.username.is_empty() {
            // Whoever keeps it will say it.
            "somebody".clone_into(&mut checked.username);
        }
        if let Err(unusable) = checked.check() {
            self.refuse(Refusal::Field(unusable));
        }
        let Self { line, mut saved, password, network_manager, extras, remarks, refusal, .. } = self;
        let source = source.to_owned();
        if let Some(why) = refusal {
            let line = if let Refusal::Syntax { line, .. } = why { line } else { line };
            return Err(Refused { source, name: saved.profile.name, line, why });
        }
        if !extras.is_empty() {
            // What netplan wraps are keyfiles.
            let home = if format == Format::Netplan { Format::NetworkManager } else { format };
            saved.extras.insert(home.as_str().to_owned(), extras);
        }
        Ok(Found { source, format, line, saved, password, network_manager, remarks })
    }

    /// Where encryption is required, no login is begun of which no keys come: it would be in vain, and some give the
    /// password away.
    fn settle_login(&mut self) {
        let is_required = self.saved.profile.encryption.is_required();
        self.methods.retain(|method| !is_required || method.gives_keys());
        if self.methods.is_empty() {
            self.refuse(Refusal::NoLogin);
        }
        self.saved.profile.auth = AuthMethods::new(self.methods.iter().copied());
    }

    fn settle_traffic(&mut self) {
        let mut routes = std::mem::take(&mut self.routes);
        routes.sort_unstable();
        routes.dedup();
        if self.is_split {
            // A tunnel for nothing is nobody's wish: Windows takes the network of the address then.
            let classful = routes.is_empty() || self.is_classful;
            self.saved.profile.traffic = Traffic::Only { routes, classful };
        }
    }

    /// What pppd and NetworkManager mean who require no encryption: none. Where the server has it, it is better.
    pub(super) fn encryption_not_asked(&mut self, key: &str) {
        self.profile().encryption = Encryption::Preferred;
        let field = Field { line: self.line, key, value: "" };
        self.changed(field, Reason::EncryptionNotAsked);
    }

    fn remark(&mut self, field: Field<'_>, treatment: Treatment) {
        self.remarks.push(Remark { line: field.line, key: field.key.to_owned(), treatment });
    }
}

/// Why what stands under this key is kept by nobody, whatever it says: it could run a program where it goes back to, or
/// be a secret.
pub(super) fn never_kept(key: &str) -> Option<Reason> {
    const RUN: [&str; 9] =
        ["pty", "connect", "disconnect", "init", "welcome", "plugin", "up", "down", "record"];
    let key = key.to_ascii_lowercase();
    let word = key.rsplit('.').next().unwrap_or_default();
    if RUN.contains(&word)
        || word.contains("script")
        || word.starts_with("on-")
        || word.starts_with("customdial")
    {
        Some(Reason::RunsProgram)
    } else if ["passw", "secret", "psk", "private"].iter().any(|part| word.contains(part)) {
        Some(Reason::NotSupported)
    } else {
        None
    }
}

/// The length of a mask such as 255.255.0.0.
pub(super) fn mask_length(mask: &str) -> Option<u32> {
    let bits = mask.parse::<Ipv4Addr>().ok()?.to_bits();
    (bits.leading_ones() + bits.trailing_zeros() == 32).then(|| bits.leading_ones())
}
