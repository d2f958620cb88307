//! The lines that git passes to `pre-push` (githooks(5)), read.

use crate::model::Oid;

/// A branch that is about to be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The local branch by its short name; `None` if the pushed revision is not a branch.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Oid,
}

/// Reads a line that git passes to `pre-push`: local ref, its object, remote ref, its object.
/// `None` if it pushes no commit of a branch: a deletion, a tag.
pub fn pushed(line: &str) -> Option<Pushed> {
    let fields: Vec<&str> = line.split(' ').collect();
    let [local, object, remote, _] = fields[..] else { return None };
    let commit: Oid = object.parse().ok()?;
    let is_branch = remote.starts_with("refs/heads/") && commit != Oid::new([0; 20]);
    let branch = local.strip_prefix("refs/heads/").map(str::to_string);
    is_branch.then_some(Pushed { branch, commit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_of_branches_are_told_from_the_rest() {
        let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let none = "0".repeat(40);
        let branch = |line: String| pushed(&line).map(|one| one.branch);
        let of_topic = Some(Some("topic/a".to_string()));
        assert_eq!(branch(format!("refs/heads/topic/a {id} refs/heads/b {none}")), of_topic);
        assert_eq!(branch(format!("HEAD~ {id} refs/heads/b {none}")), Some(None));
        assert_eq!(branch(format!("(delete) {none} refs/heads/b {id}")), None);
        assert_eq!(branch(format!("refs/tags/v1 {id} refs/tags/v1 {none}")), None);
        assert_eq!(branch(String::new()), None);
    }
}
