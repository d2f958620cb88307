//! A folder to open in place of a repository that libgit2 refuses although it can read its objects:
//! links to everything in it, and a copy of its configuration without what libgit2 refuses.

use crate::model::shown_path;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::GitError;
use super::configuration::line;
use super::error::Feature;
use super::lifetime::Scratch;
use super::ref_files::RefFiles;
use super::references::References;

/// Extensions that libgit2 refuses although they change nothing about objects.
const HARMLESS: [&str; 2] = ["partialclone", "refstorage"];

/// Whether it refused a repository for one of them.
pub(super) fn is_readable_all_the_same(error: &git2::Error) -> bool {
    let named = error.message().rsplit_once("unsupported extension name extensions.");
    // grafts and shallow boundaries with lines that git passes over, or stops at
    named.is_some_and(|(_, name)| HARMLESS.contains(&name)) || error.message().contains("graft")
}

/// A git folder of a repository as that of a worktree with this branch checked out, or none: to ask which settings hold there.
pub(super) fn with_head(common_dir: &Path, branch: Option<&str>) -> Result<Scratch, GitError> {
    let failed = |source| GitError::File { doing: "prepare", path: common_dir.to_path_buf(), source };
    let scratch = Scratch::new().map_err(failed)?;
    let head = branch.map_or("0".repeat(40), |branch| format!("ref: refs/heads/{branch}"));
    let common = [common_dir.as_os_str().as_bytes(), b"\n"].concat();
    fs::write(scratch.path().join("HEAD"), format!("{head}\n")).map_err(failed)?;
    fs::write(scratch.path().join("commondir"), common).map_err(failed)?;
    Ok(scratch)
}

/// Builds the folder, and returns where refs are to be read. libgit2 finds the folder to be the user's own: whose the
/// repository is was looked at before.
pub(super) fn stand_in(common_dir: &Path) -> Result<(Scratch, References), GitError> {
    fn trouble(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> GitError + use<> {
        let path = path.to_path_buf();
        move |source| GitError::File { doing, path: path.clone(), source }
    }
    let folder = Scratch::new().map_err(trouble("make a folder in", &std::env::temp_dir()))?;
    let config = common_dir.join("config");
    let (text, ref_format) = harmless(&config, common_dir)
        .map_err(|error| GitError::broken(format!("read {}", shown_path(&config)), error))?;
    let copy = folder.path().join("config");
    fs::write(&copy, text).map_err(trouble("write", &copy))?;
    let link_all = |from: &Path, to: &Path, others: &[&str]| {
        for entry in fs::read_dir(from).map_err(trouble("read", from))?.flatten() {
            if !others.iter().any(|other| entry.file_name() == *other) {
                let link = to.join(entry.file_name());
                std::os::unix::fs::symlink(entry.path(), &link).map_err(trouble("make the link", &link))?;
            }
        }
        Ok(())
    };
    link_all(common_dir, folder.path(), &["config", "shallow", "info"])?;
    let (info, copied_info) = (common_dir.join("info"), folder.path().join("info"));
    if info.is_dir() {
        fs::create_dir(&copied_info).map_err(trouble("make", &copied_info))?;
        link_all(&info, &copied_info, &["grafts"])?;
    }
    let references = match ref_format.as_deref() {
        None | Some("files") => References::Files(RefFiles::new(common_dir)),
        Some("reftable") => References::Program(common_dir.to_path_buf()),
        Some(other) => {
            let feature = Feature::RefFormat(other.to_string());
            return Err(GitError::Unsupported { path: common_dir.to_path_buf(), feature });
        }
    };
    Ok((folder, references))
}

/// A configuration file without the harmless extensions, with relative includes made absolute; and the
/// format of the refs, where it is set.
fn harmless(file: &Path, common_dir: &Path) -> Result<(Vec<u8>, Option<String>), git2::Error> {
    let config = git2::Config::open(file)?;
    let (mut text, mut ref_format) = (Vec::new(), None);
    let mut entries = config.entries(None)?;
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.name_bytes();
        if entry.include_depth() > 0 {
            continue; // it comes with its file
        }
        if name == b"extensions.refstorage" {
            ref_format = Some(String::from_utf8_lossy(entry.value_bytes()).to_ascii_lowercase());
        }
        if name.strip_prefix(b"extensions.").is_some_and(|name| HARMLESS.map(str::as_bytes).contains(&name)) {
            continue;
        }
        let is_include = name.starts_with(b"include") && name.ends_with(b".path");
        let value = match entry.has_value() {
            false => None,
            true if is_include && !entry.value_bytes().starts_with(b"~") => Some(
                common_dir.join(OsStr::from_bytes(entry.value_bytes())).into_os_string().into_encoded_bytes(),
            ),
            true => Some(entry.value_bytes().to_vec()),
        };
        text.extend(line(name, value.as_deref()));
    }
    Ok((text, ref_format))
}
