//! What went wrong, and what has happened: for the person, and for whoever helps.

use culvert_words::Word;
use iced::widget::{Column, Space, column, row};
use iced::{Element, Length, Task, clipboard};

use crate::activity::time;
use crate::app::{self, App};
use crate::scene;
use crate::theme::{size, space};
use crate::widget::{body, heading, quiet, secondary, sheet, small, switch, title};

/// What is looked at.
#[derive(Debug, Default)]
pub(crate) struct Form {
    only_faults: bool,
    was_copied: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    OnlyFaults,
    Copy(String),
}

impl Form {
    pub(crate) fn update(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::OnlyFaults => self.only_faults = !self.only_faults,
            Message::Copy(text) => {
                self.was_copied = true;
                return clipboard::write(text);
            }
        }
        Task::none()
    }
}

/// The screen.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let now = scene::of(app);
    let mut page = column![heading(now.title)].spacing(space::LIKE).width(Length::Fill);
    for line in now.lines {
        page = page.push(body(line));
    }
    for line in now.small {
        page = page.push(small(line, tokens));
    }
    let secrets: Vec<String> = app.names().collect();
    let copy = Message::Copy(app.activity.text(&secrets));
    let copied = if form.was_copied { Word::ButtonCopied } else { Word::ButtonCopy };
    let filter: Element<'a, Message> =
        switch(say(Word::SwitchOnlyFaults), form.only_faults, Message::OnlyFaults, tokens).into();
    let buttons = column![filter, quiet(say(copied), copy, tokens)].spacing(space::TINY);
    let entries = app.activity.entries(form.only_faults).map(|entry| {
        let color = entry.is_fault.then_some(tokens.bad);
        let text = body(&*entry.text).width(Length::Fill);
        let text = text.style(move |_| iced::widget::text::Style { color });
        row![secondary(time(entry.at), tokens), text].spacing(space::LIKE).into()
    });
    let buttons: Element<'a, Message> = buttons.into();
    let page = page
        .push(Space::new().height(space::SMALL))
        .push(title(say(Word::TitleActivity)))
        .push(buttons.map(app::Message::Fix))
        .push(Column::with_children(entries).spacing(space::SMALL));
    let back = quiet(say(Word::ButtonBack), app::Message::Back, tokens);
    let content = column![back, page].spacing(space::SMALL).max_width(size::COLUMN);
    sheet(content, app.size.width).into()
}
