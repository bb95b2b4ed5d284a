use culvert_model::{AuthMethod, AuthMethods, Dns, Encryption, Ipv6, Keepalive, Mtu, Profile, Traffic};
use culvert_profiles::typed::TypedError;
use culvert_profiles::{SavedProfile, Store};

use super::draft::Wrong;
use super::*;

fn saved() -> SavedProfile {
    let profile = Profile::new("vpn.example.com".parse().expect("a server"), "alice");
    SavedProfile::new(Profile { name: "Office".to_owned(), ..profile })
}

/// A store, and what it read.
fn kept(saved: SavedProfile) -> (tempfile::TempDir, Store, Listed) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::at(directory.path());
    let listed = store.add(saved).expect("it is kept");
    (directory, store, listed)
}

fn form() -> Form {
    Form::new(kept(saved()).2)
}

fn tell(form: &mut Form, messages: impl IntoIterator<Item = Message>) {
    for message in messages {
        assert!(matches!(form.update(message, &Words::english()), Then::Nothing));
    }
}

fn typed(line: Line, text: &str) -> Message {
    Message::Line(line, text.to_owned())
}

/// Everything that a profile can say and a person can be asked about.
fn everything() -> SavedProfile {
    let mut saved = saved();
    let profile = &mut saved.profile;
    profile.port = 1724;
    profile.domain = Some("OFFICE".to_owned());
    profile.further_servers = vec!["vpn2.example.com".parse().expect("a server")];
    profile.encryption = Encryption::Preferred;
    profile.auth = AuthMethods::new(AuthMethod::ALL);
    profile.stateful = true;
    profile.mtu = Mtu::Bytes(1300);
    profile.keepalive = Keepalive::Seconds(30);
    profile.traffic = Traffic::only(vec!["10.0.0.0/8".parse().expect("a network")]);
    profile.dns = Dns::Servers(vec![[192, 0, 2, 53].into()]);
    profile.search_domains = vec!["office.example.com".to_owned()];
    profile.ipv6 = Ipv6::Leave;
    (profile.lan, profile.guard, profile.reconnect, profile.through_other_vpn) = (true, false, false, true);
    saved.password = PasswordMode::Session;
    saved.notes = "Ask Bob".to_owned();
    saved
}

#[test]
fn everything_that_a_profile_says_can_be_said_here() {
    let mut form = form();
    tell(
        &mut form,
        [
            typed(Line::Server, " vpn.example.com:1724 "),
            typed(Line::User, "OFFICE\\alice"),
            Message::Choose(Choice::Password(PasswordMode::Session)),
            Message::Choose(Choice::Method(AuthMethod::MsChapV1)),
            Message::Choose(Choice::Method(AuthMethod::ChapMd5)),
            Message::Choose(Choice::Method(AuthMethod::Pap)),
            Message::Choose(Choice::Encryption(Encryption::Preferred)),
            Message::Choose(Choice::Stateful),
            typed(Line::Networks, "10.0.0.0/8"),
            Message::Choose(Choice::OnlyNetworks),
            Message::Choose(Choice::Lan),
            typed(Line::NameServers, "192.0.2.53"),
            Message::Choose(Choice::OwnNames),
            typed(Line::Domains, "office.example.com"),
            Message::Choose(Choice::Ipv6),
            Message::Choose(Choice::Reconnect),
            Message::Choose(Choice::Guard),
            typed(Line::Keepalive, "30"),
            typed(Line::Servers, "vpn2.example.com"),
            typed(Line::Mtu, "1300"),
            Message::Choose(Choice::Through),
            Message::Notes(text_editor::Action::Edit(text_editor::Edit::Paste(std::sync::Arc::new(
                "Ask Bob".to_owned(),
            )))),
        ],
    );
    assert_eq!(form.draft.first_wrong(), None);
    assert_eq!(form.draft.saved, everything());
    assert!(form.is_unsaved());
}

#[test]
fn everything_goes_back_to_its_default() {
    let mut form = Form::new(kept(everything()).2);
    assert!(Field::ALL.into_iter().all(|field| !form.draft.is_default(field)));
    tell(&mut form, Field::ALL.map(Message::Default));
    assert!(Field::ALL.into_iter().all(|field| form.draft.is_default(field)));
    let mut usual = saved();
    (usual.profile.port, usual.profile.domain) = (1724, Some("OFFICE".to_owned()));
    usual.password = PasswordMode::Session;
    assert_eq!(form.draft.saved, usual);
    assert_eq!(form.draft.text(Line::Mtu), "");
    assert!(form.notes.text().trim().is_empty());
}

#[test]
fn what_is_only_looked_at_is_not_changed() {
    for saved in [saved(), everything()] {
        let mut form = Form::new(kept(saved).2);
        tell(&mut form, Fold::ALL.map(Message::Fold));
        let texts = Line::ALL.map(|line| typed(line, form.draft.text(line)));
        tell(&mut form, texts);
        assert!(!form.is_unsaved());
    }
}

#[test]
fn what_can_not_be_meant_is_told_and_opens_its_fold() {
    let mut form = form();
    tell(&mut form, [typed(Line::Mtu, "17000")]);
    let wrong = form.draft.first_wrong();
    assert_eq!(wrong, Some((Some(Fold::Advanced), Some(Line::Mtu), Wrong::Typed(TypedError::Mtu))));
    assert!(form.is_unsaved() && form.draft.is_wrong(Fold::Advanced));
    assert!(!form.open.contains(&Fold::Advanced));
    assert!(matches!(form.update(Message::Save, &Words::english()), Then::Run(_)));
    assert!(form.open.contains(&Fold::Advanced) && !form.is_working, "it goes there, and keeps nothing");
    tell(&mut form, [typed(Line::Mtu, "")]);
    assert!(!form.is_unsaved());
}

#[test]
fn what_does_not_go_together_is_told() {
    let mut form = form();
    tell(&mut form, [AuthMethod::MsChapV2, AuthMethod::Pap].map(|one| Message::Choose(Choice::Method(one))));
    assert_eq!(form.draft.first_wrong(), Some((Some(Fold::Encryption), None, Wrong::Keys)));
    tell(&mut form, [Message::Choose(Choice::Encryption(Encryption::None))]);
    assert_eq!(form.draft.first_wrong(), None);
    tell(&mut form, [Message::Choose(Choice::Method(AuthMethod::Pap))]);
    assert!(form.draft.is_wrong(Fold::Login), "nobody can log in");
    tell(&mut form, [Message::Default(Field::Login), Message::Choose(Choice::OwnNames)]);
    assert!(form.draft.is_wrong(Fold::Network), "there are no name servers");
}

#[test]
fn the_guard_and_a_way_past_it_exclude_each_other() {
    let mut form = form();
    tell(&mut form, [Choice::Guard, Choice::Through].map(Message::Choose));
    assert!(form.draft.saved.profile.through_other_vpn);
    tell(&mut form, [Message::Choose(Choice::Guard)]);
    assert!(!form.draft.saved.profile.through_other_vpn && form.draft.first_wrong().is_none());
}

#[test]
fn only_the_office_network_is_one_press() {
    let mut form = form();
    tell(&mut form, [Message::Choose(Choice::OnlyNetworks)]);
    assert_eq!(form.draft.saved.profile.traffic, Traffic::Only { routes: vec![], classful: true });
    assert_eq!(form.draft.first_wrong(), None);
}

#[test]
fn a_password_is_changed_forgotten_or_left() {
    let mut form = form();
    assert!(matches!(form.password(), Password::Stay));
    tell(&mut form, [Message::PasswordRead(Ok(true)), Message::ForgetPassword]);
    assert!(form.is_unsaved() && matches!(form.password(), Password::Forget));
    tell(&mut form, [Message::KeepPassword]);
    assert!(!form.is_unsaved() && matches!(form.password(), Password::Stay));
    tell(&mut form, [Message::Password(Secret::new("correct horse".to_owned()))]);
    assert!(matches!(form.password(), Password::Keep(secret) if secret.expose() == "correct horse"));
    assert!(!format!("{form:?}").contains("correct horse"), "nobody prints it");
    tell(&mut form, [Message::Choose(Choice::Password(PasswordMode::Ask))]);
    assert!(matches!(form.password(), Password::Stay), "it is kept nowhere");
}

#[test]
fn what_another_program_changes_is_never_written_over_unasked() {
    let (_directory, store, listed) = kept(saved());
    let mut form = Form::new(listed.clone());
    let other = SavedProfile { notes: "by another".to_owned(), ..listed.saved.clone() };
    let other = store.replace(&listed, other).expect("it is kept");
    let kept = |profiles| Kept { profiles, ..Kept::default() };
    let _ = form.hear(&kept(vec![other.clone()]));
    assert_eq!(form.listed, other, "nobody has changed anything here: the new one is shown");
    tell(&mut form, [typed(Line::Name, "Bureau")]);
    let third = SavedProfile { notes: "by a third".to_owned(), ..other.saved.clone() };
    let third = store.replace(&other, third).expect("it is kept");
    let _ = form.hear(&kept(vec![third.clone()]));
    assert!(matches!(form.meanwhile, Some(Meanwhile::Changed(_))));
    assert_eq!(form.draft.text(Line::Name), "Bureau", "what was typed stays");
    tell(&mut form, [Message::Save]);
    assert!(!form.is_working, "it waits for an answer");
    assert!(matches!(form.update(Message::SaveMine, &Words::english()), Then::Run(_)));
    assert!(form.is_working && form.listed == third);
}

#[test]
fn the_other_programs_change_can_be_taken() {
    let (_directory, store, listed) = kept(saved());
    let mut form = Form::new(listed.clone());
    tell(&mut form, [typed(Line::Name, "Bureau")]);
    let other = SavedProfile { notes: "by another".to_owned(), ..listed.saved.clone() };
    let other = store.replace(&listed, other).expect("it is kept");
    let _ = form.hear(&Kept { profiles: vec![other.clone()], ..Kept::default() });
    assert!(matches!(form.update(Message::LoadAnew, &Words::english()), Then::Run(_)));
    assert!(form.listed == other && !form.is_unsaved() && form.draft.text(Line::Name) == "Office");
}

#[test]
fn what_was_removed_meanwhile_is_said_and_comes_back_as_a_new_one() {
    let mut form = form();
    tell(&mut form, [typed(Line::Name, "Bureau")]);
    let _ = form.hear(&Kept { trouble: Some("no disk".to_owned()), ..Kept::default() });
    assert!(form.meanwhile.is_none(), "what can't be read need not be gone");
    let _ = form.hear(&Kept::default());
    assert!(matches!(form.meanwhile, Some(Meanwhile::Removed)));
    assert!(matches!(form.update(Message::Save, &Words::english()), Then::Run(_)));
}

#[test]
fn saving_that_failed_says_why_and_keeps_what_was_typed() {
    let mut form = form();
    tell(&mut form, [typed(Line::Name, "Bureau")]);
    assert!(matches!(form.update(Message::Save, &Words::english()), Then::Run(_)));
    let why = NotReplaced::Because("the disk is full".to_owned());
    tell(&mut form, [Message::Saved(Err(why))]);
    assert!(form.complaint.as_ref().is_some_and(|complaint| complaint.contains("the disk is full")));
    assert!(form.is_unsaved() && !form.is_working);
}

/// A remedy that leads nowhere is worse than none.
#[test]
fn the_faults_that_speak_of_a_setting_lead_to_it() {
    use culvert_model::FaultCode::{self, *};
    let place = |code: FaultCode| remedy(code).map(|(place, _)| place);
    for code in [MppeMismatch, MppeNotOffered, MppeRequiredByPeer] {
        assert_eq!(place(code), Some(Place::Fold(Fold::Encryption)), "{code}");
    }
    assert_eq!(place(AuthMethodRefused), Some(Place::Fold(Fold::Login)));
    assert_eq!(place(PppGarbled), Some(Place::Line(Line::Mtu)));
    assert_eq!(place(DnsFailed), Some(Place::Line(Line::Server)));
    assert_eq!(place(GreBlocked), None, "no setting helps");
    for &code in FaultCode::ALL {
        if let Some((Place::Line(line), _)) = remedy(code) {
            let (form, _) = Form::at(kept(saved()).2, Place::Line(line));
            assert!(line.fold().is_none_or(|fold| form.open.contains(&fold)), "{code}");
        }
    }
}
