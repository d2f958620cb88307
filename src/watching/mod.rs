//! Notices that something changes in folders: the system tells it, or, where it cannot, by looking again and again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::{CreateKind, EventKind, ModifyKind, RemoveKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

/// A change is told once nothing more has happened for this long,
const QUIET: Duration = Duration::from_millis(80);

/// and after this long in any case.
const LONGEST: Duration = Duration::from_millis(400);

/// How often it is looked where the system tells nothing.
pub const EVERY: Duration = Duration::from_secs(2);

/// Something changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// The folders below which folders came or went, or may have.
    pub folders: BTreeSet<PathBuf>,
    /// Whether anything may have changed anywhere.
    pub all: bool,
}

/// Why it ended to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// Something changed.
    Changed(Noticed),
    /// The time is over.
    Nothing,
}

/// Waits for changes in the folders that it follows.
pub struct FolderWatch {
    told: Receiver<notify::Result<Event>>,
    /// `None` where it looks again and again.
    watcher: Option<RecommendedWatcher>,
    followed: BTreeSet<PathBuf>,
    why_polling: Option<String>,
    /// How often it looks then.
    every: Duration,
    looked: Instant,
}

impl FolderWatch {
    /// Follows nothing yet. With `every`, it looks so often and is told nothing.
    pub fn new(every: Option<Duration>) -> FolderWatch {
        let (sender, told) = channel();
        let (watcher, why_polling) = match every {
            Some(_) => (None, Some("--poll was given".to_string())),
            None => match notify::recommended_watcher(sender) {
                Ok(watcher) => (Some(watcher), None),
                Err(error) => (None, Some(in_words(&error))),
            },
        };
        let (every, looked) = (every.unwrap_or(EVERY), Instant::now());
        FolderWatch { told, watcher, followed: BTreeSet::new(), why_polling, every, looked }
    }

    /// Why it looks again and again, where the system does not tell it.
    pub fn why_polling(&self) -> Option<&str> {
        self.why_polling.as_deref()
    }

    /// Whether a folder is followed.
    pub fn follows(&self, folder: &Path) -> bool {
        self.followed.contains(folder)
    }

    /// Follows these folders and no others.
    pub fn follow(&mut self, folders: BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        for gone in self.followed.difference(&folders) {
            _ = watcher.unwatch(gone);
        }
        let mut refused = folders
            .iter()
            .find(|folder| is_remote(folder))
            .map(|folder| format!("{} is on a file system of another machine", folder.to_string_lossy()));
        for new in folders.difference(&self.followed) {
            if refused.is_some() {
                break;
            }
            match watcher.watch(new, RecursiveMode::NonRecursive) {
                Ok(()) => {}
                // it is gone again, or it is not ours to read: then nothing in it is
                Err(error) if !is_limit(&error) => {}
                Err(error) => refused = Some(in_words(&error)),
            }
        }
        match refused {
            None => self.followed = folders,
            Some(why) => {
                self.why_polling = Some(why);
                self.watcher = None;
                self.followed.clear();
            }
        }
    }

    /// A folder that was removed and made anew is not followed any more.
    pub fn forget(&mut self, below: &Path) {
        let gone: Vec<PathBuf> =
            self.followed.iter().filter(|folder| folder.starts_with(below)).cloned().collect();
        for folder in gone {
            self.watcher.iter_mut().for_each(|watcher| _ = watcher.unwatch(&folder));
            self.followed.remove(&folder);
        }
    }

    /// Waits for a change, at most this long.
    pub fn wait(&mut self, most: Duration) -> WaitEnd {
        if self.watcher.is_none() {
            return self.look_again(most);
        }
        let mut noticed = Noticed::default();
        let mut is_any = false;
        let begun = Instant::now();
        let mut first: Option<Instant> = None;
        loop {
            let room = match first {
                None => most.saturating_sub(begun.elapsed()),
                Some(first) => QUIET.min(LONGEST.saturating_sub(first.elapsed())),
            };
            match self.told.recv_timeout(room) {
                Ok(event) => {
                    if noticed.add(event) {
                        is_any = true;
                        first.get_or_insert_with(Instant::now);
                    }
                    if first.is_some_and(|first| first.elapsed() >= LONGEST) {
                        return WaitEnd::Changed(noticed);
                    }
                    if first.is_none() && begun.elapsed() >= most {
                        return WaitEnd::Nothing;
                    }
                }
                Err(RecvTimeoutError::Timeout) if is_any => return WaitEnd::Changed(noticed),
                Err(RecvTimeoutError::Timeout) => return WaitEnd::Nothing,
                Err(RecvTimeoutError::Disconnected) => {
                    self.watcher = None;
                    self.why_polling = Some("the system tells of no changes any more".to_string());
                    return WaitEnd::Changed(Noticed { all: true, ..noticed });
                }
            }
        }
    }

    fn look_again(&mut self, most: Duration) -> WaitEnd {
        let room = self.every.saturating_sub(self.looked.elapsed());
        std::thread::sleep(room.min(most));
        if room > most {
            return WaitEnd::Nothing;
        }
        self.looked = Instant::now();
        WaitEnd::Changed(Noticed { all: true, ..Noticed::default() })
    }
}

impl Noticed {
    /// Adds what an event tells; whether that is a change, for to read a file is none.
    fn add(&mut self, event: notify::Result<Event>) -> bool {
        let Ok(event) = event else {
            self.all = true;
            return true;
        };
        if event.need_rescan() {
            self.all = true;
            return true;
        }
        let is_of_folders = match event.kind {
            EventKind::Access(_) => return false,
            EventKind::Create(CreateKind::File) | EventKind::Remove(RemoveKind::File) => false,
            EventKind::Create(_) | EventKind::Remove(_) => true,
            EventKind::Modify(ModifyKind::Name(_)) => true,
            EventKind::Modify(_) => false,
            EventKind::Any | EventKind::Other => true,
        };
        let is_called = |path: &PathBuf, name| path.file_name().is_some_and(|own| own == name);
        let decides = |path: &PathBuf| is_called(path, ".gitignore");
        // what is not ignored in any worktree
        self.all |= event.paths.iter().any(|path| is_called(path, "exclude"));
        for path in event.paths.iter().filter(|path| is_of_folders || decides(path)) {
            self.folders.insert(path.clone());
        }
        true
    }
}

/// Whether the system can follow no more folders.
fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        notify::ErrorKind::Io(error) => {
            // no room for more watches, too many open files
            matches!(error.raw_os_error(), Some(28 | 24 | 23))
        }
        _ => false,
    }
}

fn in_words(error: &notify::Error) -> String {
    match is_limit(error) {
        true => {
            "the system follows no more folders (fs.inotify.max_user_watches, max_user_instances)".to_string()
        }
        false => format!("the system does not tell of changes: {error}"),
    }
}

/// Whether others can change files there without this system noticing.
#[cfg(target_os = "linux")]
fn is_remote(folder: &Path) -> bool {
    /// NFS, SMB (three), AFS, 9P, FUSE, Ceph, Lustre.
    const KINDS: [i128; 9] = [
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x5346_414f,
        0x0102_1997,
        0x6573_5546,
        0x00c3_6400,
        0x0bd0_0bd0,
    ];
    rustix::fs::statfs(folder).is_ok_and(|found| KINDS.contains(&(i128::from(found.f_type) & 0xffff_ffff)))
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_: &Path) -> bool {
    false
}
