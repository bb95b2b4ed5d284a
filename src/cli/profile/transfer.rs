//! From other programs, and for them.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use culvert_profiles::export::{self, Entry, Exported};
use culvert_profiles::import::{self, Found, Preview, Reason, Refusal, Source, Treatment};
use culvert_profiles::{Format, Listed, Store, typed};
use serde_json::{Value, json};

use super::edit::{confirm, line, wrong};
use super::{passwords, pick, trouble};
use crate::Exit;
use crate::arguments::{ExportOptions, ImportOptions};
use crate::password::passphrase;
use crate::screen::Screen;
use culvert_words::Word;

/// Takes over connections.
pub(super) async fn import(store: &Store, options: &ImportOptions, screen: &Screen) -> Result<Exit, Exit> {
    let mut sources = sources(&options.files, screen)?;
    for source in sources.iter_mut().filter(|source| source.is_encrypted()) {
        let passphrase = passphrase(false, screen).await?;
        source.decrypt(&passphrase).map_err(|why| refused(source, &why, screen))?;
    }
    let mut preview = import::read(&sources);
    for found in &mut preview.found {
        prepare(found, options);
    }
    if !options.json.json {
        show(&preview, screen);
    }
    let all = preview.found.len() + preview.refused.len();
    let (kept, failed) = if options.dry_run || preview.found.is_empty() {
        (Vec::new(), None)
    } else if options.yes || options.json.json || confirm(Word::AskImport, &[], screen).await? {
        keep(store, preview.found.iter_mut(), options, screen).await
    } else {
        return Ok(Exit::Done);
    };
    if options.json.json {
        screen.json(&as_json(&preview, &kept));
    } else if !options.dry_run {
        let (some, all) = (kept.len().to_string(), all.to_string());
        screen.say(Word::Imported, &[("some", &some), ("all", &all)]);
    }
    let is_good = options.dry_run && !preview.found.is_empty() || !kept.is_empty();
    Ok(failed.unwrap_or(if is_good { Exit::Done } else { Exit::Other }))
}

fn sources(files: &[std::path::PathBuf], screen: &Screen) -> Result<Vec<Source>, Exit> {
    let read = |path: &std::path::PathBuf| {
        let source = if path.as_os_str() == "-" { pasted() } else { Source::file(path) };
        source.map_err(|error| unread(path, &error, screen))
    };
    files.iter().map(read).collect()
}

fn pasted() -> io::Result<Source> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(Source::LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(Source::of_bytes("", bytes))
}

fn unread(path: &Path, error: &io::Error, screen: &Screen) -> Exit {
    let (path, reason) = (path.display().to_string(), error.to_string());
    screen.say(Word::ImportUnread, &[("path", &path), ("reason", &reason)]);
    Exit::Other
}

fn refused(source: &Source, why: &Refusal, screen: &Screen) -> Exit {
    let reason = screen.words.refusal(why);
    screen.say(Word::ImportRefused, &[("name", source.name()), ("line", "1"), ("reason", &reason)]);
    Exit::Other
}

fn prepare(found: &mut Found, options: &ImportOptions) {
    if options.strong {
        found.strengthen();
    }
    let profile = &mut found.saved.profile;
    if let Some(user) = options.user.as_ref().filter(|_| profile.username.is_empty()) {
        profile.username.clone_from(&user.name);
        profile.domain = user.domain.clone().or(profile.domain.take());
    }
}

/// Keeps what can be kept, up to the first that the disk does not take.
async fn keep(
    store: &Store,
    found: impl Iterator<Item = &mut Found>,
    options: &ImportOptions,
    screen: &Screen,
) -> (Vec<Listed>, Option<Exit>) {
    let (mut kept, mut failed, mut has_passwords) = (Vec::new(), None, false);
    for found in found {
        if found.saved.profile.username.is_empty() && !name_user(found, options, screen).await {
            screen.say(Word::ImportNoUser, &[("name", found.saved.profile.display_name())]);
            continue;
        }
        let listed = match store.add(found.saved.clone()) {
            Ok(listed) => listed,
            Err(error) => {
                failed = Some(trouble(&error, screen));
                break;
            }
        };
        let password = match (found.password.take(), &found.network_manager) {
            (None, Some(uuid)) if is_password_wanted(found, options, screen).await => {
                passwords::of_network_manager(uuid.clone(), screen).await
            }
            (password, _) => password,
        };
        has_passwords |= password.is_some();
        // What could not be kept was said, and the connection is there.
        let _ = passwords::keep(&listed, password, screen).await;
        kept.push(listed);
    }
    if has_passwords {
        passwords::sweep(store).await;
    }
    (kept, failed)
}

/// Asks who is to log in, where the file does not say it and somebody can be asked. Whether that is known now.
async fn name_user(found: &mut Found, options: &ImportOptions, screen: &Screen) -> bool {
    if !io::stdin().is_terminal() || options.yes || options.json.json {
        return false;
    }
    let profile = &mut found.saved.profile;
    loop {
        let question = screen.words.say(Word::AskImportUser, &[("name", profile.display_name())]);
        let Ok(answer) = line(question).await else { return false };
        match typed::user(answer.trim()) {
            _ if answer.trim().is_empty() => return false,
            Ok(user) => {
                profile.username = user.name;
                profile.domain = user.domain.or(profile.domain.take());
                return true;
            }
            Err(why) => screen.note(&screen.words.typed(why)),
        }
    }
}

/// Whether the password that NetworkManager keeps for this connection may go where the file says. Anybody can write a
/// file with the number of another connection in it.
async fn is_password_wanted(found: &Found, options: &ImportOptions, screen: &Screen) -> bool {
    if options.with_passwords {
        return true;
    }
    let profile = &found.saved.profile;
    let names = [("name", profile.display_name()), ("server", profile.server.as_str())];
    if io::stdin().is_terminal() && !options.yes && !options.json.json {
        return confirm(Word::AskImportPassword, &names, screen).await == Ok(true);
    }
    screen.say(Word::ImportKeyring, &names);
    false
}

/// What there is, what of it is used and what is not, and what is none of ours.
fn show(preview: &Preview, screen: &Screen) {
    for found in &preview.found {
        let profile = &found.saved.profile;
        let (user, server) = (profile.login_name(), profile.server.as_str());
        let names = [("name", profile.display_name()), ("user", user.as_str()), ("server", server)];
        let found_with = if user.is_empty() { Word::ImportFoundNobody } else { Word::ImportFound };
        screen.result(&screen.words.say(found_with, &names));
        let password = found.password.as_ref().map(|_| screen.words.say(Word::ImportPassword, &[]));
        for line in screen.words.remarks(&found.remarks).into_iter().chain(password) {
            screen.result(&format!("  {line}"));
        }
        for weakness in profile.weaknesses() {
            screen.result(&format!("  ! {}", screen.words.say(Word::from(weakness), &[])));
        }
    }
    for refused in &preview.refused {
        let line = refused.line.to_string();
        let what = if refused.name.is_empty() { &refused.source } else { &refused.name };
        let reason = screen.words.refusal(&refused.why);
        screen.say(Word::ImportRefused, &[("name", what), ("line", &line), ("reason", &reason)]);
    }
}

fn as_json(preview: &Preview, kept: &[Listed]) -> Value {
    let found = preview.found.iter().map(|found| {
        let remarks = found.remarks.iter().map(|remark| {
            let (treatment, reason) = match remark.treatment {
                Treatment::Used => ("used", None),
                Treatment::Kept => ("kept", None),
                Treatment::Changed(reason) => ("changed", Some(reason)),
                Treatment::Ignored(reason) => ("ignored", Some(reason)),
            };
            let reason = reason.map(Reason::as_str);
            json!({ "line": remark.line, "key": remark.key, "treatment": treatment, "reason": reason })
        });
        json!({
            "source": found.source,
            "format": found.format.as_str(),
            "line": found.line,
            "profile": found.saved.profile,
            "is_weaker": found.saved.profile.is_weaker(),
            "has_password": found.password.is_some(),
            "remarks": remarks.collect::<Vec<_>>(),
        })
    });
    let refused = preview.refused.iter().map(|refused| {
        let why = refused.why.as_str();
        json!({ "source": refused.source, "line": refused.line, "name": refused.name, "why": why })
    });
    let imported: Vec<_> = kept.iter().map(|listed| listed.id.as_str()).collect();
    json!({ "found": found.collect::<Vec<_>>(), "refused": refused.collect::<Vec<_>>(), "imported": imported })
}

/// Writes profiles as files.
pub(super) async fn export(store: &Store, options: &ExportOptions, screen: &Screen) -> Result<Exit, Exit> {
    let format = Format::WRITTEN.into_iter().find(|format| format.as_str() == options.format);
    let format = format.ok_or_else(|| wrong(&options.format, screen))?;
    let profiles = if options.all {
        store.list().map_err(|error| trouble(&error, screen))?.0
    } else {
        options.names.iter().map(|name| pick(store, name, screen)).collect::<Result<Vec<_>, _>>()?
    };
    let mut secrets = Vec::new();
    for listed in &profiles {
        secrets.push(if options.with_passwords { passwords::read(listed, screen).await } else { None });
    }
    let entry = |(listed, password)| {
        let Listed { saved, .. }: &Listed = listed;
        Entry { saved, password: Option::as_ref(password) }
    };
    let entries: Vec<_> = profiles.iter().zip(&secrets).map(entry).collect();
    let mut exported = export::write(format, &entries);
    if options.encrypt {
        if format != Format::Culvert {
            return Err(wrong("only Culvert's own files can be closed with a passphrase", screen));
        }
        let passphrase = passphrase(true, screen).await?;
        exported.encrypt(&passphrase).map_err(|error| unread(&options.to, &error, screen))?;
    }
    exported.keep(&options.to).map_err(|error| unread(&options.to, &error, screen))?;
    tell(&exported, options, screen);
    Ok(Exit::Done)
}

fn tell(exported: &Exported, options: &ExportOptions, screen: &Screen) {
    let paths = exported.files.iter().map(|file| options.to.join(&file.name));
    if options.json.json {
        let lost = exported.lost.iter().map(|lost| json!({ "profile": lost.profile, "field": lost.field }));
        screen.json(&json!({ "files": paths.collect::<Vec<_>>(), "lost": lost.collect::<Vec<_>>() }));
        return;
    }
    paths.for_each(|path| screen.result(&path.display().to_string()));
    for lost in &exported.lost {
        screen.say(Word::ExportLost, &[("name", &lost.profile), ("field", lost.field)]);
    }
    if options.with_passwords && !options.encrypt {
        screen.say(Word::ExportPasswords, &[]);
    }
}
