//! What an administrator has set up: everybody may look at it.

use culvert_ipc::ManagedOutline;
use culvert_words::Word;
use iced::widget::column;
use iced::{Element, Length};

use crate::app::{App, Message};
use crate::theme::{size, space};
use crate::widget::{body, quiet, secondary, sheet, title};

/// What is known of it, and who can change it.
pub(crate) fn view<'a>(managed: &'a ManagedOutline, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let fact = |word, value: &'a str| column![secondary(words.say(word, &[]), tokens), body(value)];
    let by = if managed.at_boot { Word::ManagedForGood } else { Word::ManagedBy };
    let page = column![
        quiet(words.say(Word::ButtonBack, &[]), Message::Back, tokens),
        title(&managed.name),
        body(words.say(by, &[])),
        fact(Word::FieldServer, managed.server.as_str()),
        fact(Word::FieldUser, &managed.username),
    ]
    .spacing(space::LIKE)
    .width(Length::Fill)
    .max_width(size::COLUMN);
    sheet(page, app.size.width).into()
}
