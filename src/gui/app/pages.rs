//! How the other screens are opened, and what follows on them.

use culvert_profiles::Listed;
use iced::{Size, Task};

use super::{App, Message, Page};
use crate::screen::{export, import, settings};

impl App {
    pub(super) fn open_import(&mut self) -> Task<Message> {
        self.page = Page::Import(import::Form::default());
        Task::none()
    }

    /// A file that was let fall goes to the others on the screen of imports.
    pub(super) fn drop_file(&mut self, path: std::path::PathBuf) -> Task<Message> {
        if !matches!(self.page, Page::Import(_)) {
            self.page = Page::Import(import::Form::default());
        }
        self.update_import(import::Message::Dropped(path))
    }

    pub(super) fn update_import(&mut self, message: import::Message) -> Task<Message> {
        let Page::Import(form) = &mut self.page else { return Task::none() };
        match form.update(message, &self.words) {
            import::Then::Nothing => Task::none(),
            import::Then::Run(task) => task.map(Message::Import),
            import::Then::Close(listed) => {
                self.page = Page::Home;
                self.chosen = listed.first().map(|listed| listed.id.clone()).or(self.chosen.take());
                self.show_kept(listed);
                Task::none()
            }
        }
    }

    /// Whether the home screen shows a connection at rest that is the person's own.
    pub(crate) fn can_export(&self) -> bool {
        !self.is_up() && self.chosen().is_some() && self.chosen_managed().is_none()
    }

    pub(super) fn open_export(&mut self) {
        let profiles = self.chosen().cloned().into_iter().collect();
        self.page = Page::Export(export::Form::new(profiles));
    }

    pub(super) fn open_export_of_all(&mut self) {
        let profiles = self.kept.as_ref().map(|kept| kept.profiles.clone()).unwrap_or_default();
        self.page = Page::Export(export::Form::new(profiles));
    }

    pub(super) fn update_settings(&mut self, message: settings::Message) -> Task<Message> {
        let Page::Settings(form) = &mut self.page else { return Task::none() };
        let is_removed = matches!(message, settings::Message::Removed(_));
        let (before, language) = (self.settings.scale(), self.settings.language);
        let follows = form.update(message, &mut self.settings, &self.words).map(Message::Settings);
        self.tokens = self.settings.tokens(self.desktop);
        if self.settings.language != language {
            self.words = self.settings.words();
        }
        // The window stays as it is: there is less room in it for what is larger.
        let ratio = f32::from(before) / f32::from(self.settings.scale());
        self.size = Size::new(self.size.width * ratio, self.size.height * ratio);
        if is_removed {
            // The watch would tell of it too, where there is one.
            return Task::perform(crate::shelf::read(), Message::Kept);
        }
        follows
    }

    pub(super) fn update_export(&mut self, message: export::Message) -> Task<Message> {
        let Page::Export(form) = &mut self.page else { return Task::none() };
        match form.update(message, &self.words) {
            export::Then::Nothing => Task::none(),
            export::Then::Run(task) => task.map(Message::Export),
        }
    }

    /// Shows what was just kept; the watch would tell of it a moment later.
    pub(super) fn show_kept(&mut self, listed: Vec<Listed>) {
        let kept = self.kept.get_or_insert_default();
        for listed in listed {
            kept.profiles.retain(|other| other.id != listed.id);
            kept.profiles.push(listed);
        }
    }
}
