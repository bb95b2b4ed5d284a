//! Scripts for Windows' PowerShell that add connections, and what `Get-VpnConnection` lists of them.
//!
//! Only what stands there literally is read. Nothing is evaluated: a value that PowerShell would work out refuses its
//! connection.

mod words;

use culvert_model::{AuthMethod, Encryption};

use super::draft::{Draft, Field};
use super::{Reason, Refusal};
use words::{Statement, Value};

/// The connections of a script or of a list.
pub(super) fn read(text: &str) -> Vec<Draft> {
    if text.to_ascii_lowercase().contains("add-vpnconnection") { script(text) } else { list(text) }
}

fn script(text: &str) -> Vec<Draft> {
    let statements = match words::statements(text) {
        Ok(statements) => statements,
        Err((line, what)) => return vec![Draft::broken_at(line, what)],
    };
    let mut drafts: Vec<(String, Connection)> = Vec::new();
    for statement in &statements {
        let arguments = Arguments::of(statement);
        let name = arguments.value(&["name", "connectionname"]).unwrap_or_default().to_lowercase();
        match statement.command.to_ascii_lowercase().as_str() {
            "add-vpnconnection" => {
                let mut connection = Connection::new(statement.line);
                arguments.each(&mut connection);
                drafts.push((name, connection));
            }
            "set-vpnconnection" | "add-vpnconnectionroute" => {
                if let Some((_, connection)) = drafts.iter_mut().find(|(other, _)| *other == name) {
                    arguments.each(connection);
                }
            }
            _ => {}
        }
    }
    drafts.into_iter().map(|(_, connection)| connection.finish()).collect()
}

/// The list of `Get-VpnConnection`: a field on a line, and an empty line behind each connection.
fn list(text: &str) -> Vec<Draft> {
    let mut connections: Vec<Connection> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((key, value)) = line.split_once(" : ") else { continue };
        let (key, value) = (key.trim(), value.trim());
        if key.eq_ignore_ascii_case("name") || connections.is_empty() {
            connections.push(Connection::new(number));
        }
        if let Some(connection) = connections.last_mut() {
            let value = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value);
            connection.take(Field { line: number, key, value });
        }
    }
    connections.into_iter().map(Connection::finish).collect()
}

/// The arguments of one command.
struct Arguments<'a>(Vec<(u32, String, Option<&'a Value>)>);

impl<'a> Arguments<'a> {
    /// A name that begins like one that is known is that one, as PowerShell takes it.
    fn of(statement: &'a Statement) -> Self {
        const NAMES: [&str; 18] = [
            "Name",
            "ConnectionName",
            "ServerAddress",
            "TunnelType",
            "EncryptionLevel",
            "AuthenticationMethod",
            "SplitTunneling",
            "RememberCredential",
            "DnsSuffix",
            "IdleDisconnectSeconds",
            "UseWinlogonCredential",
            "AllUserConnection",
            "DestinationPrefix",
            "RouteMetric",
            "L2tpPsk",
            "EapConfigXmlStream",
            "Force",
            "PassThru",
        ];
        let whole = |name: &str| {
            let lower = name.to_ascii_lowercase();
            let mut known = NAMES.iter().filter(|known| known.to_ascii_lowercase().starts_with(&lower));
            match (known.next(), known.next()) {
                (Some(known), None) => (*known).to_owned(),
                _ => name.to_owned(),
            }
        };
        let is_route = statement.command.eq_ignore_ascii_case("Add-VpnConnectionRoute");
        let places: &[&str] = if is_route {
            &["ConnectionName", "DestinationPrefix"]
        } else {
            &["Name", "ServerAddress", "TunnelType"]
        };
        let mut places = places.iter();
        let arguments = statement.arguments.iter().map(|(line, name, value)| {
            let place = if name.is_empty() { places.next().copied() } else { None };
            (*line, place.map_or_else(|| whole(name), str::to_owned), value.as_ref())
        });
        Self(arguments.collect())
    }

    fn value(&self, names: &[&str]) -> Option<&'a str> {
        let found = self.0.iter().find(|(_, name, _)| names.contains(&name.to_ascii_lowercase().as_str()))?;
        match found.2? {
            Value::Literal(text) => Some(text),
            Value::WorkedOut => None,
        }
    }

    fn each(&self, connection: &mut Connection) {
        for (line, name, value) in &self.0 {
            let field = |value| Field { line: *line, key: name, value };
            match value {
                Some(Value::Literal(text)) => connection.take(field(text)),
                // A switch is on where it is named.
                None => connection.take(field("True")),
                Some(Value::WorkedOut) => connection.draft.broken(
                    field(""),
                    "PowerShell would work this value out; paste what Get-VpnConnection shows instead",
                ),
            }
        }
    }
}

/// A connection while it is read.
struct Connection {
    draft: Draft,
}

impl Connection {
    fn new(line: u32) -> Self {
        let mut draft = Draft::new(line);
        // What Windows does where it is not told otherwise.
        draft.allow_only(&[AuthMethod::MsChapV2]);
        draft.profile().encryption = Encryption::Required128;
        Self { draft }
    }

    fn take(&mut self, field: Field<'_>) {
        let draft = &mut self.draft;
        let is_on = field.value.eq_ignore_ascii_case("true") || field.value == "1";
        match field.key.to_ascii_lowercase().as_str() {
            "name" | "connectionname" => draft.name(field),
            "serveraddress" => draft.server(field),
            "tunneltype" => kind(draft, field),
            "encryptionlevel" => encryption(draft, field),
            "authenticationmethod" => logins(draft, field),
            "splittunneling" => {
                if is_on {
                    draft.split();
                    // Windows adds that one, whatever else is said.
                    draft.is_classful = true;
                }
                draft.used(field);
            }
            "destinationprefix" => draft.route(field, field.value),
            "dnssuffix" if field.value.is_empty() => draft.used(field),
            "dnssuffix" => {
                draft.profile().search_domains = vec![field.value.to_owned()];
                draft.used(field);
            }
            "remembercredential" => {
                draft.saved.password =
                    if is_on { crate::PasswordMode::Keyring } else { crate::PasswordMode::Ask };
                draft.used(field);
            }
            "usewinlogoncredential" if is_on => draft.ignored(field, Reason::NotSupported),
            "l2tppsk" | "eapconfigxmlstream" => draft.ignored(field, Reason::NotSupported),
            _ => draft.ignored(field, Reason::Always),
        }
    }

    fn finish(self) -> Draft {
        self.draft
    }
}

fn kind(draft: &mut Draft, field: Field<'_>) {
    match field.value.to_ascii_lowercase().as_str() {
        "pptp" => draft.used(field),
        "automatic" | "" => draft.changed(field, Reason::Automatic),
        _ => draft.refuse(Refusal::OtherVpn(field.value.to_owned())),
    }
}

fn encryption(draft: &mut Draft, field: Field<'_>) {
    draft.profile().encryption = match field.value.to_ascii_lowercase().as_str() {
        // Windows has had 128 bits alone since Vista.
        "required" | "maximum" => Encryption::Required128,
        "optional" => Encryption::Preferred,
        "noencryption" => Encryption::None,
        _ => return draft.broken(field, "no such level of encryption is known"),
    };
    draft.used(field);
}

fn logins(draft: &mut Draft, field: Field<'_>) {
    let words: Vec<_> = field.value.split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
    let method = |word: &String| match word.as_str() {
        "pap" => Some(AuthMethod::Pap),
        "chap" => Some(AuthMethod::ChapMd5),
        "mschapv2" => Some(AuthMethod::MsChapV2),
        _ => None,
    };
    let methods: Vec<_> = words.iter().filter_map(method).collect();
    if methods.is_empty() && words.iter().any(|word| word == "eap") {
        draft.allow_only(&[AuthMethod::MsChapV2]);
        return draft.changed(field, Reason::OnlyEap);
    }
    draft.allow_only(&methods);
    draft.used(field);
}

#[cfg(test)]
mod tests;
