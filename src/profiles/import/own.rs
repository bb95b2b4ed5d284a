//! Our own `.culvert` files: one or many connections, each with the keys that its file in the store has.

use culvert_model::Secret;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::draft::{Draft, Field};
use super::{Reason, Refusal};
use crate::document::{self, DocumentError};

/// What says that it is one.
pub(crate) const MARK: &str = "culvert-profile";
/// The newest that is understood.
pub(crate) const VERSION: i64 = 1;

/// The connections of a file.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let document: DocumentMut = match text.parse() {
        Ok(document) => document,
        Err(error) => return vec![Draft::broken_at(line(text, error.span()), "it is no TOML")],
    };
    match document.get("version").and_then(Item::as_integer) {
        Some(1..=VERSION) => {}
        Some(_) => return vec![Draft::refused(Refusal::Newer)],
        None => return vec![Draft::broken_at(1, "it has no version")],
    }
    let none = ArrayOfTables::new();
    let tables = document.get("profile").and_then(Item::as_array_of_tables).unwrap_or(&none);
    // Where each begins, a document that is changed no longer knows: the text does.
    let lines =
        (1..).zip(text.lines()).filter(|(_, line)| line.trim() == "[[profile]]").map(|(number, _)| number);
    // There are other ways to write that, of which nobody has to know the line.
    lines
        .chain(std::iter::repeat(1))
        .zip(tables.iter())
        .map(|(line, table)| connection(line, table))
        .collect()
}

fn line(text: &str, span: Option<std::ops::Range<usize>>) -> u32 {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    u32::try_from(before.lines().count().max(1)).unwrap_or(u32::MAX)
}

fn connection(line: u32, table: &Table) -> Draft {
    let mut table = table.clone();
    let password = table.remove("secret");
    let server = table.get("server").and_then(Item::as_str).unwrap_or_default().to_owned();
    let unknown: Vec<_> =
        table.iter().map(|(key, _)| key.to_owned()).filter(|key| !document::is_known(key)).collect();
    let mut alone = DocumentMut::new();
    *alone.as_table_mut() = table;
    let mut draft = Draft::new(line);
    let field = |key, value| Field { line, key, value };
    match document::parse(&alone.to_string()) {
        Ok(saved) => draft.take_over(saved),
        Err(DocumentError::Unusable(unusable)) => draft.refuse(Refusal::Field(unusable)),
        Err(error) => draft.refuse(Refusal::Syntax { line, what: error.to_string() }),
    }
    draft.server(field("server", &server));
    if let Some(password) = password.as_ref().and_then(Item::as_str) {
        draft.password_kept(field("secret", ""), Secret::new(password.to_owned()));
    }
    for key in &unknown {
        draft.ignored(field(key, ""), Reason::Unknown);
    }
    draft
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Preview, Source};
    use super::*;
    use crate::Format;
    use crate::export::{self, Entry};

    pub(in crate::import) const OFFICE: &str = "format = \"culvert-profile\"\nversion = 1\n\n[[profile]]\nname = \"Office\"\n\
        server = \"vpn.example.com\"\nusername = \"alice\"\nsecret = \"canary-5e\"\nnotes = \"ask Bob\"\n";

    fn preview(text: &str) -> Preview {
        super::super::read(&[Source::pasted(text)])
    }

    #[test]
    fn one_or_many_are_read_and_a_bad_one_costs_no_other() {
        let two = format!(
            "{OFFICE}\n[[profile]]\nserver = \"b c\"\nusername = \"u\"\n\n[[profile]]\nserver = \"h\"\nusername = \"u\"\nlater = 1\n"
        );
        let preview = preview(&two);
        assert_eq!((preview.found.len(), preview.refused.len()), (2, 1), "{preview:?}");
        assert_eq!(preview.found[0].saved.notes, "ask Bob");
        assert_eq!(preview.found[0].password.as_ref().map(Secret::expose), Some("canary-5e"));
        assert_eq!((preview.refused[0].line, preview.found[1].line), (11, 15));
        assert!(!format!("{preview:?}").contains("canary"));
        assert!(preview.found[1].remarks.iter().any(|remark| remark.key == "later"));
    }

    #[test]
    fn a_passphrase_closes_it_and_no_other_opens_it() {
        let passphrase = |text: &str| Secret::new(text.to_owned());
        let found = preview(OFFICE).found.remove(0);
        let entry = Entry { saved: &found.saved, password: found.password.as_ref() };
        let mut exported = export::write(Format::Culvert, &[entry]);
        exported.encrypt(&passphrase("correct horse")).unwrap();
        let text = exported.files[0].text.as_str();
        assert!(!text.contains("canary") && !text.contains("vpn.example.com"));
        let mut source = Source::pasted(text);
        assert!(source.is_encrypted());
        assert_eq!(super::super::read(std::slice::from_ref(&source)).refused[0].why, Refusal::Encrypted);
        assert_eq!(source.decrypt(&passphrase("wrong")), Err(Refusal::WrongPassphrase));
        let mut changed = Source::pasted(text.replacen("A", "B", 3));
        assert_eq!(changed.decrypt(&passphrase("correct horse")), Err(Refusal::WrongPassphrase));
        source.decrypt(&passphrase("correct horse")).unwrap();
        let back = super::super::read(&[source]);
        assert_eq!(back.found[0].saved, found.saved);
        assert_eq!(back.found[0].password, found.password);
    }

    #[test]
    fn however_it_is_written_no_connection_is_left_out() {
        for head in ["[[ profile ]]", "[[profile]] # mine", "[['profile']]"] {
            assert_eq!(preview(&OFFICE.replace("[[profile]]", head)).found.len(), 1, "{head}");
        }
        assert_eq!(preview("format = \"culvert-profile\"\nversion = 1\n").refused[0].why, Refusal::Unknown);
    }

    #[test]
    fn what_a_later_culvert_wrote_is_refused_with_words() {
        assert_eq!(preview(&OFFICE.replace("version = 1", "version = 2")).refused[0].why, Refusal::Newer);
        assert!(matches!(
            preview(&OFFICE.replace("version = 1\n", "")).refused[0].why,
            Refusal::Syntax { .. }
        ));
        assert!(matches!(
            preview(&OFFICE.replace("[[profile]]", "[[profile]")).refused[0].why,
            Refusal::Syntax { line: 4, .. }
        ));
        let gateway = OFFICE.replace("notes = \"ask Bob\"", "gateway = \"eth0\"");
        assert!(preview(&gateway).found.is_empty(), "only an administrator says so");
    }
}
