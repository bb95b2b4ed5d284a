//! `org.culvert.policy`, read as far as the tests need it.

const TEXT: &str = include_str!("../../../packaging/polkit/org.culvert.policy");

/// An action as the file has it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) active: String,
    pub(crate) inactive: String,
    pub(crate) any: String,
    pub(crate) owner: String,
    /// Those of its messages; the empty one is English.
    pub(crate) languages: Vec<String>,
}

/// Every action. Breaks down where the file is not well-formed.
pub(crate) fn read() -> Vec<Written> {
    let document = roxmltree::Document::parse_with_options(
        TEXT,
        roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() },
    )
    .unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "policyconfig");
    root.children().filter(|node| node.has_tag_name("action")).map(action).collect()
}

fn action(node: roxmltree::Node<'_, '_>) -> Written {
    let child = |name: &str| node.children().find(|child| child.has_tag_name(name)).unwrap();
    let default = |name: &str| {
        let found = child("defaults").children().find(|child| child.has_tag_name(name)).unwrap();
        found.text().unwrap().to_owned()
    };
    let annotations = node.children().filter(|child| child.has_tag_name("annotate"));
    let owner =
        annotations.clone().find(|one| one.attribute("key") == Some("org.freedesktop.policykit.owner"));
    let languages = |name: &str| {
        let texts = node.children().filter(|child| child.has_tag_name(name));
        let texts: Vec<_> = texts.inspect(|one| assert!(!one.text().unwrap().trim().is_empty())).collect();
        let namespace = "http://www.w3.org/XML/1998/namespace";
        texts
            .iter()
            .map(|one| one.attribute((namespace, "lang")).unwrap_or("").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(languages("message"), languages("description"));
    Written {
        id: node.attribute("id").unwrap().to_owned(),
        active: default("allow_active"),
        inactive: default("allow_inactive"),
        any: default("allow_any"),
        owner: owner.unwrap().text().unwrap().to_owned(),
        languages: languages("message"),
    }
}
