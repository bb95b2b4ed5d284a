//! How little PPTP protects, and what does better.

use culvert_words::Word;
use iced::widget::{Column, column, container, row, rule};
use iced::{Element, Length, Theme};

use crate::app::{App, Message};
use crate::theme::{Tokens, size, space};
use crate::widget::{body, card, heading, quiet, secondary, sheet, small, title};

const CARD: [Word; 4] = [Word::SafetyNear, Word::SafetyOwner, Word::SafetyLater, Word::SafetyNotFor];
const KINDS: [Word; 8] = [
    Word::KindPptp,
    Word::KindL2tp,
    Word::KindSstp,
    Word::KindOpenVpn,
    Word::KindIkev2,
    Word::KindIpsec,
    Word::KindWireGuard,
    Word::KindSoftEther,
];
/// What the kinds are compared by: the name of each column, and of its parts in the sentences.
const COLUMNS: [(Word, &str); 4] = [
    (Word::ColumnSecurity, "security"),
    (Word::ColumnSpeed, "speed"),
    (Word::ColumnSetup, "setup"),
    (Word::ColumnSystems, "systems"),
];
const PLACES: [Word; 6] = [
    Word::PlaceWindows,
    Word::PlaceWindowsServer,
    Word::PlaceMacos,
    Word::PlaceIos,
    Word::PlaceAndroid,
    Word::PlaceLinux,
];
/// What of a place is told.
const WORKS: &str = "works";

/// The page.
pub(crate) fn view(app: &App) -> Element<'_, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let ask = say(Word::SafetyAsk);
    let lines = CARD.into_iter().map(|word| body(say(word)).into());
    let facts = Column::with_children([heading(say(Word::LowProtectionTitle)).into()])
        .extend(lines)
        .spacing(space::SMALL);
    let instead = column![
        heading(say(Word::SafetyInstead)),
        body(say(Word::SafetyInsteadLine)),
        secondary(ask.clone(), tokens),
        quiet(say(Word::ButtonCopySentence), Message::Copy(ask), tokens),
    ]
    .spacing(space::SMALL);
    let page = column![
        quiet(say(Word::ButtonBack), Message::Back, tokens),
        title(say(Word::TitleSafety)),
        card(facts, tokens),
        card(instead, tokens),
        heading(say(Word::TitleKinds)),
        kinds(app),
        heading(say(Word::TitlePlaces)),
        places(app),
        small(say(Word::PlacesDate), tokens),
    ]
    .spacing(space::MEDIUM)
    .max_width(size::TABLE);
    sheet(page, app.size.width).into()
}

/// The kinds of VPN: a table where there is room for one, else one card for each.
fn kinds(app: &App) -> Element<'_, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let name = |kind| body(words.say(kind, &[]));
    if app.size.width < size::WIDE {
        let cards = KINDS.into_iter().map(|kind| {
            let parts = COLUMNS.into_iter().map(|(column, part)| {
                column![small(words.say(column, &[]), tokens), body(words.part(kind, part))].into()
            });
            let parts = Column::with_children(parts).spacing(space::TINY);
            card(column![heading(words.say(kind, &[])), parts].spacing(space::SMALL), tokens).into()
        });
        return Column::with_children(cards).spacing(space::LIKE).into();
    }
    let titles = COLUMNS.into_iter().map(|(column, _)| secondary(words.say(column, &[]), tokens).into());
    let head = line(secondary(words.say(Word::ColumnKind, &[]), tokens).into(), titles);
    let rows = KINDS.into_iter().map(|kind| {
        let parts = COLUMNS.into_iter().map(move |(_, part)| small(words.part(kind, part), tokens).into());
        line(name(kind).into(), parts)
    });
    table([head].into_iter().chain(rows), tokens)
}

fn places(app: &App) -> Element<'_, Message> {
    let words = &app.words;
    let rows = PLACES.into_iter().map(|place| {
        let (name, works) = (body(words.say(place, &[])), body(words.part(place, WORKS)));
        if app.size.width < size::NARROW {
            return column![secondary(words.say(place, &[]), app.tokens), works].into();
        }
        line(name.into(), [works.into()])
    });
    table(rows, app.tokens)
}

fn line<'a>(
    first: Element<'a, Message>,
    others: impl IntoIterator<Item = Element<'a, Message>>,
) -> Element<'a, Message> {
    let others = others.into_iter().map(|cell| container(cell).width(Length::FillPortion(2)).into());
    row![container(first).width(Length::FillPortion(1))].extend(others).spacing(space::LIKE).into()
}

fn table<'a>(
    rows: impl Iterator<Item = Element<'a, Message>>,
    tokens: &'static Tokens,
) -> Element<'a, Message> {
    let style = move |_: &Theme| rule::Style {
        color: tokens.line,
        radius: 0.into(),
        fill_mode: rule::FillMode::Full,
        snap: true,
    };
    let rows = rows.map(|row| column![row, rule::horizontal(1).style(style)].spacing(space::SMALL).into());
    Column::with_children(rows).spacing(space::SMALL).into()
}

#[cfg(test)]
mod tests;
