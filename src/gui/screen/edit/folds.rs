//! What only some servers and some people want otherwise.

use culvert_model::{AuthMethod, Dns, Encryption, Ipv6, Traffic, Weakness};
use culvert_words::{Word, Words};
use iced::widget::{Column, column, container, text};
use iced::{Element, Padding};

use super::draft::Wrong;
use super::view::{id, input};
use super::{Choice, Field, Fold, Form, Line, Message, NOTES};
use crate::app::App;
use crate::theme::{size, space};
use crate::widget::{area, body, checked, choice, field, fold, quiet, secondary, small, warning, wrong};

type Part<'a> = Column<'a, Message>;

/// A fold, and what is in it while it is open.
pub(super) fn view<'a>(which: Fold, form: &'a Form, app: &'a App) -> Element<'a, Message> {
    let is_open = form.open.contains(&which);
    let is_wide = app.size.width >= size::NARROW;
    let label = app.words.say(label(which), &[]);
    let header = fold(label, value(which, form, app), is_open, is_wide, Message::Fold(which), app.tokens);
    let inward = if is_wide { space::UNLIKE } else { space::TINY };
    let content = is_open.then(|| container(content(which, form, app)).padding(Padding::ZERO.left(inward)));
    column![header.id(id(which)), content].spacing(space::SMALL).into()
}

const fn label(fold: Fold) -> Word {
    match fold {
        Fold::Login => Word::FoldLogin,
        Fold::Encryption => Word::FoldEncryption,
        Fold::Network => Word::FoldNetwork,
        Fold::Reconnect => Word::FoldReconnect,
        Fold::Advanced => Word::FoldAdvanced,
    }
}

/// What a fold says while it is closed.
fn value<'a>(fold: Fold, form: &Form, app: &'a App) -> text::Text<'a> {
    let (words, tokens, draft) = (&app.words, app.tokens, &form.draft);
    let profile = &draft.saved.profile;
    if draft.is_wrong(fold) {
        return wrong(words.say(Word::ValueWrong, &[]), tokens);
    }
    let methods = || profile.auth.iter().map(AuthMethod::name).collect::<Vec<_>>().join(", ");
    let says = match fold {
        Fold::Login if draft.is_default(Field::Login) => words.say(Word::ValueStandard, &[]),
        Fold::Login => methods(),
        Fold::Encryption => words.say(encryption(profile.encryption), &[]),
        Fold::Network => match profile.traffic {
            Traffic::All => words.say(Word::ValueAll, &[]),
            Traffic::Only { .. } => words.say(Word::ValueOnly, &[]),
        },
        Fold::Reconnect if profile.reconnect => words.say(Word::ValueOn, &[]),
        Fold::Reconnect => words.say(Word::ValueOff, &[]),
        Fold::Advanced => match draft.changed(fold) {
            0 => words.say(Word::ValueUnchanged, &[]),
            count => words.say(Word::ValueChanged, &[("count", &count.to_string())]),
        },
    };
    if draft.is_weak(fold) {
        let weaker = words.say(Word::ValueWeaker, &[("value", &says)]);
        return body(weaker).style(move |_| text::Style { color: Some(tokens.warn) });
    }
    secondary(says, tokens)
}

const fn encryption(encryption: Encryption) -> Word {
    match encryption {
        Encryption::Required128 => Word::ValueRequired128,
        Encryption::Required => Word::ValueRequired,
        Encryption::Preferred => Word::ValuePreferred,
        Encryption::None => Word::ValueNone,
    }
}

/// What is chosen, and whether that is what is chosen without a word.
pub(super) fn named(label: String, is_default: bool, words: &Words) -> String {
    if is_default { words.say(Word::ValueDefault, &[("value", &label)]) } else { label }
}

fn content<'a>(fold: Fold, form: &'a Form, app: &'a App) -> Part<'a> {
    let parts: Vec<Part<'a>> = match fold {
        Fold::Login => vec![login(form, app)],
        Fold::Encryption => vec![strength(form, app), stateful(form, app)],
        Fold::Network => vec![
            traffic(form, app),
            lan(form, app),
            names(form, app),
            listed(Field::Domains, Line::Domains, Word::FieldDomains, "office.example.com", form, app),
            ipv6(form, app),
        ],
        Fold::Reconnect => vec![
            reconnect(form, app),
            guard(form, app),
            listed(Field::Keepalive, Line::Keepalive, Word::FieldKeepalive, "20", form, app),
        ],
        Fold::Advanced => vec![
            listed(Field::Servers, Line::Servers, Word::FieldServers, "vpn2.example.com", form, app),
            listed(Field::Mtu, Line::Mtu, Word::FieldMtu, "1400", form, app),
            through(form, app),
            notes(form, app),
        ],
    };
    let has_weak = !matches!(fold, Fold::Advanced) && forbids(app);
    let forbidden = has_weak.then(|| small(app.words.say(Word::EditForbidden, &[]), app.tokens));
    column![forbidden].extend(parts.into_iter().map(Into::into)).spacing(space::MEDIUM)
}

/// Whether an administrator has forbidden what is weaker than usual.
fn forbids(app: &App) -> bool {
    app.told.as_ref().is_some_and(|told| told.protection.forbids_weaker)
}

/// What a weak choice costs: it is told before it is chosen, too.
fn cost<'a>(weakness: Weakness, is_chosen: bool, app: &'a App) -> text::Text<'a> {
    let says = app.words.part(weakness.into(), "cost");
    if is_chosen { warning(says, app.tokens) } else { small(says, app.tokens) }
}

/// A choice that weakens can't be made where that is forbidden, but always be taken back.
fn unless_forbidden(weakens: bool, choice: Choice, app: &App) -> Option<Message> {
    (!weakens || !forbids(app)).then_some(Message::Choose(choice))
}

/// What it means, and whether it is as it is without a word.
fn help(word: Word, field: Field, form: &Form, app: &App) -> String {
    let help = app.words.part(word, "help");
    if form.draft.is_default(field) { app.words.say(Word::EditDefault, &[("help", &help)]) } else { help }
}

fn with_help(word: Word, app: &App) -> (Word, String) {
    (word, app.words.part(word, "help"))
}

/// What is wrong with it, and the way back.
fn end<'a>(part: Part<'a>, field: Field, form: &'a Form, app: &'a App) -> Part<'a> {
    let words = &app.words;
    let says = form.draft.wrong_field(field).map(|wrong| match wrong {
        Wrong::Keys => words.say(Word::TypedNoKeys, &[]),
        Wrong::Typed(error) => words.typed(error),
        Wrong::Field(unusable) => words.say(Word::Unusable, &[("field", unusable.field)]),
    });
    let says = says.map(|says| wrong(says, app.tokens));
    let back = (!form.draft.is_default(field))
        .then(|| quiet(words.say(Word::ButtonDefault, &[]), Message::Default(field), app.tokens));
    part.push(says).push(back).spacing(space::TINY)
}

/// What it is about and what that means.
fn about<'a>(word: Word, app: &'a App) -> Part<'a> {
    let words = &app.words;
    column![body(words.say(word, &[])), small(words.part(word, "help"), app.tokens)]
}

/// One thing that is on or off.
fn on_off<'a>(
    word: Word,
    field: Field,
    choice: Choice,
    (is_on, weakness): (bool, Option<(Weakness, bool)>),
    form: &'a Form,
    app: &'a App,
) -> Part<'a> {
    let words = &app.words;
    let weakens = weakness.is_some_and(|(_, when)| is_on != when);
    let message = unless_forbidden(weakens, choice, app);
    let help = small(help(word, field, form, app), app.tokens);
    let cost = weakness.map(|(weakness, when)| cost(weakness, is_on == when, app));
    let notes = [help].into_iter().chain(cost);
    let part = column![checked(words.say(word, &[]), notes, is_on, message, app.tokens)];
    end(part, field, form, app)
}

fn login<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let (words, auth) = (&app.words, &form.draft.saved.profile.auth);
    let methods = AuthMethod::ALL.map(|method| {
        let weakness = match method {
            AuthMethod::MsChapV2 => None,
            AuthMethod::MsChapV1 => Some(Weakness::MsChapV1),
            AuthMethod::ChapMd5 => Some(Weakness::ChapMd5),
            AuthMethod::Pap => Some(Weakness::Pap),
        };
        let is_on = auth.allows(method);
        let message = unless_forbidden(weakness.is_some() && !is_on, Choice::Method(method), app);
        let note = weakness.map(|weakness| cost(weakness, is_on, app));
        let label = named(method.name().to_owned(), weakness.is_none(), words);
        checked(label, note, is_on, message, app.tokens).into()
    });
    end(about(Word::FieldLogin, app).extend(methods), Field::Login, form, app)
}

fn strength<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let (words, now) = (&app.words, form.draft.saved.profile.encryption);
    let all = [
        (Encryption::Required128, None),
        (Encryption::Required, Some(Weakness::FewBits)),
        (Encryption::Preferred, Some(Weakness::EncryptionOptional)),
        (Encryption::None, Some(Weakness::NoEncryption)),
    ];
    let all = all.map(|(one, weakness)| {
        let is_on = one == now;
        let label = named(words.say(encryption(one), &[]), weakness.is_none(), words);
        let note = weakness.map(|weakness| cost(weakness, is_on, app));
        let message = unless_forbidden(weakness.is_some() && !is_on, Choice::Encryption(one), app);
        choice(label, note, is_on, message, app.tokens).into()
    });
    end(about(Word::FieldEncryption, app).extend(all), Field::Encryption, form, app)
}

fn stateful<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let is = (form.draft.saved.profile.stateful, Some((Weakness::Stateful, true)));
    on_off(Word::SwitchStateful, Field::Stateful, Choice::Stateful, is, form, app)
}

fn traffic<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let only = match form.draft.saved.profile.traffic {
        Traffic::All => None,
        Traffic::Only { classful, .. } => Some(classful),
    };
    let all = named(say(Word::TrafficAll), true, words);
    let mut part = about(Word::FieldTraffic, app)
        .push(choice(all, None, only.is_none(), Message::Choose(Choice::AllTraffic), tokens))
        .push(choice(
            say(Word::TrafficOnly),
            None,
            only.is_some(),
            Message::Choose(Choice::OnlyNetworks),
            tokens,
        ));
    if let Some(classful) = only {
        let help = small(words.part(Word::SwitchClassful, "help"), tokens);
        let message = Message::Choose(Choice::Classful);
        part = part.push(checked(say(Word::SwitchClassful), [help], classful, message, tokens)).push(typed(
            Line::Networks,
            with_help(Word::FieldNetworks, app),
            "10.0.0.0/8, 192.168.1.0/24",
            form,
            app,
        ));
    }
    end(part, Field::Traffic, form, app)
}

fn names<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let (words, tokens, dns) = (&app.words, app.tokens, &form.draft.saved.profile.dns);
    let say = |word| words.say(word, &[]);
    let (is_own, is_left) = (matches!(dns, Dns::Servers(_)), *dns == Dns::Leave);
    let usual = named(say(Word::DnsFromServer), true, words);
    let leave = unless_forbidden(!is_left, Choice::LeaveNames, app);
    let note = cost(Weakness::Dns, is_left, app);
    let part = about(Word::FieldDns, app)
        .push(choice(usual, None, *dns == Dns::FromServer, Message::Choose(Choice::ServersNames), tokens))
        .push(choice(say(Word::DnsOwn), None, is_own, Message::Choose(Choice::OwnNames), tokens))
        .push(is_own.then(|| {
            typed(Line::NameServers, with_help(Word::FieldNameServers, app), "192.168.1.1", form, app)
        }))
        .push(choice(say(Word::DnsLeave), Some(note), is_left, leave, tokens));
    end(part, Field::Dns, form, app)
}

fn lan<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let is = (form.draft.saved.profile.lan, Some((Weakness::Lan, true)));
    on_off(Word::SwitchLan, Field::Lan, Choice::Lan, is, form, app)
}

fn ipv6<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let is = (form.draft.saved.profile.ipv6 == Ipv6::Leave, Some((Weakness::Ipv6, true)));
    on_off(Word::SwitchIpv6, Field::Ipv6, Choice::Ipv6, is, form, app)
}

fn reconnect<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let is = (form.draft.saved.profile.reconnect, None);
    on_off(Word::SwitchReconnect, Field::Reconnect, Choice::Reconnect, is, form, app)
}

fn guard<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let is = (form.draft.saved.profile.guard, Some((Weakness::NoGuard, false)));
    on_off(Word::SwitchGuard, Field::Guard, Choice::Guard, is, form, app)
}

/// The guard would block what carries the other one.
fn through<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let profile = &form.draft.saved.profile;
    let (words, is_on) = (&app.words, profile.through_other_vpn);
    let can = is_on || !profile.guard;
    let help = small(help(Word::SwitchThrough, Field::Through, form, app), app.tokens);
    let message = can.then_some(Message::Choose(Choice::Through));
    let part = column![checked(words.say(Word::SwitchThrough, &[]), [help], is_on, message, app.tokens)];
    end(part, Field::Through, form, app)
}

/// A line, what it means, and what is wrong with what stands there.
fn typed<'a>(line: Line, (word, help): (Word, String), like: &str, form: &'a Form, app: &'a App) -> Part<'a> {
    let words = &app.words;
    let wrong = form.draft.wrong_text(line).map(|error| words.typed(error));
    field(words.say(word, &[]), input(line, like, form), Some(help), wrong, app.tokens)
}

fn listed<'a>(which: Field, line: Line, word: Word, like: &str, form: &'a Form, app: &'a App) -> Part<'a> {
    let help = help(word, which, form, app);
    end(typed(line, (word, help), like, form, app), which, form, app)
}

fn notes<'a>(form: &'a Form, app: &'a App) -> Part<'a> {
    let words = &app.words;
    let help = words.part(Word::FieldNotes, "help");
    let part = area(words.say(Word::FieldNotes, &[]), &form.notes, NOTES, help, Message::Notes, app.tokens);
    let says = form.draft.notes_wrong.map(|error| wrong(words.typed(error), app.tokens));
    end(part.push(says), Field::Notes, form, app)
}
