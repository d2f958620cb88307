//! `unregister TERMINAL`: takes its session out of the tracking files again.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Edit, Session, Step};
use crate::render::Output;
use crate::render::output::Unregistered;

use super::Reply;
use super::sessions::sessions_of;
use super::writing::{DecidedEdits, Settled, Writer};

pub(super) fn run(args: &cli::Unregister, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let writer = Writer::open(args.which.writing.owner.as_deref(), global, context)?;
    let (written, terminal) = writer.edit(|tracking| {
        let sessions = sessions_of(&writer.workspace, tracking, &args.which, context)?;
        let edits = sessions.iter().map(|session| removing(session)).collect();
        let result = sessions[0].at.terminal.clone();
        Ok(DecidedEdits { new_files: Vec::new(), edits, result })
    })?;
    let removed_from = written.clone();
    let Settled { written, plan, report } = writer.settle(written)?;
    let (written, _) = writer.settle_readiness(written)?;
    let sessions = report.declared.terminals.iter().flat_map(|terminal| &terminal.sessions);
    let registered = sessions.clone().any(|session| session.at.terminal == terminal);
    let names_it = |session: &&Session| !registered && session.blocked_by.contains(&terminal);
    let mut waiting: Vec<String> =
        sessions.filter(names_it).map(|session| session.at.terminal.clone()).collect();
    waiting.dedup();
    let unregistered = Unregistered { terminal, removed_from, plan, waiting, files: written };
    Ok(Output::Unregistered(unregistered).into())
}

fn removing(session: &Session) -> Edit {
    let at: [Step; 2] = ["sessions".into(), session.at.terminal.as_str().into()];
    Edit::remove(&session.at.file, &at)
}
