//! Reads objects so that it always ends, whatever is in the files: loose objects, packs, and the object
//! stores that they refer to (`gitformat-pack`, `gitrepository-layout` of git's documents). What is cut
//! short, damaged, no regular file or too large is an error.
//!
//! Packs are asked first, as by git; of several loose files of one object the first one counts.

pub(in crate::git) use alternates::with_alternates;

mod alternates;
mod believed;
mod delta;
mod inflate;
mod loose;
mod pack;
mod pack_index;
mod windows;

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use git2::ObjectType;

use crate::model::{Oid, shown_path};

use pack::Pack;
use windows::Windows;

/// No larger object is read.
const LARGEST: u64 = 512 << 20;

/// The objects of a repository.
pub(super) struct Database {
    /// Its own folder first.
    folders: Vec<PathBuf>,
    packs: RwLock<Arc<PackList>>,
    /// The pack in which an object was found last.
    latest: AtomicUsize,
    memory: PackMemory,
}

/// An object as it is stored.
#[derive(Clone)]
pub(super) struct StoredObject {
    pub kind: ObjectType,
    pub content: Arc<Vec<u8>>,
}

/// Why an object cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It is nowhere.
    Absent,
    /// It is there, or may be: in words.
    Unreadable(String),
}

/// The packs of all folders, and when the folders were changed last.
#[derive(Default)]
struct PackList {
    packs: Vec<Arc<Pack>>,
    changed: Vec<Option<SystemTime>>,
    troubles: Vec<String>,
}

/// What the pack or the loose file of an object says of it.
enum Question {
    Content,
    Header,
    /// When its file was changed last, and nothing else.
    Changed,
    /// Whether it is there, and nothing else.
    Presence,
    /// Whether it can be read. A pack is believed; a loose file is looked into unless it was not changed
    /// since this time.
    Soundness(Option<SystemTime>),
}

/// An answer to a question: what was asked for.
struct Answer {
    kind: ObjectType,
    size: u64,
    content: Option<Arc<Vec<u8>>>,
    changed: Option<SystemTime>,
    source: FoundIn,
}

/// Where an object was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundIn {
    Pack,
    /// A file of its own.
    Loose,
}

impl Answer {
    /// That it is there.
    fn presence() -> Answer {
        Answer::of(ObjectType::Any, 0, None)
    }

    /// Of a file that was not looked into.
    fn unread(file: &File) -> Answer {
        Answer::seen(file.metadata().ok())
    }

    /// Of a file of which only this is known.
    fn seen(data: Option<Metadata>) -> Answer {
        let changed = data.and_then(|data| {
            let since_epoch =
                Duration::new(data.ctime().try_into().ok()?, data.ctime_nsec().try_into().ok()?);
            SystemTime::UNIX_EPOCH.checked_add(since_epoch)
        });
        Answer { changed, ..Answer::presence() }
    }

    /// Whether its file was changed last before this time.
    fn is_older_than(&self, time: Option<SystemTime>) -> bool {
        time.is_some_and(|time| self.changed.is_some_and(|at| at + TICK < time))
    }

    fn of(kind: ObjectType, size: u64, content: Option<Arc<Vec<u8>>>) -> Answer {
        Answer { kind, size, content, changed: None, source: FoundIn::Pack }
    }
}

/// Times of files are no finer than this.
const TICK: Duration = Duration::from_secs(1);

impl Database {
    /// That in this folder, `objects` of a common git folder. Nothing is opened yet.
    pub fn new(objects: &Path) -> Database {
        Database {
            folders: alternates::with_alternates(objects),
            packs: RwLock::default(),
            latest: AtomicUsize::new(0),
            memory: PackMemory::default(),
        }
    }

    /// A store that this one borrows objects from, and that is not there.
    pub fn lost_lender(&self) -> Option<&Path> {
        self.folders.iter().skip(1).map(PathBuf::as_path).find(|folder| !folder.is_dir())
    }

    /// An object.
    pub fn read(&self, id: Oid) -> Result<StoredObject, ReadError> {
        let answer = self.ask(id, &Question::Content)?;
        let content = answer.content.unwrap_or_default();
        Ok(StoredObject { kind: answer.kind, content })
    }

    /// The kind and the size of an object, from its first bytes.
    pub fn header(&self, id: Oid) -> Result<(ObjectType, u64), ReadError> {
        self.ask(id, &Question::Header).map(|answer| (answer.kind, answer.size))
    }

    /// Whether an object can be read that was read before this time: its file is not looked into where it
    /// was not changed since.
    pub fn is_whole(&self, id: Oid, before: Option<SystemTime>) -> bool {
        if self.folders.iter().any(|folder| loose::is_older(folder, id, before)) {
            return true;
        }
        match self.ask(id, &Question::Changed) {
            Err(_) => false,
            Ok(answer) => answer.is_older_than(before) || self.read(id).is_ok(),
        }
    }

    /// Finds an object, in whatever state.
    pub fn find(&self, id: Oid) -> Result<FoundIn, ReadError> {
        self.ask(id, &Question::Presence).map(|answer| answer.source)
    }

    /// Finds an object that can be read. Until this time, it could.
    pub fn find_sound(&self, id: Oid, until: Option<SystemTime>) -> Result<FoundIn, ReadError> {
        self.ask(id, &Question::Soundness(until)).map(|answer| answer.source)
    }

    /// Whether all packs, and the files of these objects, are as they were at this time.
    pub fn are_as_at(&self, time: SystemTime, loose: impl IntoIterator<Item = Oid>) -> bool {
        let is_older = |changed: &Option<SystemTime>| changed.is_none_or(|at| at + TICK < time);
        self.pack_folders().iter().all(is_older)
            && self.listed().packs.iter().all(|pack| pack.is_older_than(time))
            && loose.into_iter().all(|id| {
                if self.folders.iter().any(|folder| loose::is_older(folder, id, Some(time))) {
                    return true;
                }
                let answer = self.ask(id, &Question::Changed);
                answer.is_ok_and(|answer| answer.is_older_than(Some(time)))
            })
    }

    /// Whether an object is there, in whatever state.
    pub fn has(&self, id: Oid) -> bool {
        !matches!(self.header(id), Err(ReadError::Absent))
    }

    /// Whether the id of another object begins with so many digits of this one.
    pub fn is_ambiguous(&self, id: Oid, digits: usize) -> bool {
        let text = id.to_string();
        let prefix = &text[..digits.min(text.len())];
        self.listed().packs.iter().any(|pack| pack.is_ambiguous(id, prefix))
            || self.folders.iter().any(|folder| loose::is_ambiguous(folder, &text, prefix))
    }

    /// How many objects are in packs; those in several packs count several times.
    pub fn packed(&self) -> u64 {
        self.listed().packs.iter().map(|pack| pack.count()).sum()
    }

    /// The packs as they are now.
    fn listed(&self) -> Arc<PackList> {
        let known = self.packs.read().unwrap_or_else(PoisonError::into_inner).clone();
        match known.changed == self.pack_folders() {
            true => known,
            false => self.list_packs(),
        }
    }

    fn ask(&self, id: Oid, question: &Question) -> Result<Answer, ReadError> {
        let mut known = self.packs.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.changed.is_empty() {
            known = self.list_packs();
        }
        let mut found = self.ask_all(id, question, &known);
        if matches!(found, Err(ReadError::Absent)) && known.changed != self.pack_folders() {
            // repacked, or not listed before
            found = self.ask_all(id, question, &self.list_packs());
        }
        found
    }

    fn ask_all(&self, id: Oid, question: &Question, list: &PackList) -> Result<Answer, ReadError> {
        // git ends at some packs that it cannot read, and goes on without others
        if let Some(trouble) = list.troubles.first() {
            return Err(ReadError::Unreadable(trouble.clone()));
        }
        let in_pack = self.ask_packs(id, question, list);
        if let Some(Ok(answer)) = in_pack {
            return Ok(answer);
        }
        let loose = self.folders.iter().find_map(|folder| loose::ask(folder, id, question).transpose());
        match (loose, in_pack) {
            (Some(Ok(answer)), _) => Ok(Answer { source: FoundIn::Loose, ..answer }),
            (Some(Err(why)), _) | (None, Some(Err(why))) => Err(ReadError::Unreadable(why)),
            (None, Some(Ok(_)) | None) => Err(ReadError::Absent),
        }
    }

    /// From the first pack that can tell.
    fn ask_packs(&self, id: Oid, question: &Question, list: &PackList) -> Option<Result<Answer, String>> {
        let latest = self.latest.load(Ordering::Relaxed);
        let order = (latest..list.packs.len()).chain(0..latest.min(list.packs.len()));
        let mut trouble = None;
        for at in order {
            match list.packs[at].ask(id, question, &self.memory) {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    self.latest.store(at, Ordering::Relaxed);
                    return Some(Ok(answer));
                }
                Err(why) => trouble = Some(Err(why)),
            }
        }
        trouble
    }

    /// When the folders of packs were changed last.
    fn pack_folders(&self) -> Vec<Option<SystemTime>> {
        let changed = |folder: &PathBuf| fs::metadata(folder.join("pack")).ok()?.modified().ok();
        self.folders.iter().map(changed).collect()
    }

    fn list_packs(&self) -> Arc<PackList> {
        let mut list = PackList { changed: self.pack_folders(), ..PackList::default() };
        let known = self.packs.read().unwrap_or_else(PoisonError::into_inner).clone();
        for folder in self.folders.iter().map(|folder| folder.join("pack")) {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    list.troubles.push(format!("{}: {error}", shown_path(&folder)));
                    continue;
                }
            };
            let paths = entries.flatten().map(|entry| entry.path());
            let mut indexes: Vec<PathBuf> =
                paths.filter(|path| path.extension().is_some_and(|kind| kind == "idx")).collect();
            indexes.sort();
            for index in indexes {
                match known.packs.iter().find(|pack| pack.is_of(&index)) {
                    Some(pack) => list.packs.push(pack.clone()),
                    None => match Pack::open(&index) {
                        Ok(pack) => list.packs.push(Arc::new(pack)),
                        Err(why) => list.troubles.push(format!("{}: {why}", shown_path(&index))),
                    },
                }
            }
        }
        list.troubles.extend(self.folders.iter().filter_map(|folder| believed::trouble(folder)));
        let list = Arc::new(list);
        *self.packs.write().unwrap_or_else(PoisonError::into_inner) = list.clone();
        list
    }
}

/// What is kept of packs in memory.
#[derive(Default)]
struct PackMemory {
    bases: DeltaBases,
    windows: Windows,
}

/// So many bytes of objects that deltas refer to are kept before all are dropped.
const KEPT_BYTES: usize = 24 << 20;

/// Where an object is: the number of its pack, and the place in it.
type PackPlace = (usize, u64);

/// Objects of packs that deltas refer to.
#[derive(Default)]
struct DeltaBases(Mutex<KeptBases>);

#[derive(Default)]
struct KeptBases {
    objects: HashMap<PackPlace, StoredObject>,
    bytes: usize,
}

impl DeltaBases {
    fn find(&self, place: PackPlace) -> Option<StoredObject> {
        self.kept().objects.get(&place).cloned()
    }

    fn keep(&self, place: PackPlace, object: &StoredObject) {
        let length = object.content.len();
        if length > KEPT_BYTES / 4 {
            return;
        }
        let mut kept = self.kept();
        if kept.bytes + length > KEPT_BYTES {
            *kept = KeptBases::default();
        }
        if kept.objects.insert(place, object.clone()).is_none() {
            kept.bytes += length;
        }
    }

    fn kept(&self) -> MutexGuard<'_, KeptBases> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
