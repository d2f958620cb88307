//! What `share` does with the real git: refs of its own here and at a remote, the objects that they need, and the
//! network.
//!
//! Nobody is asked for a password, no hook is run, and what takes too long is ended. Each act can be repeated after a
//! kill: objects that are there are not written again, refs here move in one transaction, and refs at the remote move
//! all or none, each from the commit that it is expected at.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use git2::ObjectType;
use memchr::memmem;

use crate::merge::{Commits, Missing};
use crate::model::{Oid, RepoPath};

use super::made_objects::put_tree;
use super::program::{EndedRun, Program, complaints};
use super::store::Store;
use super::{GitError, Repository};

/// What git's own upkeep and the settings of a remote would add to what is asked for.
const NOTHING_ELSE: [&str; 10] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.logAllRefUpdates=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=no",
    "fetch.writeCommitGraph=false",
];

/// A ref that is to be somewhere else, or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefMove {
    /// Its full name.
    pub name: String,
    /// Where it was seen; `None` where there was none.
    pub from: Option<Oid>,
    /// Where it is to be.
    pub to: Option<Oid>,
}

/// How a push ended. Nothing was moved, or everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushEnd {
    /// Everything was moved.
    Done,
    /// Some refs were not where they were expected.
    Raced,
    /// The remote does not take it; what it said.
    Refused(String),
}

/// A file that a push would bring to a remote for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToSend {
    /// Where the commits have it; the first path where there are several.
    pub path: RepoPath,
    /// Its size in bytes.
    pub size: u64,
}

/// What git said, where it did not fail.
fn succeeded(ended: EndedRun, doing: String) -> Result<String, GitError> {
    if ended.succeeded {
        return Ok(ended.said);
    }
    let mut lines = complaints(&ended.complaints);
    // the lines after it are advice
    let fatal = lines.clone().find(|line| line.starts_with("fatal: "));
    let said = fatal.or_else(|| lines.next_back()).unwrap_or("ended without output");
    Err(GitError::Program { doing, reason: format!("said: {said}") })
}

/// Whether a ref can have this full name.
pub fn is_ref_name(name: &str) -> bool {
    git2::Reference::is_valid_name(name)
}

/// What an attribute says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeState {
    /// `name`
    Set,
    /// `-name`
    Unset,
    /// Nothing, or something else.
    Other,
}

impl Repository {
    /// The names of its remotes.
    ///
    /// # Errors
    /// Its settings cannot be read.
    pub fn remotes(&self) -> Result<Vec<String>, GitError> {
        let said = Program::as_configured(self.common_dir(), "list the remotes").args(["remote"]).run(&[])?;
        Ok(String::from_utf8_lossy(&said).lines().map(str::to_string).collect())
    }

    /// All refs below a prefix that ends with a slash, each with its object or why that is not known.
    ///
    /// # Errors
    /// They cannot be listed.
    pub fn refs_below(&self, prefix: &str) -> Result<BTreeMap<String, Result<Oid, String>>, GitError> {
        let doing = format!("list the refs of {prefix}");
        self.references().below(prefix).map_err(|reason| GitError::Broken { doing, reason })
    }

    /// All refs of a remote.
    ///
    /// # Errors
    /// It cannot be reached, with what git said.
    pub fn refs_of_remote(&self, remote: &str, guard: &File) -> Result<BTreeMap<String, Oid>, GitError> {
        let doing = format!("list the refs of {remote}");
        let program = self.over_network(&doing).args(["ls-remote", "--refs", "--quiet", "--", remote]);
        let said = succeeded(program.locked(guard)?, doing)?;
        let one = |line: &str| {
            let (id, name) = line.split_once('\t')?;
            Some((name.to_string(), id.parse().ok()?))
        };
        Ok(said.lines().filter_map(one).collect())
    }

    /// Fetches by these rules, and removes what the remote has no more of what they name here.
    ///
    /// # Errors
    /// It cannot be reached, with what git said.
    pub fn fetch_refs(&self, remote: &str, rules: &[String], guard: &File) -> Result<(), GitError> {
        let args = [
            "fetch",
            "--quiet",
            "--prune",
            "--no-prune-tags",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--refmap=",
            "--",
            remote,
        ];
        let doing = format!("fetch from {remote}");
        let program = self.over_network(&doing).args(args).args(rules);
        succeeded(program.locked(guard)?, doing).map(drop)
    }

    /// Moves refs at a remote, all or none.
    ///
    /// # Errors
    /// It cannot be reached, with what git said.
    pub fn push_refs(&self, remote: &str, moves: &[RefMove], guard: &File) -> Result<PushEnd, GitError> {
        if moves.is_empty() {
            return Ok(PushEnd::Done);
        }
        let id = |id: &Option<Oid>| id.as_ref().map_or(String::new(), Oid::to_string);
        let leases = moves.iter().map(|one| format!("--force-with-lease={}:{}", one.name, id(&one.from)));
        let rules = moves.iter().map(|one| format!("{}:{}", id(&one.to), one.name));
        let program = self
            .over_network(&format!("push to {remote}"))
            .arg("-c")
            .arg(format!("remote.{remote}.mirror=false"))
            .args(["push", "--porcelain", "--atomic", "--no-verify", "--no-signed"])
            .args(leases)
            .args(["--", remote])
            .args(rules);
        let ended = program.locked(guard)?;
        if ended.succeeded {
            return Ok(PushEnd::Done);
        }
        // `!<tab>from:to<tab>[rejected] (stale info)`
        let said: Vec<&str> =
            ended.said.lines().filter_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1)).collect();
        let is_secondary = |text: &&&str| text.contains("atomic");
        if said.iter().any(|text| text.starts_with("[rejected]") && text.contains("stale info")) {
            return Ok(PushEnd::Raced);
        }
        let lines = || complaints(&ended.complaints);
        // another push was faster
        let is_race = |text: &str| {
            ["failed to update ref", "cannot lock ref", "incorrect old value"]
                .iter()
                .any(|sign| text.contains(sign))
        };
        if said.iter().any(|text| is_race(text)) {
            return Ok(PushEnd::Raced);
        }
        match said.iter().find(|text| !is_secondary(text)).or(said.first()) {
            Some(text) => {
                let told = lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim);
                let told: Vec<&str> =
                    std::iter::once(*text).chain(told.filter(|line| !line.is_empty())).collect();
                Ok(PushEnd::Refused(told.join("; ")))
            }
            None => succeeded(ended, format!("push to {remote}")).map(|_| PushEnd::Done),
        }
    }

    /// Moves refs here, all or none, wherever they are.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn move_refs(&self, moves: &[RefMove]) -> Result<(), GitError> {
        let line = |one: &RefMove| match one.to {
            Some(to) => format!("update {} {to}\n", one.name),
            None => format!("delete {}\n", one.name),
        };
        if moves.is_empty() {
            return Ok(());
        }
        // what is cut off is not begun
        let input: String = std::iter::once("start\n".to_string())
            .chain(moves.iter().map(line))
            .chain(["commit\n".to_string()])
            .collect();
        let program = Program::new(self.common_dir(), "move the refs of share");
        let program =
            program.args(["-c", "core.logAllRefUpdates=false", "update-ref", "--no-deref", "--stdin"]);
        program.run(input.as_bytes()).map(drop)
    }

    /// Writes what of a tree is in memory alone, and a commit of it.
    ///
    /// # Errors
    /// It cannot be written, or is not known, with the reason.
    pub fn write_commit(
        &self,
        store: &Store,
        tree: Oid,
        parents: &[Oid],
        message: &str,
        time: i64,
    ) -> Result<Oid, GitError> {
        let handle = self.opener.common()?;
        let failed = |error| GitError::broken("write the objects that are shared", error);
        let objects = handle.odb().map_err(failed)?;
        let mut put = |kind: ObjectType, content: &[u8]| {
            let id = objects.write(kind, content).map_err(failed)?;
            id.to_string().parse().map_err(|_| GitError::Broken {
                doing: "write the objects that are shared".to_string(),
                reason: format!("{id} is no id"),
            })
        };
        if let Err(reason) = put_tree(store, tree, &mut put)? {
            return Err(GitError::Broken { doing: "write the objects that are shared".to_string(), reason });
        }
        if tree == Oid::EMPTY_TREE {
            put(ObjectType::Tree, b"")?;
        }
        let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let who = format!("track-work <track-work@localhost> {time} +0000");
        let text = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\n{message}");
        put(ObjectType::Commit, text.as_bytes())
    }

    /// What the message of a commit says, and when it was made, in seconds since 1970.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn commit_message(&self, commit: Oid) -> Result<(String, i64), Missing> {
        let bytes = self.store().read(commit, ObjectType::Commit)?;
        let time = self.store().commit(commit)?.time;
        let message = memmem::find(&bytes, b"\n\n").map_or(&[][..], |at| &bytes[at + 2..]);
        Ok((String::from_utf8_lossy(message).into_owned(), time))
    }

    /// The parents of a commit; none where it cannot be read.
    pub fn parents(&self, commit: Oid) -> Vec<Oid> {
        self.store().commit(commit).map(|facts| facts.parents).unwrap_or_default()
    }

    /// The files that a remote which has these commits would get with those.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn new_files(&self, heads: &[Oid], known: &[Oid]) -> Result<Vec<FileToSend>, GitError> {
        let heads = heads.iter().map(|id| format!("{id}\n"));
        let input: String = heads.chain(known.iter().map(|id| format!("^{id}\n"))).collect();
        let doing = "list what is to be shared";
        let args = ["rev-list", "--objects", "--ignore-missing", "--stdin"];
        let objects = Program::new(self.common_dir(), doing).args(args).run(input.as_bytes())?;
        let format = "--batch-check=%(objecttype) %(objectsize) %(rest)";
        let sizes = Program::new(self.common_dir(), doing).args(["cat-file", format]).run(&objects)?;
        let one = |line: &[u8]| {
            let rest = line.strip_prefix(b"blob ")?;
            let end = rest.iter().position(|byte| *byte == b' ')?;
            let size = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
            Some(FileToSend { path: RepoPath::new(rest[end + 1..].to_vec()), size })
        };
        Ok(sizes.split(|byte| *byte == b'\n').filter_map(one).collect())
    }

    /// What an attribute says of these paths: in a worktree or, without one, in a commit.
    ///
    /// # Errors
    /// git does not start, or fails.
    pub fn attribute(
        &self,
        name: &str,
        top: Option<&Path>,
        commit: Option<Oid>,
        paths: &[&RepoPath],
    ) -> Result<Vec<AttributeState>, GitError> {
        let mut program =
            Program::new(top.unwrap_or(self.common_dir()), format!("read the attribute {name}"));
        if top.is_none() {
            program = program.arg("--git-dir").arg(self.common_dir());
        }
        program = program.args(["check-attr", "-z", "--stdin"]);
        if let (None, Some(commit)) = (top, commit) {
            program = program.arg(format!("--source={commit}"));
        }
        let input: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
        let said = program.arg(name).run(&input)?;
        let mut states = said.split(|byte| *byte == 0).skip(2).step_by(3).map(|state| match state {
            b"set" => AttributeState::Set,
            b"unset" => AttributeState::Unset,
            _ => AttributeState::Other,
        });
        Ok(paths.iter().map(|_| states.next().unwrap_or(AttributeState::Other)).collect())
    }

    fn over_network(&self, doing: &str) -> Program {
        // the path of a remote may be relative to the worktree
        let top = self.main_worktree().or(self.current_worktree()).filter(|top| top.is_dir());
        let mut program = Program::of_the_person(top.unwrap_or(self.common_dir()), doing)
            .args(NOTHING_ELSE.iter().flat_map(|setting| ["-c", setting]))
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "false")
            .env("SSH_ASKPASS", "false")
            .within(self.network_limit);
        let is_set = |name: &str| std::env::var_os(name).is_some();
        let config = self.opener.common().and_then(|handle| {
            handle
                .config()
                .map_err(|error| GitError::broken("read the configuration of the repository", error))
        });
        let has_command = config.is_ok_and(|config| config.get_entry("core.sshCommand").is_ok());
        if !has_command && !is_set("GIT_SSH_COMMAND") && !is_set("GIT_SSH") {
            program = program.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        program
    }
}
