//! Folders that models are kept in.

use std::path::{Path, PathBuf};

use glyxel::options::Options;
use glyxel::source::cache;
use indicatif::DecimalBytes;

use super::Report;
use crate::failure::Outcome;
use crate::session::Session;

/// The cache of converted models.
pub fn glyxel(report: &mut Report, options: &Options, session: &Session) -> Outcome<()> {
    report.section("converted models");
    match options.cache_dir.clone().map_or_else(cache::default_dir, Ok) {
        Ok(folder) => {
            let bundle = |name: &str| name.ends_with(".pt");
            if !folder_of(report, &folder.join("bundles"), bundle, session)? {
                report.problem(format!(
                    "{} cannot be written, so no model can be converted; set GLYXEL_CACHE or --cache-dir to a folder that can",
                    folder.display()
                ));
            }
        }
        Err(error) => {
            report.find("folder", None::<String>);
            report.problem(error.to_string());
        }
    }
    Ok(())
}

/// Reports on a folder, whose entries are counted; says whether it can be written.
pub fn folder_of(report: &mut Report, folder: &Path, counts: fn(&str) -> bool, session: &Session) -> Outcome<bool> {
    let writable = is_writable(folder);
    let exists = folder.is_dir();
    report.find("folder", folder.display().to_string());
    report.find_shown(
        "exists",
        exists,
        if exists { "yes" } else { "no, it is made when needed" }.into(),
    );
    report.find("writable", writable);
    if exists {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        report.find(
            "models",
            entries
                .filter(|entry| counts(&entry.file_name().to_string_lossy()))
                .count(),
        );
        let bytes = size(folder, session)?;
        report.find_shown("size", bytes, DecimalBytes(bytes).to_string());
    }
    Ok(writable)
}

/// Whether a file can be made in it, or it itself in what there is of its path. Nothing is left behind.
fn is_writable(folder: &Path) -> bool {
    folder
        .ancestors()
        .map(|folder| {
            if folder == Path::new("") {
                Path::new(".")
            } else {
                folder
            }
        })
        .find(|folder| folder.exists())
        .is_some_and(|folder| tempfile::tempfile_in(folder).is_ok())
}

/// Bytes of all files below; links are not followed, so that what they share counts once.
fn size(folder: &Path, session: &Session) -> Outcome<u64> {
    let mut bytes = 0;
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        session.check()?;
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) if metadata.is_file() => bytes += metadata.len(),
                _ => {}
            }
        }
    }
    Ok(bytes)
}
