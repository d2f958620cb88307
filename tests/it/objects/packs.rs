//! Packs of every kind against git; packs and loose objects that are damaged in ways of their own.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::{Digest, Sha1};
use track_work::git::Repository;
use track_work::merge::{Commits, Objects};
use track_work::model::Oid;

use crate::support::{Repo, Sandbox};

/// A repository whose objects become long chains of deltas.
fn history(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("repo", &[]);
    let mut text: String = (0..400).map(|line| format!("line {line} of a long file\n")).collect();
    for number in 0..30 {
        text = text.replacen(&format!("line {} ", number * 9), &format!("changed {number} "), 1);
        repo.commit("more", &[("long", &text), (&format!("d/{number}"), "x\n")]);
    }
    repo
}

/// Every object of a repository is read as git reads it.
#[track_caller]
fn all_agree(repo: &Repo<'_>) {
    let list = repo.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
    let store = Repository::discover(&repo.top).unwrap().store();
    for line in list.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let id: Oid = words[0].parse().unwrap();
        match words[1] {
            "blob" => {
                let output = repo.try_git(&["cat-file", "blob", words[0]]);
                assert_eq!(store.blob_size(id).unwrap(), output.stdout.len() as u64);
                assert_eq!(&*store.blob(id).unwrap(), &output.stdout[..], "{line}");
            }
            "tree" => {
                let names = repo.git(&["ls-tree", "--name-only", words[0]]);
                let read = store.tree(id).unwrap();
                let read: Vec<_> = read.iter().map(|entry| String::from_utf8_lossy(&entry.name)).collect();
                assert_eq!(read.join("\n"), names, "{line}");
            }
            "commit" => {
                let tree = repo.git(&["rev-parse", &format!("{}^{{tree}}", words[0])]);
                assert_eq!(store.commit(id).unwrap().tree.to_string(), tree, "{line}");
            }
            kind => assert_eq!(kind, "tag"),
        }
    }
    assert!(list.lines().count() > 80);
}

#[test]
fn packs_of_every_kind_are_read_as_git_reads_them() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    all_agree(&repo);
    let kinds: [&[&str]; 4] = [
        &[],
        &["-c", "pack.indexVersion=1"],
        &["-c", "repack.useDeltaBaseOffset=false"],
        &["-c", "pack.compression=0"],
    ];
    for options in kinds {
        repo.git(&[options, &["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=40"]].concat());
        all_agree(&repo);
    }
    repo.commit("loose", &[("new", "1\n")]);
    repo.git(&["repack", "-q"]);
    repo.git(&["multi-pack-index", "write"]);
    all_agree(&repo);
    let shared = sandbox.path("shared");
    repo.git(&["clone", "-q", "--shared", ".", shared.to_str().unwrap()]);
    let shared = Repo { sandbox: &sandbox, top: shared };
    shared.commit("own", &[("own", "1\n")]);
    all_agree(&shared);
}

#[test]
fn packs_that_come_later_are_found() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let store = Repository::discover(&repo.top).unwrap().store();
    let head: Oid = repo.git(&["rev-parse", "HEAD"]).parse().unwrap();
    assert!(store.commit(head).is_ok());
    let later: Oid = repo.commit("later", &[("later", "1\n")]).parse().unwrap();
    repo.git(&["repack", "-q", "-a", "-d"]);
    assert!(store.commit(later).is_ok());
}

/// One object of a pack as it is stored: its kind with its size, what comes before the data, and the data.
fn stored(kind: u8, size: usize, before: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut first, mut rest) = (kind << 4 | (size & 0x0f) as u8, size >> 4);
    while rest > 0 {
        bytes.push(first | 0x80);
        (first, rest) = ((rest & 0x7f) as u8, rest >> 7);
    }
    bytes.push(first);
    bytes.extend(before);
    let mut encoder = ZlibEncoder::new(bytes, Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Writes a pack with an index that says where these objects are.
fn write_pack(repo: &Repo<'_>, objects: &[(Oid, Vec<u8>)]) {
    let sum = |bytes: &[u8]| -> [u8; 20] { Sha1::digest(bytes).into() };
    let mut pack = [&b"PACK\0\0\0\x02"[..], &(objects.len() as u32).to_be_bytes()].concat();
    let mut places: Vec<(Oid, u32)> = Vec::new();
    for (id, stored) in objects {
        places.push((*id, pack.len() as u32));
        pack.extend(stored);
    }
    pack.extend(sum(&pack));
    places.sort();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let count = places.iter().filter(|(id, _)| id.as_bytes()[0] <= first).count() as u32;
        index.extend(count.to_be_bytes());
    }
    index.extend(places.iter().flat_map(|(id, _)| *id.as_bytes()));
    index.extend(places.iter().flat_map(|_| [0; 4]));
    index.extend(places.iter().flat_map(|(_, place)| place.to_be_bytes()));
    index.extend(&pack[pack.len() - 20..]);
    index.extend(sum(&index));
    let folder = repo.path(".git/objects/pack");
    fs::write(folder.join("pack-0123456789012345678901234567890123456789.pack"), pack).unwrap();
    fs::write(folder.join("pack-0123456789012345678901234567890123456789.idx"), index).unwrap();
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Why a blob cannot be read, at once.
#[track_caller]
fn refused(repo: &Repo<'_>, id: Oid, why: &str) {
    let start = Instant::now();
    let store = Repository::discover(&repo.top).unwrap().store();
    let error = store.blob(id).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn deltas_in_a_circle_end() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[]);
    let ids = [Oid::new([1; 20]), Oid::new([2; 20])];
    let delta = [varint(5), varint(5), vec![0x90, 5]].concat();
    let of = |base: Oid| stored(7, delta.len(), base.as_bytes(), &delta);
    write_pack(&repo, &[(ids[0], of(ids[1])), (ids[1], of(ids[0]))]);
    refused(&repo, ids[0], "no end");
    write_pack(&repo, &[(ids[0], of(ids[0])), (ids[1], stored(6, delta.len(), &[0], &delta))]);
    refused(&repo, ids[0], "no end");
    refused(&repo, ids[1], "refers to no object");
}

#[test]
fn objects_that_promise_more_than_there_is_take_no_memory() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[]);
    let ids: Vec<Oid> = (1..=5).map(|number| Oid::new([number; 20])).collect();
    let huge = 1 << 40;
    let delta = [varint(3), varint(huge), vec![0x90, 3]].concat();
    let base = stored(3, 3, &[], b"abc");
    let copies = |size: usize, piece: usize| {
        let one = [vec![0b1111_0000], (piece as u32).to_le_bytes()[..3].to_vec()].concat();
        [varint(size), varint(piece * 256), one.repeat(256)].concat()
    };
    let first = copies(3, 3);
    let second = copies(768, 768);
    write_pack(
        &repo,
        &[
            (ids[0], stored(3, huge, &[], b"abc")),
            (ids[1], base),
            (ids[2], stored(7, delta.len(), ids[1].as_bytes(), &delta)),
            (ids[3], stored(7, first.len(), ids[1].as_bytes(), &first)),
            (ids[4], stored(7, second.len(), ids[3].as_bytes(), &second)),
        ],
    );
    refused(&repo, ids[0], "more than");
    refused(&repo, ids[2], "more than");
    let store = Repository::discover(&repo.top).unwrap().store();
    assert_eq!(store.blob(ids[3]).unwrap().len(), 768);
    assert_eq!(store.blob(ids[4]).unwrap().len(), 768 * 256);
    // a loose file that says it is large, and one that is
    let loose = |id: &str, content: &[u8]| {
        let path = repo.path(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut encoder = ZlibEncoder::new(fs::File::create(path).unwrap(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap();
    };
    for (digit, content, why) in [
        ("a", &b"blob 1099511627776\0abc"[..], "more than"),
        ("b", b"blob 100\0abc", "another size"),
        ("c", b"blob 2\0abc", "another size"),
        ("d", b"blob 02\0ab", "header is damaged"),
        ("e", b"blop 2\0ab", "header is damaged"),
        ("f", b"blob 2", "no header"),
    ] {
        let id = digit.repeat(40);
        loose(&id, content);
        refused(&repo, id.parse().unwrap(), why);
    }
}

#[test]
fn a_loose_object_that_is_cut_anywhere_is_refused() {
    let sandbox = Sandbox::new();
    let text: String = (0..200).map(|line| format!("{line} {}\n", line * line)).collect();
    let repo = sandbox.repo("repo", &[("f", &text)]);
    let id = repo.git(&["rev-parse", "main:f"]);
    let path = repo.path(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let read = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        Repository::discover(&repo.top).unwrap().store().blob(id.parse().unwrap())
    };
    assert!(read(&whole).is_ok());
    for length in (0..whole.len()).rev().step_by(7).chain(whole.len() - 8..whole.len()) {
        assert!(read(&whole[..length]).is_err(), "{length} of {}", whole.len());
    }
    assert!(read(&[&whole[..], b"x"].concat()).is_err());
    for at in (0..whole.len()).step_by(11) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        assert!(read(&flipped).is_err() || git_reads(&repo, &id), "{at}");
    }
}

fn git_reads(repo: &Repo<'_>, id: &str) -> bool {
    repo.try_git(&["cat-file", "blob", id]).status.success()
}
