//! The syntax of GLib's key files: groups of keys.

use super::Refusal;
use super::draft::Field;

/// A group and its keys, in their order.
pub(super) struct Group<'a> {
    pub(super) line: u32,
    pub(super) name: &'a str,
    pub(super) fields: Vec<Field<'a>>,
}

/// The groups of a text. Blanks behind a value are part of it, as GLib takes them.
pub(super) fn groups(text: &str) -> Result<Vec<Group<'_>>, Refusal> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let (number, line) = (u32::try_from(index + 1).unwrap_or(u32::MAX), raw.trim_ascii());
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            groups.push(Group { line: number, name, fields: Vec::new() });
            continue;
        }
        let (key, value) = raw.split_once('=').ok_or_else(|| Refusal::at(index, "no key and no group"))?;
        let group = groups.last_mut().ok_or_else(|| Refusal::at(index, "a key before any group"))?;
        group.fields.push(Field { line: number, key: key.trim_ascii(), value: value.trim_ascii_start() });
    }
    Ok(groups)
}

/// A value without its escapes: `\s`, `\t`, `\n`, `\r`, `\\`, and `\;` in a list.
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('s') => text.push(' '),
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

/// The parts of a list, each ended by `;`.
pub(super) fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split([';', ',']).map(str::trim).filter(|part| !part.is_empty())
}
