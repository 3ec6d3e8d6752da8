//! The real all-MiniLM-L6-v2 against sentence-transformers, from the checkpoint and from its bundle.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use glyxel::control::Call;
use glyxel::options::Options;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::{torch, Model};

const DIM: usize = 384;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn checkpoint() -> PathBuf {
    let folder = root().join("target/models/all-MiniLM-L6-v2");
    assert!(
        folder.is_dir(),
        "{} is not there: `make test` fetches it",
        folder.display()
    );
    folder
}

fn options(settings: &[(&str, &str)]) -> Options {
    let mut options = Options::default();
    options
        .set("cache_dir", root().join("target/test-cache").to_str().unwrap())
        .unwrap();
    for (name, value) in settings {
        options.set(name, value).unwrap();
    }
    options
}

fn load(source: &Path, settings: &[(&str, &str)]) -> Arc<Model> {
    Arc::new(Model::load(source.to_str().unwrap(), &options(settings), &Call::unwatched()).unwrap())
}

fn f32_model() -> &'static Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    MODEL.get_or_init(|| load(&checkpoint(), &[]))
}

fn sentences() -> Vec<String> {
    let file = root().join("tests/fixtures/minilm/sentences.json");
    let sentences: Vec<String> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(sentences.len(), 64);
    sentences
}

fn expected() -> Vec<f32> {
    let bytes = std::fs::read(root().join("tests/fixtures/minilm/expected.f32")).unwrap();
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

fn embed(model: &Arc<Model>, texts: &[String], options: &EmbedOptions) -> Vec<f32> {
    embed::texts(model, texts.to_vec(), options, &Call::unwatched()).unwrap()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0., f32::max)
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn worst_cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.chunks(DIM)
        .zip(b.chunks(DIM))
        .map(|(a, b)| cosine(a, b))
        .fold(1., f64::min)
}

#[test]
fn vectors_equal_those_of_sentence_transformers() {
    let difference = largest_difference(&embed(f32_model(), &sentences(), &EmbedOptions::default()), &expected());
    assert!(difference < 1e-5, "{difference:e}");
}

#[test]
fn bf16_points_the_same_way_alone_and_in_a_batch() {
    let model = load(&checkpoint(), &[("precision", "bf16")]);
    let together = embed(&model, &sentences(), &EmbedOptions::default());
    assert!(worst_cosine(&together, &expected()) >= 0.9995);
    let alone: Vec<f32> = sentences()
        .into_iter()
        .flat_map(|s| embed(&model, &[s], &EmbedOptions::default()))
        .collect();
    assert!(worst_cosine(&alone, &together) >= 0.9998);
}

#[test]
fn int8_points_nearly_the_same_way_and_the_same_one_alone_and_in_a_batch() {
    let int8 = options(&[("precision", "int8")]);
    let model = match Model::load(checkpoint().to_str().unwrap(), &int8, &Call::unwatched()) {
        Ok(model) => Arc::new(model),
        Err(error) => {
            assert!(torch::Precision::parse("int8", torch::Device::Cpu).is_err() && error.to_string().contains("AVX2"));
            return;
        }
    };
    assert!(model.info().contains("\"precision\":\"int8\""), "{}", model.info());
    let together = embed(&model, &sentences(), &EmbedOptions::default());
    let cosine = worst_cosine(&together, &expected());
    assert!(cosine >= 0.985, "{cosine}");
    let alone: Vec<f32> = sentences()
        .into_iter()
        .flat_map(|s| embed(&model, &[s], &EmbedOptions::default()))
        .collect();
    assert!(worst_cosine(&alone, &together) >= 0.9998);
}

#[test]
fn a_vector_does_not_depend_on_its_batch() {
    let together = embed(f32_model(), &sentences(), &EmbedOptions::default());
    let alone: Vec<f32> = sentences()
        .into_iter()
        .flat_map(|s| embed(f32_model(), &[s], &EmbedOptions::default()))
        .collect();
    assert!(worst_cosine(&alone, &together) >= 0.999999);
    let mut backwards = sentences();
    backwards.reverse();
    let backwards = embed(f32_model(), &backwards, &EmbedOptions::default());
    let backwards: Vec<f32> = backwards.chunks(DIM).rev().flatten().copied().collect();
    assert!(worst_cosine(&backwards, &together) >= 0.999999);
}

#[test]
fn a_saved_bundle_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mini ü.pt");
    // Whatever the model runs in, what is saved is what was converted.
    load(&checkpoint(), &[("precision", "bf16")]).save(&path).unwrap();
    let from_file = load(&path, &[]);
    let bytes = std::fs::read(&path).unwrap();
    let from_memory = Arc::new(Model::load_memory(bytes.clone(), &options(&[]), &Call::unwatched()).unwrap());
    let reference = embed(f32_model(), &sentences(), &EmbedOptions::default());
    for model in [&from_file, &from_memory] {
        // Other tests share the reference's queue, so its batches may be cut differently.
        assert!(largest_difference(&embed(model, &sentences(), &EmbedOptions::default()), &reference) < 1e-6);
    }
    let again = folder.path().join("again.pt");
    from_memory.save(&again).unwrap();
    assert!(std::fs::read(&again).unwrap() == bytes);
    std::fs::remove_file(&path).unwrap();
    from_file.save(&again).unwrap();
    assert!(
        std::fs::read(&again).unwrap() == bytes,
        "a model can be saved though its file was deleted"
    );
}

#[test]
fn a_bundle_that_was_written_over_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("mini.pt"), folder.path().join("copy.pt"));
    f32_model().save(&path).unwrap();
    let model = load(&path, &[]);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    for changed in [bytes.as_slice(), b"something else"] {
        // In place: the file that the model holds open is this one.
        std::fs::write(&path, changed).unwrap();
        let refused = model.save(&copy).unwrap_err();
        assert!(refused.to_string().contains("changed since it was loaded"), "{refused}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left behind"
    );
}

#[test]
fn without_a_cache_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let model = load(
        &checkpoint(),
        &[("cache", "false"), ("cache_dir", folder.path().to_str().unwrap())],
    );
    assert!(largest_difference(&embed(&model, &sentences(), &EmbedOptions::default()), &expected()) < 1e-5);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn normalising_and_cutting_are_choices() {
    let texts = &sentences()[..4];
    let with = |normalize, dim| {
        embed(
            f32_model(),
            texts,
            &EmbedOptions {
                normalize,
                dim,
                ..Default::default()
            },
        )
    };
    let length = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let normalized = with(Normalize::Yes, 0);
    let raw = with(Normalize::No, 0);
    assert!(normalized.chunks(DIM).all(|v| (length(v) - 1.).abs() < 1e-5));
    assert!(
        raw.chunks(DIM).all(|v| length(v) > 1.5),
        "MiniLM's means are longer than 1"
    );
    assert!(worst_cosine(&raw, &normalized) > 0.999999);
    let cut = with(Normalize::AsModel, 100);
    assert!(cut.chunks(100).all(|v| (length(v) - 1.).abs() < 1e-5));
    for (cut, whole) in cut.chunks(100).zip(normalized.chunks(DIM)) {
        assert!(cosine(cut, &whole[..100]) > 0.999999);
    }
    let raw_cut = with(Normalize::No, 100);
    for (cut, whole) in raw_cut.chunks(100).zip(raw.chunks(DIM)) {
        assert!(largest_difference(cut, &whole[..100]) < 1e-5);
    }
}

#[test]
fn max_length_cuts_texts_sooner() {
    let short = load(&checkpoint(), &[("max_length", "8")]);
    let text = |words: usize| vec![vec!["word"; words].join(" ")];
    let options = EmbedOptions::default();
    // Six words and the two special tokens: what follows is not seen.
    assert_eq!(
        largest_difference(&embed(&short, &text(6), &options), &embed(&short, &text(50), &options)),
        0.
    );
    assert!(largest_difference(&embed(&short, &text(5), &options), &embed(&short, &text(6), &options)) > 1e-3);
    assert_eq!(embed::count_tokens(&short, text(50)).unwrap(), [52]);
    let info: serde_json::Value = serde_json::from_str(short.info()).unwrap();
    assert_eq!(info["text"]["max_length"], 8);
}

#[test]
fn the_info_says_what_the_model_is() {
    let info: serde_json::Value = serde_json::from_str(f32_model().info()).unwrap();
    assert_eq!(info["architecture"], "bert");
    assert_eq!(info["text"]["pooling"], serde_json::json!(["mean"]));
    assert_eq!(info["text"]["pooling_source"], "modules.json");
    assert_eq!((&info["text"]["max_length"], &info["dim"]), (&256.into(), &384.into()));
    assert_eq!((&info["device"], &info["precision"]), (&"cpu".into(), &"f32".into()));
    assert!(info["source"]["weights_sha256"]
        .as_str()
        .unwrap()
        .starts_with("53aa5117"));
    assert_eq!(info["source"]["licence"], "apache-2.0");
}

#[test]
#[cfg(unix)]
fn only_a_regular_file_is_replaced_by_saving() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let pipe = path("pipe");
    assert!(std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap()
        .success());
    for refused in [folder.path(), &pipe] {
        let error = f32_model().save(refused).unwrap_err();
        assert!(
            matches!(&error, glyxel::Error::InvalidArgument(s) if s.contains("regular file")),
            "{error}"
        );
    }
    assert!(!pipe.is_file(), "the pipe was replaced");
    assert!(matches!(
        f32_model().save(&path("missing").join("file.pt")),
        Err(glyxel::Error::NotFound(s)) if s.contains("there is no folder") && !s.contains(".glyxel")
    ));
    std::fs::write(path("old.pt"), b"old").unwrap();
    symlink(path("old.pt"), path("link.pt")).unwrap();
    f32_model().save(&path("link.pt")).unwrap();
    assert!(path("link.pt").is_symlink() && std::fs::metadata(path("old.pt")).unwrap().len() > 1_000_000);
}
