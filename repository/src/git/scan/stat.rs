//! Whether a file changed since the index recorded its status.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use gix_index::entry::{Mode, Stat};

use crate::git::settings::Settings;

/// Whether a file is certainly unchanged since the index entry, judged by the times, size, owner and mode
/// that were noted when the entry was made. `written` is when the index was: a file changed at
/// that moment or later may have changed again without a trace, so its content has to be read.
pub(super) fn is_unchanged(
    entry: &gix_index::Entry,
    file: &Metadata,
    written: (i64, u32),
    settings: &Settings,
) -> bool {
    is_as_noted(entry, file, settings) && !is_racy(&entry.stat, written, settings)
}

/// Whether type, times, size and owner are those that were noted.
pub(super) fn is_as_noted(entry: &gix_index::Entry, file: &Metadata, settings: &Settings) -> bool {
    same_type(entry.mode, file.mode(), settings) && same_stat(&entry.stat, file, settings)
}

fn same_type(entry: Mode, mode: u32, settings: &Settings) -> bool {
    let kind = mode & 0o170000;
    match entry {
        Mode::SYMLINK => kind == 0o120000 || (!settings.symlinks && kind == 0o100000),
        Mode::FILE | Mode::FILE_EXECUTABLE => {
            let executable = mode & 0o100 != 0;
            kind == 0o100000 && (!settings.file_mode || executable == (entry == Mode::FILE_EXECUTABLE))
        }
        _ => false,
    }
}

/// The fields of the index are 32 bits wide; what is longer was cut off.
fn same_stat(noted: &Stat, file: &Metadata, settings: &Settings) -> bool {
    let same_nanoseconds = |noted: u32, now: i64| noted == 0 || now == 0 || i64::from(noted) == now;
    let modified = noted.mtime.secs == file.mtime() as u32
        && (!settings.check_stat || same_nanoseconds(noted.mtime.nsecs, file.mtime_nsec()));
    let changed = !settings.trust_ctime || !settings.check_stat || noted.ctime.secs == file.ctime() as u32;
    let owner = !settings.check_stat
        || (noted.uid == file.uid() && noted.gid == file.gid() && noted.ino == file.ino() as u32);
    modified && changed && owner && noted.size == file.size() as u32
}

/// Nanoseconds count only where those of the file are compared, too.
fn is_racy(noted: &Stat, written: (i64, u32), settings: &Settings) -> bool {
    let (seconds, nanoseconds) = written;
    let noted_seconds = i64::from(noted.mtime.secs);
    if noted.mtime.nsecs == 0 || nanoseconds == 0 || !settings.check_stat {
        return noted_seconds >= seconds;
    }
    (noted_seconds, noted.mtime.nsecs) >= (seconds, nanoseconds)
}
