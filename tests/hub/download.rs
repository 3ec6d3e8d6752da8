//! What a download makes, and that nothing is fetched twice.

use std::fs;
use std::path::Path;
use std::time::Duration;

use glyxel::error::Error;

use super::server::{etag, git_sha1, sha256};
use super::{lines, repo, tree, Bench, COMMIT, ID, NEEDED, NEXT};

#[test]
fn a_download_is_what_python_would_have_made_of_it() {
    let bench = Bench::new(repo());
    let snapshot = bench.fetch(ID).unwrap();
    assert_eq!(snapshot.commit, COMMIT);
    assert_eq!(snapshot.folder, bench.folder().join("snapshots").join(COMMIT));
    assert_eq!(tree(&snapshot.folder), NEEDED);
    bench.assert_whole(COMMIT);
    let files = repo().files;
    for name in NEEDED {
        let up = if name.contains('/') { "../../../" } else { "../../" };
        let target = format!("{up}blobs/{}", etag(name, &files[name]));
        assert_eq!(fs::read_link(snapshot.folder.join(name)).unwrap(), Path::new(&target));
    }
    assert_eq!(etag("config.json", b"{}"), git_sha1(b"{}"));
    assert_eq!(fs::read_to_string(bench.folder().join("refs/main")).unwrap(), COMMIT);
    assert_eq!(tree(&bench.folder().join("blobs")).len(), 7, "three files are the same");
    let mut locks: Vec<_> = NEEDED.map(|name| format!("{}.lock", etag(name, &files[name]))).into();
    locks.sort();
    locks.dedup();
    assert_eq!(tree(&bench.cache.path().join(".locks/models--org--name")), locks);

    let seen = bench.server.seen();
    let got = lines(&seen, "GET /org/name/resolve/");
    assert_eq!(got.len(), 7, "{got:?}");
    assert!(got
        .iter()
        .all(|line| line.contains(COMMIT) && NEEDED.iter().any(|name| line.ends_with(name))));
    assert_eq!(lines(&seen, "/api/"), ["GET /api/models/org/name/revision/main"]);

    // A branch is looked up again, and nothing else is asked.
    assert_eq!(bench.fetch(ID).unwrap(), snapshot);
    assert_eq!(bench.server.seen().len(), 1);
}

#[test]
fn a_new_commit_fetches_what_has_changed() {
    let bench = Bench::new(repo());
    bench.fetch(ID).unwrap();
    bench.server.seen();
    let mut newer = repo();
    newer.revisions.insert("main".into(), NEXT.into());
    newer.files.insert("README.md".into(), b"another".to_vec());
    bench.server.add(ID, newer);
    assert_eq!(bench.fetch(ID).unwrap().commit, NEXT);
    assert_eq!(
        lines(&bench.server.seen(), "GET /org"),
        [format!("GET /org/name/resolve/{NEXT}/README.md")]
    );
    assert_eq!(fs::read_to_string(bench.folder().join("refs/main")).unwrap(), NEXT);
    assert_eq!(bench.fetch(&format!("{ID}@{COMMIT}")).unwrap().commit, COMMIT);
}

#[test]
fn a_commit_in_the_cache_asks_nobody() {
    let bench = Bench::new(repo());
    let pinned = format!("{ID}@{COMMIT}");
    bench.fetch(&pinned).unwrap();
    assert!(!bench.folder().join("refs").exists());
    bench.server.seen();
    bench.fetch(&pinned).unwrap();
    assert_eq!(bench.server.seen().len(), 0);

    // Also one without modules.json, because that is known to be absent.
    let mut plain = repo();
    plain
        .files
        .retain(|name, _| ["config.json", "tokenizer.json", "model.safetensors"].contains(&name.as_str()));
    let bench = Bench::new(plain);
    bench.fetch(&pinned).unwrap();
    assert!(bench
        .folder()
        .join(".no_exist")
        .join(COMMIT)
        .join("modules.json")
        .is_file());
    bench.server.seen();
    bench.fetch(&pinned).unwrap();
    assert_eq!(bench.server.seen().len(), 0);

    // Python may have downloaded for another purpose: as long as nobody has looked for modules.json, the hub is asked.
    fs::remove_dir_all(bench.folder().join(".no_exist")).unwrap();
    bench.fetch(&pinned).unwrap();
    assert_eq!(bench.server.seen().len(), 1);
    fs::remove_dir_all(bench.folder().join(".no_exist")).unwrap();
    let tree = r#"{"format_version": 1, "files": {"config.json": {}, "tokenizer.json": {}, "model.safetensors": {}}}"#;
    fs::create_dir(bench.folder().join("trees")).unwrap();
    fs::write(bench.folder().join("trees").join(format!("{COMMIT}.json")), tree).unwrap();
    bench.fetch(&pinned).unwrap();
    assert_eq!(
        bench.server.seen().len(),
        0,
        "the list that Python has made says the same"
    );

    // A file that was deleted from the cache is fetched again.
    fs::remove_file(bench.folder().join("snapshots").join(COMMIT).join("tokenizer.json")).unwrap();
    fs::remove_file(
        bench
            .folder()
            .join("blobs")
            .join(etag("tokenizer.json", &repo().files["tokenizer.json"])),
    )
    .unwrap();
    bench.fetch(&pinned).unwrap();
    assert_eq!(lines(&bench.server.seen(), "GET /org").len(), 1);
}

#[test]
fn branches_tags_and_single_names_are_found() {
    let mut tagged = repo();
    tagged.revisions = [("refs/pr/1".to_string(), COMMIT.to_string())].into();
    let bench = Bench::new(tagged.clone());
    bench.server.add("bert-base", tagged);
    bench.fetch("org/name@refs/pr/1").unwrap();
    assert_eq!(
        fs::read_to_string(bench.folder().join("refs/refs/pr/1")).unwrap(),
        COMMIT
    );
    let snapshot = bench.fetch("bert-base@refs/pr/1").unwrap();
    assert!(snapshot
        .folder
        .starts_with(bench.cache.path().join("models--bert-base/snapshots")));
    assert!(matches!(bench.fetch(ID), Err(Error::NotFound(s)) if s.contains("no revision main")));
}

#[test]
fn many_at_once_download_once() {
    let bench = Bench::new(repo());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| bench.fetch(ID).unwrap())).collect();
        threads
            .into_iter()
            .for_each(|thread| assert_eq!(thread.join().unwrap().commit, COMMIT));
    });
    bench.assert_whole(COMMIT);
    assert_eq!(lines(&bench.server.seen(), "storage GET").len(), 1);
}

#[test]
fn a_lock_of_another_process_is_waited_for() {
    let bench = Bench::new(repo());
    let locks = bench.cache.path().join(".locks/models--org--name");
    fs::create_dir_all(&locks).unwrap();
    let lock = fs::File::create(locks.join(format!("{}.lock", sha256(&repo().files["model.safetensors"])))).unwrap();
    lock.lock().unwrap();
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| bench.fetch(ID).unwrap());
        // The weights come last: once all else is there, only the lock is in the way.
        let snapshot = bench.folder().join("snapshots").join(COMMIT);
        let small: Vec<_> = NEEDED.iter().filter(|name| **name != "model.safetensors").collect();
        while !small.iter().all(|name| snapshot.join(name).is_file()) {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(lines(&bench.server.seen(), "storage GET").len(), 0);
        // It has finished meanwhile.
        let weights = &repo().files["model.safetensors"];
        fs::write(bench.folder().join("blobs").join(sha256(weights)), weights).unwrap();
        lock.unlock().unwrap();
        thread.join().unwrap();
    });
    bench.assert_whole(COMMIT);
    assert_eq!(lines(&bench.server.seen(), "storage GET").len(), 0);
}

#[test]
fn a_cache_that_cannot_be_written_says_so() {
    let bench = Bench::new(repo());
    fs::write(bench.folder(), b"not a folder").unwrap();
    let error = bench.fetch(ID).unwrap_err();
    assert!(
        matches!(&error, Error::Io(s) if s.contains("HF_HUB_CACHE") && s.contains("cache_dir")),
        "{error}"
    );
}
