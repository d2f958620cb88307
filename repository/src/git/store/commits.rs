//! The commits of a store, and how they stand to each other.

use std::sync::{Arc, MutexGuard, PoisonError};

use git2::ObjectType;

use crate::git::graph::{History, Relation};
use crate::git::ids;
use crate::merge::{Ancestry, CommitFacts, Commits, Missing, Objects, linear_ancestor};
use crate::model::{Oid, Revert};
use crate::table::Table;

use super::Store;

/// This many commits are kept before all are dropped.
const CACHED_COMMITS: usize = 100_000;

/// Of a head that has more own commits than this, they are not kept.
const MOST_OWN: usize = 64;

/// Tags that lead to tags, one after the other, before a commit.
const DEEPEST_TAG: usize = 50;

impl Store {
    /// Whether two heads have commits in common that the target lacks.
    pub fn share_commits(&self, heads: [Oid; 2], target: Oid) -> Result<bool, Missing> {
        let [one, other] = heads.map(|head| self.own_ancestry(head, target));
        Ok(one?.shares(&*other?))
    }

    /// How a head relates to one other commit, with the commits that this one lacks; from what is known of it, or of
    /// a linear ancestor.
    ///
    /// # Errors
    /// A commit that cannot be read.
    pub fn own_ancestry(&self, head: Oid, target: Oid) -> Result<Arc<Ancestry>, Missing> {
        let kept = self.shared.cache.get().map(|cache| &cache.ancestries);
        if let Some(known) = kept.and_then(|kept| kept.find(&(head, target))) {
            return Ok(known);
        }
        let is_made = self.shared.made(head).is_some();
        let found = match (is_made, &Commits::commit(self, head)?.parents[..]) {
            (true, [parent]) => {
                let before = self.own_ancestry(*parent, target)?;
                Ancestry {
                    bases: before.bases.clone(),
                    own: before.own.iter().copied().chain([head]).collect(),
                }
            }
            _ => match kept.and_then(|kept| self.inherited_ancestry(head, target, kept)) {
                Some(inherited) => inherited,
                None => self.history().ancestry(head, &[target], &|id| self.commit(id))?,
            },
        };
        let found = Arc::new(found);
        if let Some(kept) = kept.filter(|_| !is_made && found.own.len() <= MOST_OWN) {
            kept.keep((head, target), found.clone());
        }
        Ok(found)
    }

    /// What targets took back, as far as it is kept.
    pub(in crate::git) fn kept_reverts(&self) -> Option<&Table<(Oid, Oid), Vec<Revert>>> {
        self.shared.cache.get().map(|cache| &cache.reverts)
    }

    /// From what is known of a linear ancestor that the target does not contain: the commits since then are own ones.
    fn inherited_ancestry(
        &self,
        head: Oid,
        target: Oid,
        known: &Table<(Oid, Oid), Ancestry>,
    ) -> Option<Ancestry> {
        if known.is_empty() {
            return None;
        }
        let ancestor = linear_ancestor(self, head, |commit| Ok(known.find(&(commit, target)))).ok()??;
        let Ancestry { bases, own } = &*ancestor.known;
        own.contains(&ancestor.id).then(|| Ancestry {
            bases: bases.clone(),
            own: own.iter().copied().chain(ancestor.since).collect(),
        })
    }

    /// Compares a head to the target's commit.
    pub(in crate::git) fn relation(&self, head: Oid, target: Option<Oid>) -> Result<Arc<Relation>, Missing> {
        let load = |id| Commits::commit(self, id);
        let Some(target) = target else { return Ok(Arc::new(self.history().alone(head, &load)?)) };
        let cached = self.shared.cache.get().map(|cache| &cache.relations);
        if let Some(known) = cached.and_then(|relations| relations.find(&(head, target))) {
            return Ok(known);
        }
        let found = match cached.and_then(|relations| self.inherited_relation(head, target, relations)) {
            Some(inherited) => Arc::new(inherited),
            None => self.history().relation(head, target, &load)?,
        };
        if let Some(relations) = cached {
            relations.keep((head, target), found.clone());
        }
        Ok(found)
    }

    /// From what is known of a linear ancestor that the target does not contain: the same, except that the
    /// target lacks as many commits more as were made since.
    fn inherited_relation(
        &self,
        head: Oid,
        target: Oid,
        known: &Table<(Oid, Oid), Relation>,
    ) -> Option<Relation> {
        if known.is_empty() {
            return None;
        }
        let ancestor = linear_ancestor(self, head, |commit| Ok(known.find(&(commit, target)))).ok()??;
        let (before, more) = (ancestor.known, ancestor.since.len());
        (!before.contained).then(|| Relation { ahead: before.ahead + more, ..(*before).clone() })
    }

    /// How many commits that another one lacks were written after this time, in seconds since 1970. Merges do not count, nor
    /// what was written before and only brought onto other commits later.
    ///
    /// # Errors
    /// A commit that cannot be read.
    pub(in crate::git) fn written_since(&self, head: Oid, target: Oid, time: i64) -> Result<usize, Missing> {
        let mut count = 0;
        for own in self.own_ancestry(head, target)?.own.iter() {
            let facts = Commits::commit(self, *own)?;
            if facts.time > time && facts.parents.len() < 2 {
                let author = author_time(&self.read(*own, ObjectType::Commit)?);
                count += usize::from(author.is_none_or(|written| written > time));
            }
        }
        Ok(count)
    }

    /// A commit that later runs will ask for again, as they do for heads and merge bases.
    pub(in crate::git) fn lasting_commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        let facts = Commits::commit(self, id)?;
        if let Some(cache) = self.shared.cache.get()
            && self.shared.made(id).is_none()
            && cache.commits.find(&id).is_none()
        {
            cache.commits.keep(id, Arc::new(facts.clone()));
        }
        Ok(facts)
    }

    /// Keeps a commit in memory, as if it had just been made of this tree on these parents, and
    /// returns its id, by which all stores of the repository know it.
    pub fn put_commit(&self, tree: Oid, parents: &[Oid]) -> Result<Oid, Missing> {
        let times: Result<Vec<i64>, Missing> =
            parents.iter().map(|parent| Ok(Commits::commit(self, *parent)?.time)).collect();
        let time = times?.into_iter().max().map_or(0, |newest| newest.saturating_add(1));
        let text: String = std::iter::once(format!("tree {tree}\n"))
            .chain(parents.iter().map(|parent| format!("parent {parent}\n")))
            .collect();
        // no commit of git's lacks its author, so none has this id
        let id = ids::hash(ObjectType::Commit, text.as_bytes());
        let made = CommitFacts { tree, parents: parents.to_vec(), time };
        self.shared.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id, made);
        Ok(id)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.shared.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit that an object is or, as a tag, leads to.
    pub(in crate::git) fn peeled(&self, id: Oid) -> Result<Oid, Missing> {
        let mut at = id;
        for _ in 0..DEEPEST_TAG {
            let error = match Commits::commit(self, at) {
                Ok(_) => return Ok(at),
                Err(error) => error,
            };
            match self.read(at, ObjectType::Tag).map(|tag| tagged(&tag)) {
                Ok(Some(next)) => at = next,
                Ok(None) => return Err(Missing::object(at, "the tag is damaged")),
                Err(_) => return Err(error),
            }
        }
        Err(Missing::object(id, "it leads from tag to tag"))
    }
}

/// The object that a tag names first.
fn tagged(bytes: &[u8]) -> Option<Oid> {
    let id = bytes.strip_prefix(b"object ")?.get(..40)?;
    std::str::from_utf8(id).ok()?.parse().ok()
}

/// What a merge must know of a commit, from the head of its text.
fn parse_commit(bytes: &[u8]) -> Option<CommitFacts> {
    let id = |text: &[u8]| std::str::from_utf8(text).ok()?.parse().ok();
    let (mut tree, mut parents) = (None, Vec::new());
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Some(text) = line.strip_prefix(b"tree ") {
            tree = id(text);
        } else if let Some(text) = line.strip_prefix(b"parent ") {
            parents.push(id(text)?);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            return Some(CommitFacts { tree: tree?, parents, time: seconds(committer)?.unwrap_or(0) });
        }
    }
    None
}

/// When a commit was written first, from the head of its text.
fn author_time(bytes: &[u8]) -> Option<i64> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    seconds(lines.find_map(|line| line.strip_prefix(b"author "))?).flatten()
}

/// The time behind the name and address of somebody; `None` where there is no address.
fn seconds(who: &[u8]) -> Option<Option<i64>> {
    let end = who.iter().rposition(|byte| *byte == b'>')?;
    let time = std::str::from_utf8(&who[end + 1..]).ok()?;
    Some(time.split_whitespace().next().and_then(|seconds| seconds.parse().ok()))
}

impl Commits for Store {
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        if let Some(known) = self.shared.commits().get(&id) {
            return Ok(known.clone());
        }
        if let Some(made) = self.shared.made(id) {
            return Ok(made);
        }
        if let Some(known) = self.shared.cache.get().and_then(|cache| cache.commits.find(&id))
            && self.is_whole(id)
        {
            return Ok((*known).clone());
        }
        let damaged = || Missing::object(id, "the commit is damaged");
        let mut facts = parse_commit(&self.read(id, ObjectType::Commit)?).ok_or_else(damaged)?;
        if let Some(parents) = self.shared.substitutes.parents(id) {
            facts.parents = parents.to_vec();
        }
        let mut commits = self.shared.commits();
        if commits.len() >= CACHED_COMMITS {
            commits.clear();
        }
        commits.insert(id, facts.clone());
        Ok(facts)
    }

    fn is_shallow(&self) -> bool {
        self.shared.substitutes.is_shallow()
    }

    fn ancestry(&self, one: Oid, others: &[Oid]) -> Result<Ancestry, Missing> {
        match others {
            [target] => Ok((*self.own_ancestry(one, *target)?).clone()),
            _ => self.history().ancestry(one, others, &|id| self.commit(id)),
        }
    }

    fn merge_bases(&self, one: Oid, others: &[Oid]) -> Result<Vec<Oid>, Missing> {
        self.history().merge_bases(one, others, &|id| self.commit(id))
    }
}
