//! What git reads in place of objects and of the parents of commits: replace refs, grafts, and the
//! boundary of a shallow clone (`git-replace`, `gitrepository-layout` of git's documents).

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::path::Path;

use git2::Config;

use crate::files;
use crate::model::{Oid, shown_path};

use super::surroundings::Surroundings;

/// A replacement may be replaced in turn, this often at most.
const DEEPEST: usize = 5;

/// The digits of an id.
const DIGITS: usize = 40;

/// Refs by their full names, each with its object or the reason why that is not known; or why they cannot
/// be listed.
pub(super) type RefList = Result<BTreeMap<String, Result<Oid, String>>, String>;

/// What is read in place of objects and of the parents of commits.
#[derive(Default)]
pub(super) struct Substitutes {
    /// By the object that is replaced; or why its replacement is not known.
    objects: BTreeMap<Oid, Result<Oid, String>>,
    /// By commit, from grafts.
    parents: BTreeMap<Oid, Vec<Oid>>,
    /// Where a shallow clone ends.
    shallow: HashSet<Oid>,
    /// Why some may not be known.
    trouble: Option<String>,
}

impl Substitutes {
    /// Those of the repository with this common git folder.
    pub fn load(
        common_dir: &Path,
        replace_refs: impl FnOnce() -> RefList,
        config: &Config,
        around: &Surroundings,
    ) -> Substitutes {
        let mut found = Substitutes::default();
        if !around.no_replacements && config.get_bool("core.usereplacerefs").unwrap_or(true) {
            match replace_refs() {
                Ok(refs) => found.objects = refs.into_iter().filter_map(replacement).collect(),
                Err(why) => found.trouble = Some(format!("the replace refs cannot be read: {why}")),
            }
        }
        let file = |named: &Option<_>, usual: &str| named.clone().unwrap_or_else(|| common_dir.join(usual));
        for line in found.lines(&file(&around.grafts, "info/grafts")).iter().map(|line| line.trim_end()) {
            let ids: Option<Vec<Oid>> = line.split(' ').map(|id| id.parse().ok()).collect();
            if let Some((commit, parents)) = ids.as_deref().and_then(<[Oid]>::split_first) {
                found.parents.insert(*commit, parents.to_vec()); // git ignores other lines, too
            }
        }
        for line in found.lines(&file(&around.shallow, "shallow")) {
            match line.get(..DIGITS).and_then(|id| id.parse().ok()) {
                Some(id) => _ = found.shallow.insert(id),
                None => found.trouble = Some("the file shallow is damaged".to_string()),
            }
        }
        found
    }

    fn lines(&mut self, file: &Path) -> Vec<String> {
        match files::read_text(file, files::MOST_OF_GIT) {
            Ok(text) => text.lines().map(str::to_string).collect(),
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                self.trouble = Some(format!("{}: {error}", shown_path(file)));
                Vec::new()
            }
        }
    }

    /// The object that is read when one is asked for.
    ///
    /// # Errors
    /// The reason, in words, why that is not known.
    pub fn object(&self, asked: Oid) -> Result<Oid, String> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        let mut id = asked;
        for _ in 0..=DEEPEST {
            match self.objects.get(&id) {
                None => return Ok(id),
                Some(next) => id = next.clone()?,
            }
        }
        Err("it is replaced too often".to_string())
    }

    /// Whether any object is replaced, as far as that is known.
    pub fn has_objects(&self) -> bool {
        !self.objects.is_empty()
    }

    /// Whether another object, or none, is read when this one is asked for, as far as that is known.
    pub fn replaces(&self, id: Oid) -> bool {
        self.objects.contains_key(&id)
    }

    /// The parents of a commit, where they are not those that it names.
    pub fn parents(&self, commit: Oid) -> Option<&[Oid]> {
        match self.shallow.contains(&commit) {
            true => Some(&[]),
            false => self.parents.get(&commit).map(Vec::as_slice),
        }
    }

    /// Whether the repository is a shallow clone.
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// A text that is equal only for equal substitutes.
    pub fn fingerprint(&self) -> String {
        let mut shallow: Vec<&Oid> = self.shallow.iter().collect();
        shallow.sort();
        format!("{shallow:?} {:?} {:?} {:?}", self.objects, self.parents, self.trouble)
    }
}

/// The last part of the name of a replace ref is the object that is replaced.
fn replacement((name, id): (String, Result<Oid, String>)) -> Option<(Oid, Result<Oid, String>)> {
    let object = name.rsplit('/').next()?.parse().ok()?;
    Some((object, id.map_err(|why| format!("{name}: {why}"))))
}
