//! Every image encoder's definition against timm and `transformers`, both namings: tests/fixtures/vision, made by
//! tests/python/vision_*.py.

#[path = "support/filled.rs"]
mod filled;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use glyxel::models::{self, must_be_stored, Architecture, Config, Definition, Stored};
use serde_json::Value;
use tch::{nn, Tensor};

fn folder(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/vision")
        .join(family)
}

/// How far apart the values are, relative to the largest.
fn difference(got: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(got.size(), expected.size());
    let largest = expected.abs().max().double_value(&[]).max(1.);
    (got - expected).abs().max().double_value(&[]) / largest
}

/// A definition with the weights of the case's checkpoint, which names and shapes them.
fn built(case: &Value) -> glyxel::Result<Definition> {
    let weights = case["weights"].as_array().unwrap().iter();
    let shapes: BTreeMap<&str, Vec<i64>> = weights
        .map(|w| (w[0].as_str().unwrap(), serde_json::from_value(w[1].clone()).unwrap()))
        .collect();
    let stored = Stored {
        values: shapes.values().map(|s| s.iter().product::<i64>() as u64).sum(),
        names: shapes.keys().map(|name| name.to_string()).collect(),
    };
    let config = Config::new(case["config"].as_object().unwrap(), stored)?;
    let architecture = Architecture::of(&config)?;
    let store = nn::VarStore::new(tch::Device::Cpu);
    let definition = architecture.build(&store.root(), &config)?;
    let variables = store.variables();
    let all: BTreeSet<String> = variables.keys().cloned().collect();
    let there: BTreeSet<String> = shapes.keys().map(|name| architecture.names.own(name, &all)).collect();
    let wanted: BTreeSet<String> = variables
        .iter()
        .filter(|(name, variable)| there.contains(*name) || must_be_stored(name, variable))
        .map(|(name, _)| name.clone())
        .collect();
    for (own, theirs) in architecture.names.assign(&wanted, shapes.keys().copied()).unwrap() {
        let mut variable = variables[&own].shallow_clone();
        assert_eq!(variable.size(), shapes[theirs], "{theirs}");
        tch::no_grad(|| variable.copy_(&filled::value(theirs, &shapes[theirs])));
    }
    Ok(definition)
}

fn check(path: &Path) {
    let case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    if let Some(word) = case["refused"].as_str() {
        let error = built(&case).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(word), "{}: {error:?}", path.display());
        return;
    }
    let expected: BTreeMap<String, Tensor> = Tensor::read_safetensors(path.with_extension("safetensors"))
        .unwrap()
        .into_iter()
        .collect();
    let _guard = tch::no_grad_guard();
    let definition = built(&case).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let number = |name: &str| case[name].as_i64().unwrap();
    let pixels = filled::pixels(number("batch"), number("height"), number("width"));
    let equal = |what: &str, got: &Tensor| {
        let far = difference(got, &expected[what]);
        assert!(far < 2e-5, "{}: {what}: {far:e}", path.display());
    };
    let image = match &definition {
        Definition::Image(image) => image.as_ref(),
        Definition::Dual(dual) => {
            equal("text_embedding", &dual.text.embed(&expected["ids"], false));
            assert_eq!(dual.text.dim(), dual.image.facts().dim);
            dual.image.as_ref()
        }
        Definition::Text(_) | Definition::Classifier(_) => panic!("{}: takes texts", path.display()),
    };
    let facts = image.facts();
    assert!(
        facts.sizes.accept(number("height"), number("width")),
        "{}: {:?}",
        path.display(),
        facts.sizes
    );
    equal("embedding", &image.embed(&pixels, false));
    assert_eq!(facts.dim, expected["embedding"].size()[1]);
    assert_eq!(facts.classes, expected.get("logits").map(|logits| logits.size()[1]));
    match image.classify(&pixels, false) {
        Some(logits) => equal("logits", &logits),
        None => assert!(!expected.contains_key("logits"), "{}: no head", path.display()),
    }
}

fn cases(family: &str) {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder(family))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "the cases of {family} are gone");
    cases.iter().for_each(|case| check(case));
}

macro_rules! families {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            cases(stringify!($name));
        })*

        #[test]
        fn every_family_of_the_fixtures_is_tested() {
            for entry in std::fs::read_dir(folder("")).unwrap() {
                let name = entry.unwrap().file_name();
                assert!([$(stringify!($name)),*].contains(&name.to_str().unwrap()), "{name:?}");
            }
        }
    };
}

families! { clip convnext deit dinov2 efficientnet mobilenet_v2 mobilenet_v3 resnet siglip swin timm vgg vit }

#[test]
fn the_documentation_names_every_family_and_variant() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, text) = text.split_once("## Image encoders").unwrap();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let families = [models::vision::FAMILIES, models::dual::FAMILIES].into_iter().flatten();
    let variants = models::vision::TIMM.iter().flat_map(|family| family.architectures);
    for name in families.map(|family| family.model_type).chain(variants.copied()) {
        assert!(words.contains(name), "docs/models.md lacks {name}");
    }
}

#[test]
fn what_timm_has_renamed_is_what_it_is_called_today() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/timm_renamed.json");
    let renamed: Vec<(String, String)> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let known = |architecture: &str| {
        let config = serde_json::json!({ "architecture": architecture });
        let config = Config::new(config.as_object().unwrap(), Stored::default()).unwrap();
        Architecture::of(&config).map(|found| found.name).ok()
    };
    let mut found = 0;
    for (old, today) in &renamed {
        // timm leads these to one width, which the weights of only one of them have.
        let today = match old.strip_prefix("ig_") {
            Some(own) => own,
            None => today,
        };
        assert_eq!(known(old), known(today), "{old}");
        assert_eq!(known(&format!("{old}.tag")), known(today), "{old}");
        found += usize::from(known(today).is_some());
    }
    assert_eq!(found, 107);
}
