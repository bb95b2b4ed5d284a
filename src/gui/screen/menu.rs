//! What can be done with a connection of the list, and taken back.

use culvert_profiles::Listed;
use culvert_words::Word;
use iced::widget::{column, container, row};
use iced::{Element, Length, Theme};

use super::edit::Place;
use crate::app::{App, Message, Own};
use crate::theme::{Tokens, space};
use crate::widget::{body, more, quiet};

/// The row of a connection, with three points beside it and what they unfold.
pub(crate) fn with_menu<'a>(
    line: impl Into<Element<'a, Message>>,
    listed: &Listed,
    app: &'a App,
) -> Element<'a, Message> {
    let id = &listed.id;
    let points = more(Message::Own(Own::Menu(id.clone())), app.tokens);
    let line = row![line.into(), points].align_y(iced::Alignment::Center);
    column![line, app.has_menu(id).then(|| menu(listed, app))].into()
}

fn menu<'a>(listed: &Listed, app: &'a App) -> Element<'a, Message> {
    let id = || listed.id.clone();
    let button = |word, own| quiet(app.words.say(word, &[]), Message::Own(own), app.tokens);
    let buttons = row![
        button(Word::ButtonEdit, Own::Edit(id(), Place::Top)),
        button(Word::ButtonDuplicate, Own::Duplicate(id())),
        button(Word::ButtonExport, Own::Export(id())),
        button(Word::ButtonDelete, Own::Delete(id())),
    ];
    buttons.wrap().into()
}

/// `content`, and below it what was deleted and can be taken back.
pub(crate) fn with_undo<'a>(content: Element<'a, Message>, name: &str, app: &'a App) -> Element<'a, Message> {
    let tokens: &'static Tokens = app.tokens;
    let says = body(app.words.say(Word::Deleted, &[("name", name)]));
    let undo = quiet(app.words.say(Word::ButtonUndo, &[]), Message::Own(Own::Undo), tokens).id("undo");
    let bar = container(row![says, undo].spacing(space::SMALL).align_y(iced::Alignment::Center).wrap())
        .center_x(Length::Fill)
        .padding(space::SMALL)
        .style(move |_: &Theme| container::Style::default().background(tokens.sunken).color(tokens.ink));
    column![container(content).height(Length::Fill), bar].into()
}
