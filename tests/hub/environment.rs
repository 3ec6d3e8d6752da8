//! Offline, without a network, through a proxy; and which setting comes first.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use glyxel::error::Error;
use glyxel::options::Options;
use glyxel::source::hub::{self, Id};
use glyxel::Call;

use super::server::{proxy, Fault};
use super::{repo, settings, Bench, COMMIT, ID};

#[test]
fn offline_takes_what_there_is_and_asks_nobody() {
    let bench = Bench::new(repo());
    let offline: [&[(&str, &str)]; 2] = [&[("HF_HUB_OFFLINE", "1")], &[("TRANSFORMERS_OFFLINE", "yes")]];
    for variables in offline {
        let error = bench.fetch_with(ID, variables).unwrap_err();
        assert!(
            matches!(&error, Error::NotFound(s) if s.contains("is not in") && s.contains("offline")),
            "{error}"
        );
    }
    let snapshot = bench.fetch(ID).unwrap();
    bench.server.seen();
    for variables in offline {
        assert_eq!(bench.fetch_with(ID, variables).unwrap(), snapshot);
    }
    assert_eq!(
        bench.fetch_with(&format!("{ID}@{COMMIT}"), offline[0]).unwrap(),
        snapshot
    );
    let options = Options {
        offline: true,
        ..Options::default()
    };
    assert_eq!(
        hub::fetch(
            &Id::parse(ID, None).unwrap(),
            &bench.settings(&options, &[]),
            &Call::unwatched()
        )
        .unwrap(),
        snapshot
    );
    fs::remove_file(snapshot.folder.join("model.safetensors")).unwrap();
    let error = bench.fetch_with(ID, offline[0]).unwrap_err();
    assert!(
        matches!(&error, Error::NotFound(s) if s.contains("only partly")),
        "{error}"
    );
    assert_eq!(bench.server.seen().len(), 0);
}

/// Serialises the tests that listen to the log, and keeps what it said.
fn logged(work: impl FnOnce()) -> String {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let heard = Arc::<Mutex<String>>::default();
    let sink = heard.clone();
    glyxel::log::set(Some(Box::new(move |_, message| sink.lock().unwrap().push_str(message)))).unwrap();
    work();
    glyxel::log::set(None).unwrap();
    let heard = heard.lock().unwrap().clone();
    heard
}

#[test]
fn without_a_network_the_last_download_serves() {
    let bench = Bench::new(repo());
    let snapshot = bench.fetch(ID).unwrap();
    // A port that nobody listens on any more.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let gone = [("HF_ENDPOINT", gone.as_str()), ("HF_TOKEN", "hf_secret")];
    let log = logged(|| assert_eq!(bench.fetch_with(ID, &gone).unwrap(), snapshot));
    assert!(
        log.contains("as it was downloaded before") && !log.contains("hf_secret"),
        "{log}"
    );
    let error = bench.fetch_with("org/other", &gone).unwrap_err();
    assert!(
        matches!(&error, Error::Network(s) if s.contains("127.0.0.1") && s.contains("offline")),
        "{error}"
    );
    // Too long for a host's name, so that nobody is asked for it.
    let host = "x".repeat(64);
    let error = bench
        .fetch_with("org/other", &[("HF_ENDPOINT", &format!("http://{host}"))])
        .unwrap_err();
    assert!(
        matches!(&error, Error::Network(s) if s.contains(&host) && s.contains("could not be found")),
        "{error}"
    );
    // The server's failures are the network's, its refusals are not.
    bench.server.fail("/api/", Fault::Status(503, vec![]));
    assert_eq!(bench.fetch(ID).unwrap(), snapshot);
    bench
        .server
        .fail("/api/", Fault::Status(404, vec![("X-Error-Code", "RepoNotFound")]));
    assert!(matches!(bench.fetch(ID), Err(Error::NotFound(_))));
    bench.server.fail("/api/", Fault::StallAfter(0));
    let mut impatient = bench.settings(&Options::default(), &[]);
    impatient.read_timeout = Duration::from_millis(50);
    assert_eq!(
        hub::fetch(&Id::parse(ID, None).unwrap(), &impatient, &Call::unwatched()).unwrap(),
        snapshot
    );
}

#[test]
fn a_proxy_is_used_unless_the_host_is_exempt() {
    let bench = Bench::new(repo());
    let (proxy, asked) = proxy(&bench.server.url);
    let hub = [
        ("HF_ENDPOINT", "http://hub.invalid"),
        ("HTTP_PROXY", &proxy),
        ("NO_PROXY", "127.0.0.1,other.invalid"),
    ];
    bench.fetch_with(ID, &hub).unwrap();
    bench.assert_whole(COMMIT);
    let count = asked.lock().unwrap().len();
    assert!(
        count > 0
            && asked
                .lock()
                .unwrap()
                .iter()
                .all(|line| line == "CONNECT hub.invalid:80")
    );
    for exempt in ["*", "other, 127.0.0.1", ".0.0.1"] {
        let settings = bench.settings(&Options::default(), &[("HTTP_PROXY", &proxy), ("NO_PROXY", exempt)]);
        assert_eq!(
            (
                settings.proxies.of("http", "127.0.0.1"),
                settings.proxies.of("https", "x")
            ),
            (None, None),
            "{exempt}"
        );
        hub::fetch(&Id::parse(ID, None).unwrap(), &settings, &Call::unwatched()).unwrap();
    }
    let proxies = bench
        .settings(
            &Options::default(),
            &[("https_proxy", "p"), ("HTTPS_PROXY", "q"), ("no_proxy", "a.b, *.c")],
        )
        .proxies;
    assert_eq!((proxies.of("https", "x"), proxies.of("http", "x")), (Some("p"), None));
    assert_eq!(
        (
            proxies.of("https", "A.b"),
            proxies.of("https", "x.a.b"),
            proxies.of("https", "x.c")
        ),
        (None, None, None)
    );
    assert_eq!(
        (proxies.of("https", "xa.b"), proxies.of("https", "")),
        (Some("p"), Some("p"))
    );
    assert_eq!(asked.lock().unwrap().len(), count, "no more than before");
    let error = bench
        .fetch_with(ID, &[("ALL_PROXY", "socks5://user:hf_secret@proxy")])
        .unwrap_err();
    assert!(
        matches!(&error, Error::InvalidArgument(s) if s.contains("proxy") && !s.contains("secret")),
        "{error}"
    );
    let closed = [("HTTP_PROXY", "http://user:hf_secret@127.0.0.1:1")];
    let error = bench.fetch_with("org/other", &closed).unwrap_err();
    assert!(
        matches!(&error, Error::Network(s) if s.contains("proxy 127.0.0.1") && !s.contains("secret")),
        "{error}"
    );
}

#[test]
fn the_folder_the_endpoint_and_the_token_are_the_first_that_are_set() {
    let user = tempfile::tempdir().unwrap();
    let home = user.path().to_str().unwrap();
    let cache =
        |options: &Options, set: &[(&str, &str)]| settings(options, set).map(|s| s.cache.to_str().unwrap().to_string());
    let none = Options::default();
    let option = Options {
        cache_dir: Some("/c".into()),
        ..Options::default()
    };
    let set = [
        ("HF_HUB_CACHE", "/a"),
        ("HUGGINGFACE_HUB_CACHE", "/b"),
        ("HF_HOME", "~/h"),
        ("XDG_CACHE_HOME", "/x"),
        ("HOME", home),
    ];
    assert_eq!(cache(&option, &set).unwrap(), "/c/hub");
    let expected = [
        "/a".to_string(),
        "/b".into(),
        format!("{home}/h/hub"),
        "/x/huggingface/hub".into(),
        format!("{home}/.cache/huggingface/hub"),
    ];
    for (skipped, expected) in expected.iter().enumerate() {
        assert_eq!(&cache(&none, &set[skipped..]).unwrap(), expected);
    }
    assert!(matches!(cache(&none, &[("HF_HOME", "")]), Err(Error::InvalidArgument(s)) if s.contains("HF_HOME")));

    let with = |set: &[(&str, &str)]| settings(&none, &[&[("HOME", home)], set].concat());
    assert_eq!(with(&[]).unwrap().endpoint, "https://huggingface.co");
    assert_eq!(
        with(&[("HF_ENDPOINT", "https://mirror/hub/")]).unwrap().endpoint,
        "https://mirror/hub"
    );
    for wrong in ["mirror", "ftp://mirror", "https://user:pass@mirror", "https://a b"] {
        assert!(
            matches!(with(&[("HF_ENDPOINT", wrong)]), Err(Error::InvalidArgument(s)) if !s.contains("pass@")),
            "{wrong}"
        );
    }

    let token = |set: &[(&str, &str)]| with(set).unwrap().token.map(|token| token.reveal().to_string());
    assert_eq!(token(&[]), None);
    fs::create_dir_all(user.path().join(".cache/huggingface")).unwrap();
    fs::write(user.path().join(".cache/huggingface/token"), "hf_saved\n").unwrap();
    fs::write(user.path().join("mine"), "hf_mine").unwrap();
    assert_eq!(token(&[]).as_deref(), Some("hf_saved"));
    assert_eq!(token(&[("HF_TOKEN_PATH", "~/mine")]).as_deref(), Some("hf_mine"));
    assert_eq!(
        token(&[("HF_TOKEN", "hf_t"), ("HF_TOKEN_PATH", "~/mine")]).as_deref(),
        Some("hf_t")
    );
    assert_eq!(
        token(&[("HF_TOKEN", "hf_t"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]),
        None
    );
    let given = Options {
        token: Some("hf_given".into()),
        ..Options::default()
    };
    let set = [
        ("HOME", home),
        ("HF_TOKEN", "hf_t"),
        ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"),
    ];
    assert_eq!(settings(&given, &set).unwrap().token.unwrap().reveal(), "hf_given");
    assert!(matches!(with(&[("HF_TOKEN", "hf_\r\nX: y")]), Err(Error::InvalidArgument(s)) if !s.contains("hf_")));
}
