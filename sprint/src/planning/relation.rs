//! How each terminal stands to all others and to the target, in one word.

use crate::model::{Evidence, Known, Report, Severity, Terminal, Tip, Verdict};

/// How a terminal stands to all others and to the target. What needs the most attention comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TerminalRelation {
    /// A merge of its work would stop.
    InConflict,
    /// Something of it is not determined, so a conflict may be hidden.
    Undetermined,
    /// Git merges its work, and with other work it breaks.
    Breaking,
    /// Its work overlaps others', or shares commits with it, and merges cleanly.
    Overlapping,
    /// It has work, which touches nothing of any other's that can be seen.
    Independent,
    /// All its work is in the target.
    Merged,
    /// It has no work of its own yet.
    WithoutWork,
    /// Git does not show it.
    Unlinked,
}

/// The relation of each terminal, in the order of the facts.
pub fn relations(report: &Report) -> Vec<TerminalRelation> {
    let terminals = &report.facts.terminals;
    let mut relations: Vec<TerminalRelation> =
        terminals.iter().map(|terminal| alone(report, terminal)).collect();
    let mut worsen = |at: usize, relation: TerminalRelation| relations[at] = relations[at].min(relation);
    for pair in &report.judgements.pairs {
        let relation = match pair.verdict {
            Verdict::Conflict => TerminalRelation::InConflict,
            Verdict::Unknown(_) => TerminalRelation::Undetermined,
            Verdict::Overlap => TerminalRelation::Overlapping,
            Verdict::Disjoint if pair.shared_commits > 0 => TerminalRelation::Overlapping,
            Verdict::Disjoint => continue,
        };
        let sides = [pair.a, pair.b];
        // what is not known of one that cannot be seen says nothing of all others
        let is_unseen = |at: &usize| report.facts.own_tip(&terminals[*at]).is_none();
        let one_is_unseen = matches!(pair.verdict, Verdict::Unknown(_)) && sides.iter().any(is_unseen);
        let sides = sides.into_iter().filter(|at| !one_is_unseen || is_unseen(at));
        sides.for_each(|at| worsen(at, relation));
    }
    for finding in &report.findings {
        let relation = match (finding.severity, &finding.evidence) {
            (Severity::Conflict, _) => TerminalRelation::InConflict,
            (Severity::Error, _) => TerminalRelation::Undetermined,
            (Severity::Warning, evidence) if evidence.is_break() => TerminalRelation::Breaking,
            (Severity::Info, evidence) if evidence.is_break() => TerminalRelation::Overlapping,
            (Severity::Warning | Severity::Info, Evidence::Overlap { .. }) => TerminalRelation::Overlapping,
            (Severity::Warning | Severity::Info, _) => continue,
        };
        let named = |terminal: &Terminal| finding.terminals.contains(&terminal.id);
        terminals.iter().enumerate().filter(|(_, one)| named(one)).for_each(|(at, _)| worsen(at, relation));
    }
    relations
}

/// The relation of a terminal that has nothing to do with others.
fn alone(report: &Report, terminal: &Terminal) -> TerminalRelation {
    let tip = report.facts.own_tip(terminal);
    let is_unread =
        terminal.place().is_some_and(|place| matches!(report.facts.tips[place], Known::Unknown(_)));
    match tip {
        _ if is_unread => TerminalRelation::Undetermined,
        _ if terminal.is_merged(tip) && !tip.is_some_and(Tip::is_dirty) => TerminalRelation::Merged,
        None => TerminalRelation::Unlinked,
        Some(tip) if tip.has_begun() => TerminalRelation::Independent,
        Some(_) => TerminalRelation::WithoutWork,
    }
}
