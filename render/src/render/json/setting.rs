//! What `doctor` and `hooks status` answer.

use crate::model::{Diagnosis, HookLine, HooksReport, ManagerLine, Severity};

use super::SCHEMA;
use super::written::{List, Written, all, written};

written! { &[Diagnosis] as found =>
    "schema": SCHEMA,
    "diagnoses": all(found),
}

written! { &Diagnosis as diagnosis =>
    "subject": diagnosis.subject,
    "severity": diagnosis.severity.map_or("ok", Severity::name),
    "message": diagnosis.message,
    "mend"?: diagnosis.fix,
}

written! { &HooksReport as report =>
    "schema": SCHEMA,
    "folder": report.folder,
    "hooks": all(&report.hooks),
    "managers": all(&report.managers),
    "agents": List(|| report.agents.iter().map(|agent| Written((agent, &agent.remark)))),
    "servers": List(|| report.servers.iter().map(|server| Written((server, &server.remark)))),
    "obstacles": report.obstacles,
}

written! { &HookLine as line =>
    "name": line.name,
    "state": line.state,
}

// What is said of an agent's hook or server is its file.
written! { (&HookLine, &String) as (agent, file) =>
    "name": agent.name,
    "state": agent.state,
    "file": file,
}

written! { &ManagerLine as manager =>
    "name": manager.name,
    "in_charge": manager.in_charge,
    "calls_track_work": manager.calls_us,
    "file": manager.file,
}
