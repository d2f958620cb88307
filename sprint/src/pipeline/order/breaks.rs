//! What merges without a conflict and breaks, where the merge order meets it: at the last of those who break it. It costs the
//! same in any order.

use crate::checks::{self, CheckInput, sources_not_looked_at};
use crate::model::{Evidence, Facts, Finding, Judgements, MergeOrder, MergeStep};
use crate::pipeline::Workspace;
use crate::pipeline::migrations::migration_clashes;
use crate::pipeline::semantic::{SemanticScope, clashes_of_steps, semantic_clashes};
use crate::pipeline::trials::{kept_failures, known_failures};
use crate::planning::order::{AT_ANY_POINT, IsLate};

/// Tells the steps what breaks there, and adds it to what the order costs. Only what is committed is merged.
/// It is looked for until it is late.
pub(super) fn add_breaks(
    workspace: &Workspace,
    facts: &Facts,
    is_late: Option<IsLate>,
    order: &mut MergeOrder,
) {
    if order.steps.is_empty() {
        return;
    }
    let commits = Facts {
        tips: facts.tips.iter().map(|tip| tip.clone().map(|tip| tip.commits_alone())).collect(),
        ..facts.clone()
    };
    let kept = kept_failures(workspace).into_iter().filter(|kept| !kept.uncommitted).collect();
    let scope = SemanticScope { is_late, ..SemanticScope::default() };
    let mut semantic = semantic_clashes(workspace, &commits, &scope);
    let of_steps = clashes_of_steps(workspace, &commits, &order.steps, (&semantic, is_late));
    semantic.clashes.extend(of_steps.clashes);
    semantic.not_looked_at.extend(of_steps.not_looked_at);
    order.not_looked_at = sources_not_looked_at(&semantic);
    let judgements = Judgements {
        failures: known_failures(workspace, &commits, kept),
        migrations: migration_clashes(workspace, &commits, None),
        semantic,
        ..Judgements::default()
    };
    let findings = checks::run(&CheckInput { facts: &commits, judgements: &judgements });
    let findings: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| finding.evidence.is_break() && finding.blocks_merge())
        .collect();
    for finding in &findings {
        let position = |id: &String| {
            let merges = |step: &MergeStep| step.terminal == *id || step.also.contains(id);
            let brings = |step: &MergeStep| step.brings.iter().any(|brought| brought.terminal == *id);
            order.steps.iter().position(merges).or_else(|| order.steps.iter().position(brings))
        };
        let Some(all) = finding.terminals.iter().map(position).collect::<Option<Vec<usize>>>() else {
            continue;
        };
        let Some(last) = all.iter().copied().max() else { continue };
        // a clean merge at any point is not one that breaks nothing
        for at in all {
            let MergeStep { reason, brief, .. } = &mut order.steps[at];
            [reason, brief].into_iter().filter(|text| *text == AT_ANY_POINT).for_each(|text| {
                *text = "its position changes nothing: it breaks at any".to_string();
            });
        }
        order.steps[last].warnings.push(finding.message.clone());
        if findings.iter().any(|cause| is_seen_of(finding, cause)) {
            continue;
        }
        let explained =
            order.explanation.iter_mut().flat_map(|known| &mut known.elsewhere).map(|(_, cost)| cost);
        let costs = order.baselines.iter_mut().map(|baseline| &mut baseline.cost).chain(explained);
        let own = [&mut order.steps[last].cost, &mut order.cost, &mut order.bound];
        costs.chain(own).for_each(|cost| cost.breaks += 1);
    }
}

/// Whether a command fails on the work of those between whom a break is known: that is what is seen of it.
fn is_seen_of(failure: &Finding, cause: &Finding) -> bool {
    matches!(failure.evidence, Evidence::Failure { .. })
        && !matches!(cause.evidence, Evidence::Failure { .. })
        && cause.terminals.iter().all(|id| failure.terminals.contains(id))
}
