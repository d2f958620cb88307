//! The arguments of `git merge` that a branch has in its configuration, `branch.NAME.mergeOptions`, and the
//! strategy of `pull.twohead`.

use crate::model::Side;

/// What the arguments mean for a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MergeArguments {
    /// `-X ours`, `-X theirs`.
    pub favor: Option<Side>,
    /// `-X find-renames`, `-X no-renames`.
    pub renames: Option<bool>,
    /// `-X renormalize`, `-X no-renormalize`.
    pub renormalize: Option<bool>,
    /// The first one that is not followed.
    pub not_followed: Option<String>,
    /// `--ff-only`, or one that takes it back.
    pub only_fast_forward: Option<bool>,
    /// `--no-verify-signatures`.
    pub without_signatures: bool,
    /// `--autostash`, `--no-autostash`.
    pub stashes: Option<bool>,
    /// `--squash`, where nothing takes it back.
    pub squashes: bool,
    /// `--no-commit`, where nothing takes it back.
    pub without_commit: bool,
    /// Whether a strategy is named.
    pub names_strategy: bool,
}

/// Arguments that change nothing about what conflicts.
const WITHOUT_EFFECT: [&str; 34] = [
    "--ff",
    "--ff-only",
    "--no-ff",
    "--commit",
    "--no-commit",
    "--squash",
    "--no-squash",
    "--stat",
    "--no-stat",
    "-n",
    "--summary",
    "--no-summary",
    "--compact-summary",
    "--edit",
    "-e",
    "--no-edit",
    "--log",
    "--no-log",
    "--signoff",
    "--no-signoff",
    "-q",
    "--quiet",
    "-v",
    "--verbose",
    "--progress",
    "--no-progress",
    "--rerere-autoupdate",
    "--no-rerere-autoupdate",
    "--no-gpg-sign",
    "--verify",
    "--no-verify",
    "--no-verify-signatures",
    "--autostash",
    "--no-autostash",
];

/// The strategies whose outcome is known: git's default by both of its names.
pub(super) fn is_followed(strategy: &str) -> bool {
    matches!(strategy, "ort" | "recursive")
}

impl MergeArguments {
    /// Reads them as git splits them. Quoted ones are not followed.
    pub fn parse(text: &str) -> MergeArguments {
        let mut found = MergeArguments::default();
        let mut words = text.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let mut value = |short: &str, long: &str| {
                if word == short || word == long {
                    return Some(words.next().unwrap_or_default());
                }
                let of_long = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
                of_long.or_else(|| word.strip_prefix(short))
            };
            match word {
                "--ff-only" => found.only_fast_forward = Some(true),
                "--ff" | "--no-ff" => found.only_fast_forward = Some(false),
                "--no-verify-signatures" => found.without_signatures = true,
                "--autostash" | "--no-autostash" => found.stashes = Some(word == "--autostash"),
                "--squash" | "--no-squash" => found.squashes = word == "--squash",
                "--commit" | "--no-commit" => found.without_commit = word == "--no-commit",
                _ => {}
            }
            let is_followed = if word.contains(['"', '\'', '\\']) {
                false
            } else if WITHOUT_EFFECT.contains(&word)
                || word.starts_with("--log=")
                || word.starts_with("--cleanup=")
            {
                true
            } else if let Some(option) = value("-X", "--strategy-option") {
                found.option(option)
            } else if let Some(strategy) = value("-s", "--strategy") {
                found.names_strategy = true;
                is_followed(strategy)
            } else {
                word.starts_with("-S") || word.starts_with("--gpg-sign")
            };
            if !is_followed && found.not_followed.is_none() {
                found.not_followed = Some(word.to_string());
            }
        }
        found
    }

    /// What a command line says so that a merge makes a merge commit all the same.
    pub fn overrides(&self) -> Vec<&'static str> {
        let squashes = self.squashes.then_some("--no-squash");
        squashes.into_iter().chain(self.without_commit.then_some("--commit")).collect()
    }

    /// Whether an option of the strategy is followed.
    fn option(&mut self, option: &str) -> bool {
        match option {
            "ours" => self.favor = Some(Side::Ours),
            "theirs" => self.favor = Some(Side::Theirs),
            "no-renames" => self.renames = Some(false),
            "find-renames" | "find-renames=50%" | "rename-threshold=50%" => self.renames = Some(true),
            "renormalize" => self.renormalize = Some(true),
            "no-renormalize" => self.renormalize = Some(false),
            "histogram" | "diff-algorithm=histogram" => {}
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_followed_or_named() {
        let favor = |text: &str| MergeArguments::parse(text).favor;
        for text in ["-X ours", "-Xours", "--strategy-option ours", "--no-ff --strategy-option=ours -s ort"] {
            assert_eq!(favor(text), Some(Side::Ours), "{text}");
            assert_eq!(MergeArguments::parse(text).not_followed, None, "{text}");
        }
        assert_eq!(favor("-X ours -X theirs"), Some(Side::Theirs));
        assert_eq!(MergeArguments::parse("-Xno-renames").renames, Some(false));
        for text in [
            "-s ours",
            "--strategy=octopus",
            "-X ignore-space-change",
            "--verify-signatures",
            "-X 'ours'",
            "-X",
        ] {
            assert!(MergeArguments::parse(text).not_followed.is_some(), "{text}");
        }
        assert_eq!(MergeArguments::parse("  --no-stat  --log=3 -Skey "), MergeArguments::default());
        assert_eq!(MergeArguments::parse("--no-ff --ff-only").only_fast_forward, Some(true));
    }
}
