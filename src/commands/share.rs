//! `share`: terminals of several clones, through refs at the remote.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use inquire::Confirm;

use crate::cli::{self, Global, ShareCommand};
use crate::commands::asking::ask_person;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::FileError;
use crate::files::lock::RunLock;
use crate::model::{
    Facts, Known, Place, ShareAct, ShareAnswer, SharedTerminal, SharedWork, Terminal, few, shell_word,
};
use crate::pipeline::{self, Workspace};
use crate::render::{self, Output};
use crate::sharing::contents::{self, Wanted};
use crate::sharing::error::SharingError;
use crate::sharing::exchange;
use crate::sharing::names::{PULLED, SHARED, is_machine, reference};
use crate::sharing::state::{ShareFiles, ShareNote, new_clone_id, usual_machine};

use super::{Reply, named, open_options, style, with_troubles};

pub(super) fn run(
    args: &cli::ShareArgs,
    global: &Global,
    context: &Context,
    for_people: bool,
) -> Result<Reply, Failure> {
    let workspace = Workspace::open(&open_options(global, context))?;
    let files = ShareFiles::of(workspace.repository.common_dir());
    let call = ShareCall { workspace, files, global, context, for_people };
    let answer = match &args.command {
        ShareCommand::Push(args) => call.push(args)?,
        ShareCommand::Pull => call.pull()?,
        ShareCommand::List => call.list()?,
        ShareCommand::Prune(args) => call.prune(args)?,
        ShareCommand::Off(args) => call.off(args)?,
    };
    Ok(with_troubles(Output::Shared(Box::new(answer)), &call.workspace))
}

/// One call of `share`.
struct ShareCall<'a> {
    workspace: Workspace,
    files: ShareFiles,
    global: &'a Global,
    context: &'a Context,
    for_people: bool,
}

/// A place that can be shared, with the terminals that work there.
struct Shareable<'a> {
    place: &'a Place,
    terminals: Vec<&'a Terminal>,
}

impl ShareCall<'_> {
    fn push(&self, args: &cli::SharePush) -> Result<ShareAnswer, Failure> {
        let lock = self.locked(!args.dry_run)?;
        let guard = guard(lock.as_ref())?;
        let mut note = self.identity(args.machine.as_deref(), args.remote.as_deref())?;
        let repository = &self.workspace.repository;
        let facts = pipeline::observed(&self.workspace, &self.workspace.tracking());
        let all = shareable(&facts);
        let chosen = self.chosen(&all, &facts, &args.terminals)?;
        let wanted = Wanted {
            uncommitted: args.uncommitted,
            untracked: args.untracked,
            largest: args.max_size * 1024,
        };
        let (mut plans, mut places, mut own) = (Vec::new(), Vec::new(), Vec::new());
        let mut emptied = BTreeSet::new();
        let observed: Vec<Place> = chosen.iter().map(|one| one.place.clone()).collect();
        let ignored: Vec<PathBuf> = self.workspace.tracking_dir.clone().into_iter().collect();
        let seen = repository.observe(&observed, &self.workspace.target, &ignored);
        for (one, seen) in chosen.iter().zip(seen) {
            let work = work_of(one, &note);
            let seen = match seen {
                Known::Known(seen) => seen,
                Known::Unknown(reason) => {
                    own.push(withheld(&work, format!("it cannot be read: {reason}")));
                    continue;
                }
            };
            let mut plan = contents::plan(repository, one.place, &seen, wanted, work)?;
            let shares_nothing = plan.shown.commits == 0 && !plan.work.uncommitted;
            if shares_nothing && one.terminals.iter().all(|terminal| terminal.sessions.is_empty()) {
                plan.shown.withheld = Some("nothing of it is committed (--uncommitted)".to_string());
                emptied.insert(plan.shown.reference.clone());
            }
            plans.push(plan);
            places.push(one.place);
        }
        let remote = repository.refs_of_remote(&note.remote, &guard).map_err(SharingError::from)?;
        exchange::own_refs(repository, &note, &remote, &guard)?;
        let known: Vec<_> = remote.values().copied().collect();
        for (plan, place) in plans.iter_mut().zip(&places) {
            if plan.shown.withheld.is_none() {
                contents::withhold(repository, place, plan, &known, wanted)?;
            }
        }
        let current: BTreeSet<String> =
            all.iter().map(|one| reference(&note.machine, &one.terminals[0].id)).collect();
        // what an earlier push sent of a terminal is not to stay where it shares nothing any more
        let is_over =
            |name: &str| emptied.contains(name) || args.terminals.is_empty() && !current.contains(name);
        let removed = exchange::over(&note, &remote, &is_over);
        let told = exchange::lost(&note, &remote);
        let is_empty = removed.is_empty() && plans.iter().all(|plan| plan.shown.withheld.is_some());
        for one in own.iter_mut().chain(plans.iter_mut().map(|plan| &mut plan.shown)) {
            let stays = one.withheld.is_some() && !removed.contains(&one.reference);
            let there = remote.get(&one.reference).copied().filter(|_| stays);
            one.earlier = there.filter(|commit| note.put(&one.reference, *commit));
        }
        let planned = ShareAnswer {
            own: sorted(own.iter().chain(plans.iter().map(|plan| &plan.shown)).cloned().collect()),
            removed,
            told: told.clone(),
            dry_run: args.dry_run || is_empty,
            ..self.answer(ShareAct::Push, Some(&note))
        };
        if planned.dry_run {
            return Ok(planned);
        }
        self.ask(args.yes, &planned, &format!("Send this to {}?", note.remote), "track-work share push")?;
        let now = self.context.now.timestamp();
        let removed = exchange::push(repository, &self.files, &guard, &mut note, &mut plans, &is_over, now)?;
        Ok(ShareAnswer {
            own: sorted(own.into_iter().chain(plans.into_iter().map(|plan| plan.shown)).collect()),
            at_remote: note.pushed.len(),
            removed,
            told,
            ..self.answer(ShareAct::Push, Some(&note))
        })
    }

    fn pull(&self) -> Result<ShareAnswer, Failure> {
        let lock = self.locked(true)?;
        let guard = guard(lock.as_ref())?;
        let mut note = self.identity(None, None)?;
        let told = self.pulled(&mut note, &guard)?;
        let others = self.others(&note)?;
        Ok(ShareAnswer { others, told, ..self.answer(ShareAct::Pull, Some(&note)) })
    }

    fn list(&self) -> Result<ShareAnswer, Failure> {
        let Some(note) = self.files.note()? else { return Ok(self.answer(ShareAct::List, None)) };
        let refs = self.workspace.repository.refs_below(SHARED)?;
        let own = refs.into_iter().filter_map(|(name, commit)| {
            exchange::listed(&self.workspace.repository, &note, name, commit.ok())
        });
        let own = sorted(own.collect());
        Ok(ShareAnswer { own, others: self.others(&note)?, ..self.answer(ShareAct::List, Some(&note)) })
    }

    fn prune(&self, args: &cli::SharePrune) -> Result<ShareAnswer, Failure> {
        let lock = self.locked(!args.dry_run)?;
        let guard = guard(lock.as_ref())?;
        let mut note = self.known()?;
        let repository = &self.workspace.repository;
        let told = if args.dry_run { Vec::new() } else { self.pulled(&mut note, &guard)? };
        let remote = repository.refs_of_remote(&note.remote, &guard).map_err(SharingError::from)?;
        let facts = pipeline::observed(&self.workspace, &self.workspace.tracking());
        let current: BTreeSet<String> =
            shareable(&facts).iter().map(|one| reference(&note.machine, &one.terminals[0].id)).collect();
        let is_over = |name: &str| !current.contains(name);
        let (others, mut moves) = match &args.machine {
            Some(machine) => (Vec::new(), exchange::all_of(&remote, machine)),
            None => {
                let mut expired = self.others(&note)?;
                expired.retain(|one| one.expired);
                let moves = exchange::expired(&expired, &remote);
                (expired, moves)
            }
        };
        if args.machine.is_none() {
            let over = exchange::over(&note, &remote, &is_over);
            moves.extend(exchange::removals(&over, &remote));
        }
        let removed = moves.iter().map(|one| one.name.clone()).collect();
        let is_empty = moves.is_empty() && others.is_empty();
        let answer = ShareAnswer {
            others,
            removed,
            told,
            dry_run: args.dry_run || is_empty,
            ..self.answer(ShareAct::Prune, Some(&note))
        };
        if answer.dry_run {
            return Ok(answer);
        }
        let again = match &args.machine {
            Some(machine) => format!("track-work share prune --machine {}", shell_word(machine)),
            None => "track-work share prune".to_string(),
        };
        self.ask(args.yes, &answer, &format!("Remove these refs here and at {}?", note.remote), &again)?;
        exchange::remove(repository, &self.files, &guard, &mut note, &moves)?;
        Ok(answer)
    }

    fn off(&self, args: &cli::ShareOff) -> Result<ShareAnswer, Failure> {
        let lock = self.locked(true)?;
        let guard = guard(lock.as_ref())?;
        let note = self.known()?;
        let repository = &self.workspace.repository;
        let remote = match args.local {
            true => None,
            false => Some(repository.refs_of_remote(&note.remote, &guard).map_err(|error| {
                Failure::from(error).help("track-work share off --local removes only what is here")
            })?),
        };
        let own = remote.map_or_else(Vec::new, |remote| exchange::over(&note, &remote, &|_| true));
        let here = [SHARED, PULLED].map(|prefix| repository.refs_below(prefix)).into_iter();
        let here: Vec<String> =
            here.collect::<Result<Vec<_>, _>>()?.into_iter().flat_map(|refs| refs.into_keys()).collect();
        let mut removed: Vec<String> = own.iter().chain(&here).cloned().collect();
        removed.sort();
        removed.dedup();
        let answer = ShareAnswer { removed, ..self.answer(ShareAct::Off, Some(&note)) };
        let at = if args.local { String::new() } else { format!(" and at {}", note.remote) };
        self.ask(
            args.yes,
            &answer,
            &format!("Remove these refs here{at}, and stop sharing?"),
            "track-work share off",
        )?;
        exchange::end(repository, &self.files, &guard, &note, &here, args.local)?;
        Ok(answer)
    }

    /// Keeps others from sharing meanwhile.
    fn locked(&self, writes: bool) -> Result<Option<RunLock>, Failure> {
        let who = format!("process {}, since {}", std::process::id(), self.context.timestamp());
        Ok(if writes { Some(self.files.lock(&who)?) } else { None })
    }

    /// Who this clone is; anew where that is not noted, or another name is asked for.
    fn identity(&self, machine: Option<&str>, remote: Option<&str>) -> Result<ShareNote, Failure> {
        if let Some(name) = machine.filter(|name| !is_machine(name)) {
            return Err(Failure::new(format!(
                "--machine {name}: it must have letters, digits, - and _ alone"
            ))
            .help("for example: track-work share push --machine laptop"));
        }
        let known = self.files.note()?;
        let remotes = self.workspace.repository.remotes()?;
        if let Some(remote) = remote.filter(|remote| !remotes.iter().any(|known| known == remote)) {
            return Err(
                Failure::new(format!("there is no remote {remote}")).help("git remote -v lists the remotes")
            );
        }
        let Some(mut note) = known else {
            let usual = || {
                remotes.iter().find(|name| *name == "origin").or(match &remotes[..] {
                    [only] => Some(only),
                    _ => None,
                })
            };
            let remote =
                remote.map(str::to_string).or_else(|| usual().cloned()).ok_or_else(|| {
                    match remotes.len() {
                        0 => Failure::new("this clone has no remote, so there is nothing to share with")
                            .help("add one: git remote add origin URL"),
                        many => Failure::new(format!(
                            "this clone has {many} remotes and none is called origin"
                        ))
                        .help("choose one with a push, and it is kept: track-work share push --remote NAME"),
                    }
                })?;
            let machine =
                machine.map_or_else(|| usual_machine(self.workspace.repository.user_name()), str::to_string);
            return Ok(ShareNote::new(new_clone_id()?, machine, remote));
        };
        if let Some(other) = remote.filter(|other| *other != note.remote) {
            return Err(Failure::new(format!("this clone shares at {}, not at {other}", note.remote))
                .help("end that first: track-work share off"));
        }
        if note.clone.is_empty() || machine.is_some_and(|name| name != note.machine) {
            // what another clone has, a copy of this one or one of the same name, is never taken for its own
            note.clone = new_clone_id()?;
        }
        note.machine = machine.map_or(note.machine, str::to_string);
        Ok(note)
    }

    /// Who this clone is.
    fn known(&self) -> Result<ShareNote, Failure> {
        self.files.note()?.ok_or_else(|| {
            Failure::new("this clone shares nothing")
                .help("track-work share push begins, and share pull shows what others share")
        })
    }

    fn pulled(&self, note: &mut ShareNote, guard: &File) -> Result<Vec<String>, Failure> {
        Ok(exchange::pull(
            &self.workspace.repository,
            &self.files,
            guard,
            note,
            self.context.now.timestamp(),
        )?)
    }

    fn others(&self, note: &ShareNote) -> Result<Vec<crate::model::PulledTerminal>, Failure> {
        Ok(exchange::pulled(&self.workspace.repository, note, self.workspace.oldest())?)
    }

    /// Those that were named, or all.
    fn chosen<'f>(
        &self,
        all: &[Shareable<'f>],
        facts: &'f Facts,
        names: &[String],
    ) -> Result<Vec<Shareable<'f>>, Failure> {
        let mut ids = Vec::new();
        for name in names {
            ids.extend(pipeline::ids_called(&named(name, self.context), &facts.terminals, &facts.places)?);
        }
        let is_chosen = |one: &&Shareable| {
            names.is_empty() || one.terminals.iter().any(|terminal| ids.contains(&terminal.id))
        };
        let chosen: Vec<_> = all
            .iter()
            .filter(is_chosen)
            .map(|one| Shareable { place: one.place, terminals: one.terminals.clone() })
            .collect();
        let has =
            |id: &&String| !chosen.iter().any(|one| one.terminals.iter().any(|terminal| terminal.id == **id));
        let none: Vec<String> = ids.iter().filter(has).cloned().collect();
        if none.is_empty() {
            return Ok(chosen);
        }
        Err(Failure::new(format!("there is nothing to share of {}", few(&none)))
            .help("track-work status shows who has work that the target lacks"))
    }

    /// Shows what is to be done, and asks whether to go on.
    fn ask(&self, yes: bool, answer: &ShareAnswer, question: &str, again: &str) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        if !self.for_people || !self.context.interactive {
            return Err(Failure::new("nothing was done: without a terminal to ask in, it takes --yes").help(
                format!("{again} --dry-run shows what would be done; {again} --yes does it")
                    .replace("track-work share off --dry-run shows what would be done; ", ""),
            ));
        }
        let shown = ShareAnswer { dry_run: true, ..answer.clone() };
        let style = style(self.global, self.context);
        (self.context.show)(&render::human(&Output::Shared(Box::new(shown)), style).out);
        match ask_person(|| Confirm::new(question).with_default(false).prompt()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::new("nothing was done")),
            Err(error) => Err(Failure::new(format!("nothing was done: {error}"))),
        }
    }

    fn answer(&self, act: ShareAct, note: Option<&ShareNote>) -> ShareAnswer {
        ShareAnswer {
            act,
            machine: note.map(|note| note.machine.clone()),
            remote: note.map(|note| note.remote.clone()),
            dry_run: false,
            own: Vec::new(),
            others: Vec::new(),
            at_remote: note.map_or(0, |note| note.pushed.len()),
            removed: Vec::new(),
            told: Vec::new(),
            now: self.context.now.timestamp(),
        }
    }
}

/// The file that is locked, so that programs keep it locked.
fn guard(lock: Option<&RunLock>) -> Result<File, Failure> {
    let null = Path::new("/dev/null");
    let file = lock.map_or_else(|| File::open(null), |lock| lock.file().try_clone());
    Ok(file.map_err(FileError::of("open", null))?)
}

/// The places of this clone that have something to share, or cannot be read.
fn shareable(facts: &Facts) -> Vec<Shareable<'_>> {
    let mut found = Vec::new();
    for (at, place) in facts.places.iter().enumerate().filter(|(_, place)| place.elsewhere.is_none()) {
        let terminals = facts.open_at(at);
        let has_work = |tip: &crate::model::Tip| tip.is_dirty() || !tip.is_settled();
        let is_open = facts.tips[at].known().is_none_or(has_work);
        let is_registered =
            terminals.iter().any(|terminal| !terminal.sessions.is_empty() && !terminal.is_complete());
        if !terminals.is_empty() && (is_open || is_registered) {
            found.push(Shareable { place, terminals });
        }
    }
    found
}

/// What the message says of a place.
fn work_of(one: &Shareable<'_>, note: &ShareNote) -> SharedWork {
    let first = one.terminals[0];
    SharedWork {
        clone: note.clone.clone(),
        machine: note.machine.clone(),
        terminal: first.id.clone(),
        uncommitted: false,
        story: first.story.as_ref().map(ToString::to_string),
        status: first.says(|session| Some(session.status.written().to_string())),
        focus: first.focus().map(str::to_string),
        agent: first.says(|session| session.agent.clone()),
    }
}

fn withheld(work: &SharedWork, why: String) -> SharedTerminal {
    SharedTerminal {
        terminal: work.terminal.clone(),
        reference: reference(&work.machine, &work.terminal),
        commit: None,
        head: None,
        commits: 0,
        uncommitted: Vec::new(),
        left_out: Vec::new(),
        withheld: Some(why),
        earlier: None,
    }
}

fn sorted(mut terminals: Vec<SharedTerminal>) -> Vec<SharedTerminal> {
    terminals.sort_by(|a, b| crate::model::natural_order(&a.terminal, &b.terminal));
    terminals
}
