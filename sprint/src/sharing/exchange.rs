//! What goes to the remote and comes from there.

use std::collections::BTreeMap;
use std::fs::File;

use crate::git::{PushEnd, RefMove, Repository};
use crate::model::{Oid, PulledTerminal, SharedTerminal, shell_word};

use super::contents::SharePlan;
use super::error::SharingError;
use super::message;
use super::names::{PULLED, SHARED, machine_and_terminal};
use super::state::{ShareFiles, ShareNote};

/// So often a push that lost a race is begun anew.
const ATTEMPTS: usize = 5;

/// Clocks may differ by so many seconds.
const CLOCKS_APART: i64 = 300;

/// The refs of a remote, as they were seen.
pub type RemoteRefs = BTreeMap<String, Oid>;

/// The refs of this machine at the remote that this clone put there.
///
/// # Errors
/// One of them is somebody else's.
pub fn own_refs(
    repository: &Repository,
    note: &ShareNote,
    remote: &RemoteRefs,
    guard: &File,
) -> Result<RemoteRefs, SharingError> {
    let own: RemoteRefs = refs_of(remote, &note.machine);
    if let Some((name, commit)) = own.iter().find(|(name, commit)| !note.put(name, **commit)) {
        let message = match repository.commit_message(*commit) {
            Ok((message, _)) => message,
            Err(_) => {
                // nothing here leads to it
                repository.fetch_refs(&note.remote, std::slice::from_ref(name), guard)?;
                repository.commit_message(*commit).map(|(message, _)| message).unwrap_or_default()
            }
        };
        let machine = &note.machine;
        let who = match message::read(&message) {
            Some(work) if work.clone == note.clone => {
                "a copy of this clone, or this clone before it was restored from a copy,"
            }
            Some(_) => "another clone",
            None => "somebody",
        };
        let help = format!(
            "give this clone a name of its own: track-work share push --machine {}-2; or remove the refs of that name if nobody needs them: track-work share prune --machine {}",
            shell_word(machine),
            shell_word(machine)
        );
        let text =
            format!("{who} shares as {machine} at {}: {name} was not put there by this clone", note.remote);
        return Err(SharingError::refused(text, help));
    }
    Ok(own)
}

/// The refs of a machine.
pub fn refs_of(remote: &RemoteRefs, machine: &str) -> RemoteRefs {
    let prefix = format!("{SHARED}{machine}/");
    let own = remote.iter().filter(|(name, _)| name.starts_with(&prefix));
    own.map(|(name, commit)| (name.clone(), *commit)).collect()
}

/// Moves refs at the remote, and begins anew where others were faster: `moves` says what is to be moved from where the
/// refs are.
///
/// # Errors
/// The remote cannot be reached, or refuses; what `moves` refuses.
pub fn moved(
    repository: &Repository,
    remote: &str,
    guard: &File,
    mut moves: impl FnMut(&RemoteRefs) -> Result<Vec<RefMove>, SharingError>,
) -> Result<(), SharingError> {
    for _ in 0..ATTEMPTS {
        let moves = moves(&repository.refs_of_remote(remote, guard)?)?;
        match repository.push_refs(remote, &moves, guard)? {
            PushEnd::Done => return Ok(()),
            PushEnd::Raced => {}
            PushEnd::Refused(said) => {
                let text = format!("{remote} does not take refs below {SHARED}: {said}");
                let help = "nothing was changed there. Ask whoever runs it to accept these refs, or choose another remote: track-work share push --remote NAME";
                return Err(SharingError::refused(text, help));
            }
        }
    }
    Err(SharingError::refused(
        format!("others keep moving the same refs at {remote}; nothing was changed"),
        "rerun it",
    ))
}

/// The refs of this clone at the remote that are over: those of terminals of which this is said, and those under another
/// name of its machine.
pub fn over(note: &ShareNote, remote: &RemoteRefs, is_over: &dyn Fn(&str) -> bool) -> Vec<String> {
    let own = format!("{SHARED}{}/", note.machine);
    let names = remote.iter().filter(|(name, commit)| note.put(name, **commit)).map(|(name, _)| name);
    names.filter(|name| !name.starts_with(&own) || is_over(name)).cloned().collect()
}

/// What is to be said of refs that this clone put at the remote, and that are gone there.
pub fn lost(note: &ShareNote, remote: &RemoteRefs) -> Vec<String> {
    let gone = note.pushed.keys().filter(|name| !remote.contains_key(*name)).count();
    match gone {
        0 => Vec::new(),
        many => vec![format!(
            "{many} of this clone's refs were removed at {} by others (git push --mirror or --prune, or share prune)",
            note.remote
        )],
    }
}

/// Puts what is planned at the remote, and removes the refs that are [`over`]. Returns the names of these.
///
/// # Errors
/// As [`moved`]; a ref of this machine's name is somebody else's; something cannot be written.
pub fn push(
    repository: &Repository,
    files: &ShareFiles,
    guard: &File,
    note: &mut ShareNote,
    plans: &mut [SharePlan],
    is_over: &dyn Fn(&str) -> bool,
    now: i64,
) -> Result<Vec<String>, SharingError> {
    let store = repository.store();
    let mut new: BTreeMap<String, Oid> = BTreeMap::new();
    for plan in plans.iter_mut().filter(|plan| plan.shown.withheld.is_none()) {
        let text = message::written(&plan.work);
        let commit = repository.write_commit(&store, plan.tree, &plan.parents, &text, now)?;
        plan.shown.commit = Some(commit);
        new.insert(plan.shown.reference.clone(), commit);
    }
    // whatever becomes of this process, this clone knows what it may have put there
    for (name, commit) in &new {
        note.unsure.entry(name.clone()).or_default().insert(*commit);
    }
    files.keep(note)?;
    let set = |(name, commit): (&String, &Oid)| RefMove { name: name.clone(), from: None, to: Some(*commit) };
    repository.move_refs(&new.iter().map(set).collect::<Vec<_>>())?;
    let (mut removed, mut there) = (Vec::new(), RemoteRefs::new());
    moved(repository, &note.remote, guard, |refs| {
        let own = own_refs(repository, note, refs, guard)?;
        removed = over(note, refs, is_over);
        removed.retain(|name| !new.contains_key(name));
        there = own;
        there.retain(|name, _| !removed.contains(name));
        let put = new.iter().map(|(name, commit)| (name, Some(*commit)));
        let moves = put.chain(removed.iter().map(|name| (name, None)));
        let moves = moves.map(|(name, to)| RefMove { name: name.clone(), from: refs.get(name).copied(), to });
        Ok(moves.filter(|one| one.from != one.to).collect())
    })?;
    forget_here(repository, &removed)?;
    there.extend(new);
    (note.pushed, note.unsure) = (there, BTreeMap::new());
    files.keep(note)?;
    Ok(removed)
}

/// Removes refs of [`SHARED`] and what was pulled of them, where they are here.
fn forget_here(repository: &Repository, names: &[String]) -> Result<(), SharingError> {
    let pulled = names.iter().filter_map(|name| Some(format!("{PULLED}{}", name.strip_prefix(SHARED)?)));
    let mut here = repository.refs_below(SHARED)?;
    here.extend(repository.refs_below(PULLED)?);
    let there = names.iter().cloned().chain(pulled).filter(|name| here.contains_key(name));
    let moves: Vec<RefMove> = there.map(|name| RefMove { name, from: None, to: None }).collect();
    Ok(repository.move_refs(&moves)?)
}

/// The refs here of this clone.
pub fn listed(
    repository: &Repository,
    note: &ShareNote,
    reference: String,
    commit: Option<Oid>,
) -> Option<SharedTerminal> {
    let (_, terminal) = machine_and_terminal(&reference, SHARED)?;
    let is_sent = commit.is_some() && note.pushed.get(&reference) == commit.as_ref();
    let earlier = note.pushed.get(&reference).copied().filter(|_| !is_sent);
    let withheld = (!is_sent).then(|| match earlier {
        None => format!("not sent to {} (track-work share push)", note.remote),
        Some(_) => format!("the last push to {} did not succeed (track-work share push)", note.remote),
    });
    let head = commit.and_then(|commit| repository.parents(commit).first().copied());
    let (uncommitted, left_out) = (Vec::new(), Vec::new());
    Some(SharedTerminal {
        terminal,
        reference,
        commit,
        head,
        commits: 0,
        uncommitted,
        left_out,
        withheld,
        earlier,
    })
}

/// The removal of everything at the remote under a name of a machine.
pub fn all_of(remote: &RemoteRefs, machine: &str) -> Vec<RefMove> {
    refs_of(remote, machine)
        .into_iter()
        .map(|(name, commit)| RefMove { name, from: Some(commit), to: None })
        .collect()
}

/// The removal of these refs.
pub fn removals(names: &[String], remote: &RemoteRefs) -> Vec<RefMove> {
    names
        .iter()
        .map(|name| RefMove { name: name.clone(), from: remote.get(name).copied(), to: None })
        .collect()
}

/// The removal of what has expired, where the remote still has it so.
pub fn expired(expired: &[PulledTerminal], remote: &RemoteRefs) -> Vec<RefMove> {
    let at_remote = |one: &PulledTerminal| {
        let name = format!("{SHARED}{}", one.reference.strip_prefix(PULLED)?);
        let from = remote.get(&name).copied().filter(|commit| Some(*commit) == one.commit)?;
        Some(RefMove { name, from: Some(from), to: None })
    };
    expired.iter().filter_map(at_remote).collect()
}

/// Removes refs at the remote, those that are still where they were seen, and what there is of them here.
///
/// # Errors
/// As [`moved`]; something cannot be written.
pub fn remove(
    repository: &Repository,
    files: &ShareFiles,
    guard: &File,
    note: &mut ShareNote,
    moves: &[RefMove],
) -> Result<(), SharingError> {
    moved(repository, &note.remote, guard, |refs| {
        let is_there = |one: &&RefMove| one.from.is_some() && refs.get(&one.name) == one.from.as_ref();
        Ok(moves.iter().filter(is_there).cloned().collect())
    })?;
    let names: Vec<String> = moves.iter().map(|one| one.name.clone()).collect();
    forget_here(repository, &names)?;
    for name in &names {
        note.pushed.remove(name);
        note.unsure.remove(name);
        note.pulled.retain(|pulled, _| pulled.strip_prefix(PULLED) != name.strip_prefix(SHARED));
    }
    files.keep(note)
}

/// Removes this clone's refs at the remote, unless only what is here is to go, then all shared refs here, and forgets who
/// this clone is.
///
/// # Errors
/// As [`moved`]; something cannot be written.
pub fn end(
    repository: &Repository,
    files: &ShareFiles,
    guard: &File,
    note: &ShareNote,
    here: &[String],
    only_here: bool,
) -> Result<(), SharingError> {
    if !only_here {
        moved(repository, &note.remote, guard, |refs| Ok(removals(&over(note, refs, &|_| true), refs)))?;
    }
    let moves: Vec<RefMove> =
        here.iter().map(|name| RefMove { name: name.clone(), from: None, to: None }).collect();
    repository.move_refs(&moves)?;
    files.forget()
}

/// Fetches what the others share. Returns what is to be said of it.
///
/// # Errors
/// The remote cannot be reached; something cannot be written.
pub fn pull(
    repository: &Repository,
    files: &ShareFiles,
    guard: &File,
    note: &mut ShareNote,
    now: i64,
) -> Result<Vec<String>, SharingError> {
    let own = note.pushed.keys().chain(note.unsure.keys()).map(|name| format!("^{name}"));
    let rules: Vec<String> = std::iter::once(format!("+{SHARED}*:{PULLED}*")).chain(own).collect();
    repository.fetch_refs(&note.remote, &rules, guard)?;
    let mut told = Vec::new();
    let mut pulled = BTreeMap::new();
    for (name, commit) in repository.refs_below(PULLED)? {
        let Ok(commit) = commit else { continue };
        let Ok((text, made)) = repository.commit_message(commit) else { continue };
        let known = note.pulled.get(&name);
        let shown = machine_and_terminal(&name, PULLED)
            .map_or(name.clone(), |(machine, terminal)| format!("{machine}/{terminal}"));
        let work = message::read(&text);
        if work.as_ref().is_some_and(|work| work.machine == note.machine && work.clone != note.clone) {
            told.push(format!("another clone shares as {}, too: {shown} is its own", note.machine));
        }
        if work.is_none() {
            told.push(format!("{shown} is no commit of track-work share, and is not shown"));
        }
        let as_of = match known {
            Some((same, as_of)) if *same == commit => *as_of,
            // by this clone's clock, it was put there after the last pull and before now
            _ => made.max(note.pulled_at.filter(|_| known.is_some()).unwrap_or(made)).min(now),
        };
        if made > now + CLOCKS_APART {
            told.push(format!(
                "the clock of the machine of {shown} is ahead of this one: it counts as shared now"
            ));
        }
        if let Some((other, _)) = known
            && *other != commit
            && repository.commit_message(*other).is_ok_and(|(_, before)| made < before)
        {
            told.push(format!("{shown} went back to an older state"));
        }
        pulled.insert(name, (commit, as_of));
    }
    for name in note.pulled.keys().filter(|name| !pulled.contains_key(*name)) {
        if let Some((machine, terminal)) = machine_and_terminal(name, PULLED) {
            told.push(format!("{machine}/{terminal} is not shared any more"));
        }
    }
    note.pulled = pulled;
    note.pulled_at = Some(now);
    files.keep(note)?;
    Ok(told)
}

/// What the others share, as the last pull brought it. What was shared before `since` has expired.
///
/// # Errors
/// The refs cannot be listed.
pub fn pulled(
    repository: &Repository,
    note: &ShareNote,
    since: Option<i64>,
) -> Result<Vec<PulledTerminal>, SharingError> {
    let mut found = Vec::new();
    for (reference, commit) in repository.refs_below(PULLED)? {
        let Some((machine, terminal)) = machine_and_terminal(&reference, PULLED) else { continue };
        let commit = commit.ok();
        let said = commit.and_then(|commit| repository.commit_message(commit).ok());
        let work = said.as_ref().and_then(|(text, _)| message::read(text));
        if work.as_ref().is_some_and(|work| work.clone == note.clone) {
            continue;
        }
        let noted = note.pulled.get(&reference).filter(|(known, _)| Some(*known) == commit);
        let as_of = noted.map(|(_, as_of)| *as_of).or(said.map(|(_, made)| made));
        let expired = as_of.zip(since).is_some_and(|(as_of, since)| as_of < since);
        found.push(PulledTerminal {
            reference,
            name: format!("{machine}/{terminal}"),
            commit,
            work,
            as_of,
            expired,
        });
    }
    Ok(found)
}
