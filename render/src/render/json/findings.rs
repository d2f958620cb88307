//! What the checks found, with its evidence.

use serde::{Serialize, Serializer};

use crate::model::{Evidence, FileKind, Finding, Recommendation, shown};

use super::pairs::stages;
use super::regions::regions;
use super::written::{Displayed, List, Written, displayed, every, object, ranges, written};

written! { &Finding as finding =>
    "check": finding.check.code,
    "severity": finding.severity.name(),
    "terminals": finding.terminals,
    "path"?: finding.path.as_ref().map(Displayed),
    "message": shown(&finding.message),
    "suggestion": shown(&finding.suggestion),
    "recommendation"?: finding.recommendation.as_ref().map(Written),
    "evidence": Written(&finding.evidence),
}

// In the words of `decision-support`.
written! { &Recommendation as recommendation =>
    "action": recommendation.action.name(),
    "recommendation": if recommendation.autonomous { "autonomous" } else { "manual" },
    "confidence": recommendation.confidence,
    "rationale": recommendation.rationale,
    "alternatives": recommendation.alternatives,
}

impl Serialize for Written<&Evidence> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        match self.0 {
            Evidence::Overlap { lines_a, lines_b, .. } => object!(serializer,
                "ranges_a": ranges(lines_a),
                "ranges_b": ranges(lines_b),
            ),
            Evidence::Conflict {
                kind,
                also,
                lines_a,
                lines_b,
                regions: places,
                committed,
                drift,
                stages: found,
                file_kind,
                command,
                mend: _,
                lost: _,
            } => {
                object!(serializer,
                    "kind": kind.name(),
                    "also"?: every(also).map(displayed),
                    "ranges_a": ranges(lines_a),
                    "ranges_b": ranges(lines_b),
                    "regions"?: regions(places, ["a", "b"], true),
                "committed": committed,
                    "drift": drift,
                    "stages"?: drift.then_some(stages(found)),
                    "file_kind"?: file_kind.map(FileKind::name),
                    "command"?: command,
                )
            }
            Evidence::Dependency { story, waiting_for } => object!(serializer,
                "story": story.as_str(),
                "waiting_for": waiting_for,
            ),
            Evidence::File { name, line, column, text } => object!(serializer,
                "file": name,
                "line"?: line,
                "column"?: column,
                "text"?: text,
            ),
            Evidence::Session(at) => object!(serializer, "file": at.file, "session": at.terminal,),
            Evidence::Failure { found, uncommitted } => object!(serializer,
                "needed"?: every(&found.needed),
                "untried"?: every(&found.untried),
                "failure": Written(&found.failure),
                "uncommitted": uncommitted,
            ),
            Evidence::Migrations(clash) => object!(serializer,
                "names": clash.names,
                "paths": List(|| clash.sides.iter().map(|(_, path)| Displayed(path))),
                "uncommitted": clash.uncommitted,
            ),
            Evidence::Semantic(clash) => {
                let found = &clash.found;
                let places = || [&found.definition, &found.uses].into_iter();
                object!(serializer,
                    "pattern": found.pattern.name(),
                    "symbol": found.symbol,
                    "became"?: found.became,
                    "paths": List(|| places().map(|place| Displayed(&place.path))),
                    "lines": List(|| places().map(|place| place.lines.map(|lines| [lines.start, lines.end]))),
                    "changed_by": clash.sides[0],
                    "used_by": clash.sides[1],
                    "confidence": found.confidence.name(),
                    "uncommitted": clash.uncommitted,
                )
            }
            Evidence::Place(name) => object!(serializer, "place": name,),
        }
    }
}
