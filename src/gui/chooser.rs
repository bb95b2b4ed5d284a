//! The desktop's own windows in which people choose files.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rfd::AsyncFileDialog;

/// No person is as quick to choose nothing: what comes back sooner comes from a desktop that has no such window.
const QUICKEST: Duration = Duration::from_millis(250);

/// The files that the person chooses, or none; nothing where the desktop has no such window.
pub(crate) async fn files(title: String) -> Option<Vec<PathBuf>> {
    let began = Instant::now();
    let chosen = AsyncFileDialog::new().set_title(title).pick_files().await;
    match chosen {
        Some(chosen) => Some(chosen.iter().map(|file| file.path().to_owned()).collect()),
        None => (began.elapsed() > QUICKEST).then(Vec::new),
    }
}

/// The directory that the person chooses.
pub(crate) async fn directory(title: String) -> Option<PathBuf> {
    let chosen = AsyncFileDialog::new().set_title(title).pick_folder().await;
    chosen.map(|directory| directory.path().to_owned())
}
