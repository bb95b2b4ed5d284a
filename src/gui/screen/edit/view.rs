//! The editor: what everybody knows of a connection, the folds below it, and what else can be done with it.

use culvert_model::{FaultCode, Secret};
use culvert_profiles::{Listed, PasswordMode};
use culvert_words::Word;
use iced::widget::{Column, Space, column, container, row, text_input};
use iced::{Alignment, Element, Length};

use super::{Choice, Fold, Form, Line, Meanwhile, Message, PASSWORD, Place, folds};
use crate::app::{self, App, Own};
use crate::theme::{size, space};
use crate::widget::{
    body, card, choice, field, heading, primary, quiet, sheet, small, switch, title, warning, wrong,
};

/// The header of a fold.
pub(super) const fn id(fold: Fold) -> &'static str {
    match fold {
        Fold::Login => "fold-login",
        Fold::Encryption => "fold-encryption",
        Fold::Network => "fold-network",
        Fold::Reconnect => "fold-reconnect",
        Fold::Advanced => "fold-advanced",
    }
}

/// Where something can be done here about a fault, and what that is called.
pub(crate) const fn remedy(code: FaultCode) -> Option<(Place, Word)> {
    Some(match code {
        FaultCode::AuthMethodRefused => (Place::Fold(Fold::Login), Word::ButtonEditLogin),
        FaultCode::MppeMismatch | FaultCode::MppeNotOffered | FaultCode::MppeRequiredByPeer => {
            (Place::Fold(Fold::Encryption), Word::ButtonEditEncryption)
        }
        FaultCode::PppGarbled => (Place::Line(Line::Mtu), Word::ButtonEditPackets),
        FaultCode::DnsFailed
        | FaultCode::Ipv6Server
        | FaultCode::NetUnreachable
        | FaultCode::TcpTimeout
        | FaultCode::TcpRefused
        | FaultCode::NotPptp
        | FaultCode::VersionMismatch
        | FaultCode::ServerNotAuthentic => (Place::Line(Line::Server), Word::ButtonEditServer),
        FaultCode::AuthRejected => (Place::Line(Line::User), Word::ButtonEditUser),
        _ => return None,
    })
}

/// Where a connection that protects less than usual can be made stronger.
pub(crate) fn weakest(listed: &Listed) -> Option<Place> {
    listed.saved.profile.weaknesses().next().map(|weakness| Place::Fold(Fold::of(weakness)))
}

/// Everything.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let around = space::around(app.size.width);
    let page = column![
        title(form.name()),
        notices(form, app),
        facts(form, app),
        Column::with_children(Fold::ALL.map(|fold| folds::view(fold, form, app))).spacing(space::SMALL),
    ]
    .spacing(space::MEDIUM)
    .width(Length::Fill);
    let page: Element<'a, Message> = page.into();
    let page = column![page.map(app::Message::Edit), others(form, app)]
        .spacing(space::UNLIKE)
        .width(Length::Fill)
        .max_width(size::COLUMN);
    let header = container(header(form, app)).center_x(Length::Fill);
    if app.size.height < size::LOW {
        // There is no room for what stays in sight.
        return sheet(column![header, page], app.size.width).into();
    }
    let header = header.padding([space::SMALL, around]);
    column![header, sheet(page, app.size.width).height(Length::Fill)].into()
}

/// What ends it, always in sight.
fn header<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let can = form.is_unsaved() && !form.is_working && !matches!(form.meanwhile, Some(Meanwhile::Changed(_)));
    let save = can.then_some(app::Message::Edit(Message::Save));
    let back = quiet(words.say(Word::ButtonBack, &[]), app::Message::Back, tokens);
    let save = primary(words.say(Word::ButtonSave, &[]), save, tokens).width(size::PRIMARY_WIDTH / 2.0);
    let buttons: Element<'a, app::Message> = if app.size.width >= size::NARROW {
        row![back, Space::new().width(Length::Fill), save].align_y(Alignment::Center).into()
    } else {
        column![back, save].into()
    };
    let complaint = form.complaint.as_ref().map(|complaint| wrong(complaint, tokens));
    column![buttons, complaint].spacing(space::SMALL).width(Length::Fill).max_width(size::COLUMN).into()
}

/// What somebody should know before they go on.
fn notices<'a>(form: &'a Form, app: &'a App) -> Option<Element<'a, Message>> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let meanwhile = form.meanwhile.as_ref().map(|meanwhile| match meanwhile {
        Meanwhile::Removed => card(body(say(Word::EditRemoved)), tokens),
        Meanwhile::Changed(_) => {
            let buttons = row![
                quiet(say(Word::ButtonLoadAnew), Message::LoadAnew, tokens),
                quiet(say(Word::ButtonSaveMine), (!form.is_working).then_some(Message::SaveMine), tokens),
            ];
            card(column![body(say(Word::EditChanged)), buttons.wrap()].spacing(space::SMALL), tokens)
        }
    });
    let is_up = app.is_connected_to(form.name());
    let up = is_up.then(|| {
        let can = form.is_unsaved() && !form.is_working && form.meanwhile.is_none();
        let reconnect = can.then_some(Message::SaveAndReconnect);
        let says = body(words.say(Word::EditLater, &[("name", form.name())]));
        let button = quiet(say(Word::ButtonSaveAndReconnect), reconnect, tokens);
        card(column![says, button].spacing(space::SMALL), tokens)
    });
    (meanwhile.is_some() || up.is_some()).then(|| column![meanwhile, up].spacing(space::LIKE).into())
}

/// What everybody knows who was given a connection.
fn facts<'a>(form: &'a Form, app: &'a App) -> Element<'a, Message> {
    let (words, server) = (&app.words, form.draft.saved.profile.server.as_str());
    let line = |line, label, help, placeholder: &str| {
        let typed = form.draft.wrong_text(line);
        let input = input(line, placeholder, form);
        field(
            words.say(label, &[]),
            input,
            Some(words.say(help, &[])),
            typed.map(|one| words.typed(one)),
            app.tokens,
        )
    };
    column![
        line(Line::Name, Word::FieldName, Word::FieldNameHelp, server),
        line(Line::Server, Word::FieldServer, Word::FieldServerHelp, "vpn.example.com"),
        line(Line::User, Word::FieldUser, Word::FieldUserHelp, ""),
        password(form, app),
    ]
    .spacing(space::LIKE)
    .into()
}

/// Where a `line` is typed.
pub(super) fn input<'a>(line: Line, placeholder: &str, form: &'a Form) -> text_input::TextInput<'a, Message> {
    text_input(placeholder, form.draft.text(line))
        .id(line.id())
        .on_input(move |text| Message::Line(line, text))
        .on_submit(Message::Save)
}

/// The password, and where it is kept.
fn password<'a>(form: &'a Form, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let mode = form.draft.saved.password;
    let modes = [
        (PasswordMode::Keyring, Word::PasswordKeyring, Word::PasswordKeyringHelp),
        (PasswordMode::Session, Word::PasswordSession, Word::PasswordSessionHelp),
        (PasswordMode::Ask, Word::PasswordAsk, Word::PasswordAskHelp),
    ];
    let modes = modes.into_iter().map(|(one, label, help)| {
        let label = folds::named(say(label), one == PasswordMode::default(), words);
        let message = Message::Choose(Choice::Password(one));
        choice(label, Some(small(say(help), tokens)), one == mode, message, tokens).into()
    });
    let mut part = column![].spacing(space::SMALL);
    if mode != PasswordMode::Ask {
        part = part.push(secret(form, app));
    }
    part.push(body(say(Word::FieldPasswordKept))).push(Column::with_children(modes)).into()
}

fn secret<'a>(form: &'a Form, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let secret = &form.secret;
    let label = say(Word::FieldPassword);
    if secret.forgets {
        return column![
            body(label),
            warning(say(Word::PasswordForgets), tokens),
            quiet(say(Word::ButtonKeepPassword), Message::KeepPassword, tokens),
        ]
        .spacing(space::TINY)
        .into();
    }
    if matches!(secret.is_kept, Some(Ok(true))) && !secret.is_changing {
        let buttons = row![
            quiet(say(Word::ButtonChangePassword), Message::ChangePassword, tokens),
            quiet(say(Word::ButtonForgetPassword), Message::ForgetPassword, tokens),
        ];
        return column![body(label), small(say(Word::PasswordIsKept), tokens), buttons.wrap()]
            .spacing(space::TINY)
            .into();
    }
    let input = text_input("", secret.text.expose())
        .id(PASSWORD)
        .secure(!secret.shows)
        .on_input(|text| Message::Password(Secret::new(text)))
        .on_submit(Message::Save);
    let help = if secret.is_changing { Word::PasswordChangeHelp } else { Word::FieldPasswordHelp };
    let trouble = match &secret.is_kept {
        Some(Err(error)) => Some(words.say(Word::PasswordNotRead, &[("reason", &words.keyring(error))])),
        _ => None,
    };
    column![
        field(label, input, Some(say(help)), None, tokens),
        trouble.map(|says| warning(says, tokens)),
        switch(say(Word::SwitchShow), secret.shows, Message::Show, tokens),
    ]
    .spacing(space::TINY)
    .into()
}

/// What else can be done with the connection.
fn others<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let id = || form.listed.id.clone();
    let button = |word, message| {
        quiet(app.words.say(word, &[]), (!form.is_working).then_some(app::Message::Own(message)), app.tokens)
    };
    let buttons = row![
        button(Word::ButtonDuplicate, Own::Duplicate(id())),
        button(Word::ButtonExport, Own::Export(id())),
        button(Word::ButtonDelete, Own::Delete(id())),
    ];
    let says = heading(app.words.say(Word::TitleOthers, &[]));
    column![says, buttons.wrap()].spacing(space::SMALL).into()
}
