//! What a person likes of the window, and what they can do with all that is kept.

use culvert_model::Protection;
use culvert_words::{Language, Word, Words};
use iced::widget::{Column, column, row};
use iced::{Alignment, Element, Task};

use crate::app::{self, App};
use crate::link::{self, Repaired};
use crate::settings::{Appearance, Settings};
use crate::theme::{size, space};
use crate::transfer::{self, Removed};
use crate::widget::{
    body, card, heading, primary, quiet, row_of_list, secondary, sheet, small, switch, title, wrong,
};

/// What is going on.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// Whether everything is really to be removed.
    is_removing: bool,
    is_working: bool,
    done: Option<String>,
    complaint: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Appearance(Appearance),
    Language(Option<Language>),
    Scale(Settings),
    Kept(Result<(), String>),
    AskRemove,
    Keep,
    Remove,
    Removed(Box<Removed>),
    Repair,
    Repaired(Repaired),
}

impl Form {
    pub(crate) fn update(
        &mut self,
        message: Message,
        settings: &mut Settings,
        words: &Words,
    ) -> Task<Message> {
        match message {
            Message::Appearance(appearance) => {
                settings.appearance = appearance;
                return settings.keep().map(Message::Kept);
            }
            Message::Language(language) => {
                settings.language = language;
                return settings.keep().map(Message::Kept);
            }
            Message::Scale(scaled) => {
                *settings = scaled;
                return settings.keep().map(Message::Kept);
            }
            Message::Kept(kept) => {
                self.complaint = kept.err().map(|why| words.say(Word::SettingsNotKept, &[("reason", &why)]));
            }
            Message::AskRemove => self.is_removing = true,
            Message::Keep => self.is_removing = false,
            Message::Remove => {
                self.begin();
                return transfer::remove_all().map(|removed| Message::Removed(Box::new(removed)));
            }
            Message::Removed(removed) => self.tell_removed(&removed, words),
            Message::Repair => {
                self.begin();
                return link::repair().map(Message::Repaired);
            }
            Message::Repaired(repaired) => self.tell_repaired(&repaired, words),
        }
        Task::none()
    }

    fn begin(&mut self) {
        *self = Self { is_working: true, ..Self::default() };
    }

    fn tell_removed(&mut self, removed: &Removed, words: &Words) {
        self.is_working = false;
        self.done = Some(words.say(Word::Removed, &[("count", &removed.count.to_string())]));
        let passwords = removed
            .passwords
            .as_ref()
            .map(|error| words.say(Word::PasswordNotForgotten, &[("reason", &words.keyring(error))]));
        let failed = removed.failed.as_ref().map(|reason| words.say(Word::RemovedNot, &[("reason", reason)]));
        self.complaint = failed.or(passwords);
    }

    fn tell_repaired(&mut self, repaired: &Repaired, words: &Words) {
        self.is_working = false;
        match repaired {
            Repaired::Done => self.done = Some(words.say(Word::ResetDone, &[])),
            Repaired::NotKept => self.complaint = Some(words.say(Word::ResetNotKept, &[])),
            Repaired::Refused(refusal) => self.complaint = Some(words.refusal_of_helper(refusal)),
            Repaired::Not => {
                self.complaint = Some(words.say(Word::ResetByHand, &[("program", link::program())]));
            }
        }
    }
}

/// The page.
pub(crate) fn view<'a>(form: &'a Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let mut page =
        column![quiet(say(Word::ButtonBack), app::Message::Back, tokens), title(say(Word::TitleSettings)),]
            .spacing(space::MEDIUM)
            .max_width(size::COLUMN);
    page = page.push(form.done.as_ref().map(body));
    page = page.push(app.complaint.as_ref().map(|complaint| wrong(complaint, tokens)));
    page = page.push(form.complaint.as_ref().map(|complaint| wrong(complaint, tokens)));
    page = page.push(card(general(app).map(app::Message::Settings), tokens));
    page = page.push(protection(app).map(|shown| card(shown, tokens)));
    page = page.push(card(data(form, app), tokens));
    page = page.push(card(repair(form, app).map(app::Message::Settings), tokens));
    sheet(page, app.size.width).into()
}

fn general(app: &App) -> Element<'_, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let names = [Word::AppearanceSystem, Word::AppearanceLight, Word::AppearanceDark];
    let appearances = Appearance::ALL.into_iter().zip(names).map(|(appearance, name)| {
        let is_chosen = app.settings.appearance == appearance;
        row_of_list(body(say(name)), is_chosen, Message::Appearance(appearance), tokens).into()
    });
    let own = Language::ALL.iter().map(|&language| (Some(language), language.name().to_owned()));
    let languages = [(None, say(Word::LanguageSystem))].into_iter().chain(own).map(|(language, name)| {
        let is_chosen = app.settings.language == language;
        row_of_list(body(name), is_chosen, Message::Language(language), tokens).into()
    });
    let scale = app.settings.scale().to_string();
    let step = |word, to: Option<Settings>| quiet(say(word), to.map(Message::Scale), tokens);
    let scale = row![
        step(Word::ButtonSmaller, app.settings.smaller()),
        body(words.say(Word::TextScale, &[("percent", &scale)])),
        step(Word::ButtonLarger, app.settings.larger()),
    ]
    .spacing(space::SMALL)
    .align_y(Alignment::Center);
    column![
        heading(say(Word::TitleGeneral)),
        secondary(say(Word::FieldAppearance), tokens),
        Column::with_children(appearances).spacing(space::TINY),
        secondary(say(Word::FieldLanguage), tokens),
        Column::with_children(languages).spacing(space::TINY),
        secondary(say(Word::FieldScale), tokens),
        scale.wrap(),
    ]
    .spacing(space::SMALL)
    .into()
}

/// What stands around every connection, and whether there is a way past them. Nothing where no helper tells it.
fn protection(app: &App) -> Option<Element<'_, app::Message>> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let Protection { lockdown, host, fault, .. } = &app.told.as_ref()?.protection;
    let stands = match (&host.guard, host.routes) {
        (Some(_), _) => Word::ProtectionClosed,
        (None, true) => Word::ProtectionOpen,
        (None, false) => Word::ProtectionNone,
    };
    let fault = fault.as_ref().map(|fault| wrong(words.fault_in_window(fault, "").happened, tokens));
    // What was read back before a fault is not what stands now.
    let stands = fault.is_none().then(|| body(say(stands)));
    let page = column![
        heading(say(Word::TitleProtection)),
        stands,
        fault,
        switch(say(Word::SwitchLockdown), *lockdown, app::Message::Lockdown(!lockdown), tokens),
        small(say(Word::SwitchLockdownLine), tokens),
    ];
    Some(page.spacing(space::SMALL).into())
}

fn data<'a>(form: &Form, app: &'a App) -> Element<'a, app::Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    let has_any = app.kept.as_ref().is_some_and(|kept| !kept.profiles.is_empty()) && !form.is_working;
    let export = quiet(say(Word::ButtonExportAll), has_any.then_some(app::Message::ExportAll), tokens);
    let page = column![heading(say(Word::TitleData)), export].spacing(space::SMALL);
    let remove: Element<'a, Message> = if form.is_removing {
        column![
            body(say(Word::AskRemoveAll)),
            row![
                primary(say(Word::ButtonKeepAll), Message::Keep, tokens),
                quiet(say(Word::ButtonRemoveAll), Message::Remove, tokens),
            ]
            .spacing(space::SMALL)
            .wrap(),
        ]
        .spacing(space::SMALL)
        .into()
    } else {
        quiet(say(Word::ButtonRemoveAll), has_any.then_some(Message::AskRemove), tokens).into()
    };
    page.push(remove.map(app::Message::Settings)).into()
}

fn repair<'a>(form: &Form, app: &'a App) -> Element<'a, Message> {
    let (words, tokens) = (&app.words, app.tokens);
    let say = |word| words.say(word, &[]);
    column![
        heading(say(Word::TitleRepair)),
        body(say(Word::RepairLine)),
        quiet(say(Word::ButtonRepair), (!form.is_working).then_some(Message::Repair), tokens),
        small(say(Word::RepairByHand), tokens),
    ]
    .spacing(space::SMALL)
    .into()
}

#[cfg(test)]
mod tests;
