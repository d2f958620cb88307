//! Stories that follow each other in one place: which of its commits are whose.
//!
//! `register` notes in a session the head at which its place goes on to it. What was committed before is the
//! work of those who were there before, and what is not committed is that of the last one.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::git::Store;
use crate::interaction::Judge;
use crate::merge::{Commits, Missing};
use crate::model::{Declared, Known, MergeOutcome, MergedWork, Oid, OwnWork, Place, PlaceId, Tip};

use super::Workspace;
use super::own_work::own_view;

/// Tells every terminal in a place that went on from story to story what of its tip is its own. Where that
/// cannot be told, all of it is.
/// `commit_tip`: what a commit would bring, with what of that is merged.
pub(super) fn mark_own(
    workspace: &Workspace,
    declared: &mut Declared,
    tips: &[Known<Tip>],
    commit_tip: &dyn Fn(Oid) -> Option<Tip>,
) {
    let mut places: BTreeMap<PlaceId, Vec<usize>> = BTreeMap::new();
    for (at, terminal) in declared.terminals.iter().enumerate() {
        if let Some(place) = terminal.place() {
            places.entry(place).or_default().push(at);
        }
    }
    for (place, there) in places {
        let begins = |at: &usize| declared.terminals[*at].says(|session| session.begins_after);
        let begins: Vec<Option<Oid>> = there.iter().map(begins).collect();
        let (true, Some(tip)) = (begins.iter().any(Option::is_some), tips[place].known()) else { continue };
        let store = workspace.repository.store();
        let looking = OnePlace { workspace, store: &store, place: &declared.places[place], tip, commit_tip };
        let own = looking.own_work(&begins).unwrap_or_default();
        for (at, own) in there.into_iter().zip(own) {
            declared.terminals[at].own = own.map(Box::new);
        }
    }
}

/// A place in which some story began after others.
struct OnePlace<'a> {
    workspace: &'a Workspace,
    store: &'a Store,
    place: &'a Place,
    tip: &'a Tip,
    commit_tip: &'a dyn Fn(Oid) -> Option<Tip>,
}

impl OnePlace<'_> {
    /// The work of each story there by where it begins; `None` where all is its own.
    fn own_work(&self, begins: &[Option<Oid>]) -> Result<Vec<Option<OwnWork>>, Missing> {
        let Some(head) = self.tip.head else { return Ok(Vec::new()) };
        let begins: Vec<Option<Oid>> =
            begins.iter().map(|begin| begin.map(|begin| self.as_rewritten(begin, head))).collect();
        let mut known: Vec<Oid> = begins.iter().flatten().copied().collect();
        known.sort();
        known.dedup();
        let mut line = Vec::new();
        for begin in known {
            // of another history it tells nothing
            let Ok(since) = self.store.ancestry(head, &[begin]) else { continue };
            let follows = since.bases == [begin];
            if follows || self.committed(begin).is_some_and(|tip| tip.is_settled()) {
                line.push(((follows, Reverse(since.own.len())), begin));
            }
        }
        line.sort();
        let line: Vec<Oid> = line.into_iter().map(|(_, begin)| begin).collect();
        let own = |begin: &Option<Oid>| {
            let at = begin.and_then(|begin| line.iter().position(|known| *known == begin));
            let number = at.map_or(0, |at| at + 1);
            match (at.map(|at| line[at]), line.get(number)) {
                (None, None) => Ok(None),
                (after, until) => {
                    let tip = self.between(after, until.copied())?;
                    let stands_alone = tip.base == self.tip.base || self.merges(&tip);
                    Ok(Some(OwnWork { number, tip, stands_alone }))
                }
            }
        };
        begins.iter().map(own).collect()
    }

    /// The commit, or the one that a rebase or an amendment has made of it.
    fn as_rewritten(&self, commit: Oid, head: Oid) -> Oid {
        match self.store.ancestry(head, &[commit]) {
            Ok(since) if since.bases != [commit] => {
                self.judge().rewritten(commit, head).ok().flatten().unwrap_or(commit)
            }
            Ok(_) | Err(_) => commit,
        }
    }

    fn judge(&self) -> Judge<'_> {
        Judge::new(self.store, self.store, self.workspace.target.head, &self.workspace.options)
    }

    /// What there is of a commit, and what of that is merged.
    fn committed(&self, commit: Oid) -> Option<Tip> {
        let mut tip = (self.commit_tip)(commit)?;
        if let Some(merged) = self.tip.merged.filter(|merged| self.has(merged.head, commit)) {
            tip.merged = Some(MergedWork { head: commit, ..merged });
        }
        Some(tip)
    }

    /// Whether it is known that git would merge it into the target.
    fn merges(&self, tip: &Tip) -> bool {
        self.judge().against_target(tip).work.known().is_some_and(MergeOutcome::is_clean)
    }

    /// Whether the history of a head has a commit.
    fn has(&self, head: Oid, commit: Oid) -> bool {
        self.store.ancestry(commit, &[head]).is_ok_and(|known| known.own.is_empty())
    }

    /// The work of a story that began after one commit, and ended at another or is the last one.
    fn between(&self, after: Option<Oid>, until: Option<Oid>) -> Result<Tip, Missing> {
        let whole = match until {
            None => self.tip.clone(),
            Some(until) => self.committed(until).unwrap_or_else(|| self.tip.clone()),
        };
        let Some(head) = whole.head else { return Ok(whole) };
        let target = &self.workspace.target;
        let branch = self.place.branch.as_deref().filter(|_| whole.contained);
        let untouched =
            branch.is_some_and(|branch| self.workspace.repository.is_untouched(branch, after, head, target));
        let merged = whole.merged.filter(|_| !untouched);
        let Some(after) = after else { return Ok(Tip { untouched, merged, ..whole }) };
        let view = |ground| own_view(self.store, &whole, ground, &self.workspace.options, &|_| true);
        if self.has(after, head) {
            let own = view(whole.tree)?;
            return Ok(Tip { ahead: 0, contained: true, untouched: true, merged: None, idle: false, ..own });
        }
        let merged = merged.filter(|merged| !self.has(after, merged.head));
        let others: Vec<Oid> = target.head.into_iter().chain([after]).collect();
        let since = self.store.ancestry(head, &others)?;
        let is_merge = |commit: &Oid| Ok::<bool, Missing>(self.store.commit(*commit)?.parents.len() > 1);
        let are_merges = since.own.iter().map(is_merge).collect::<Result<Vec<bool>, Missing>>()?;
        if whole.is_settled() && !are_merges.is_empty() && !are_merges.contains(&false) {
            // nothing was done but to take the target in
            let own = view(whole.tree)?;
            return Ok(Tip { ahead: 0, contained: true, untouched: true, merged: None, idle: false, ..own });
        }
        // where something of the target came in with it, all that was changed since then counts
        let own = match merged.is_none() && since.bases == [after] {
            true => view(self.store.commit(after)?.tree)?,
            false => whole,
        };
        Ok(Tip { ahead: since.own.len(), untouched, merged, ..own })
    }
}
