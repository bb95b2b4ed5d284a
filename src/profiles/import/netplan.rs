//! NetworkManager's connections as Ubuntu's netplan keeps them: the groups of a keyfile, in YAML.

use saphyr_parser::{Event, Parser};

use super::Refusal;
use super::draft::{Draft, Field};
use super::keyfile::Group;
use super::network_manager;

/// The deepest nesting that is read; a connection needs six.
const DEEPEST: usize = 16;

/// What stands at a place, and where.
struct Leaf {
    line: u32,
    path: Vec<String>,
    value: String,
}

/// The connections of a file.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let leaves = match leaves(text) {
        Ok(leaves) => leaves,
        Err(why) => return vec![Draft::refused(why)],
    };
    let of_device = |leaf: &&Leaf| {
        leaf.path.first().is_some_and(|key| key == "network")
            && leaf.path.get(1).is_some_and(|key| key == "nm-devices")
    };
    let mut devices: Vec<&str> = Vec::new();
    for leaf in leaves.iter().filter(of_device) {
        if let Some(device) = leaf.path.get(2).filter(|device| !devices.contains(&device.as_str())) {
            devices.push(device);
        }
    }
    let drafts = devices.into_iter().map(|device| {
        let own: Vec<_> = leaves
            .iter()
            .filter(of_device)
            .filter(|leaf| leaf.path.get(2).is_some_and(|key| key == device))
            .collect();
        draft(&own)
    });
    drafts.collect()
}

fn draft(leaves: &[&Leaf]) -> Draft {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for leaf in leaves {
        let keys: Vec<_> = leaf.path.iter().skip(3).map(String::as_str).collect();
        let (group, key) = match keys.as_slice() {
            ["networkmanager", "uuid"] => ("connection", "uuid"),
            ["networkmanager", "name"] => ("connection", "id"),
            ["networkmanager", "passthrough", key] => key.split_once('.').unwrap_or(("", key)),
            _ => continue,
        };
        // An empty group.
        if key == "_" {
            continue;
        }
        let field = Field { line: leaf.line, key, value: &leaf.value };
        match groups.iter_mut().find(|other| other.name == group) {
            Some(group) => group.fields.push(field),
            None => groups.push(Group { line: leaf.line, name: group, fields: vec![field] }),
        }
    }
    let mut draft = Draft::new(groups.first().map_or(1, |group| group.line));
    network_manager::read_groups(&groups, &mut draft);
    draft
}

/// Every value with the keys that lead to it.
fn leaves(text: &str) -> Result<Vec<Leaf>, Refusal> {
    let (mut leaves, mut path, mut key) = (Vec::new(), Vec::<String>::new(), None::<String>);
    let mut lists = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax(error.marker().line(), "it is no YAML"))?;
        let line = span.start.line();
        match event {
            Event::MappingStart(..) => {
                path.extend(key.take().or_else(|| (!path.is_empty()).then(String::new)))
            }
            Event::MappingEnd => drop(path.pop()),
            Event::SequenceStart(..) => {
                lists += 1;
                key = None;
            }
            Event::SequenceEnd => lists = lists.saturating_sub(1),
            Event::Alias(_) => return Err(syntax(line, "it refers to another place")),
            Event::Scalar(..) if lists > 0 => {}
            Event::Scalar(text, ..) => match key.take() {
                None => key = Some(text.into_owned()),
                Some(last) => {
                    let path = path.iter().cloned().chain([last]).collect();
                    leaves.push(Leaf {
                        line: u32::try_from(line).unwrap_or(u32::MAX),
                        path,
                        value: text.into_owned(),
                    });
                }
            },
            _ => {}
        }
        if path.len() > DEEPEST {
            return Err(syntax(line, "it is nested too deep"));
        }
    }
    Ok(leaves)
}

fn syntax(line: usize, what: &str) -> Refusal {
    Refusal::at(line.saturating_sub(1), what)
}

#[cfg(test)]
pub(super) mod tests {
    use culvert_model::{Encryption, Secret, Traffic};

    use super::super::{Preview, Source};

    pub(in crate::import) const OFFICE: &str = "network:\n  version: 2\n  nm-devices:\n    NM-3f0e:\n      renderer: NetworkManager\n      networkmanager:\n        \
        uuid: \"3f0e2d6a-6f7a-4a0e-9a1c-0d4d6f1e2b33\"\n        name: \"Office\"\n        passthrough:\n          \
        connection.type: \"vpn\"\n          connection.autoconnect: \"false\"\n          \
        vpn.service-type: \"org.freedesktop.NetworkManager.pptp\"\n          vpn.gateway: \"vpn.example.com\"\n          \
        vpn.user: \"alice\"\n          vpn.require-mppe-128: \"yes\"\n          vpn.refuse-pap: \"yes\"\n          \
        vpn.refuse-chap: \"yes\"\n          vpn.refuse-mschap: \"yes\"\n          vpn-secrets.password: \"a b\"\n          \
        ipv4.method: \"auto\"\n          ipv4.never-default: \"true\"\n          ipv4.route1: \"10.20.0.0/16\"\n          proxy._: \"\"\n";

    fn preview(text: &str) -> Preview {
        super::super::read(&[Source::pasted(text)])
    }

    #[test]
    fn a_wrapped_keyfile_is_understood() {
        let preview = preview(OFFICE);
        assert!(preview.refused.is_empty(), "{preview:?}");
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.server.as_str()), ("Office", "vpn.example.com"));
        assert_eq!(
            (profile.encryption, &profile.traffic),
            (Encryption::Required128, &Traffic::only(["10.20.0.0/16".parse().unwrap()]))
        );
        assert_eq!(found.password.as_ref().map(Secret::expose), Some("a b"));
        let gateway = found.remarks.iter().find(|remark| remark.key == "gateway").unwrap();
        assert_eq!(gateway.line, 13);
    }

    #[test]
    fn what_unfolds_or_nests_without_end_is_refused() {
        let alias = OFFICE.replace("\"alice\"", "*x").replace("version: 2", "version: &x 2");
        assert_eq!(preview(&alias).found.len(), 0);
        let deep = format!("network:\n nm-devices:\n  a: {}", "{a: ".repeat(5000));
        assert_eq!(preview(&deep).found.len(), 0);
        let list = OFFICE.replace("  version: 2\n", "  version: 2\n  list: [a, {b: c}, [d]]\n");
        assert_eq!(preview(&list).found.len(), 1);
    }
}
