//! `demo`: a throw-away repository with real worktrees, and the real commands on it.

mod merges;
mod shop;

use crate::model::shown_path;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::ScratchFolder;
use crate::render::Output;

use super::Reply;
use shop::Shop;

pub(super) fn run(args: &cli::Demo, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let cannot =
        |error: std::io::Error| Failure::new(format!("cannot create a folder for the demo: {error}"));
    let throw_away = ScratchFolder::new().map_err(cannot)?;
    let folder = match &args.keep {
        Some(folder) => empty_folder(&context.working_dir.join(folder))?,
        None => throw_away.path().canonicalize().map_err(cannot)?,
    };
    let program =
        context.program.clone().ok_or_else(|| Failure::new("cannot find the path of this program"))?;
    let mut demo = DemoRun {
        program,
        color: global.color,
        ascii: global.ascii,
        shop: if args.merge { merges::build(&folder)? } else { Shop::build(&folder)? },
        out: String::new(),
    };
    if args.merge {
        merges::play(&mut demo)?
    } else {
        play(&mut demo)?
    }
    let last = match &args.keep {
        Some(_) => {
            format!(
                "\nThe repository is in {0}/shop. Continue with: cd {0}/shop && track-work status\n",
                shown_path(&folder)
            )
        }
        None => {
            let merge = if args.merge { " --merge" } else { "" };
            format!("\nThe repository has been deleted. To keep it: track-work demo{merge} --keep DIR\n")
        }
    };
    demo.out.push_str(&last);
    Ok(Output::Verbatim(demo.out).into())
}

/// The folder, made when it is not there.
///
/// # Errors
/// When it holds something already.
fn empty_folder(folder: &Path) -> Result<PathBuf, Failure> {
    let cannot = |error: std::io::Error| Failure::new(format!("cannot use {}: {error}", shown_path(folder)));
    fs::create_dir_all(folder).map_err(cannot)?;
    if fs::read_dir(folder).map_err(cannot)?.next().is_some() {
        return Err(Failure::new(format!("{} is not empty; nothing was written", shown_path(folder)))
            .help("choose a folder that does not exist yet"));
    }
    folder.canonicalize().map_err(cannot)
}

/// What happens, step by step.
fn play(demo: &mut DemoRun) -> Result<(), Failure> {
    demo.say("Four terminals work on a small shop, each in its own git worktree:");
    demo.git(&["worktree", "list"])?;
    demo.say("Nothing is registered yet. Who changed what, and which pairs conflict?");
    demo.track_work(&["status"])?;
    demo.say("terminal-1 and terminal-4 changed the same file, but it merges cleanly, so this is not a conflict. Now register the stories: three terminals work on one story, the fourth on a story that depends on it.");
    for registration in shop::REGISTRATIONS {
        demo.track_work(registration)?;
    }
    demo.shop.write_dependencies()?;
    demo.say("sync checks every worktree and updates the tracking files:");
    demo.track_work(&["sync"])?;
    demo.say("This is the recorded conflict. `resolution` is for the operator to fill in:");
    demo.show_conflicts()?;
    demo.say("terminal-2 undoes its edit of the shared file, and the conflict is gone:");
    demo.shop.undo_conflict()?;
    demo.track_work(&["sync", "--quiet"])?;
    demo.say("terminal-1 is done, which unblocks the terminals that waited for it:");
    demo.track_work(&["complete", "terminal-1"])?;
    demo.say("Compare one pair of branches directly:");
    demo.track_work(&["compare", "auth-backend", "account"])?;
    demo.track_work(&["log"])?;
    Ok(())
}

/// Where the demo runs, and its output so far.
struct DemoRun {
    program: PathBuf,
    color: cli::Color,
    ascii: bool,
    shop: Shop,
    out: String,
}

impl DemoRun {
    /// A remark between the commands, behind `#`.
    fn say(&mut self, text: &str) {
        let mut line = String::from("\n#");
        let mut column = 1;
        for word in text.split_whitespace() {
            if column + 1 + word.len() > 78 {
                line.push_str("\n#");
                column = 1;
            }
            line.push(' ');
            line.push_str(word);
            column += 1 + word.len();
        }
        self.out.push_str(&format!("{line}\n"));
    }

    fn git(&mut self, args: &[&str]) -> Result<(), Failure> {
        let shown = self.shop.git(&self.shop.main(), args)?;
        let parent = format!("{}/", shown_path(self.shop.folder()));
        self.out.push_str(&format!("$ git {}\n{}", args.join(" "), shown.replace(&parent, "")));
        Ok(())
    }

    /// Runs this very program, as a user would.
    fn track_work(&mut self, args: &[&str]) -> Result<(), Failure> {
        let color = match self.color {
            cli::Color::Never => "never",
            cli::Color::Auto | cli::Color::Always => "always",
        };
        let mut command = Command::new(&self.program);
        command.current_dir(self.shop.main()).env_remove("TRACK_WORK_DIR");
        command.envs(shop::IDENTITY).env("XDG_STATE_HOME", self.state());
        let output = command
            .args(args)
            .args(["--color", color])
            .args(self.ascii.then_some("--ascii"))
            .output()
            .map_err(|error| Failure::new(format!("cannot start {}: {error}", shown_path(&self.program))))?;
        let status = output.status.code();
        let said = String::from_utf8_lossy(&output.stderr);
        if !matches!(status, Some(0 | 1)) {
            return Err(Failure::new(format!("track-work {} failed: {}", args.join(" "), said.trim())));
        }
        self.out.push_str(&format!("$ track-work {}\n", shell_words(args)));
        self.out.push_str(&String::from_utf8_lossy(&output.stdout));
        if status == Some(1) {
            self.out.push_str("(exit status 1)\n");
        }
        Ok(())
    }

    /// Where the commands keep what they remember.
    fn state(&self) -> PathBuf {
        self.shop.folder().join("state")
    }

    fn show_conflicts(&mut self) -> Result<(), Failure> {
        let name = ".system/parallel-work/story-1-2-sessions.yaml";
        let text = self.shop.read(name)?;
        let coordination = text.find("\ncoordination:").map_or(text.as_str(), |at| &text[at + 1..]);
        self.out.push_str(&format!("$ sed -n '/^coordination/,$p' {name}\n{coordination}"));
        Ok(())
    }
}

/// The arguments as a shell takes them.
fn shell_words(args: &[&str]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-*".contains(c);
    let quoted = args.iter().map(|word| {
        if word.chars().all(plain) && !word.contains('*') { word.to_string() } else { format!("'{word}'") }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
