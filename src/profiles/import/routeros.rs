//! What MikroTik's RouterOS exports: `/interface pptp-client`, with the profiles and routes that belong to it.

use std::collections::BTreeMap;

use culvert_model::{AuthMethod, Encryption};
use zeroize::Zeroizing;

use super::draft::{Draft, Field};
use super::source::eight_bits;
use super::{Reason, Refusal};

/// The connections of an export.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let commands = match commands(text) {
        Ok(commands) => commands,
        Err((line, what)) => return vec![Draft::broken_at(line, what)],
    };
    let mut encryption = BTreeMap::from([
        ("default".to_owned(), Encryption::Preferred),
        ("default-encryption".to_owned(), Encryption::Preferred),
    ]);
    for command in commands.iter().filter(|command| command.menu == "/ppp profile") {
        if let (Some(name), Some(uses)) = (command.name(), command.value("use-encryption")) {
            encryption.insert(name.to_owned(), of_word(uses));
        }
    }
    let clients =
        commands.iter().filter(|command| command.menu.starts_with("/interface ") && command.verb == "add");
    clients.filter_map(|client| draft(client, &commands, &encryption)).collect()
}

/// What `use-encryption` means: `yes` asks for it, `required` insists.
fn of_word(word: &str) -> Encryption {
    match word {
        "required" => Encryption::Required128,
        "no" => Encryption::None,
        _ => Encryption::Preferred,
    }
}

fn draft(client: &Command, commands: &[Command], encryption: &BTreeMap<String, Encryption>) -> Option<Draft> {
    let mut draft = Draft::new(client.line);
    let kind = client.menu.trim_start_matches("/interface ");
    match kind {
        "pptp-client" => {}
        "l2tp-client" | "sstp-client" | "ovpn-client" | "wireguard" | "pppoe-client" => {
            draft.refuse(Refusal::OtherVpn(kind.trim_end_matches("-client").to_owned()));
        }
        _ => return None,
    }
    // The comment is what a person called it; the name is what the router did.
    let name = client
        .fields
        .iter()
        .find(|field| field.key == "comment")
        .or(client.fields.iter().find(|f| f.key == "name"));
    draft.name(name.map_or(Field { line: client.line, key: "name", value: "" }, Owned::field));
    draft.profile().encryption = Encryption::Preferred;
    let mut is_all = false;
    for field in client.fields.iter().map(Owned::field) {
        match field.key {
            "connect-to" => draft.server(field),
            "user" => draft.login(field),
            "password" => draft.password(field),
            "allow" => logins(&mut draft, field),
            "add-default-route" => {
                is_all = field.value == "yes";
                draft.used(field);
            }
            "profile" => {
                let known = encryption.get(field.value).copied();
                draft.profile().encryption = known.unwrap_or(Encryption::Preferred);
                if known.is_some() {
                    draft.used(field)
                } else {
                    draft.changed(field, Reason::EncryptionNotAsked)
                }
            }
            "max-mtu" | "max-mru" => draft.mtu(field),
            "keepalive-timeout" if field.value == "disabled" => draft.changed(field, Reason::OutOfRange),
            "keepalive-timeout" => draft.keepalive(field),
            "disabled" if field.value == "yes" => draft.changed(field, Reason::SwitchedOff),
            "disabled" | "name" | "comment" => draft.used(field),
            key => draft.kept(field, key),
        }
    }
    if !is_all {
        draft.split();
    }
    let name = client.name();
    for route in commands.iter().filter(|command| command.menu == "/ip route") {
        let leads_here = route.value("gateway").is_some() && route.value("gateway") == name;
        if let Some(field) =
            route.fields.iter().find(|field| field.key == "dst-address").filter(|_| leads_here)
        {
            if field.value == "0.0.0.0/0" {
                draft.everything(field.field());
            } else {
                draft.route(field.field(), &field.value);
            }
        }
    }
    Some(draft)
}

fn logins(draft: &mut Draft, field: Field<'_>) {
    let method = |word: &str| match word.trim() {
        "pap" => Some(AuthMethod::Pap),
        "chap" => Some(AuthMethod::ChapMd5),
        "mschap1" => Some(AuthMethod::MsChapV1),
        "mschap2" => Some(AuthMethod::MsChapV2),
        _ => None,
    };
    let methods: Vec<_> = field.value.split(',').filter_map(method).collect();
    draft.allow_only(&methods);
    draft.used(field);
}

/// A command of a menu and what it sets.
struct Command {
    line: u32,
    menu: String,
    verb: String,
    fields: Vec<Owned>,
}

struct Owned {
    line: u32,
    key: String,
    value: String,
}

impl Owned {
    fn field(&self) -> Field<'_> {
        Field { line: self.line, key: &self.key, value: &self.value }
    }
}

impl Command {
    fn value(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.key == key).map(|field| field.value.as_str())
    }

    fn name(&self) -> Option<&str> {
        self.value("name")
    }
}

/// The commands of an export. A line that ends with `\` goes on, even in the middle of a value.
fn commands(text: &str) -> Result<Vec<Command>, (u32, &'static str)> {
    let (mut commands, mut menu) = (Vec::new(), String::new());
    let mut lines = (1..).zip(text.lines());
    while let Some((line, first)) = lines.next() {
        let mut whole = first.trim().to_owned();
        while whole.ends_with('\\') && !whole.ends_with("\\\\") {
            whole.pop();
            let (_, next) = lines.next().ok_or((line, "the last line goes on"))?;
            whole.push_str(next.trim_start());
        }
        if whole.starts_with('#') || whole.is_empty() {
            continue;
        }
        let mut words = words(&whole).ok_or((line, "a quote that does not end"))?.into_iter().peekable();
        if whole.starts_with('/') {
            let mut path = Vec::new();
            while let Some((word, _)) = words.next_if(|(word, value)| value.is_none() && !is_verb(word)) {
                path.push(word);
            }
            menu = path.join(" ");
        }
        let Some((verb, None)) = words.next() else { continue };
        let fields = words.filter_map(|(key, value)| Some(Owned { line, key, value: value? }));
        commands.push(Command { line, menu: menu.clone(), verb, fields: fields.collect() });
    }
    Ok(commands)
}

fn is_verb(word: &str) -> bool {
    matches!(word, "add" | "set" | "remove" | "print" | "export")
}

/// The words of a line; one with `=` has a value. `None` where a quote does not end.
fn words(line: &str) -> Option<Vec<(String, Option<String>)>> {
    let (mut words, mut chars) = (Vec::new(), line.chars().peekable());
    while chars.peek().is_some() {
        if chars.next_if(|c| c.is_whitespace()).is_some() {
            continue;
        }
        let (mut key, mut value) = (String::new(), None::<String>);
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            match (c, &mut value) {
                ('=', None) => value = Some(String::new()),
                ('"', _) => quoted(&mut chars, value.as_mut().unwrap_or(&mut key))?,
                (c, Some(value)) => value.push(c),
                (c, None) => key.push(c),
            }
        }
        words.push((key, value));
    }
    Some(words)
}

/// What is in quotes: `\"`, `\\`, `\$`, `\?` as they are, `\_` a blank, `\0D` a byte.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, text: &mut String) -> Option<()> {
    let mut bytes = Zeroizing::new(Vec::new());
    let push = |bytes: &mut Vec<u8>, c: char| bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    loop {
        match chars.next()? {
            '"' => {
                // Several bytes can be one letter.
                text.push_str(&eight_bits(&bytes));
                return Some(());
            }
            '\\' => match chars.next()? {
                '_' => bytes.push(b' '),
                'n' => bytes.push(b'\n'),
                'r' => bytes.push(b'\r'),
                't' => bytes.push(b'\t'),
                high if high.is_ascii_hexdigit() && chars.peek().is_some_and(char::is_ascii_hexdigit) => {
                    let (high, low) = (high.to_digit(16)?, chars.next()?.to_digit(16)?);
                    bytes.push(u8::try_from(high * 16 + low).ok()?);
                }
                c => push(&mut bytes, c),
            },
            c => push(&mut bytes, c),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use culvert_model::{Keepalive, Mtu, Secret, Traffic};

    use super::super::{Preview, Source, Treatment};
    use super::*;

    pub(in crate::import) const EXPORT: &str = "# 2026-01-02 03:04:05 by RouterOS 7.14\r\n# software id = AAAA-BBBB\r\n#\r\n\
        /interface bridge\r\nadd name=bridge1\r\n/ppp profile\r\nadd name=mine use-encryption=required\r\n\
        /interface pptp-client\r\nadd allow=mschap2 comment=\"Bob\\\"s \\\r\n    office\" connect-to=vpn.exa\\\r\n    mple.com \
        disabled=no keepalive-timeout=30 max-mtu=1400 name=pptp-out1 password=\"a b\\$\\\\\\5F\" profile=mine \\\r\n    \
        user=\"CORP\\\\alice\" dial-on-demand=yes\r\n/interface l2tp-client\r\nadd connect-to=l.example.com name=l2tp-out1\r\n\
        /ip route\r\nadd disabled=no dst-address=10.20.0.0/16 gateway=pptp-out1\r\nadd dst-address=10.9.0.0/16 gateway=ether1\r\n";

    fn preview(text: &str) -> Preview {
        super::super::read(&[Source::pasted(text)])
    }

    #[test]
    fn an_export_is_understood() {
        let preview = preview(EXPORT);
        assert_eq!((preview.found.len(), preview.refused.len()), (1, 1), "{preview:?}");
        assert_eq!(preview.refused[0].why, Refusal::OtherVpn("l2tp".to_owned()));
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.server.as_str()), ("Bob\"s office", "vpn.example.com"));
        assert_eq!(
            (profile.login_name().as_str(), profile.encryption),
            ("CORP\\alice", Encryption::Required128)
        );
        assert_eq!((profile.mtu, profile.keepalive), (Mtu::Bytes(1400), Keepalive::Seconds(30)));
        assert_eq!(profile.traffic, Traffic::only(["10.20.0.0/16".parse().unwrap()]));
        assert_eq!(found.password.as_ref().map(Secret::expose), Some("a b$\\_"));
        assert_eq!(found.saved.extras["routeros"]["dial-on-demand"], "yes");
    }

    #[test]
    fn on_one_line_and_without_a_password_it_is_one_too() {
        let found = preview(
            "/interface pptp-client add connect-to=h name=p user=u disabled=yes add-default-route=yes\n",
        )
        .found;
        assert_eq!(found[0].saved.profile.traffic, Traffic::All);
        assert_eq!(found[0].saved.profile.encryption, Encryption::Preferred);
        let off = found[0].remarks.iter().find(|remark| remark.key == "disabled").unwrap();
        assert_eq!(off.treatment, Treatment::Changed(Reason::SwitchedOff));
        assert!(found[0].password.is_none());
    }

    /// An export leaves out what is as by default, and that profile is: it makes no difference whether it is named.
    #[test]
    fn the_profile_by_default_is_the_same_unnamed() {
        for profile in ["", "profile=default-encryption "] {
            let text = format!(
                "/interface pptp-client add connect-to=h {profile}name=\"B\\C3\\BCro \\80\" user=u\n"
            );
            let found = preview(&text.replace(" \\80", "")).found.remove(0);
            assert_eq!(found.saved.profile.encryption, Encryption::Preferred, "{profile}");
            assert_eq!(found.saved.profile.name, "Büro");
            assert_eq!(preview(&text.replace("\\C3\\BC", "\\FC")).found[0].saved.profile.name, "Büro €");
        }
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for text in
            ["connect-to=h user=\"u", "connect-to=h user=u max-mtu=1400x", "user=u", "connect-to=h user=u\\"]
        {
            let preview = preview(&format!("/interface pptp-client\nadd {text}"));
            assert_eq!((preview.found.len(), preview.refused.len()), (0, 1), "{text}: {preview:?}");
        }
    }
}
