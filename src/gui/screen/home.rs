//! The list of connections, and the state beside it.

use culvert_model::{Network, Secret, State, Statistics, Status};
use culvert_words::Word;
use iced::widget::{Column, column, container, row, text_input};
use iced::{Alignment, Element, Length, Padding, Theme};

use crate::app::{App, Asking, Message, Own};
use crate::scene::{self, Mark, Scene, Shape, Tone};
use crate::screen::edit::Place;
use crate::screen::menu;
use crate::theme::{size, space};
use crate::widget::{
    arch, body, chart, field, footed, heading, primary, quiet, row_of_list, scrolled, secondary, small,
    switch, title,
};

/// Where a password is typed.
pub(crate) const PASSWORD: &str = "home-password";

/// Everything.
pub(crate) fn view<'a>(app: &'a App) -> Element<'a, Message> {
    let scene = scene::of(app);
    let is_wide = app.size.width >= size::WIDE && is_list(app);
    // Where there is little room, a question has it: nothing else can be chosen while it is open.
    let lists = is_list(app) && !scene.is_asking;
    let (page, buttons) = state(scene, app);
    let around = space::around(app.size.width);
    let across = |part: Column<'a, Message>| container(part).center_x(Length::Fill);
    let (page, buttons) = (across(page).padding(around), across(buttons).padding([space::SMALL, around]));
    if app.size.height < size::LOW {
        // What is true comes first, and everything else is scrolled to.
        let page = column![page, buttons, (!is_wide).then(|| selector(lists, app))];
        return row![is_wide.then(|| list(app)), scrolled(page).height(Length::Fill)].into();
    }
    let state = container(footed(scrolled(page), buttons)).center_y(Length::Fill).width(Length::Fill);
    if is_wide { row![list(app), state].into() } else { column![selector(lists, app), state].into() }
}

/// With one connection there is no list.
fn is_list(app: &App) -> bool {
    let own = app.kept.as_ref().map_or(0, |kept| kept.profiles.len());
    own + app.told.as_ref().map_or(0, |told| told.managed.len()) > 1
}

fn list(app: &App) -> Element<'_, Message> {
    let tokens = app.tokens;
    let rows = rows(app);
    let add = quiet(app.words.say(Word::ButtonAdd, &[]), Message::AddPressed, tokens);
    let settings = quiet(app.words.say(Word::TitleSettings, &[]), Message::SettingsPressed, tokens);
    container(
        column![scrolled(rows).height(Length::Fill), add, settings]
            .spacing(space::SMALL)
            .padding(space::SMALL),
    )
    .width(size::LIST)
    .height(Length::Fill)
    .style(move |_: &Theme| container::Style::default().background(tokens.sunken))
    .into()
}

/// The list where there is no room for it beside the state.
fn selector(lists: bool, app: &App) -> Element<'_, Message> {
    let tokens = app.tokens;
    let add = quiet(app.words.say(Word::ButtonAdd, &[]), Message::AddPressed, tokens);
    let settings = quiet(app.words.say(Word::TitleSettings, &[]), Message::SettingsPressed, tokens);
    let buttons = row![add, settings].wrap();
    let list = lists.then(|| container(scrolled(rows(app))).max_height(size::SHORT_LIST));
    let buttons = container(buttons).align_right(Length::Fill);
    container(column![buttons, list].spacing(space::SMALL).padding(space::SMALL)).into()
}

fn rows(app: &App) -> Column<'_, Message> {
    let tokens = app.tokens;
    let profiles = app.kept.iter().flat_map(|kept| &kept.profiles);
    let chosen = app.chosen().map(|listed| &listed.id);
    let up = app.status().filter(|status| !scene::is_down(status));
    let managed = app.told.iter().flat_map(|told| &told.managed);
    let managed = managed.map(|managed| {
        let is_chosen = app.chosen_managed().is_some_and(|chosen| chosen.id == managed.id);
        let is_up = up.is_some_and(|status| status.managed.as_ref() == Some(&managed.id));
        (managed.name.as_str(), is_chosen, is_up, Message::ChooseManaged(managed.id.clone()), None)
    });
    let own = profiles.map(|listed| {
        let is_chosen = app.chosen_managed().is_none() && chosen == Some(&listed.id);
        let is_up = up.and_then(|status| app.own_for(status)).is_some_and(|own| own.id == listed.id);
        let name = listed.saved.profile.display_name();
        (name, is_chosen, is_up, Message::Choose(listed.id.clone()), Some(listed))
    });
    let rows = managed.chain(own).map(|(name, is_chosen, is_up, message, listed)| {
        let (shape, tone) = match up {
            Some(status) if is_up => {
                let scene = scene::of_status(status, app);
                (scene.shape, scene.tone)
            }
            _ => (Shape::Open, Tone::Plain),
        };
        let line = row![arch(shape, tone, 22.0, tokens), body(name)]
            .spacing(space::SMALL)
            .align_y(Alignment::Center);
        let line = row_of_list(line, is_chosen, message, tokens);
        match listed {
            Some(listed) => menu::with_menu(line, listed, app),
            None => line.into(),
        }
    });
    Column::with_children(rows).spacing(space::TINY)
}

/// What is said, and the buttons below it, which stay in sight.
fn state<'a>(scene: Scene, app: &'a App) -> (Column<'a, Message>, Column<'a, Message>) {
    let tokens = app.tokens;
    let Scene {
        name,
        shape,
        tone,
        title: says,
        lines,
        stages,
        primary: first,
        quiet: others,
        small: print,
        is_badged,
        is_asking,
    } = scene;
    let named = name.as_deref().filter(|_| !is_asking);
    let symbol = if app.size.width >= size::WIDE { size::SYMBOL } else { size::SMALL_SYMBOL };
    let mut page = column![arch(shape, tone, symbol, tokens)]
        .spacing(space::LIKE)
        .align_x(Alignment::Center)
        .max_width(size::COLUMN);
    if let Some(name) = named.filter(|name| !says.contains(*name)) {
        page = page.push(heading(name.to_owned()));
    }
    page = page.push(title(says).center());
    for line in lines {
        page = page.push(secondary(line, tokens).center());
    }
    if !stages.is_empty() {
        page = page.push(stage_list(stages, app));
    }
    if let Some(complaint) = &app.complaint {
        let color = Some(tokens.bad);
        page = page.push(body(complaint).center().style(move |_| iced::widget::text::Style { color }));
    }
    let unread = app.kept.iter().flat_map(|kept| &kept.unreadable).map(|why| (Word::ProfileUnreadable, why));
    let trouble = app.kept.iter().flat_map(|kept| &kept.trouble).map(|why| (Word::ProfileTrouble, why));
    for (word, why) in trouble.chain(unread) {
        page = page.push(small(app.words.say(word, &[("reason", why)]), tokens).center());
    }
    let shown = app.status().filter(|status| name.as_ref() == Some(&status.name));
    if let Some(Status { connection, state: State::Connected { network }, statistics, .. }) = shown {
        page = page.push(chart(app.traffic.rates(*connection).collect(), tokens));
        page = page.push(small(amounts(statistics, app), tokens));
        page = page.push(details(network, app));
    }
    for line in print {
        page = page.push(small(line, tokens).center());
    }
    let can = |message| (!app.is_busy).then_some(message);
    let first = first.map(|choice| primary(choice.label, can(choice.message), tokens).id("primary"));
    let others = others.into_iter().map(|choice| quiet(choice.label, can(choice.message), tokens).into());
    let question = is_asking.then(|| container(question(app)).padding(Padding::ZERO.bottom(space::SMALL)));
    let mut buttons = column![question, first].extend(others).spacing(space::TINY).align_x(Alignment::Center);
    if is_badged {
        let label = app.words.say(Word::LowProtectionShort, &[]);
        buttons = buttons.push(quiet(label, Message::SafetyPressed, tokens));
    }
    (page, buttons.push((!is_asking).then(|| about(is_badged, app)).flatten()))
}

/// What can be done with the connection itself.
fn about(is_badged: bool, app: &App) -> Option<Element<'_, Message>> {
    let button = |word, message| quiet(app.words.say(word, &[]), message, app.tokens);
    let export = (is_badged && app.can_export()).then(|| button(Word::ButtonExport, Message::ExportPressed));
    let edit = match app.chosen_managed() {
        Some(managed) => Some(button(Word::ButtonLook, Message::Own(Own::Managed(managed.id.clone())))),
        None => app
            .chosen()
            .map(|listed| button(Word::ButtonEdit, Message::Own(Own::Edit(listed.id.clone(), Place::Top)))),
    };
    (edit.is_some() || export.is_some()).then(|| row![edit, export].wrap().into())
}

fn amounts(statistics: &Statistics, app: &App) -> String {
    let words = &app.words;
    let (received, sent) = (words.amount(statistics.received_bytes), words.amount(statistics.sent_bytes));
    words.say(Word::Traffic, &[("received", &received), ("sent", &sent)])
}

/// What only those want to know who know what it means.
fn details<'a>(network: &Network, app: &'a App) -> Element<'a, Message> {
    let word = if app.settings.shows_details { Word::ButtonLess } else { Word::ButtonDetails };
    let button = quiet(app.words.say(word, &[]), Message::DetailsPressed, app.tokens);
    let lines = app.words.network(network).into_iter().filter(|_| app.settings.shows_details);
    let lines = lines.map(|(name, value)| {
        let (name, value) = (secondary(name, app.tokens), body(value));
        if app.size.width < size::NARROW {
            return column![name, value].into();
        }
        let (name, value) = (name.width(Length::FillPortion(2)), value.width(Length::FillPortion(3)));
        row![name, value].spacing(space::SMALL).into()
    });
    column![button, Column::with_children(lines).spacing(space::TINY)].align_x(Alignment::Center).into()
}

fn stage_list<'a>(stages: Vec<scene::StageLine>, app: &'a App) -> Element<'a, Message> {
    let tokens = app.tokens;
    let rows = stages.into_iter().map(|stage| {
        let (shape, tone) = match stage.mark {
            Mark::Done => (Shape::Filled, Tone::Good),
            Mark::Now => (Shape::ThreeQuarter, Tone::Accent),
            Mark::Later => (Shape::Open, Tone::Plain),
        };
        let name = if stage.mark == Mark::Later { secondary(stage.name, tokens) } else { body(stage.name) };
        row![arch(shape, tone, 18.0, tokens), name].spacing(space::SMALL).align_y(Alignment::Center).into()
    });
    Column::with_children(rows).spacing(space::TINY).into()
}

fn question(app: &App) -> Element<'_, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let input = text_input("", app.reply.typed.expose())
        .id(PASSWORD)
        .secure(!app.reply.shows)
        .on_input(|text| Message::Asking(Asking::Typed(Secret::new(text))))
        .on_submit(Message::Asking(Asking::Answer));
    let caps = app.reply.has_caps.then(|| words.say(Word::CapsLock, &[]));
    let show =
        switch(words.say(Word::SwitchShow, &[]), app.reply.shows, Message::Asking(Asking::Show), tokens);
    let forget = app
        .forgettable()
        .map(|_| quiet(words.say(Word::ButtonForget, &[]), Message::Asking(Asking::Forget), tokens));
    let field = field(words.say(Word::FieldPassword, &[]), input, caps, None, tokens);
    column![field, show, forget].spacing(space::SMALL).width(size::PRIMARY_WIDTH * 1.3).into()
}
