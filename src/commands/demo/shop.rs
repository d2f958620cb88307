//! The repository of the demo: a small shop, made with the real git.

use crate::model::shown_path;
use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::failure::Failure;
use crate::git::run_git;

/// What the orchestrator registers.
pub(super) const REGISTRATIONS: [&[&str]; 4] = [
    &[
        "register",
        "--mode",
        "intra",
        "--story",
        "1-2-user-authentication",
        "--terminal",
        "terminal-1",
        "--focus",
        "backend",
        "--agent",
        "dev",
        "--task",
        "Implement authentication service",
        "--task",
        "Create JWT token generation",
    ],
    &[
        "register",
        "--mode",
        "intra",
        "--story",
        "1-2-user-authentication",
        "--terminal",
        "terminal-2",
        "--focus",
        "frontend",
        "--agent",
        "dev",
        "--task",
        "Build login form component",
    ],
    &[
        "register",
        "--mode",
        "intra",
        "--story",
        "1-2-user-authentication",
        "--terminal",
        "terminal-3",
        "--focus",
        "tests",
        "--blocked-by",
        "terminal-1",
    ],
    &[
        "register",
        "--mode",
        "inter",
        "--story",
        "1-3-account-management",
        "--terminal",
        "terminal-4",
        "--phase",
        "first-pass",
        "--agent",
        "dev",
        "--branch",
        "account",
    ],
];

const TYPES: &str = "\
export interface User {
  id: string;
  name: string;
}

export interface Session {
  user: User;
  token: string;
}

export interface Plant {
  id: string;
  species: string;
}
";

const PACKAGE: &str = "\
{
  \"name\": \"shop\",
  \"version\": \"1.0.0\",
  \"scripts\": {
    \"build\": \"tsc\",
    \"test\": \"vitest\"
  },
  \"license\": \"MIT\",
  \"private\": true,
  \"type\": \"module\",
  \"dependencies\": {
    \"express\": \"5\"
  }
}
";

const DEPENDENCIES: &str = "\
# What must be complete before a story begins
dependencies:
  \"1-3-account-management\":
    depends_on: [\"1-2-user-authentication\"]
    reason: \"Needs auth service from story 1-2\"
";

/// Names are fixed and no settings are read, so that every demo is the same.
pub(super) const IDENTITY: [(&str, &str); 7] = [
    ("GIT_AUTHOR_NAME", "Demo"),
    ("GIT_AUTHOR_EMAIL", "demo@example.com"),
    ("GIT_COMMITTER_NAME", "Demo"),
    ("GIT_COMMITTER_EMAIL", "demo@example.com"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_OPTIONAL_LOCKS", "1"),
];

/// The shop and its worktrees, side by side in one folder.
pub(super) struct Shop {
    folder: PathBuf,
}

impl Shop {
    /// Makes an empty repository.
    pub(super) fn begin(folder: &Path) -> Result<Shop, Failure> {
        let shop = Shop { folder: folder.to_path_buf() };
        let main = shop.main();
        fs::create_dir_all(&main)
            .map_err(|error| Failure::new(format!("cannot create the demo repository: {error}")))?;
        shop.git(&main, &["init", "--quiet", "--initial-branch=main", "."])?;
        Ok(shop)
    }

    /// Makes the repository with four worktrees and the work in them.
    pub(super) fn build(folder: &Path) -> Result<Shop, Failure> {
        let shop = Shop::begin(folder)?;
        shop.write("shop/src/shared/types.ts", TYPES)?;
        shop.write("shop/package.json", PACKAGE)?;
        shop.write("shop/src/index.ts", "import './shared/types';\n")?;
        shop.commit("shop", "Begin the shop")?;
        for (terminal, branch) in [
            ("terminal-1", "auth-backend"),
            ("terminal-2", "auth-frontend"),
            ("terminal-3", "auth-tests"),
            ("terminal-4", "account"),
        ] {
            shop.add_worktree(terminal, branch)?;
        }
        shop.work()?;
        Ok(shop)
    }

    /// Adds a worktree with a branch.
    pub(super) fn add_worktree(&self, name: &str, branch: &str) -> Result<(), Failure> {
        let path = format!("../{name}");
        self.git(&self.main(), &["worktree", "add", "--quiet", "-b", branch, &path])?;
        Ok(())
    }

    /// What the four terminals did.
    fn work(&self) -> Result<(), Failure> {
        let with_expiry = TYPES.replace("  token: string;\n", "  token: string;\n  expires: Date;\n");
        self.write("terminal-1/src/shared/types.ts", &with_expiry)?;
        self.write("terminal-1/src/services/auth.service.ts", "export const login = () => 'token';\n")?;
        self.write(
            "terminal-1/package.json",
            &PACKAGE.replace("\"express\": \"5\"", "\"express\": \"5\",\n    \"jose\": \"6\""),
        )?;
        self.commit("terminal-1", "Add the authentication service")?;

        let with_remember = TYPES.replace("  token: string;\n", "  token: string;\n  rememberMe: boolean;\n");
        self.write("terminal-2/src/components/LoginForm.tsx", "export const LoginForm = () => null;\n")?;
        self.commit("terminal-2", "Add the login form")?;
        self.write("terminal-2/src/shared/types.ts", &with_remember)?;
        self.commit("terminal-2", "Remember the user")?;
        self.write("terminal-2/src/components/validate.ts", "export const validate = () => true;\n")?;

        self.write("terminal-4/src/account.ts", "export const account = {};\n")?;
        self.write(
            "terminal-4/package.json",
            &PACKAGE.replace("\"build\": \"tsc\"", "\"build\": \"tsc --strict\""),
        )?;
        Ok(())
    }

    /// What `1-3` depends on.
    pub(super) fn write_dependencies(&self) -> Result<(), Failure> {
        self.write("shop/.system/parallel-work/dependencies-template.yaml", DEPENDENCIES)
    }

    /// terminal-2 takes back what conflicts.
    pub(super) fn undo_conflict(&self) -> Result<(), Failure> {
        self.write("terminal-2/src/shared/types.ts", TYPES)?;
        self.commit("terminal-2", "Leave the session type to the backend")
    }

    /// The folder of all worktrees.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The main worktree.
    pub(super) fn main(&self) -> PathBuf {
        self.folder.join("shop")
    }

    /// A file of the main worktree.
    pub(super) fn read(&self, path: &str) -> Result<String, Failure> {
        fs::read_to_string(self.main().join(path))
            .map_err(|error| Failure::new(format!("cannot read {path}: {error}")))
    }

    pub(super) fn git(&self, folder: &Path, args: &[&str]) -> Result<String, Failure> {
        Ok(run_git(folder, args, &IDENTITY)?)
    }

    pub(super) fn commit(&self, worktree: &str, message: &str) -> Result<(), Failure> {
        let folder = self.folder.join(worktree);
        self.git(&folder, &["add", "--all"])?;
        self.git(&folder, &["commit", "--quiet", "-m", message])?;
        Ok(())
    }

    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        self.write_in(&self.folder, path, text)
    }

    pub(super) fn write_in(&self, folder: &Path, path: &str, text: &str) -> Result<(), Failure> {
        let path = folder.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|error| Failure::new(format!("cannot write {}: {error}", shown_path(&path))))
    }
}
