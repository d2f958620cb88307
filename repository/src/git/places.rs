//! Places: worktrees, and branches without one.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::files;
use crate::model::{Oid, Place, Reason, Target, WorktreeMaker, natural_order, shown_path};

use super::admin::{self, Head};
use super::at_rest::Noted;
use super::discover::git_dir_unless_found;
use super::listed::{FolderNames, Listed, ListedFolder, RealPaths};
use super::merging::is_for_merges;
use super::references::{References, commits_of_branches};
use super::store::SharedState;
use super::{GitError, Repository};

/// What a name given by the user means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The place at this position in the list.
    Place(usize),
    /// A commit.
    Commit(Oid),
}

/// A place on its way to a unique name: names to try, the best first.
struct PlaceToName {
    place: Place,
    names: Vec<String>,
}

impl Repository {
    /// All places where work happens: the main worktree, the linked worktrees (those that are
    /// damaged too, with the reason; of those that were deleted, what they had checked out), and the
    /// local branches that are checked out in none of them and hold commits that the target lacks, or
    /// are `declared` by name. Sorted by name.
    ///
    /// A place is called by its worktree's folder, with those above it where several have the same
    /// name, the main one by its branch, a branch by its short name.
    pub fn places(&self, target: &Target, declared: &[String]) -> Vec<Place> {
        let mut used: HashSet<String> = target.reference.iter().cloned().collect();
        let mut listed = Listed::default();
        let mut candidates = self.worktree_places(&mut used, &mut listed);
        candidates.extend(self.branch_places(target, declared, &used, &mut listed));
        self.shared.know_listed(listed);
        let mut places = with_unique_names(candidates);
        places.sort_by(|a, b| natural_order(&a.name, &b.name));
        places
    }

    /// The worktrees alone, the main one first, with those that were deleted or are damaged.
    pub fn worktrees(&self) -> Vec<Place> {
        with_unique_names(self.worktree_places(&mut HashSet::new(), &mut Listed::default()))
    }

    /// What a branch that does not exist any more was renamed to, by the reflogs of the others.
    pub fn new_name_of(&self, branch: &str) -> Option<String> {
        let old = format!("refs/heads/{}", branch.strip_prefix("refs/heads/").unwrap_or(branch));
        let branches = self.references().below("refs/heads/").ok()?;
        if branches.contains_key(&old) {
            return None;
        }
        let renamed = format!("Branch: renamed {old} to ");
        let mut names = branches.keys().filter_map(|full| full.strip_prefix("refs/heads/"));
        let is_it = |name: &&str| {
            let moves = self.references().moves_of_branch(self.common_dir(), name);
            moves.iter().any(|(_, what)| what.starts_with(&renamed))
        };
        names.find(is_it).map(str::to_string)
    }

    /// The folder that a session's `worktree` names, relative to the main worktree, without links.
    pub fn folder_named(&self, written: &str) -> PathBuf {
        admin::settle(&self.main_worktree().unwrap_or(self.common_dir()).join(written))
    }

    /// What a name means: the path or name of a place, else a revision.
    pub fn resolve(&self, text: &str, places: &[Place]) -> Result<Resolved, GitError> {
        let named = places.iter().position(|place| place.name == text);
        let at_path = || {
            let path = admin::settle(&std::path::absolute(text).ok()?);
            places
                .iter()
                .position(|place| place.worktree.iter().chain(&place.deleted).any(|top| *top == path))
        };
        let on_branch = || places.iter().position(|place| place.branch.as_deref() == Some(text));
        if let Some(found) = named.or_else(at_path).or_else(on_branch) {
            return Ok(Resolved::Place(found));
        }
        let (id, _) = self.revision(text)?;
        Ok(Resolved::Commit(id))
    }

    fn worktree_places(&self, used: &mut HashSet<String>, listed: &mut Listed) -> Vec<PlaceToName> {
        let main = self.main_worktree();
        let main = main.map(|top| {
            let folder = listed_now(self.common_dir(), self.references());
            let place = main_place(top, self.common_dir(), &folder, used);
            listed.folders.insert(self.common_dir().to_path_buf(), Arc::new(folder));
            place
        });
        let main = main.or_else(|| self.hides_main_worktree().then(|| self.hidden_main_place(used)));
        let linked = self.linked_places(used, listed);
        let (deleted, mut places): (Vec<PlaceToName>, Vec<PlaceToName>) =
            main.into_iter().chain(linked).partition(|one| !one.place.deleted.is_empty());
        // where several worktrees had a branch, it is one place
        for one in deleted {
            let has_branch = |other: &&mut PlaceToName| other.place.branch == one.place.branch;
            match places.iter_mut().filter(|_| one.place.branch.is_some()).find(has_branch) {
                Some(other) => other.place.deleted.extend(one.place.deleted),
                None => places.push(one),
            }
        }
        tell_apart(&mut places);
        places
    }

    /// The main worktree where nobody knows where it is: what its branch has committed counts. While something is in progress
    /// there, or without a branch, it is not known which commit that is.
    fn hidden_main_place(&self, used: &mut HashSet<String>) -> PlaceToName {
        let in_git = listed_now(self.common_dir(), self.references());
        let (branch, broken) = branch_of(self.common_dir(), &in_git, used);
        let unseen =
            branch.is_none().then(|| Reason::Said("it is not known where the main worktree is".to_string()));
        let broken = broken.or(unseen);
        let names = branch
            .iter()
            .cloned()
            .chain(["main worktree".to_string(), "worktrees/main worktree".to_string()]);
        PlaceToName {
            names: names.collect(),
            place: Place { branch, main: true, broken, ..Place::default() },
        }
    }

    fn linked_places(&self, used: &mut HashSet<String>, listed: &mut Listed) -> Vec<PlaceToName> {
        let folder = self.common_dir().join("worktrees");
        let in_it = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
            entries => entries.and_then(|entries| entries.collect::<std::io::Result<Vec<fs::DirEntry>>>()),
        };
        let mut entries = match in_it {
            Ok(entries) => entries,
            Err(error) => return vec![unlisted("worktrees", &error.to_string())],
        };
        entries.retain(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => true,
            Ok(_) | Err(_) => entry.path().is_dir(),
        });
        let mut admin_dirs: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        admin_dirs.sort();
        let real = RealPaths::default();
        let place = |admin_dir: &PathBuf| self.linked_place(admin_dir, used, listed, &real);
        admin_dirs.iter().filter_map(place).collect()
    }

    /// A linked worktree; `None` if merges are made in it, and nobody works there.
    fn linked_place(
        &self,
        admin_dir: &Path,
        used: &mut HashSet<String>,
        listed: &mut Listed,
        real: &RealPaths,
    ) -> Option<PlaceToName> {
        let dot_git = admin::written_path(&admin_dir.join("gitdir"), admin_dir);
        let dot_git = dot_git.map(|written| real.settle(&written));
        let top = dot_git.as_ref().ok().and_then(|path| path.parent());
        if top.is_some_and(|top| is_for_merges(top, self.common_dir())) {
            return None;
        }
        let admin_name = folder_name(admin_dir);
        let in_git = listed_now(admin_dir, self.references());
        let read = || files::read(&admin_dir.join("locked"), files::MOST_OF_GIT).ok();
        let locked = in_git.names.has("locked").then(read).flatten();
        let locked = locked.map(|reason| String::from_utf8_lossy(&reason).trim().to_string());
        let (branch, broken_head) = branch_of(admin_dir, &in_git, used);
        listed.folders.insert(admin_dir.to_path_buf(), Arc::new(in_git));
        let mut is_folder = false;
        let (folder, broken) = match dot_git {
            Ok(dot_git) => {
                let written = dot_git.parent().unwrap_or(&dot_git);
                is_folder = written.is_dir();
                let top = if is_folder { written.to_path_buf() } else { self.moved_to(admin_dir, written) };
                is_folder = is_folder || top.is_dir();
                let broken = match is_folder {
                    true => stranger_at((&top, admin_dir), &self.shared),
                    false => Some(no_folder_at(&top, locked.is_some())),
                };
                (Some(top), broken)
            }
            Err(error) => {
                let file = admin_dir.join("gitdir");
                (None, Some(format!("its folder is unknown: {}: {error}", shown_path(&file)).into()))
            }
        };
        let mut names: Vec<String> = folder.iter().map(|top| folder_name(top)).collect();
        names.extend([admin_name.clone(), format!("worktrees/{admin_name}")]);
        let is_deleted = !is_folder && folder.as_deref().is_some_and(is_deleted);
        let (worktree, broken, deleted) = if is_deleted {
            folder.iter().for_each(|top| self.shared.know_git_dir(top, admin_dir));
            (None, broken_head, Vec::from_iter(folder))
        } else {
            (folder, broken.or(broken_head), Vec::new())
        };
        let codex_home = self.opener.around.codex_home.as_deref().map(admin::settle);
        let top = worktree.as_ref().or(deleted.first());
        let maker = top.and_then(|top| WorktreeMaker::of(top, codex_home.as_deref()));
        let moved = deleted.first().and_then(|top| self.found_again(admin_dir, top));
        // where its branch is checked out again, the work keeps its name in the folder that it had
        let free_folder = deleted.first().cloned();
        let place = Place {
            worktree,
            branch,
            maker,
            locked,
            broken,
            deleted,
            moved,
            free_folder,
            ..Place::default()
        };
        Some(PlaceToName { names, place })
    }

    /// The folder of a linked worktree; where it is not where git looks for it, the one that the start lies in
    /// if that says that it is this worktree.
    fn moved_to(&self, admin_dir: &Path, top: &Path) -> PathBuf {
        let is_it = |here: &&Path| {
            !top.exists() && admin::git_dir(here).is_ok_and(|found| found == admin::settle(admin_dir))
        };
        self.current_worktree().filter(is_it).unwrap_or(top).to_path_buf()
    }

    /// Where the folder of a linked worktree is that was moved together with the main one, or to another folder above: one
    /// that ends as it did, beside the main worktree or any folder above that, and says that it is this worktree.
    fn found_again(&self, admin_dir: &Path, top: &Path) -> Option<PathBuf> {
        let here = admin::settle(admin_dir);
        let name = admin_dir.file_name()?;
        // as long as git folders were where it says, it is the worktree of those
        let is_it = |folder: &Path| {
            admin::git_dir(folder).is_ok_and(|found| {
                let is_alike = found.file_name() == Some(name)
                    && found.parent().is_some_and(|parent| parent.ends_with("worktrees"));
                found == here || is_alike && !found.exists()
            })
        };
        let parts: Vec<Component<'_>> = top.components().collect();
        let above = self.main_worktree().unwrap_or(self.common_dir()).ancestors();
        let mut folders = above.flat_map(|above| {
            let ends = (1..=parts.len().min(MOST_LEVELS)).map(|length| &parts[parts.len() - length..]);
            let ends = ends.filter(|end| end.iter().all(|part| matches!(part, Component::Normal(_))));
            ends.map(|end| end.iter().fold(above.to_path_buf(), |path, part| path.join(part)))
        });
        folders.find(|folder| folder != top && is_it(folder))
    }

    /// Branches without a worktree. Those that cannot be compared to the target are kept: what is
    /// not determined must not vanish.
    fn branch_places(
        &self,
        target: &Target,
        declared: &[String],
        used: &HashSet<String>,
        listed: &mut Listed,
    ) -> Vec<PlaceToName> {
        let store = self.store();
        let is_free = |full: &str| !used.contains(full);
        let all = match self.references().all_branches() {
            Ok(all) => all,
            Err(reason) => return vec![unlisted("branches", &reason)],
        };
        listed.branches =
            all.iter().filter_map(|(full, id)| Some((full.clone(), *id.as_ref().ok()?))).collect();
        let branches = commits_of_branches(all, &store, &is_free);
        let mut candidates = Vec::new();
        let beside = self.names_beside(branches.len());
        for (full, head) in branches {
            let short = full.strip_prefix("refs/heads/").unwrap_or(&full).to_string();
            let is_declared = declared.iter().any(|name| *name == short || *name == full);
            if let (Ok(head), Some(target)) = (&head, target.head)
                && !is_declared
                && store.relation(*head, Some(target)).is_ok_and(|relation| relation.contained)
            {
                continue;
            }
            let fix = "write a commit's id into that file, or remove it";
            let broken = head.err().map(|what| match short.contains(char::REPLACEMENT_CHARACTER) {
                true => Reason::Said(what),
                false => Reason::Fixable { what, fix },
            });
            candidates.push(PlaceToName {
                names: vec![short.clone(), format!("heads/{short}")],
                place: Place {
                    free_folder: Some(self.folder_for(&short, &beside)),
                    branch: Some(short),
                    broken,
                    ..Place::default()
                },
            });
        }
        candidates.sort_by(|a, b| a.names.cmp(&b.names));
        candidates
    }
}

/// A moved worktree is looked for by so many last parts of its path.
const MOST_LEVELS: usize = 8;

/// Represents places that cannot be listed: they must not vanish.
fn unlisted(what: &str, reason: &str) -> PlaceToName {
    PlaceToName {
        names: vec![what.to_string(), format!("all {what}")],
        place: Place {
            broken: Some(format!("the {what} cannot be listed: {reason}").into()),
            ..Place::default()
        },
    }
}

fn main_place(
    top: &Path,
    common_dir: &Path,
    in_git: &ListedFolder,
    used: &mut HashSet<String>,
) -> PlaceToName {
    let (branch, broken) = branch_of(common_dir, in_git, used);
    let folder = folder_name(top);
    let names = branch.iter().cloned().chain([folder.clone(), format!("worktrees/{folder}")]).collect();
    let gone =
        (!top.is_dir()).then(|| Reason::Said(format!("its folder {} does not exist", shown_path(top))));
    let broken = gone.or(broken);
    PlaceToName {
        names,
        place: Place {
            worktree: Some(top.to_path_buf()),
            branch,
            main: true,
            git_dir: git_dir_unless_found(top, common_dir).map(Path::to_path_buf),
            broken,
            ..Place::default()
        },
    }
}

/// Whether a folder is known not to exist. A link that leads nowhere may lead to a disk that is not there.
fn is_deleted(top: &Path) -> bool {
    let is_missing =
        |path: &Path| fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    is_missing(top) && top.ancestors().find(|path| !is_missing(path)).is_some_and(Path::is_dir)
}

/// Why the folder of a linked worktree cannot be looked at, which is none.
fn no_folder_at(top: &Path, is_locked: bool) -> Reason {
    Reason::Fixable {
        what: format!("its folder {} does not exist", shown_path(top)),
        fix: match is_locked {
            true => "connect the disk that it is on; if it is gone, run git worktree unlock and prune",
            false => "run git worktree prune, or git worktree repair PATH if it was moved to PATH",
        },
    }
}

/// Why a folder is not that of a linked worktree.
fn stranger_at((top, admin_dir): (&Path, &Path), shared: &SharedState) -> Option<Reason> {
    let repair = "run git worktree repair";
    if admin::written_git_dir(top).is_ok_and(|written| written == admin_dir) {
        shared.know_git_dir(top, admin_dir);
        return None;
    }
    match admin::git_dir(top) {
        Ok(found) if found == admin_dir || found == admin::settle(admin_dir) => {
            shared.know_git_dir(top, &found);
            None
        }
        Ok(found) => {
            let what = format!("{} belongs to {}", shown_path(top), shown_path(&found));
            Some(Reason::Fixable { what, fix: repair })
        }
        Err(error) => {
            let what = format!("{}: {error}", shown_path(&top.join(".git")));
            Some(Reason::Fixable { what, fix: repair })
        }
    }
}

/// The git folder of a worktree as it is now.
fn listed_now(git_dir: &Path, references: &References) -> ListedFolder {
    let noted = Noted::now(git_dir);
    let names = FolderNames::of(git_dir);
    let head = match references {
        References::Files(_) if names.is_file("HEAD") => admin::head_in_file(git_dir, files::read_regular),
        References::Files(_) | References::Program(_) => references.head(git_dir),
    };
    ListedFolder { noted, names, head }
}

/// The short name of the branch that is checked out here, or being rebased; or why it is not known.
fn branch_of(
    git_dir: &Path,
    in_git: &ListedFolder,
    used: &mut HashSet<String>,
) -> (Option<String>, Option<Reason>) {
    let under_way = in_git.branch_under_way(git_dir);
    let full = match &in_git.head {
        Ok(Head::Reference(name)) => Some(name.clone()),
        Ok(Head::Detached(_)) => under_way.clone(),
        Err(reason) => return (None, Some(reason.clone().into())),
    };
    used.extend(under_way);
    used.extend(full.clone());
    (full.and_then(|name| name.strip_prefix("refs/heads/").map(str::to_string)), None)
}

fn folder_name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.to_string_lossy().into_owned(),
    }
}

/// Linked worktrees whose folders have the same name are distinguished by the folders above, by as many as
/// necessary.
fn tell_apart(places: &mut [PlaceToName]) {
    let mut same: HashMap<String, Vec<usize>> = HashMap::new();
    let is_linked = |place: &Place| !place.main && place.folder().is_some();
    for (at, candidate) in places.iter().enumerate().filter(|(_, one)| is_linked(&one.place)) {
        same.entry(candidate.names[0].clone()).or_default().push(at);
    }
    for group in same.into_values().filter(|group| group.len() > 1) {
        let tops: Vec<PathBuf> = group.iter().filter_map(|at| places[*at].place.folder().cloned()).collect();
        for (top, at) in tops.iter().zip(group) {
            let is_own = |end: &String| {
                let parts = Path::new(end).components().count();
                tops.iter().filter(|other| end_of(other, parts) == *end).count() == 1
            };
            let mut ends = (2..=top.components().count()).map(|parts| end_of(top, parts));
            places[at].names[0] = ends.find(is_own).unwrap_or_else(|| top.to_string_lossy().into_owned());
        }
    }
}

/// The last parts of a path.
fn end_of(path: &Path, parts: usize) -> String {
    let all: Vec<_> = path.components().collect();
    let end: PathBuf = all[all.len().saturating_sub(parts)..].iter().collect();
    end.to_string_lossy().into_owned()
}

fn with_unique_names(candidates: Vec<PlaceToName>) -> Vec<Place> {
    let mut used = HashSet::new();
    let mut places = Vec::new();
    for PlaceToName { mut place, names } in candidates {
        let numbered = (2..).map(|number| format!("{}-{number}", names[0]));
        let mut free = names.iter().cloned().chain(numbered).filter(|name| !used.contains(name));
        place.name = free.next().unwrap_or_default();
        used.insert(place.name.clone());
        places.push(place);
    }
    places
}
