//! The editor, and what can be done with a connection beside it.

use culvert_model::{AuthMethod, Encryption, State};
use culvert_profiles::ProfileId;
use culvert_words::Language;

use super::catalog::{after, in_language, in_state, told};
use crate::app::{App, Message, Own};
use crate::screen::edit::{Choice, Fold, Line, Message as Edit, Place};
use crate::tests::played::{id, managed, network, with_profiles};

pub(super) fn all(language: Language) -> Vec<(&'static str, App)> {
    let app = || in_language(with_profiles(&["Office", "Home"]), language);
    let office = |app: &App| id(app, "Office");
    let edit = |app: App, messages: Vec<Edit>| {
        let first = Message::Own(Own::Edit(office(&app), Place::Top));
        after(app, [first].into_iter().chain(messages.into_iter().map(Message::Edit)))
    };
    let own = |app: App, message: fn(ProfileId) -> Own| {
        let message = message(office(&app));
        after(app, [Message::Own(message)])
    };
    let folds = || Fold::ALL.map(Edit::Fold).to_vec();
    let with = |mut messages: Vec<Edit>, more: Vec<Edit>| {
        messages.extend(more);
        messages
    };
    let weak = vec![
        Edit::Choose(Choice::Encryption(Encryption::None)),
        Edit::Choose(Choice::Stateful),
        Edit::Choose(Choice::Method(AuthMethod::Pap)),
        Edit::Choose(Choice::OnlyNetworks),
        Edit::Choose(Choice::OwnNames),
        Edit::Choose(Choice::Lan),
        Edit::Choose(Choice::Guard),
    ];
    let typed = vec![
        Edit::Line(Line::Server, "https://vpn.example.com".to_owned()),
        Edit::Line(Line::User, String::new()),
        Edit::Line(Line::Mtu, "17000".to_owned()),
        Edit::Line(Line::Domains, "office example com !".to_owned()),
        Edit::Choose(Choice::OnlyNetworks),
        Edit::Line(Line::Networks, "10.0.0.1/8".to_owned()),
    ];
    let renamed = || Edit::Line(Line::Name, "Bureau".to_owned());
    let connected = in_state(State::Connected { network: network() }, language);
    let mut changed = edit(app(), vec![renamed()]);
    let mut kept = changed.kept.clone().expect("it is read");
    kept.profiles.iter_mut().for_each(|listed| listed.saved.notes = "Ask Bob".to_owned());
    changed = after(changed, [Message::Kept(kept)]);
    let mut gone = edit(app(), vec![renamed()]);
    let none = crate::shelf::Kept::default();
    gone = after(gone, [Message::Kept(none)]);
    let forbidden = told(app(), |told| told.protection.forbids_weaker = true);
    let looked_at = told(app(), |told| told.managed = vec![managed("Headquarters", true)]);
    let listed = Box::new(app().chosen().expect("one").clone());
    vec![
        ("edit", edit(app(), vec![])),
        ("edit, open", edit(app(), folds())),
        ("edit, weak", edit(app(), with(folds(), weak.clone()))),
        ("edit, weak and closed", edit(app(), weak)),
        ("edit, wrong", edit(app(), with(folds(), typed.clone()))),
        ("edit, wrong and closed", edit(app(), typed)),
        ("edit, forbidden", edit(forbidden, folds())),
        ("edit, a password", edit(app(), vec![Edit::PasswordRead(Ok(true))])),
        ("edit, another password", edit(app(), vec![Edit::PasswordRead(Ok(true)), Edit::ChangePassword])),
        ("edit, no password", edit(app(), vec![Edit::PasswordRead(Ok(true)), Edit::ForgetPassword])),
        ("edit, connected", edit(connected, vec![renamed()])),
        ("edit, changed", changed),
        ("edit, removed", gone),
        ("edit, unsaved", after(edit(app(), vec![renamed()]), [Message::Back])),
        ("edit, managed", after(looked_at, [Message::Own(Own::Managed("headquarters".to_owned()))])),
        ("menu", own(app(), Own::Menu)),
        ("deleted", after(app(), [Message::Own(Own::Deleted(listed, Ok(())))])),
    ]
}
