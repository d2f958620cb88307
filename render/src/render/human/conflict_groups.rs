//! Terminals that conflict in one file: shown once, not once a pair.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Evidence, Finding, Lines, RepoPath, Severity, natural_order};

use super::count;

/// The terminals that conflict in one file with each other, or with the target.
pub struct ConflictGroup<'a> {
    /// The file.
    pub path: &'a RepoPath,
    /// The terminals, in natural order.
    pub terminals: Vec<&'a str>,
    /// Whether the other side is the target.
    pub drift: bool,
    /// One for each pair, or for each place that conflicts with the target.
    pub findings: Vec<&'a Finding>,
}

/// Whether a finding is shown with others of its group.
pub fn is_grouped(finding: &Finding) -> bool {
    matches!(finding.evidence, Evidence::Conflict { .. })
        && finding.severity == Severity::Conflict
        && finding.path.is_some()
}

/// All conflicts: between terminals, the largest group first, then with the target; by path.
pub fn conflict_groups<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<ConflictGroup<'a>> {
    let mut groups: Vec<ConflictGroup> = Vec::new();
    let mut by_path: BTreeMap<(bool, &RepoPath), Vec<&Finding>> = BTreeMap::new();
    for finding in findings.filter(|finding| is_grouped(finding)) {
        if let (Some(path), Evidence::Conflict { drift, .. }) = (&finding.path, &finding.evidence) {
            by_path.entry((*drift, path)).or_default().push(finding);
        }
    }
    for ((drift, path), findings) in by_path {
        let mut parts: Vec<(BTreeSet<&str>, Vec<&Finding>)> = Vec::new();
        for finding in findings {
            let names: BTreeSet<&str> = finding.terminals.iter().map(String::as_str).collect();
            let mut joined = (names, vec![finding]);
            parts.retain_mut(|(known, of_part)| {
                let apart = !drift && known.is_disjoint(&joined.0);
                if !apart {
                    joined.0.append(known);
                    joined.1.splice(0..0, of_part.drain(..));
                }
                apart
            });
            parts.push(joined);
        }
        groups.extend(parts.into_iter().map(|(names, findings)| {
            let mut terminals: Vec<&str> = names.into_iter().collect();
            terminals.sort_by(|a, b| natural_order(a, b));
            ConflictGroup { path, terminals, drift, findings }
        }));
    }
    groups.sort_by_key(|group| (group.drift, std::cmp::Reverse(group.terminals.len().max(2))));
    groups
}

impl ConflictGroup<'_> {
    /// Whether it is more than a pair, or more than one terminal against the target.
    pub(super) fn is_crowd(&self) -> bool {
        if self.drift {
            self.findings.len() > 1 && self.terminals.len() > 1
        } else {
            self.terminals.len() > 2
        }
    }

    /// Who conflicts with whom; with the target, who does.
    pub(super) fn pairs(&self) -> BTreeSet<&[String]> {
        self.findings.iter().map(|finding| &finding.terminals[..]).collect()
    }

    /// `25 terminals`; with the number of pairs, where not everyone conflicts with everyone.
    pub(super) fn size(&self) -> String {
        let terminals = self.terminals.len();
        let all = terminals * (terminals - 1) / 2;
        match self.pairs().len() {
            pairs if !self.drift && pairs < all => format!("{terminals} terminals ({pairs} of {all} pairs)"),
            _ => format!("{terminals} terminals"),
        }
    }

    /// `content, committed`.
    pub fn kind(&self) -> String {
        let mut kinds: Vec<&str> = Vec::new();
        let mut certain = BTreeSet::new();
        for finding in &self.findings {
            let Evidence::Conflict { kind, committed, .. } = &finding.evidence else { continue };
            certain.insert(*committed);
            if !kinds.contains(&kind.name()) {
                kinds.push(kind.name());
            }
        }
        let certainty = match (certain.contains(&true), certain.contains(&false)) {
            (true, true) => "partly committed",
            (true, false) => "committed",
            (false, _) => "uncommitted",
        };
        format!("{}, {certainty}", kinds.join(", "))
    }

    /// The same after the names, without what is usual.
    pub(super) fn kind_after(&self) -> String {
        match self.kind().split_once(", ") {
            Some(("content", "committed")) | None => String::new(),
            Some(("content", certainty)) => format!(", {certainty}"),
            Some((kind, "committed")) => format!(" ({kind})"),
            Some((kind, certainty)) => format!(" ({kind}), {certainty}"),
        }
    }

    /// The lines that each terminal changed, and the target's; only those with lines. Where several terminals meet
    /// different lines of the target, these are told for each: `main (terminal-1)`.
    pub(super) fn lines(&self, target: &str) -> Vec<(String, Vec<Lines>)> {
        let mut found: Vec<(String, Vec<Lines>)> = Vec::new();
        let mut add = |name: &str, lines: &[Lines]| match found.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => {
                let more: Vec<Lines> = lines.iter().filter(|one| !known.contains(one)).copied().collect();
                known.extend(more);
            }
            None => found.push((name.to_string(), lines.to_vec())),
        };
        let sides = || {
            self.findings.iter().filter_map(|finding| {
                let Evidence::Conflict { lines_a, lines_b, .. } = &finding.evidence else { return None };
                Some((&finding.terminals, [lines_a, lines_b]))
            })
        };
        for name in &self.terminals {
            for (terminals, lines) in sides() {
                let at = terminals.iter().position(|id| id == name);
                at.into_iter().for_each(|at| add(name, lines[if self.drift { 0 } else { at.min(1) }]));
            }
        }
        let of_target: BTreeSet<&[Lines]> = sides().map(|(_, [_, theirs])| &theirs[..]).collect();
        let is_each = self.is_crowd() && of_target.len() > 1;
        for (terminals, [_, theirs]) in sides().filter(|_| self.drift) {
            match is_each {
                true => add(&format!("{target} ({})", terminals.join(", ")), theirs),
                false => add(target, theirs),
            }
        }
        found.retain(|(_, lines)| !lines.is_empty());
        found
    }
}

/// How many conflicts there are, one for each group: `3 conflicts`, `3 conflicts among 28 terminals`.
pub(super) fn counted(groups: &[ConflictGroup], others: usize) -> Option<String> {
    let conflicts = groups.len() + others;
    let all: BTreeSet<&str> = groups.iter().flat_map(|group| group.terminals.iter().copied()).collect();
    let crowded = groups.iter().any(ConflictGroup::is_crowd);
    match conflicts {
        0 => None,
        _ if crowded => Some(format!("{} among {} terminals", count(conflicts, "conflict"), all.len())),
        _ => Some(count(conflicts, "conflict")),
    }
}
