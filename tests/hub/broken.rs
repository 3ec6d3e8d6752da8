//! Connections that break, content that is wrong, calls that are cancelled: what was received is kept, and nothing else.

use std::fs;
use std::time::{Duration, Instant};

use glyxel::error::Error;
use glyxel::options::Options;
use glyxel::source::hub::{self, Id};
use glyxel::Control;

use super::server::{etag, Fault, Server};
use super::{lines, ranges, repo, tree, Bench, COMMIT, ID};

#[test]
fn a_connection_that_breaks_is_taken_up_where_it_broke() {
    let bench = Bench::new(repo());
    bench.server.fail("storage GET", Fault::CutAfter(1_000_000));
    bench.server.fail("storage GET", Fault::CutAfter(500_000));
    bench.fetch(ID).unwrap();
    bench.assert_whole(COMMIT);
    assert_eq!(
        ranges(&bench.server.seen()),
        [None, Some("bytes=1000000-".into()), Some("bytes=1500000-".into())]
    );

    // A server that gives the whole all the same, and one that breaks off again and again.
    let bench = Bench::new(repo());
    bench.server.fail("storage GET", Fault::CutAfter(1_000));
    bench.server.fail("storage GET", Fault::NoRange);
    bench.fetch(ID).unwrap();
    bench.assert_whole(COMMIT);
    let bench = Bench::new(repo());
    (0..20).for_each(|_| bench.server.fail("storage GET", Fault::CutAfter(0)));
    assert!(matches!(bench.fetch(ID), Err(Error::Network(s)) if s.contains("127.0.0.1")));
    assert_eq!(lines(&bench.server.seen(), "storage GET").len(), 5);
    let whole_again = Bench {
        server: Server::start(),
        cache: bench.cache,
    };
    whole_again.server.add(ID, repo());
    whole_again.fetch(ID).unwrap();
    whole_again.assert_whole(COMMIT);
}

#[test]
fn what_an_earlier_process_has_left_is_gone_on_with() {
    let weights = &repo().files["model.safetensors"];
    let resumed = |left: &[u8]| {
        let bench = Bench::new(repo());
        fs::create_dir_all(bench.folder().join("blobs")).unwrap();
        fs::write(bench.partial(), left).unwrap();
        let control = Control::new();
        let id = Id::parse(ID, None).unwrap();
        hub::fetch(&id, &bench.settings(&Options::default(), &[]), &control.call()).unwrap();
        bench.assert_whole(COMMIT);
        let (stage, done, total) = control.progress();
        assert_eq!((stage, done), (1, total));
        assert!(
            total > weights.len() as u64 && total < weights.len() as u64 + 1_000,
            "{total}"
        );
        ranges(&bench.server.seen())
    };
    assert_eq!(resumed(&weights[..2_000_000]), [Some("bytes=2000000-".into())]);
    assert_eq!(resumed(weights), [], "it lacked its name only");
    // Of another content, or too long: begun anew.
    assert_eq!(resumed(&[7; 1000]), [Some("bytes=1000-".into()), None]);
    assert_eq!(resumed(&[&weights[..], b"more"].concat()), [None]);
}

#[test]
fn wrong_content_is_never_kept() {
    for name in ["model.safetensors", "tokenizer.json"] {
        let part = if name == "tokenizer.json" {
            "GET /org/name/resolve/0123456789abcdef0123456789abcdef01234567/tokenizer.json"
        } else {
            "storage GET"
        };
        let bench = Bench::new(repo());
        bench.server.fail(part, Fault::WrongContent);
        bench.fetch(ID).unwrap();
        bench.assert_whole(COMMIT);

        let bench = Bench::new(repo());
        (0..2).for_each(|_| bench.server.fail(part, Fault::WrongContent));
        let error = bench.fetch(ID).unwrap_err();
        let stated = etag(name, &repo().files[name]);
        assert!(
            matches!(&error, Error::Network(s) if s.contains(name) && s.contains(&stated)),
            "{error}"
        );
        let left = tree(&bench.folder().join("blobs"));
        assert!(!left.iter().any(|blob| blob.starts_with(&stated)), "{left:?}");
        assert!(!bench.folder().join("refs").exists());
        bench.fetch(ID).unwrap();
        bench.assert_whole(COMMIT);
    }
}

#[test]
fn a_hub_that_is_busy_is_waited_for() {
    let bench = Bench::new(repo());
    bench
        .server
        .fail("/api/", Fault::Status(429, vec![("Retry-After", "0")]));
    bench.server.fail("HEAD", Fault::Status(503, vec![]));
    bench
        .server
        .fail("GET /org", Fault::Status(429, vec![("Retry-After", "1")]));
    bench.server.fail("storage GET", Fault::Status(500, vec![]));
    // A signed address that has expired: the hub gives a new one.
    bench.server.fail("storage GET", Fault::Status(403, vec![]));
    bench.fetch(ID).unwrap();
    bench.assert_whole(COMMIT);
    assert_eq!(lines(&bench.server.seen(), "/api/").len(), 2);

    // One that wants an hour of peace is not.
    let bench = Bench::new(repo());
    bench
        .server
        .fail("/api/", Fault::Status(429, vec![("Retry-After", "3600")]));
    assert!(matches!(bench.fetch(ID), Err(Error::Network(s)) if s.contains("3600")));
    (0..9).for_each(|_| bench.server.fail("/api/", Fault::Status(502, vec![])));
    bench.server.seen();
    assert!(matches!(bench.fetch(ID), Err(Error::Network(s)) if s.contains("502")));
    assert_eq!(bench.server.seen().len(), 5);
}

#[test]
fn a_cancelled_download_ends_at_once_and_the_next_goes_on() {
    let bench = Bench::new(repo());
    bench.server.fail("storage GET", Fault::StallAfter(1_000_000));
    let (control, settings) = (Control::new(), bench.settings(&Options::default(), &[]));
    let id = Id::parse(ID, None).unwrap();
    let call = control.call();
    let thread = std::thread::spawn(move || hub::fetch(&id, &settings, &call));
    let on_disk = || fs::metadata(bench.partial()).map_or(0, |m| m.len());
    let begun = Instant::now();
    // The bytes are written first and counted next.
    while on_disk() < 1_000_000 || control.progress().1 < 1_000_000 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{} {:?}",
            on_disk(),
            control.progress()
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let (stage, done, total) = control.progress();
    assert!(stage == 1 && done < total, "{stage} {done} {total}");
    // The server keeps the connection open: without a cancel this would last until the read's timeout.
    control.cancel();
    assert!(matches!(thread.join().unwrap(), Err(Error::Cancelled(_))));
    bench.server.seen();
    bench.fetch(ID).unwrap();
    bench.assert_whole(COMMIT);
    assert_eq!(ranges(&bench.server.seen()), [Some("bytes=1000000-".into())]);

    // A deadline ends it, too, also while it waits to try again.
    let bench = Bench::new(repo());
    bench
        .server
        .fail("/api/", Fault::Status(429, vec![("Retry-After", "100")]));
    let control = Control::new();
    control.set_timeout(50);
    let settings = bench.settings(&Options::default(), &[]);
    assert!(matches!(
        hub::fetch(&Id::parse(ID, None).unwrap(), &settings, &control.call()),
        Err(Error::Timeout(_))
    ));
}
