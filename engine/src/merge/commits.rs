//! Where commits come from, and what follows from them: merge bases and linear descent.

use super::commit_graph::{Ancestry, CommitFacts, CommitGraph};
use super::objects::Missing;
use crate::model::Oid;

/// Where commits come from.
pub trait Commits {
    /// Tree, parents and time of a commit.
    ///
    /// # Errors
    /// It cannot be read.
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing>;

    /// Whether the history is shallow: commits may lack parents that they have elsewhere, so that two
    /// histories that do not meet here may have met earlier.
    fn is_shallow(&self) -> bool {
        false
    }

    /// The merge bases of one commit with a hypothetical merge of the others, in the order of
    /// `git merge-base --all` (the newest first; none where they share no history), and the commits
    /// that the others do not contain.
    ///
    /// The walk provided here needs nothing but [`Commits::commit`]; a source that keeps commits for
    /// many walks may answer faster.
    ///
    /// # Errors
    /// A commit that cannot be read.
    fn ancestry(&self, one: Oid, others: &[Oid]) -> Result<Ancestry, Missing> {
        let mut graph = CommitGraph::default();
        let reached = graph.walk(one, others, &|id| self.commit(id))?;
        Ok(Ancestry { bases: reached.bases, own: graph.ids(&reached.own) })
    }

    /// The merge bases alone.
    ///
    /// # Errors
    /// A commit that cannot be read.
    fn merge_bases(&self, one: Oid, others: &[Oid]) -> Result<Vec<Oid>, Missing> {
        Ok(CommitGraph::default().walk(one, others, &|id| self.commit(id))?.bases)
    }
}

/// How many commits back a known ancestor is looked for.
const LONGEST_DESCENT: usize = 8;

/// The nearest known ancestor from which a commit descends linearly: each commit since then has one
/// parent.
#[derive(Clone, Debug)]
pub struct LinearAncestor<T> {
    /// The ancestor.
    pub id: Oid,
    /// The commits since then, the newest first.
    pub since: Vec<Oid>,
    /// What is known of it.
    pub known: T,
}

/// Finds the nearest ancestor of which something is `known`, a few commits back at most, and from which
/// the head descends linearly.
///
/// # Errors
/// A commit that cannot be read.
pub fn linear_ancestor<T>(
    commits: &dyn Commits,
    head: Oid,
    known: impl Fn(Oid) -> Result<Option<T>, Missing>,
) -> Result<Option<LinearAncestor<T>>, Missing> {
    let mut since = vec![head];
    while since.len() <= LONGEST_DESCENT {
        let [id] = commits.commit(since[since.len() - 1])?.parents[..] else { break };
        if let Some(known) = known(id)? {
            return Ok(Some(LinearAncestor { id, since, known }));
        }
        since.push(id);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use foldhash::HashMap;

    use super::*;
    use crate::merge::commit_graph::tests::{history, id};

    struct All(HashMap<Oid, CommitFacts>);

    impl Commits for All {
        fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
            self.0.get(&id).cloned().ok_or(Missing::object(id, ""))
        }
    }

    /// The linear ancestor of a head, where these commits are known, and the commits since then.
    fn ancestor(text: &str, head: char, known: &str) -> Option<(char, String)> {
        let letter = |id: &Oid| id.as_bytes()[0] as char;
        let known = |id: Oid| Ok(known.contains(letter(&id)).then_some(()));
        let found = linear_ancestor(&All(history(text)), id(head), known).unwrap()?;
        Some((letter(&found.id), found.since.iter().map(letter).collect()))
    }

    #[test]
    fn a_head_descends_from_the_nearest_known_ancestor() {
        assert_eq!(ancestor("a: b:a c:b d:c", 'd', "ab"), Some(('b', "dc".into())));
        assert_eq!(ancestor("a: b:a", 'b', "b"), None, "it is no ancestor of itself");
        assert_eq!(ancestor("a: b:a c:a d:b,c e:d", 'e', "a"), None, "a merge has no only parent");
        let line = "a: b:a c:b d:c e:d f:e g:f h:g i:h j:i";
        assert_eq!(ancestor(line, 'i', "a"), Some(('a', "ihgfedcb".into())));
        assert_eq!(ancestor(line, 'j', "a"), None, "too far back");
    }
}
