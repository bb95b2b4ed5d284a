//! The desktop's own windows in which people choose files.

use std::path::PathBuf;

use rfd::AsyncFileDialog;

/// The files that the person chooses; none where they chose none, or where the desktop has no such window.
pub(crate) async fn files(title: String) -> Vec<PathBuf> {
    let chosen = AsyncFileDialog::new().set_title(title).pick_files().await;
    chosen.into_iter().flatten().map(|file| file.path().to_owned()).collect()
}

/// The directory that the person chooses.
pub(crate) async fn directory(title: String) -> Option<PathBuf> {
    let chosen = AsyncFileDialog::new().set_title(title).pick_folder().await;
    chosen.map(|directory| directory.path().to_owned())
}
