//! Commands that failed on merged work, and on whose.

/// A command that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCommand {
    /// The command.
    pub command: String,
    /// Its exit status.
    pub status: i32,
    /// The last lines that it wrote.
    pub said: Vec<String>,
}

impl FailedCommand {
    /// `make test failed with exit status 2`
    pub fn sentence(&self) -> String {
        format!("{} failed with exit status {}", self.command, self.status)
    }
}

/// Terminals that fail together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedTogether {
    /// The terminals: merged alone, they fail too, and without any one of them they pass.
    pub together: Vec<String>,
    /// Terminals that these need, merged with them; they pass without them.
    pub needed: Vec<String>,
    /// Those of `together` without which the others could not be tried: git cannot merge them, or the command could not
    /// be run.
    pub untried: Vec<String>,
    /// What failed.
    pub failure: FailedCommand,
}

impl FailedTogether {
    /// `cart and login fail together on main; each passes without the other.`
    pub fn sentence(&self, target: &str) -> String {
        let names = listed(&self.together);
        let with = match &self.needed[..] {
            [] => String::new(),
            needed => format!(", with what they need ({})", needed.join(", ")),
        };
        let (who, without) = match &self.together[..] {
            [_] if self.needed.is_empty() => (format!("{names} fails on {target} by itself"), ""),
            [_] => {
                (format!("{names} fails on {target}, with what it needs ({})", self.needed.join(", ")), "")
            }
            [_, _] => (format!("{names} fail together on {target}{with}"), "each passes without the other"),
            _ => (
                format!("{names} fail together on {target}{with}"),
                "without any one of them, the others pass",
            ),
        };
        match (&self.untried[..], without.is_empty()) {
            ([], true) => format!("{who}."),
            ([], false) => format!("{who}; {without}."),
            (untried, _) => format!("{who}; whether they do without {} could not be tried.", listed(untried)),
        }
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.concat(),
    }
}

/// Terminals that were found to fail together, and still would: their merged tree is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFailure {
    /// Who.
    pub found: FailedTogether,
    /// Whether work that is not committed belongs to it.
    pub uncommitted: bool,
}
