//! The table of checks: what other rooms take from it, and the README's table.

use std::fs;
use std::path::Path;

use track_work::checks;
use track_work::model::{
    Check, CheckReport, Evidence, Facts, Finding, Judgements, Known, Nearness, Party, Report, Selection,
    Severity, Stories, Target,
};
use track_work::planning::{SyncPlan, story_book};
use track_work::render::output::{PairsListed, StatusReport, SyncOutcome, Synced};
use track_work::render::{self, Output, Style, Subject};

const SEVERITIES: [Severity; 4] = [Severity::Info, Severity::Warning, Severity::Conflict, Severity::Error];

const STYLE: Style =
    Style { width: 200, shortens: false, ascii: false, verbose: true, quiet: false, crowded: false };

fn finding(check: &'static Check, severity: Severity, evidence: Evidence) -> Finding {
    Finding {
        check,
        severity,
        terminals: vec!["terminal-1".to_string()],
        path: None,
        message: format!("a made-up {} of {}", severity.name(), check.code),
        suggestion: String::new(),
        evidence,
        recommendation: None,
    }
}

fn report(finding: &Finding) -> Report {
    let target = Target {
        name: "main".to_string(),
        reference: None,
        ambiguous: false,
        usual: None,
        head_there: None,
        head: None,
        tree: None,
        time: None,
    };
    Report {
        facts: Facts {
            target,
            places: Vec::new(),
            tips: Vec::new(),
            terminals: Vec::new(),
            files: Vec::new(),
            book: story_book(&[], &Stories::default()),
            repeated: String::new(),
            kinds: Default::default(),
            upstreams: Default::default(),
            of_upstream: Default::default(),
            contained: Default::default(),
            unmergeable: Default::default(),
            unmergeable_parts: Default::default(),
            twins: Default::default(),
            reverted: Default::default(),
            stashes: Vec::new(),
            findings: Vec::new(),
        },
        judgements: Judgements::default(),
        findings: vec![finding.clone()],
        decisions: Default::default(),
        merge_points: Vec::new(),
        standings: Vec::new(),
        ready: Vec::new(),
        story_ready: Default::default(),
        progress: Vec::new(),
        selection: Selection::default(),
    }
}

fn check_report(finding: &Finding) -> CheckReport {
    let own = Party {
        id: "terminal-1".to_string(),
        story: None,
        focus: None,
        agent: None,
        branch: None,
        worktree: None,
    };
    CheckReport {
        of_upstream: None,
        under_way: None,
        own,
        target: "main".to_string(),
        is_unrelated: false,
        update: "git merge main".to_string(),
        update_advice: String::new(),
        paths: 0,
        is_of_some_paths: false,
        missing: Vec::new(),
        takes_back: None,
        target_changes: Vec::new(),
        encounters: Vec::new(),
        drift: Known::Known(Vec::new()),
        undecided: Vec::new(),
        findings: vec![finding.clone()],
        notes: Vec::new(),
        mends: Vec::new(),
        not_looked_at: None,
        selection: Default::default(),
        hidden: 0,
    }
}

#[test]
fn a_finding_of_any_check_and_severity_is_shown_by_status_sync_and_check() {
    for check in checks::all() {
        for severity in SEVERITIES {
            let overlap = Evidence::Overlap {
                lines_a: Vec::new(),
                lines_b: Vec::new(),
                nearness: Some(Nearness::Apart),
            };
            for evidence in [Evidence::Place("terminal-1".to_string()), overlap] {
                let finding = finding(check, severity, evidence);
                // information is shown where more is asked for
                let style = Style { verbose: severity == Severity::Info, ..STYLE };
                let status = StatusReport { report: report(&finding), listed: PairsListed::WithMore, now: 0 };
                let synced = Synced {
                    resolved: Vec::new(),
                    report: report(&finding),
                    plan: SyncPlan::default(),
                    files: Vec::new(),
                    outcome: SyncOutcome::Written(None),
                    order: None,
                };
                let texts = [
                    ("status", Output::Status(Box::new(status))),
                    ("sync", Output::Synced(Box::new(synced))),
                    ("check", Output::Checked(Box::new(check_report(&finding)), Subject::Work)),
                ]
                .map(|(command, output)| (command, render::human(&output, style).out));
                for (command, text) in texts {
                    assert!(text.contains(&finding.message), "{command}: {}\n{text}", finding.message);
                }
            }
        }
    }
}

#[test]
fn codes_are_words_of_their_own_and_every_row_is_complete() {
    let mut codes: Vec<&str> = checks::all().iter().map(|check| check.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), checks::all().len());
    for check in checks::all() {
        let is_word = |code: &str| code.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_');
        assert!(is_word(check.code) && !check.summary.is_empty() && !check.severities.is_empty());
        assert!(check.severities.is_sorted(), "{}", check.code);
        for least in [check.blocks_merge, check.recorded].into_iter().flatten() {
            assert!(check.severities.contains(&least), "{}: {}", check.code, least.name());
        }
    }
}

/// The README's table of checks.
fn table() -> String {
    let mut table = String::from(
        "| check | severity | what it means | blocks a merge | recorded |\n|---|---|---|---|---|\n",
    );
    for check in checks::all() {
        let severities: Vec<&str> = check.severities.iter().map(|severity| severity.name()).collect();
        let from = |least: Option<Severity>| match least {
            None => "no".to_string(),
            Some(least) if Some(&least) == check.severities.first() => "yes".to_string(),
            Some(least) => format!("if {}", least.name()),
        };
        table.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            check.code,
            severities.join(", "),
            check.summary,
            from(check.blocks_merge),
            from(check.recorded),
        ));
    }
    table
}

#[test]
fn the_readme_has_the_table_of_checks() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&table()), "README.md lacks this table:\n{}", table());
}
