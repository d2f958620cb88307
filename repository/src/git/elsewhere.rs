//! Branches of other clones, as the last fetch brought them; and how far the branches of this one are from those that
//! they follow. Nothing is fetched.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use memchr::memmem;

use crate::files;
use crate::merge::Commits;
use crate::model::{Elsewhere, Oid, Place, Reason, Target, Upstream, UpstreamDistance, natural_order};

use super::Repository;
use super::admin::Head;
use super::store::Store;

/// Below it are the branches of remotes.
const REMOTES: &str = "refs/remotes/";

/// Which branches of remotes are looked at.
pub struct RemoteQuery<'a> {
    /// By their short names: `origin/login`.
    pub wanted: &'a dyn Fn(&str) -> bool,
    /// Those that somebody works on, by short or full names: they count however old or merged they are.
    pub declared: &'a [String],
    /// Those whose last commit is not older than this, in seconds since 1970.
    pub since: Option<i64>,
}

/// Branches of remotes that are places where work happens.
#[derive(Default)]
pub struct RemoteBranches {
    /// Those that are wanted, sorted by name.
    pub places: Vec<Place>,
    /// How many are wanted, but too old.
    pub too_old: usize,
}

impl Repository {
    /// What these local branches follow, by branch.
    pub fn upstreams<'a>(&self, branches: impl Iterator<Item = &'a str>) -> BTreeMap<String, Upstream> {
        let Ok(handle) = self.opener.common() else { return BTreeMap::new() };
        let followed = followed(&handle, branches);
        if followed.is_empty() {
            return BTreeMap::new();
        }
        let store = self.store();
        let fetches = Fetches::of(self, &handle);
        let upstream = |(branch, full): (String, String)| {
            let head = |name: &str| self.references().commit(&store, name);
            let distance = match (head(&format!("refs/heads/{branch}")), head(&full)) {
                (_, Ok(None)) => UpstreamDistance::Gone,
                (Ok(Some(own)), Ok(Some(other))) => match store.relation(own, Some(other)) {
                    Ok(known) => UpstreamDistance::Commits { ahead: known.ahead, behind: known.behind },
                    Err(_) => UpstreamDistance::Unknown,
                },
                (Ok(None) | Err(_), Ok(Some(_))) | (_, Err(_)) => UpstreamDistance::Unknown,
            };
            let own = head(&full).ok().flatten();
            let as_of = own.and_then(|id| fetches.as_of(&full, id));
            (branch, Upstream { name: short(&full).to_string(), head: own, distance, as_of })
        };
        followed.into_iter().map(upstream).collect()
    }

    /// Of the commits that each of these heads has and the target lacks, how many another commit has, too.
    pub fn commits_of(&self, other: Oid, heads: &[Oid], target: Oid) -> Vec<usize> {
        let store = self.store();
        let theirs = owned(&store, [other].into_iter(), Some(target));
        let of_both =
            |head: &Oid| owned(&store, [*head].into_iter(), Some(target)).intersection(&theirs).count();
        heads.iter().map(of_both).collect()
    }

    /// How many commits that the target lacks a head has from after this time, in seconds since 1970; `None` where that
    /// cannot be read. Merges do not count, nor commits that were only brought onto others since.
    pub fn written_since(&self, head: Oid, target: Oid, time: i64) -> Option<usize> {
        self.store().written_since(head, target, time).ok()
    }

    /// The short names of all branches of remotes; none where they cannot be listed.
    pub fn remote_names(&self) -> Option<Vec<String>> {
        let listed = self.references().below(REMOTES).ok()?;
        let names = listed.into_keys().map(|full| short(&full).to_string());
        Some(names.filter(|name| !name.ends_with("/HEAD")).collect())
    }

    /// The branches of remotes that hold commits which neither the target nor any of these places has, and that no
    /// local branch follows; and those that are declared. Those that cannot be read are kept: what is not determined must not vanish.
    pub fn remote_branches(
        &self,
        target: &Target,
        query: &RemoteQuery<'_>,
        local: &[Place],
    ) -> RemoteBranches {
        let store = self.store();
        let listed = self.references().below(REMOTES).and_then(|remote| {
            let branches = self.references().branches(&store, &|_| true)?;
            Ok((remote, branches, self.opener.common().map_err(|error| error.to_string())?))
        });
        let (remote, branches, handle) = match listed {
            Ok(listed) => listed,
            Err(reason) => {
                let broken = Reason::Said(format!("the remote branches cannot be listed: {reason}"));
                let place = Place {
                    name: Place::free_name("remotes", "all", &[local]),
                    broken: Some(broken),
                    ..Place::default()
                };
                return RemoteBranches { places: vec![place], too_old: 0 };
            }
        };
        let names = branches.keys().filter_map(|full| full.strip_prefix("refs/heads/"));
        let followed = followed(&handle, names);
        // what the branch that the target follows has is merged there
        let upstream = target.branch().and_then(|branch| followed.get(branch));
        let upstream = upstream.and_then(|full| self.references().commit(&store, full).ok().flatten());
        let followed: HashSet<String> = followed.into_values().collect();
        let heads = branches.values().filter_map(|head| head.as_ref().ok().copied());
        let shared = local.iter().filter_map(|place| {
            self.references().commit(&store, &place.elsewhere.as_ref()?.reference).ok().flatten()
        });
        let owned = owned(&store, heads.chain(self.detached(local)).chain(shared), target.head);
        let merged_into: Vec<Oid> = target.head.into_iter().chain(upstream).collect();
        let fetches = Fetches::of(self, &handle);
        let mut found = RemoteBranches::default();
        for (full, object) in remote {
            let name = short(&full);
            let is_declared = query.declared.iter().any(|declared| *declared == name || *declared == full);
            let is_other = !followed.contains(&full) && target.reference.as_ref() != Some(&full);
            let is_alias = name.ends_with("/HEAD"); // of a branch
            let is_asked = is_declared || is_other && (query.wanted)(name);
            if is_alias || !is_asked {
                continue;
            }
            let head = object.and_then(|id| store.peeled(id).map_err(|missing| missing.to_string()));
            if let Ok(head) = head
                && !is_declared
            {
                let has_it =
                    |other: &Oid| store.relation(head, Some(*other)).is_ok_and(|known| known.contained);
                if owned.contains(&head) || merged_into.iter().any(has_it) {
                    continue;
                }
                let time = store.commit(head).map(|commit| commit.time).ok();
                if time.zip(query.since).is_some_and(|(time, since)| time < since) {
                    found.too_old += 1;
                    continue;
                }
            }
            let as_of = head.as_ref().ok().and_then(|head| fetches.as_of(&full, *head));
            found.places.push(Place {
                name: Place::free_name(name, "remotes", &[local, &found.places]),
                broken: head.err().map(Reason::Said),
                elsewhere: Some(Elsewhere { reference: full, as_of, shared: None, unfinished: None }),
                ..Place::default()
            });
        }
        found.places.sort_by(|a, b| natural_order(&a.name, &b.name));
        found
    }

    /// The commits that worktrees have checked out without a branch.
    fn detached(&self, places: &[Place]) -> Vec<Oid> {
        let head = |place: &Place| {
            let git_dir = self.git_dir_of(place, place.folder()?).ok()?;
            match self.references().head(&git_dir).ok()? {
                Head::Detached(id) => Some(id),
                Head::Reference(_) => None,
            }
        };
        places.iter().filter_map(head).collect()
    }
}

/// The full names of the refs that these local branches follow, by branch.
fn followed<'a>(
    handle: &git2::Repository,
    branches: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, String> {
    let followed = |branch: &str| {
        let name = handle.branch_upstream_name(&format!("refs/heads/{branch}")).ok()?;
        Some((branch.to_string(), name.as_str().ok()?.to_string()))
    };
    branches.filter_map(followed).collect()
}

/// `origin/login` of `refs/remotes/origin/login`.
fn short(full: &str) -> &str {
    [REMOTES, "refs/heads/", "refs/"].iter().find_map(|prefix| full.strip_prefix(prefix)).unwrap_or(full)
}

/// All commits of these heads that the target lacks.
fn owned(store: &Store, heads: impl Iterator<Item = Oid>, target: Option<Oid>) -> HashSet<Oid> {
    let mut owned = HashSet::new();
    for head in heads {
        if !owned.contains(&head) {
            let others: Vec<Oid> = target.into_iter().collect();
            owned.extend(store.ancestry(head, &others).map(|since| since.own).unwrap_or_default());
        }
    }
    owned
}

/// When git last heard of the branches of remotes.
struct Fetches<'a> {
    repository: &'a Repository,
    /// Every `FETCH_HEAD` with its time; each worktree has its own.
    files: Vec<(i64, Vec<u8>)>,
    remotes: Vec<git2::Remote<'a>>,
}

impl<'a> Fetches<'a> {
    fn of(repository: &'a Repository, handle: &'a git2::Repository) -> Fetches<'a> {
        let common = repository.common_dir();
        let linked = fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
        let folders = linked.map(|entry| entry.path()).chain([common.to_path_buf()]);
        let read = |folder: PathBuf| {
            let path = folder.join("FETCH_HEAD");
            Some((modified(&path)?, files::read(&path, files::MOST_OF_GIT).ok()?))
        };
        let names = handle.remotes();
        let names = names.iter().flat_map(|names| names.iter().filter_map(|name| name.ok()?));
        Fetches {
            repository,
            files: folders.filter_map(read).collect(),
            remotes: names.filter_map(|name| handle.find_remote(name).ok()).collect(),
        }
    }

    /// When this ref was last known to be at this commit: at the last fetch that saw it there, or when it was last
    /// moved by a fetch or a push.
    fn as_of(&self, full: &str, id: Oid) -> Option<i64> {
        let fetched =
            self.files.iter().filter(|(_, text)| self.has_seen(text, full, id)).map(|(time, _)| *time);
        fetched.chain(self.moved(full)).max()
    }

    fn has_seen(&self, text: &[u8], full: &str, id: Oid) -> bool {
        let id = id.to_string();
        self.remotes.iter().any(|remote| {
            let mut specs = remote.refspecs();
            let theirs = specs.find_map(|spec| {
                let is_its = spec.direction() == git2::Direction::Fetch && spec.dst_matches(full);
                Some(spec.rtransform(full).ok().filter(|_| is_its)?.as_str().ok()?.to_string())
            });
            let Some((theirs, url)) = theirs.zip(remote.url().ok()) else { return false };
            let branch = theirs.strip_prefix("refs/heads/").unwrap_or(&theirs);
            let note = format!("\tbranch '{branch}' of ");
            let is_it = |line: &[u8]| {
                let rest = line.strip_prefix(id.as_bytes())?;
                let of = &rest[memmem::find(rest, note.as_bytes())? + note.len()..];
                (plain_url(std::str::from_utf8(of).ok()?) == plain_url(url)).then_some(())
            };
            text.split(|byte| *byte == b'\n').any(|line| is_it(line).is_some())
        })
    }

    /// When the ref was moved last, by its log.
    fn moved(&self, full: &str) -> Option<i64> {
        let log = self.repository.common_dir().join("logs").join(full);
        let log = files::read(&log, files::MOST_OF_GIT).ok()?;
        let last = log.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty())?;
        let who = &last[..memchr::memchr(b'\t', last).unwrap_or(last.len())];
        let time = &who[memchr::memrchr(b'>', who)? + 1..];
        std::str::from_utf8(time).ok()?.split_whitespace().next()?.parse().ok()
    }
}

/// When a file was last written, in seconds since 1970.
fn modified(path: &Path) -> Option<i64> {
    let time = fs::metadata(path).and_then(|data| data.modified()).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// A URL as git notes it in `FETCH_HEAD`: without who logs in, and what may be left out at its end.
fn plain_url(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            format!("{scheme}://{}", &rest[rest[..host].rfind('@').map_or(0, |at| at + 1)..])
        }
        // host:path
        None => match (url.find('@'), url.find([':', '/'])) {
            (Some(at), Some(end)) if at < end && url[end..].starts_with(':') => url[at + 1..].to_string(),
            _ => url.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_compared_as_git_notes_them() {
        for (url, noted) in [
            ("https://ada:secret@example.org/shop.git/", "https://example.org/shop"),
            ("git@example.org:team/shop.git", "example.org:team/shop"),
            ("/srv/a@b/shop.git", "/srv/a@b/shop"),
            ("../shop", "../shop"),
        ] {
            assert_eq!(plain_url(url), noted);
        }
    }
}
