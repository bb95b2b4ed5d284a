//! Our own `.culvert` file, which holds everything.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::{Entry, ExportedFile, file_stem};
use crate::document;
use crate::import::own::{MARK, VERSION};
use zeroize::Zeroizing;

/// Writes all of these into one file.
pub(super) fn write(entries: &[Entry<'_>]) -> Option<ExportedFile> {
    let first = entries.first()?;
    let mut document = DocumentMut::new();
    document.insert("format", value(MARK));
    document.insert("version", value(VERSION));
    let mut tables = ArrayOfTables::new();
    entries.iter().filter_map(table).for_each(|table| tables.push(table));
    document.insert("profile", Item::ArrayOfTables(tables));
    let stem = if entries.len() == 1 {
        file_stem(first.saved.profile.display_name())
    } else {
        "profiles".to_owned()
    };
    Some(ExportedFile { name: format!("{stem}.culvert"), text: Zeroizing::new(document.to_string()) })
}

fn table(entry: &Entry<'_>) -> Option<Table> {
    // What can be in memory can be written.
    let text = document::write(entry.saved, None).ok()?;
    let mut table = text.parse::<DocumentMut>().ok()?.as_table().clone();
    table.sort_values_by(|_, a, _, b| a.is_table().cmp(&b.is_table()));
    if let Some(password) = entry.password {
        table.insert("secret", value(password.expose()));
    }
    Some(table)
}
