//! What a hub does not give, and to whom a token goes.

use glyxel::error::Error;

use super::server::{Fault, Repo, Server};
use super::{repo, Bench, COMMIT, ID, NEEDED};

#[test]
fn a_token_goes_to_the_hub_and_nowhere_else() {
    let mut private = repo();
    private.token = Some("hf_right".into());
    let bench = Bench::new(private);
    bench.fetch_with(ID, &[("HF_TOKEN", " hf_right\n")]).unwrap();
    let seen = bench.server.seen();
    let (storage, own): (Vec<_>, Vec<_>) = seen.iter().partition(|r| r.line.starts_with("storage"));
    assert!(!storage.is_empty() && storage.iter().all(|r| !r.headers.contains_key("authorization")));
    assert!(own
        .iter()
        .all(|r| r.headers.get("authorization").is_some_and(|v| v == "Bearer hf_right")));

    // Nor to another host in place of the hub.
    let bench = Bench::new(repo());
    let other = Server::start();
    other.add(ID, repo());
    bench.server.fail(
        "/api/",
        Fault::MovedTo(format!("{}/api/models/{ID}/revision/main", other.url)),
    );
    bench.fetch_with(ID, &[("HF_TOKEN", "hf_right")]).unwrap();
    let seen = other.seen();
    assert!(seen.len() == 1 && !seen[0].headers.contains_key("authorization"));
    // On the hub itself, a repository that has another name now is followed.
    let bench = Bench::new(Repo {
        token: Some("hf_right".into()),
        ..repo()
    });
    bench.server.fail(
        "/api/models/old/name",
        Fault::MovedTo(format!("/api/models/{ID}/revision/main")),
    );
    for name in NEEDED {
        for _ in 0..2 {
            bench.server.fail(
                &format!("/old/name/resolve/{COMMIT}/{name}"),
                Fault::MovedTo(format!("/{ID}/resolve/{COMMIT}/{name}")),
            );
        }
    }
    bench.fetch_with("old/name", &[("HF_TOKEN", "hf_right")]).unwrap();
}

#[test]
fn a_refusal_says_what_to_do_and_no_secret() {
    let refused = |repo: Repo, id: &str, variables: &[(&str, &str)]| {
        let bench = Bench::new(repo);
        let error = bench.fetch_with(id, variables).unwrap_err();
        assert!(!error.to_string().contains("hf_"), "{error}");
        error
    };
    let token: &[(&str, &str)] = &[("HF_TOKEN", "hf_other")];
    let private = Repo {
        token: Some("hf_right".into()),
        ..repo()
    };
    let gated = Repo { gated: true, ..repo() };
    let has = |error: Error, parts: &[&str]| {
        let sentence = error.to_string();
        assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}");
        error
    };
    // 401 without a token and with a wrong one, 403, and three times 404.
    let error = has(
        refused(private.clone(), ID, &[]),
        &[ID, "private", "HF_TOKEN", "option token"],
    );
    assert!(matches!(error, Error::NotFound(_)));
    let error = has(
        refused(private.clone(), ID, &[("HF_TOKEN", "hf_wrong")]),
        &["refuses the access token", "HF_TOKEN", "/settings/tokens"],
    );
    assert!(matches!(error, Error::InvalidArgument(_)));
    let error = has(refused(gated.clone(), ID, token), &["/org/name", "accept", "account"]);
    assert!(matches!(error, Error::Network(_)));
    let error = has(refused(gated, ID, &[]), &["/org/name", "accept", "HF_TOKEN"]);
    assert!(matches!(error, Error::NotFound(_)));
    let error = has(refused(private, ID, token), &[ID, "private", "token may read it"]);
    assert!(matches!(error, Error::NotFound(_)));
    let error = has(refused(repo(), "org/none", &[]), &["org/none", "check the name"]);
    assert!(matches!(error, Error::NotFound(_)));
    let error = has(refused(repo(), "org/name@none", &[]), &["no revision none"]);
    assert!(matches!(error, Error::NotFound(_)));
    let bench = Bench::new(repo());
    bench
        .server
        .fail("HEAD", Fault::Status(404, vec![("X-Error-Code", "EntryNotFound")]));
    let error = has(bench.fetch(ID).unwrap_err(), &[ID, "modules.json"]);
    assert!(matches!(error, Error::NotFound(_)));
    // Not a hub: a page, and an answer that no hub gives.
    bench.server.fail("/api/", Fault::Status(200, vec![]));
    assert!(matches!(bench.fetch(ID), Err(Error::Network(s)) if s.contains("HF_ENDPOINT")));
    bench.server.fail("/api/", Fault::Status(418, vec![]));
    assert!(matches!(bench.fetch(ID), Err(Error::Network(s)) if s.contains("418")));
}

#[test]
fn a_repository_without_weights_for_us_is_refused_before_it_is_downloaded() {
    for (left, word) in [
        ("tf_model.h5", "TensorFlow"),
        ("onnx/model.onnx", "exported"),
        ("vocab.txt", "model.safetensors"),
    ] {
        let mut other = repo();
        other.files.retain(|name, _| name == "config.json" || name == left);
        let bench = Bench::new(other);
        let error = bench.fetch(ID).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(bench.server.seen().len(), 1);
        assert!(!bench.folder().exists());
    }
}
